"""The environment: where a value comes from, each local peer joined as a whole or not at all, and what follows from it all."""

import os

import pytest

from trt import testing

HERE = "http://127.0.0.1:1"
TEST_MODES = ("DRY_RUN", "TEST_MODE")
OFFICIAL = {"TELEGRAM_API_URL": "https://api.telegram.org", "KIE_API_URL": "https://api.kie.ai", "BOT_MODE": "polling"}


def test_the_process_goes_before_dotenv_and_dotenv_before_what_up_made(reading, tmp_path):
    (tmp_path / "env").write_text("SUPPORT_TELEGRAM=made\n")
    assert reading("support_telegram").line_with("read") == "read made"
    (tmp_path / "dotenv").write_text("SUPPORT_TELEGRAM=dotenv\n")
    assert reading("support_telegram").line_with("read") == "read dotenv"
    assert reading("support_telegram", SUPPORT_TELEGRAM="process").line_with("read") == "read process"
    assert reading("support_telegram", SUPPORT_TELEGRAM="").line_with("read") == "read dotenv"


PLAYED = {  # as `up` leaves it in $TRT_HOME/peers
    "SANDBOX_PEERS": "telegram,kie,yookassa,cryptopay",
    "YOOKASSA_SHOP_ID": "100500",
    "YOOKASSA_SECRET_KEY": "of-the-sandbox",
    "YOOKASSA_API_URL": "http://127.0.0.1:8093",
    "CRYPTO_PAY_TOKEN": "42:of-the-sandbox",
    "CRYPTO_PAY_API_URL": "http://127.0.0.1:8094",
    "TELEGRAM_BOT_TOKEN": "42:of-the-sandbox",
    "TELEGRAM_API_URL": "http://127.0.0.1:8091",
    "WEBHOOK_BASE_URL": "http://127.0.0.1:8090",
    "BOT_MODE": "webhook",
    "KIE_API_KEY": "of-the-sandbox",
    "KIE_API_URL": "http://127.0.0.1:8092",
    "KIE_UPLOAD_URL": "http://127.0.0.1:8092",
    "KIE_DOCS_URL": "http://127.0.0.1:8092",
    "DEMO_BONUS_RUB": "300",
    "PORT": "8090",
}
NOTHING_GIVEN = dict.fromkeys(PLAYED, "")
WHOM = (
    "telegram_api_url, env.telegram_bot_token.get_secret_value(), env.mode, env.kie_api_url, env.kie_upload_url, env.kie_docs_url, "
    "env.kie_api_key.get_secret_value(), env.sandbox_peers, env.demo_money, env.port, "
    "env.yookassa_api_url, env.yookassa_shop_id, env.crypto_pay_api_url, env.payments_enabled"
)
LOCAL_TELEGRAM = "http://127.0.0.1:8091 42:of-the-sandbox webhook"
LOCAL_KIE = "http://127.0.0.1:8092 http://127.0.0.1:8092 http://127.0.0.1:8092 of-the-sandbox"
REAL_TELEGRAM = "https://api.telegram.org 7:real polling"
REAL_KIE = "https://api.kie.ai https://kieai.redpandaai.co https://docs.kie.ai real"
ALL = "('telegram', 'kie', 'yookassa', 'cryptopay') 300"
LOCAL_SHOP = "http://127.0.0.1:8093 100500 http://127.0.0.1:8094"
NO_SHOP = "https://api.yookassa.ru  https://pay.crypt.bot"


@pytest.fixture
def played(tmp_path):
    """Writes $TRT_HOME/peers, with what a test changes of it."""

    def _played(**changed: str) -> None:
        lines = [f"{name}={value}" for name, value in (PLAYED | changed).items()]
        (tmp_path / "peers").write_text("\n".join(lines) + "\n")

    return _played


