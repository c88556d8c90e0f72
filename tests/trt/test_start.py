"""`up` and the single commands with an environment that does not do: told in a line each, before anything starts."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import requests
from dotenv import dotenv_values

from tests.unset import UNSET
from trt import postgres
from trt.env import HOME, ROOT

pytestmark = pytest.mark.long

SERVER = f"host={postgres.socket_dir(HOME)}"
PASSWORD = "s3cret-of-the-database"


@pytest.fixture
def up(run, home):
    """Starts `manage.py up` in a home of its own with nothing set but this."""

    def _up(**environment: str):
        home.mkdir(exist_ok=True)
        (home / "dotenv").touch()
        places = {"TRT_HOME": str(home), "TRT_ENV_FILE": str(home / "dotenv")}
        return run("manage.py", "up", **UNSET | places | environment)

    return _up


def is_one_line_each(process, *beginnings: str) -> None:
    assert process.exit_code() == 2
    for beginning in beginnings:
        process.line_with(beginning)
    assert len(process.said) == len(beginnings), process.said


def test_every_bad_value_is_told_before_anything_starts(up, home):
    bad = {"ADMIN_ID": "foo", "PORT": "99999", "DATABASE_URL": "foo", "REDIS_URL": "bar", "WEBHOOK_BASE_URL": "baz"}
    bad |= {"TELEGRAM_API_URL": "foo", "KIE_API_URL": "foo", "DATABASE_OWNER_URL": "foo"}
    start = up(**bad)
    is_one_line_each(start, *(f"cannot start: {name}: " for name in bad))
    assert not (home / "pg.id").exists()
    assert not (home / "sandbox").exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (
            f"postgresql://trt:{PASSWORD}@127.0.0.1:{{closed}}/trt",
            "127.0.0.1:{closed} cannot be used: Connection refused",
        ),
        (f"postgresql://trt:{PASSWORD}@no-such-host.invalid/trt", "no-such-host.invalid:5432 cannot be used"),
        (f"postgresql://trt_app:{PASSWORD}@/no_such_database?{SERVER}", 'database "no_such_database" does not exist'),
        (f"postgresql://nobody:{PASSWORD}@/trt?{SERVER}", 'role "nobody" does not exist'),
    ],
)
@pytest.mark.parametrize("command", ["up", "bot", "qcluster", "prepare", "migrate"])
def test_a_database_that_cannot_be_used_is_one_line_without_its_password(up, run, command, url, says):
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        closed = nobody_listens.getsockname()[1]
        url = url.format(closed=closed)
        start = up(DATABASE_URL=url) if command == "up" else run("manage.py", command, DATABASE_URL=url)
        assert start.exit_code() == 2
    assert says.format(closed=closed) in start.line_with("DATABASE_URL: ")
    assert len(start.said) <= 2
    assert not any("Traceback" in said or PASSWORD in said for said in start.said)


def test_a_command_alone_says_that_the_embedded_database_does_not_run(run, home):
    start = run("manage.py", "bot", TRT_HOME=str(home))
    assert start.exit_code() == 2
    assert "make run" in start.line_with("DATABASE_URL: is not set, and the embedded PostgreSQL does not run")


def test_a_folder_that_cannot_be_written_is_one_line(run, tmp_path):
    (tmp_path / "file").touch()
    is_one_line_each(run("manage.py", "up", TRT_HOME=str(tmp_path / "file" / "home")), "cannot start: TRT_HOME: ")


def test_a_slip_in_a_name_is_answered_with_the_near_one(up, home):
    home.mkdir()
    (home / "dotenv").write_text("TELEGRAM_BOT_TOKN=1:abc\nCOMPOSE_PROJECT_NAME=trt\n")
    start = up(PORT="x")
    assert "Did you mean TELEGRAM_BOT_TOKEN?" in start.line_with("warning: TELEGRAM_BOT_TOKN")
    start.line_with("cannot start: PORT")
    assert len(start.said) == 2


def test_the_first_lines_say_who_is_real_and_what_is_ignored(up, home):
    with socket.create_server(("127.0.0.1", 0)) as taken:  # it goes no further than the peers' port
        start = up(
            KIE_API_KEY="a-real-key",
            TELEGRAM_API_URL="https://bot-api.example.org",
            SANDBOX_TELEGRAM_PORT=str(taken.getsockname()[1]),
        )
        start.line_with("Telegram: played here, because TELEGRAM_BOT_TOKEN is not set")
        start.line_with("KIE: REAL, https://api.kie.ai")
        start.line_with("TELEGRAM_API_URL is not used")
        start.line_with("cannot start: port")
        assert start.exit_code() == 2
        assert not (home / "pg.id").exists()  # it is found out before there is a database to stop again


@pytest.mark.parametrize(("mode", "said"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_dotenv_that_others_can_read_is_told(up, home, mode, said):
    home.mkdir()
    (home / "dotenv").touch()
    (home / "dotenv").chmod(mode)
    with socket.create_server(("127.0.0.1", 0)) as taken:  # it goes no further than the peers' port
        start = up(SANDBOX_KIE_PORT=str(taken.getsockname()[1]))
        start.line_with("cannot start: port")
    warned = [line for line in start.said if f"chmod 600 {home / 'dotenv'}" in line]
    assert bool(warned) is said


def test_the_addresses_are_told_before_anything_starts(up, home):
    start = up()
    start.line_with("[1/4]")
    told = [line.split(maxsplit=2)[1] for line in start.said]
    assert (
        told.index("soon:") < told.index("chat:") < told.index("admin:") < told.index("health:") < told.index("[1/4]")
    )
    assert "login: admin / " in start.line_with("admin:")
    start.popen.send_signal(signal.SIGINT)
    assert start.exit_code() == 0


def test_two_that_start_at_the_same_moment_share_no_port(homes, run):
    both = {
        home: run("manage.py", "up", **UNSET, TRT_HOME=str(home), TRT_ENV_FILE=os.devnull) for home in map(homes, "ab")
    }
    names = ("PORT", "TELEGRAM_API_URL", "KIE_API_URL", "YOOKASSA_API_URL", "CRYPTO_PAY_API_URL")
    ports = []
    for home, start in both.items():
        start.line_with("health:")
        told = dotenv_values(home / "peers")
        ports += [told[name].rpartition(":")[2] for name in names]
    assert len({*ports}) == len(ports) == 10
    for start in both.values():
        start.popen.send_signal(signal.SIGINT)
        assert start.exit_code() == 0


def test_what_dotenv_says_of_the_address_the_proxy_and_the_demo_is_done(up, home):
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("one address at home")
    home.mkdir()
    (home / "dotenv").write_text(
        "BIND=::1\nFORWARDED_ALLOW_IPS=::1\nDEMO_BONUS_RUB=777\nDEMO_ADMIN_PASSWORD=a-password-of-mine\n"
    )
    start = up()
    web, _, login = start.line_with("admin:").split("admin:", 1)[1].strip().partition("/admin/")
    assert web.startswith("http://[::1]:")
    assert login.strip() == "login: admin / a-password-of-mine"
    start.line_with("[4/4]")
    start.line_with("ready:")
    assert dotenv_values(home / "peers")["DEMO_BONUS_RUB"] == "777"
    with requests.Session() as browser:
        page = browser.get(f"{web}/admin/login/?next=/admin/", timeout=10)
        form = {"username": "admin", "password": "a guess", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post(page.url, form, headers={"X-Forwarded-For": "198.51.100.7"}, timeout=10)
        with psycopg.connect(postgres.url(home, postgres.OWNER)) as owner:
            assert owner.execute("SELECT host(ip_address) FROM axes_accessattempt").fetchall() == [("198.51.100.7",)]
        form["password"] = "a-password-of-mine"
        assert browser.post(page.url, form, timeout=10).url == f"{web}/admin/"
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{web.rpartition(':')[2]}/health/live", timeout=10)
    start.popen.send_signal(signal.SIGINT)
    assert start.exit_code() == 0


def test_what_an_older_home_accepts_moves_beside_its_addresses_and_stays_the_same(up, home):
    home.mkdir()
    ledger_key = "L" * 40
    (home / "env").write_text(
        f"TELEGRAM_BOT_TOKEN=42:of-the-sandbox\nKIE_API_KEY=of-the-sandbox\nLEDGER_KEY={ledger_key}\n"
    )
    start = up()
    start.line_with("[1/4]")
    start.popen.send_signal(signal.SIGINT)
    assert start.exit_code() == 0
    ours, peers = dotenv_values(home / "env"), dotenv_values(home / "peers")
    assert (ours["LEDGER_KEY"], {"TELEGRAM_BOT_TOKEN", "KIE_API_KEY"} & {*ours}) == (ledger_key, set())
    assert (peers["TELEGRAM_BOT_TOKEN"], peers["KIE_API_KEY"]) == ("42:of-the-sandbox", "of-the-sandbox")
    assert peers["SANDBOX_PEERS"] == "telegram,kie,yookassa,cryptopay"
    assert stat.S_IMODE((home / "peers").stat().st_mode) == 0o600


def test_a_peer_that_becomes_real_leaves_the_file_but_for_its_credential(up, home):
    for key in ("", "a-real-key"):
        start = up(KIE_API_KEY=key)
        start.line_with("[1/4]")
        start.popen.send_signal(signal.SIGINT)
        assert start.exit_code() == 0
        if not key:
            first = dotenv_values(home / "peers")
    peers = dotenv_values(home / "peers")
    assert peers["SANDBOX_PEERS"] == "telegram"
    real_or_absent = {
        "KIE_API_URL",
        "KIE_UPLOAD_URL",
        "KIE_DOCS_URL",
        "YOOKASSA_API_URL",
        "CRYPTO_PAY_API_URL",
        "DEMO_BONUS_RUB",
    }
    assert real_or_absent & {*peers} == set()
    assert real_or_absent <= {*first}
    credentials = ("TELEGRAM_BOT_TOKEN", "KIE_API_KEY", "YOOKASSA_SHOP_ID", "YOOKASSA_SECRET_KEY", "CRYPTO_PAY_TOKEN")
    assert [peers[name] for name in credentials] == [first[name] for name in credentials]


def test_without_any_credential_all_four_peers_are_played(up):
    start = up()
    start.line_with("Telegram: played here, because TELEGRAM_BOT_TOKEN is not set")
    start.line_with("KIE: played here, because KIE_API_KEY is not set")
    start.line_with("YooKassa: played here, because YOOKASSA_SHOP_ID and YOOKASSA_SECRET_KEY are not set")
    start.line_with("Crypto Pay: played here, because CRYPTO_PAY_TOKEN is not set")
    start.line_with("[2/4] local peers: telegram, kie, yookassa, cryptopay")
    peers = [start.line_with(f"sandbox {peer} http://127.0.0.1:") for peer in ("yookassa", "cryptopay")]
    notices = [read_config(peer.split()[-1])["notice_url"] for peer in peers]
    assert [url.partition("/payments/")[2] for url in notices] == ["yookassa/notice", "cryptopay/notice"]
    start.popen.send_signal(signal.SIGINT)
    assert start.exit_code() == 0


def read_config(origin: str) -> dict:
    return requests.get(f"{origin}/sandbox/config", timeout=10).json()


def test_a_way_to_pay_without_credentials_is_absent_beside_the_real_services(up):
    start = up(TELEGRAM_BOT_TOKEN="123456:real", KIE_API_KEY="real", CRYPTO_PAY_TOKEN="7:real")
    start.line_with("Crypto Pay: REAL, https://pay.crypt.bot")
    start.line_with("payment by YooKassa: YOOKASSA_SHOP_ID and YOOKASSA_SECRET_KEY are not set")
    start.line_with("[1/4]")
    assert not any("played here" in said or "YooKassa: " in said.split("off:")[0] for said in start.said)
    start.popen.send_signal(signal.SIGINT)
    assert start.exit_code() == 0


def test_a_real_shop_in_a_demo_takes_no_money(up):
    start = up(YOOKASSA_SHOP_ID="100500", YOOKASSA_SECRET_KEY="real")
    assert start.line_with("YooKassa: REAL").endswith("(payments are off)")
    start.line_with("payments: one peer is real and one is played here")
    assert not any("Crypto Pay: played" in said for said in start.said)
    start.popen.send_signal(signal.SIGINT)
    assert start.exit_code() == 0


def test_half_a_shop_is_one_line(up, home):
    is_one_line_each(up(YOOKASSA_SHOP_ID="100500"), "cannot start: YOOKASSA_SECRET_KEY: is not set")
    assert not (home / "pg.id").exists()


def test_the_real_services_say_how_updates_come(up):
    start = up(TELEGRAM_BOT_TOKEN="123456:real", KIE_API_KEY="real")
    assert "polled" in start.line_with("Telegram: REAL, https://api.telegram.org")
    start.popen.send_signal(signal.SIGINT)
    assert start.exit_code() == 0


def test_a_credential_that_is_lost_starts_no_demo_in_place_of_the_real_services(up):
    nowhere = "http://nowhere.invalid"
    real = up(TELEGRAM_BOT_TOKEN="123456:real", KIE_API_KEY="real", TELEGRAM_API_URL=nowhere, KIE_API_URL=nowhere)
    real.line_with("[4/4]")
    real.popen.send_signal(signal.SIGINT)
    assert real.exit_code() == 0

    for left, lost in (
        ({"TELEGRAM_BOT_TOKEN": "123456:real", "TELEGRAM_API_URL": nowhere}, "KIE_API_KEY"),
        ({}, "TELEGRAM_BOT_TOKEN and KIE_API_KEY"),
    ):
        start = up(**left)
        assert f"Set {lost};" in start.line_with("this database has served real people")
        start.line_with("cannot start: the preparation failed")
        assert start.exit_code() == 2

    copy = up(PLAY_ON_REAL_DATA="true")
    copy.line_with("[4/4]")
    copy.popen.send_signal(signal.SIGINT)
    assert copy.exit_code() == 0


def test_a_closed_terminal_stops_everything(up, home, gone):
    start = up()
    start.line_with("[3/4]")
    children = born(home)
    start.popen.send_signal(signal.SIGHUP)
    assert start.exit_code() == 0
    assert all(gone(pid) for pid in children)
    assert not postgres.is_running(home)
    assert not any("Traceback" in said for said in start.said)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the writing end of a pipe")
def test_everything_stops_when_nobody_reads_the_log_any_more(home, gone, tmp_path):
    places = {"TRT_HOME": str(home), "TRT_ENV_FILE": os.devnull}
    with (tmp_path / "errors").open("w+") as errors:
        up = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=dict(os.environ) | UNSET | places,
            text=True,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert up.stdout is not None
        while "[3/4]" not in up.stdout.readline():
            assert up.poll() is None
        children = born(home)
        up.stdout.close()  # as head does when it has its lines
        assert up.wait(30) == 0
        assert all(gone(pid) for pid in children)
        assert not postgres.is_running(home)
        errors.seek(0)
        assert errors.read() == ""


def born(home: Path) -> list[int]:
    """What this `up` has started so far."""
    return [int(line.split()[0]) for line in (home / "up.children").read_text().splitlines()]
