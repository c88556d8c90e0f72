"""The environment: a bad or missing value is one line that says which variable, why, and what to write."""

import os

import pytest

from trt import testing

READ = "from trt.env import read; env = read(); print('read', env.{})"
WRONG = [
    ("TELEGRAM_BOT_TOKEN", "not-a-token", "@BotFather"),
    ("TELEGRAM_BOT_TOKEN", "123:abc def", "@BotFather"),
    ("TELEGRAM_API_URL", "api.example.org", "is not an origin"),
    ("KIE_API_URL", "ftp://api.kie.ai", "is not an origin"),
    ("KIE_UPLOAD_URL", "https://kie.ai/upload", "is not an origin"),
    ("KIE_API_URL", "https://kie.ai:99999", "is not an origin"),
    ("WEBHOOK_BASE_URL", "http://[::1", "is not an origin"),
    ("WEBHOOK_BASE_URL", "shop.example.net", "WEBHOOK_BASE_URL=https://bot.example.org"),
    ("WEBHOOK_SECRET_TOKEN", "has spaces in it, alas", "A-Z a-z 0-9 _ -"),
    ("WEBHOOK_SECRET_TOKEN", "x" * 257, "16-256"),
    ("WEBHOOK_SECRET_PATH", "a/b/c/d/e/f/g/h/i/j", "A-Z a-z 0-9 _ -"),
    ("KIE_CALLBACK_TOKEN", "short", "at least 16 characters"),
    ("SECRET_KEY", "short", "at least 16 characters"),
    ("LEDGER_KEY", "short", "at least 16 characters"),
    ("PORT", "eighty", "is not a whole number. Write PORT=8080"),
    ("PORT", "0", "PORT=8080"),
    ("PORT", "65536", "PORT=8080"),
    ("BOT_MODE", "pigeon", "BOT_MODE=polling"),
    ("ADMIN_ID", "12, @anna", "ADMIN_ID=123456789"),
    ("ADMIN_ID", "foo", "must be Telegram ids: whole numbers"),
    ("KIE_API_KEY", "key with spaces", "KIE_API_KEY=the key from kie.ai"),
    ("DATABASE_URL", "foo", "is not an address of a PostgreSQL database"),
    ("DATABASE_URL", "mysql://trt:pw@db/trt", "DATABASE_URL=postgresql://trt:password@db.example.org:5432/trt"),
    ("DATABASE_URL", "postgresql://db.example.org", "names no database"),
    ("DATABASE_URL", "postgresql://db.example.org:99999/trt", "between 1 and 65535"),
    ("DATABASE_URL", "postgresql://trt:pw@db/trt?colour=red", "as PostgreSQL reads it"),
    ("DATABASE_OWNER_URL", "localhost/trt", "is not an address of a PostgreSQL database"),
    ("DATABASE_DIRECT_URL", "localhost/trt", "is not an address of a PostgreSQL database"),
    ("REDIS_URL", "localhost:6379", "REDIS_URL=redis://redis.example.org:6379/0"),
    ("REDIS_URL", "redis://localhost:0x1/0", "is not an address of a Redis server"),
    ("YOOKASSA_SHOP_ID", "my shop", "is not a number, as every shopId is"),
    ("YOOKASSA_SECRET_KEY", "live key", "YOOKASSA_SECRET_KEY=the secret key"),
    ("YOOKASSA_API_URL", "https://api.yookassa.ru/v3", "YOOKASSA_API_URL=https://api.yookassa.ru"),
    ("YOOKASSA_VAT_CODE", "13", "YOOKASSA_VAT_CODE=1"),
    ("YOOKASSA_RECEIPTS", "sometimes", "YOOKASSA_RECEIPTS=true or false"),
    ("CRYPTO_PAY_TOKEN", "no-number", "@CryptoBot"),
    ("CRYPTO_PAY_API_URL", "pay.example", "CRYPTO_PAY_API_URL=https://pay.crypt.bot"),
    ("PAYMENT_CARD", "4000 1234", "is not a card's number"),
    ("PAYMENT_PHONE", "call me", "is not a phone number"),
    ("LOG_LEVEL", "loud", "must be DEBUG, INFO, WARNING or ERROR"),
    ("LOCK_MODE", "sometimes", "LOCK_MODE=wait_then_passive"),
    ("USD_RUB_RATE", "many", "USD_RUB_RATE=95.50"),
    ("USD_RUB_RATE", "0", "USD_RUB_RATE=95.50"),
    ("PRICE_MARKUP", "-2", "PRICE_MARKUP=2.0"),
    ("STARS_PER_RUB", "nan", "STARS_PER_RUB=1.6"),
    ("INBOX_CAPACITY", "0", "INBOX_CAPACITY=10000"),
    ("TELEGRAM_MESSAGES_PER_S", "0", "TELEGRAM_MESSAGES_PER_S=30"),
    ("TELEGRAM_CHAT_MESSAGES_PER_S", "slow", "TELEGRAM_CHAT_MESSAGES_PER_S=1"),
    ("GENERATOR_TIMEOUT_SECONDS", "5 minutes", "GENERATOR_TIMEOUT_SECONDS=300"),
    ("LOCK_WAIT_SECONDS", "-1", "LOCK_WAIT_SECONDS=30"),
    ("DRY_RUN", "perhaps", "DRY_RUN=true or false"),
]


