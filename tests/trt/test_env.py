"""The environment: a bad or missing value is one line that says which variable, why, and what to write."""

import pytest

from trt import sources

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
    ("BIND", "*", "is no address to listen on"),
    ("BIND", "[::1]", "BIND=127.0.0.1"),
    ("BIND", "127.0.0.1:8080", "without a port"),
    ("FORWARDED_ALLOW_IPS", "nginx", "FORWARDED_ALLOW_IPS=10.0.0.5"),
    ("FORWARDED_ALLOW_IPS", "10.0.0.0/33", "must be addresses or networks"),
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
    ("LOCK_WAIT_SECONDS", "99999999999999", "must be at most 86400"),
    ("INBOX_CAPACITY", "99999999999999999999", "must be at most 10000000"),
    ("INBOX_CAPACITY", "9" * 5000, "is not a whole number"),
    ("KIE_CREATES_PER_10S", "99999999999999999999", "must be at most 1000000"),
    ("UPDATES_KEPT_HOURS", "99999999999999", "must be at most 87600"),
    ("ENDED_KEPT_DAYS", "99999999999999", "must be at most 3650"),
    ("GENERATOR_TIMEOUT_SECONDS", "99999999999999", "must be at most 86400"),
    ("TELEGRAM_MESSAGES_PER_S", "0.5", "must be at least 1"),
    ("TELEGRAM_MESSAGES_PER_S", "1e400", "must be at most 1000000"),
    ("TELEGRAM_CHAT_MESSAGES_PER_S", "1e-300", "must be at least 0.01"),
    ("TELEGRAM_CHAT_MESSAGES_PER_S", "nan", "TELEGRAM_CHAT_MESSAGES_PER_S=1"),
    ("USD_RUB_RATE", "1e-300", "must be more than 0.0001"),
    ("STARS_PER_RUB", "1e400", "must be at most 100000"),
    ("DEMO_BONUS_RUB", "0.001", "must have at most 2 decimal places"),
    ("DRY_RUN", "perhaps", "DRY_RUN=true or false"),
]


@pytest.fixture
def complaints(monkeypatch, tmp_path):
    """The lines that a start ends with; here, without a start: fifty processes would take a quarter of a minute."""
    monkeypatch.setattr(sources, "HOME", tmp_path)

    def _complaints(name: str, value: str) -> list[str]:
        monkeypatch.setenv(name, value)
        with pytest.raises(sources.BadEnvironment) as bad:
            sources.load()
        return bad.value.lines

    return _complaints


@pytest.mark.parametrize(("name", "value", "says"), WRONG)
def test_a_bad_value_is_one_line_and_never_shown(complaints, name, value, says):
    (line,) = complaints(name, value)

    assert line.startswith(f"{name}: ")
    assert says in line
    assert "Input should" not in line  # pydantic's words
    assert len(value) <= 4 or value not in line


def test_a_start_says_it_and_ends(reading):
    start = reading(TELEGRAM_BOT_TOKEN="123:abc def")
    assert start.exit_code() == 2
    assert "@BotFather" in start.line_with("TELEGRAM_BOT_TOKEN: ")
    assert not any("Traceback" in said or "abc def" in said for said in start.said)


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
def test_no_secret_has_a_default_and_an_empty_one_is_missing(complaints, name):
    (line,) = complaints(name, "")
    assert line.startswith(f"{name}: is not set. Write {name}=")


def test_all_that_is_wrong_is_said_at_once(reading):
    start = reading(PORT="x", KIE_API_KEY="", USD_RUB_RATE="-1")
    for name in ("PORT", "KIE_API_KEY", "USD_RUB_RATE"):
        start.line_with(f"{name}: ")


def test_a_command_of_django_stops_with_the_same_line(run):
    start = run("manage.py", "check", KIE_API_URL="nowhere")
    assert start.exit_code() == 2
    start.line_with("KIE_API_URL: is not an origin")
    assert not any("Traceback" in said for said in start.said)


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