@pytest.mark.parametrize(
    ("given", "whom"),
    [
        ({}, f"{LOCAL_TELEGRAM} {LOCAL_KIE} {ALL} 8090 {LOCAL_SHOP} True"),
        ({"TELEGRAM_BOT_TOKEN": "7:real"}, f"{REAL_TELEGRAM} {LOCAL_KIE} ('kie',) 0 8090 {NO_SHOP} False"),
        ({"KIE_API_KEY": "real"}, f"{LOCAL_TELEGRAM} {REAL_KIE} ('telegram',) 0 8090 {NO_SHOP} False"),
        (
            {"TELEGRAM_BOT_TOKEN": "7:real", "KIE_API_KEY": "real"},
            f"{REAL_TELEGRAM} {REAL_KIE} () 0 8080 {NO_SHOP} True",
        ),
        (
            {"TELEGRAM_API_URL": "https://api.telegram.org", "BOT_MODE": "polling", "SANDBOX_PEERS": "kie"},
            f"{LOCAL_TELEGRAM} {LOCAL_KIE} {ALL} 8090 {LOCAL_SHOP} True",
        ),
        ({"PORT": "9000"}, f"{LOCAL_TELEGRAM} {LOCAL_KIE} {ALL} 9000 {LOCAL_SHOP} True"),
        (  # a real shop in a demo is never asked for money
            {"YOOKASSA_SHOP_ID": "7", "YOOKASSA_SECRET_KEY": "real"},
            f"{LOCAL_TELEGRAM} {LOCAL_KIE} ('telegram', 'kie') 0 8090 https://api.yookassa.ru 7 https://pay.crypt.bot False",
        ),
    ],
)
@pytest.mark.parametrize("by", ["process", "dotenv"])
def test_a_command_by_hand_joins_each_local_peer_as_a_whole_or_not_at_all(reading, played, tmp_path, given, whom, by):
    played()
    if by == "dotenv":
        (tmp_path / "dotenv").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
        given = {}
    assert reading(WHOM, **NOTHING_GIVEN | given).line_with("read") == f"read {whom}"


def test_a_credential_of_a_peer_that_is_not_played_now_is_not_used(reading, played):
    played(SANDBOX_PEERS="kie")
    start = reading(**NOTHING_GIVEN)
    start.line_with("TELEGRAM_BOT_TOKEN: is not set")
    assert start.exit_code() == 2


def test_a_credential_that_an_older_up_left_without_its_address_is_not_used(reading, tmp_path):
    (tmp_path / "env").write_text("TELEGRAM_BOT_TOKEN=42:of-the-sandbox\nKIE_API_KEY=of-the-sandbox\n")
    start = reading(**NOTHING_GIVEN)
    start.line_with("TELEGRAM_BOT_TOKEN: is not set")
    start.line_with("KIE_API_KEY: is not set")
    assert start.exit_code() == 2