@pytest.fixture
def reading(run, tmp_path):
    """A process that reads the environment: the tests' own, with what a test sets; "" unsets."""

    def _reading(attribute: str = "port", **environment: str):
        return run(
            "-c",
            READ.format(attribute),
            **({"TRT_HOME": str(tmp_path), "TRT_ENV_FILE": str(tmp_path / "dotenv")} | environment),
        )

    return _reading


@pytest.mark.parametrize(("name", "value", "says"), WRONG)
def test_a_bad_value_is_one_line_and_never_shown(reading, name, value, says):
    start = reading(**{name: value})
    assert start.exit_code() == 2
    line = start.line_with(f"{name}: ")
    assert says in line
    assert len([said for said in start.said if said.startswith(name)]) == 1
    assert "Input should" not in line  # pydantic's words
    assert not any("Traceback" in said or (len(value) > 4 and value in said) for said in start.said)


@pytest.mark.parametrize(
    "name",
    [
        "TELEGRAM_BOT_TOKEN",
        "KIE_API_KEY",
        "SECRET_KEY",
        "WEBHOOK_SECRET_PATH",
        "WEBHOOK_SECRET_TOKEN",
        "KIE_CALLBACK_TOKEN",
        "LEDGER_KEY",
    ],
)
def test_no_secret_has_a_default_and_an_empty_one_is_missing(reading, name):
    start = reading(**{name: ""})
    assert start.exit_code() == 2
    assert f"Write {name}=" in start.line_with(f"{name}: is not set")


def test_all_that_is_wrong_is_said_at_once(reading):
    start = reading(PORT="x", KIE_API_KEY="", USD_RUB_RATE="-1")
    for name in ("PORT", "KIE_API_KEY", "USD_RUB_RATE"):
        start.line_with(f"{name}: ")


def test_a_command_of_django_stops_with_the_same_line(run):
    start = run("manage.py", "check", KIE_API_URL="nowhere")
    assert start.exit_code() == 2
    start.line_with("KIE_API_URL: is not an origin")
    assert not any("Traceback" in said for said in start.said)


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
        ("payments_enabled", {"SANDBOX_PEERS": ""}, "True"),
        ("payments_enabled", {"SANDBOX_PEERS": "telegram,kie"}, "True"),
        ("payments_enabled", {"SANDBOX_PEERS": "kie"}, "False"),
        ("payments_enabled", {"DRY_RUN": "1"}, "False"),
        ("payments_enabled", {"TEST_MODE": "yes"}, "False"),
        ("payments_enabled", {"CRYPTO_PAY_TOKEN": "7:real"}, "False"),
        ("payments_enabled", {"CRYPTO_PAY_TOKEN": "7:real", "SANDBOX_PEERS": ""}, "True"),
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


@pytest.mark.parametrize(
    "environment",
    [
        {"BOT_MODE": "webhook", "WEBHOOK_BASE_URL": ""},
        {"TELEGRAM_API_URL": "", "WEBHOOK_BASE_URL": "http://bot.example.org"},
        {"TELEGRAM_API_URL": "", "WEBHOOK_BASE_URL": "https://10.0.0.7"},
    ],
)
def test_an_address_that_telegram_cannot_deliver_to_stops_the_start(reading, environment):
    start = reading(SANDBOX_PEERS="", **environment)
    assert start.exit_code() == 2
    start.line_with("Write WEBHOOK_BASE_URL=https://bot.example.org")


@pytest.mark.parametrize(("peers", "rubles"), [("telegram,kie", "300"), ("telegram", "0"), ("", "0")])
def test_demo_money_is_given_only_where_both_peers_are_local(reading, peers, rubles):
    reading("demo_money", DEMO_BONUS_RUB="300", SANDBOX_PEERS=peers).line_with(f"read {rubles}")


@pytest.mark.parametrize(
    ("given", "missing"),
    [("YOOKASSA_SHOP_ID", "YOOKASSA_SECRET_KEY"), ("YOOKASSA_SECRET_KEY", "YOOKASSA_SHOP_ID")],
)
def test_half_a_pair_of_credentials_is_one_line_that_names_the_other_half(reading, given, missing):
    start = reading(**{given: "100500"})
    assert start.exit_code() == 2
    assert f"{given} only goes with it. Write {missing}=" in start.line_with(f"{missing}: is not set, and")
    assert len([said for said in start.said if "YOOKASSA" in said]) == 1


@pytest.mark.parametrize("address", ["", "nowhere"])
def test_receipts_without_an_address_that_they_go_to_stop_the_start(reading, address):
    start = reading(YOOKASSA_RECEIPTS="true", YOOKASSA_RECEIPT_EMAIL=address)
    assert start.exit_code() == 2
    start.line_with("Write YOOKASSA_RECEIPT_EMAIL=receipts@example.org")


@pytest.mark.parametrize("name", ["DATABASE_OWNER_URL", "DATABASE_DIRECT_URL"])
def test_a_second_address_of_the_database_goes_with_the_first_only(reading, name):
    start = reading(**{name: "postgresql://trt@db.example.org/trt", "DATABASE_URL": ""})
    assert start.exit_code() == 2
    start.line_with("DATABASE_URL: is not set, and")


def test_a_dotenv_that_is_no_text_is_one_line(reading, tmp_path):
    (tmp_path / "dotenv").write_bytes(b"PORT=\xff\xfe")
    start = reading()
    assert start.exit_code() == 2
    start.line_with("cannot be read")
    assert not any("Traceback" in said for said in start.said)