@pytest.mark.parametrize(
    ("attribute", "environment", "value"),
    [
        ("usd_rub_rate", {"USD_RUB_RATE": "92,50"}, "92.50"),
        ("kie_api_url", {"KIE_API_URL": "https://kie.example.org/"}, "https://kie.example.org"),
        ("admin_id", {"ADMIN_ID": "1, 2,3"}, "(1, 2, 3)"),
        ("mode", {"WEBHOOK_BASE_URL": ""}, "polling"),
        ("mode", {"WEBHOOK_BASE_URL": "https://bot.example.org"}, "webhook"),
        ("mode", {"WEBHOOK_BASE_URL": "https://bot.example.org", "BOT_MODE": "polling"}, "polling"),
        ("kie_callback_base_url", {"KIE_API_URL": "https://api.kie.ai"}, ""),  # a public KIE never finds 127.0.0.1
        (
            "kie_callback_base_url",
            {"KIE_API_URL": "https://api.kie.ai", "WEBHOOK_BASE_URL": "https://bot.example.org"},
            "https://bot.example.org",
        ),
        ("kie_callback_base_url", {"KIE_API_URL": "http://127.0.0.1:8082"}, testing.ENVIRONMENT["WEBHOOK_BASE_URL"]),
        ("one_database_role", {}, "False"),
        ("one_database_role", {"DATABASE_URL": "postgresql://trt@db/trt"}, "True"),
        ("one_database_role", {"DATABASE_URL": "postgresql:///trt", "DATABASE_OWNER_URL": "postgresql:///trt"}, "True"),
        (
            "one_database_role",
            {"DATABASE_URL": "postgresql://trt_app@db/trt", "DATABASE_OWNER_URL": "postgresql://trt_owner@db/trt"},
            "False",
        ),
        ("payments_enabled", {"SANDBOX_PEERS": ""}, "True"),
        ("payments_enabled", {"SANDBOX_PEERS": "telegram,kie"}, "True"),
        ("payments_enabled", {"SANDBOX_PEERS": "kie"}, "False"),
        ("payments_enabled", {"DRY_RUN": "1"}, "False"),
        ("payments_enabled", {"TEST_MODE": "yes"}, "False"),
        *((name, {mode: "1"}, "False") for mode in TEST_MODES for name in ("moves_money", "charges_orders")),
        *(("demo_mark", {mode: "1"}, "True") for mode in TEST_MODES),
        *(("demo_money", {mode: "1"}, "0") for mode in TEST_MODES),
        ("charges_orders", {}, "True"),
        ("charges_orders", OFFICIAL | {"SANDBOX_PEERS": "kie"}, "False"),
        ("payments_enabled", {"CRYPTO_PAY_TOKEN": "7:real"}, "False"),
        ("payments_enabled", {"CRYPTO_PAY_TOKEN": "7:real", "SANDBOX_PEERS": ""}, "True"),
        ("kie_played_for_people", OFFICIAL | {"SANDBOX_PEERS": "kie"}, "True"),
        ("kie_played_for_people", OFFICIAL | {"SANDBOX_PEERS": "telegram,kie"}, "False"),
        ("kie_played_for_people", OFFICIAL | {"SANDBOX_PEERS": ""}, "False"),
        ("kie_played_for_people", OFFICIAL | {"SANDBOX_PEERS": "kie", "TELEGRAM_API_URL": HERE}, "False"),
        ("is_for_real", OFFICIAL | {"SANDBOX_PEERS": ""}, "True"),
        ("is_for_real", OFFICIAL | {"SANDBOX_PEERS": "kie"}, "False"),
        ("is_for_real", OFFICIAL | {"SANDBOX_PEERS": "", "KIE_API_URL": HERE}, "False"),
        (
            "is_for_real",
            OFFICIAL | {"SANDBOX_PEERS": "", "TELEGRAM_API_URL": HERE},
            "True",
        ),  # a Bot API server of one's own
        ("has('cryptopay')", {"CRYPTO_PAY_TOKEN": "7:real"}, "True"),
        ("has('yookassa')", {"CRYPTO_PAY_TOKEN": "7:real"}, "False"),
        ("payment_card", {"PAYMENT_CARD": "2200 7000 0000 0000"}, "2200 7000 0000 0000"),
        ("yookassa_secret_key", {"YOOKASSA_SHOP_ID": "7", "YOOKASSA_SECRET_KEY": "live_x"}, "**********"),
        ("crypto_pay_token", {"CRYPTO_PAY_TOKEN": "7:real"}, "**********"),
        ("demo_mark", {"SANDBOX_PEERS": "telegram"}, "True"),
        ("demo_mark", {"SANDBOX_PEERS": ""}, "False"),
    ],
)
def test_what_follows_from_values(reading, attribute, environment, value):
    assert reading(attribute, **environment).line_with("read") == f"read {value}".rstrip()


def test_the_tests_see_nothing_of_the_developers_environment(run):
    ask = "from trt.testing import environment; environment(); import os; print('seen', os.environ.get('REDIS_URL'), os.environ['KIE_API_KEY'], os.environ['TRT_ENV_FILE'])"
    line = run("-c", ask, REDIS_URL="redis://theirs", KIE_API_KEY="theirs").line_with("seen")
    assert line == f"seen None {testing.ENVIRONMENT['KIE_API_KEY']} {os.devnull}"


@pytest.mark.parametrize(("peers", "rubles"), [("telegram,kie", "300"), ("telegram", "0"), ("", "0")])
def test_demo_money_is_given_only_where_both_peers_are_local(reading, peers, rubles):
    reading("demo_money", DEMO_BONUS_RUB="300", SANDBOX_PEERS=peers).line_with(f"read {rubles}")
