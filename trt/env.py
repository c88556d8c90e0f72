"""The environment, typed: one class says which variables there are, what each may be, and what follows from them.

Where their values come from: trt.sources.
"""

import os
import re
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from trt.joined import CORE, NEEDS, PAYMENTS, is_demo
from trt.values import (
    address,
    bot_token,
    bot_token_or_none,
    card_number,
    decimal,
    header_token,
    header_value,
    is_private,
    listening,
    long_secret,
    long_secret_or_none,
    names,
    origin,
    phone,
    postgresql_address,
    postgresql_role,
    proxies,
    redis_address,
    shop_id,
    telegram_ids,
)

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("TRT_HOME") or ROOT / ".trt").resolve()  # what we write: secrets, data, state of the peers
DOTENV = Path(os.environ.get("TRT_ENV_FILE") or ROOT / ".env")  # what you write

OFFICIAL = "https://api.telegram.org"
Origin = Annotated[str, AfterValidator(origin)]
Address = Annotated[str, AfterValidator(address)]
Token = Annotated[SecretStr, AfterValidator(header_token)]
Secret = Annotated[SecretStr, AfterValidator(long_secret)]
Rate = Annotated[Decimal, BeforeValidator(decimal), Field(gt=0.0001, le=100_000)]
Ids = Annotated[tuple[int, ...], NoDecode, BeforeValidator(telegram_ids)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(names)]
Database = Annotated[str, AfterValidator(postgresql_address)]
EXAMPLE = "postgresql://trt:password@db.example.org:5432/trt"


class Env(BaseSettings):
    """Every variable that TRT reads. An empty one counts as unset; no secret has a usable default."""

    model_config = SettingsConfigDict(env_file=DOTENV, extra="ignore", env_ignore_empty=True)

    # who we are to others
    telegram_bot_token: Annotated[SecretStr, AfterValidator(bot_token)] = Field(
        examples=["123456789:AAHdq…, from @BotFather"]
    )
    kie_api_key: Annotated[SecretStr, AfterValidator(header_value)] = Field(examples=["the key from kie.ai/api-key"])
    telegram_api_url: Origin = OFFICIAL
    kie_api_url: Origin = "https://api.kie.ai"
    kie_upload_url: Origin = "https://kieai.redpandaai.co"
    kie_docs_url: Origin = "https://docs.kie.ai"
    kie_webhook_hmac_key: SecretStr = SecretStr("")
    # KIE's limit of an account: its support can raise it
    kie_creates_per_10s: int = Field(20, ge=1, le=1_000_000, examples=["20"])
    # ways to pay: one whose credentials are unset is absent
    yookassa_shop_id: Annotated[str, AfterValidator(shop_id)] = Field("", examples=["the shopId from yookassa.ru/my"])
    yookassa_secret_key: Annotated[SecretStr, AfterValidator(header_value)] = Field(
        SecretStr(""), examples=["the secret key, live_… or test_…, from yookassa.ru/my/merchant/integration/api-keys"]
    )
    yookassa_api_url: Origin = "https://api.yookassa.ru"
    yookassa_receipts: bool = Field(False, examples=["true or false"])  # 54-ФЗ: YooKassa sends them for us
    yookassa_receipt_email: str = ""  # where a receipt goes, since a person in Telegram has given no address
    yookassa_vat_code: int = Field(1, ge=1, le=12, examples=["1"])  # 1: without VAT; the others in YooKassa's table
    yookassa_notice_address_header: str = Field("", examples=["X-Real-IP, if your proxy sets it"])
    crypto_pay_token: Annotated[SecretStr, AfterValidator(bot_token_or_none)] = Field(
        SecretStr(""), examples=["12345:AAhdq…, from @CryptoBot: Crypto Pay, Create App"]
    )
    crypto_pay_api_url: Origin = "https://pay.crypt.bot"
    payment_bank: str = ""  # the manual transfer: shown to people as it is written
    payment_card: Annotated[str, AfterValidator(card_number)] = Field("", examples=["2200 7000 0000 0000"])
    payment_card_holder: str = ""
    payment_phone: Annotated[str, AfterValidator(phone)] = Field("", examples=["+7 900 000-00-00"])
    # secrets of our own: `manage.py up` makes them
    secret_key: Secret = Field(examples=["fifty random characters"])
    webhook_secret_path: Token = Field(examples=["thirty-two random letters and digits"])
    webhook_secret_token: Token = Field(examples=["thirty-two random letters and digits"])
    kie_callback_token: Secret = Field(examples=["thirty-two random letters and digits"])
    ledger_key: Secret = Field(
        examples=["thirty-two random letters and digits; a changed one makes every digest wrong"]
    )
    metrics_token: Annotated[SecretStr, AfterValidator(long_secret_or_none)] = Field(
        SecretStr(""), examples=["thirty-two random letters and digits"]
    )
    # where we are
    port: int = Field(8080, ge=1, le=65535, examples=["8080"])
    # the address that the web process listens on; 0.0.0.0 in a container
    bind: Annotated[str, AfterValidator(listening)] = Field("127.0.0.1", examples=["127.0.0.1"])
    # whose X-Forwarded-For and -Proto are believed: uvicorn's own variable
    forwarded_allow_ips: Annotated[str, AfterValidator(proxies)] = Field("127.0.0.1,::1", examples=["10.0.0.5"])
    webhook_base_url: Origin = Field("", examples=["https://bot.example.org"])
    allowed_hosts: Names = ()
    bot_mode: Literal["", "webhook", "polling"] = Field("", examples=["polling"])
    # data
    database_url: Database = Field("", examples=[EXAMPLE])
    database_owner_url: Database = Field("", examples=[EXAMPLE])
    database_direct_url: Database = Field("", examples=[EXAMPLE])
    redis_url: Annotated[str, AfterValidator(redis_address)] = Field("", examples=["redis://redis.example.org:6379/0"])
    # business
    admin_id: Ids = Field((), examples=["123456789, 987654321"])
    usd_rub_rate: Rate = Field(Decimal(95), examples=["95.50"])
    price_markup: Rate = Field(Decimal("2.0"), examples=["2.0"])
    usd_rate_url: Address = (
        "https://www.cbr.ru/scripts/XML_daily.asp"  # asked once a day, where the admin switches it on
    )
    stars_per_rub: Rate = Field(Decimal("1.6"), examples=["1.6"])
    # Telegram's own limits: a local server may have others
    telegram_messages_per_s: float = Field(30.0, ge=1, le=1_000_000, examples=["30"])
    telegram_chat_messages_per_s: float = Field(1.0, ge=0.01, le=1_000_000, examples=["1"])
    inbox_capacity: int = Field(10_000, ge=1, le=10_000_000, examples=["10000"])
    updates_kept_hours: int = Field(72, ge=48, le=87_600, examples=["72"])  # Telegram redelivers for a day
    ended_kept_days: int = Field(30, ge=3, le=3650, examples=["30"])  # messages sent, updates and messages that died
    # over all models' own deadlines
    generator_timeout_seconds: int | None = Field(None, ge=10, le=86_400, examples=["300"])
    lock_mode: Literal["wait_then_passive", "wait_then_force", "off"] = "wait_then_passive"
    lock_wait_seconds: int = Field(30, ge=0, le=86_400, examples=["30"])
    single_model_only: bool = Field(False, examples=["true or false"])
    dry_run: bool = Field(False, examples=["true or false"])
    test_mode: bool = Field(False, examples=["true or false"])
    play_on_real_data: bool = Field(False, examples=["true or false"])  # peers where the real ones were (trt.served)
    support_telegram: str = ""
    support_text: str = ""
    # log
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "json", "text"] = "auto"
    # what `up` tells its children
    sandbox_peers: Names = ()
    demo_bonus_rub: Annotated[Decimal, BeforeValidator(decimal), Field(ge=0, le=50_000, decimal_places=2)] = Decimal(0)
    sandbox_telegram_port: int = Field(8081, ge=0, le=65535)
    sandbox_kie_port: int = Field(8082, ge=0, le=65535)
    sandbox_yookassa_port: int = Field(8083, ge=0, le=65535)
    sandbox_cryptopay_port: int = Field(8084, ge=0, le=65535)

    @model_validator(mode="after")
    def _whole(self) -> "Env":
        """Credentials that only work together: half of them is a slip, not a wish to have no such way to pay."""
        for peer in PAYMENTS:
            unset = [name for name in NEEDS[peer] if not _text(getattr(self, name.lower()))]
            given = ", ".join(name for name in NEEDS[peer] if name not in unset)
            if unset and given:
                write = (Env.model_fields[unset[0].lower()].examples or [""])[0]
                raise ValueError(f"{unset[0]}: is not set, and {given} only goes with it. Write {unset[0]}={write}")
        return self

    @model_validator(mode="after")
    def _receipts_go_somewhere(self) -> "Env":
        """YooKassa refuses every payment whose receipt has nobody to go to."""
        if self.yookassa_receipts and "@" not in self.yookassa_receipt_email:
            raise ValueError(
                "YOOKASSA_RECEIPT_EMAIL: is not an address, and YOOKASSA_RECEIPTS needs one. Write YOOKASSA_RECEIPT_EMAIL=receipts@example.org"
            )
        return self

    @model_validator(mode="after")
    def _reachable(self) -> "Env":
        """What Telegram itself would refuse (core.telegram.org/bots/api#setwebhook) stops the start, not the first update."""
        if not self.database_url and (self.database_owner_url or self.database_direct_url):
            raise ValueError(
                f"DATABASE_URL: is not set, and DATABASE_OWNER_URL and DATABASE_DIRECT_URL only go with it. Write DATABASE_URL={EXAMPLE}"
            )
        if "telegram" in self.sandbox_peers:
            return self  # a local one delivers anywhere
        if self.bot_mode == "webhook" and not self.webhook_base_url:
            raise ValueError(
                "WEBHOOK_BASE_URL: is not set, and BOT_MODE=webhook needs it. Write WEBHOOK_BASE_URL=https://bot.example.org"
            )
        official = self.telegram_api_url == OFFICIAL and self.mode == "webhook"
        if official and (not self.webhook_base_url.startswith("https://") or is_private(self.webhook_base_url)):
            raise ValueError(
                "WEBHOOK_BASE_URL: Telegram delivers to public https addresses only. Write WEBHOOK_BASE_URL=https://bot.example.org"
            )
        return self

    @property
    def secrets(self) -> list[str]:
        """Every value that no line of a log may show."""
        values = (getattr(self, name) for name in Env.model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]

    @property
    def mode(self) -> str:
        """webhook where Telegram can reach us (WEBHOOK_BASE_URL), else polling."""
        return self.bot_mode or ("webhook" if self.webhook_base_url else "polling")

    @property
    def kie_callback_base_url(self) -> str:
        """Where KIE's callbacks come; "" where KIE cannot reach us: we are on a private address and KIE is not."""
        return "" if is_private(self.webhook_base_url) and not is_private(self.kie_api_url) else self.webhook_base_url

    @property
    def one_database_role(self) -> bool:
        """Whether the application's role in a database of one's own owns the tables, and so can change a transfer."""
        owner = self.database_owner_url or self.database_url
        return bool(self.database_url) and postgresql_role(owner) == postgresql_role(self.database_url)

    @property
    def mixed_peers(self) -> bool:
        """A sandbox peer beside a real one: payments are off, results are marked."""
        real = {peer for peer in NEEDS if peer not in self.sandbox_peers and self.has(peer)}
        return bool(self.sandbox_peers) and bool(real)

    @property
    def is_for_real(self) -> bool:
        """Whether real people get what the real KIE makes. One on this machine or in its network is somebody's stand-in."""
        return not {*CORE} & {*self.sandbox_peers} and not is_private(self.kie_api_url)

    @property
    def kie_played_for_people(self) -> bool:
        """KIE is played beside the real Telegram: what real people get is worth nothing, so nothing is held for it."""
        return (
            "kie" in self.sandbox_peers
            and "telegram" not in self.sandbox_peers
            and not is_private(self.telegram_api_url)
        )

    def has(self, peer: str) -> bool:
        """Whether the peer's credentials are set, be it the real one or a played one."""
        return all(_text(getattr(self, name.lower())) for name in NEEDS[peer])

    @property
    def demo_money(self) -> Decimal:
        """Rubles that a new person starts with: only where both peers are local, so that nobody gives real money away."""
        everywhere = is_demo(self.sandbox_peers) and not self.mixed_peers
        return self.demo_bonus_rub if everywhere and self.moves_money else Decimal(0)

    @property
    def moves_money(self) -> bool:
        """Nothing is held, given or taken in the test modes."""
        return not (self.dry_run or self.test_mode)

    @property
    def charges_orders(self) -> bool:
        """Whether a price is held; else an order costs nothing, whatever price it shows."""
        return self.moves_money and not self.kie_played_for_people

    @property
    def payments_enabled(self) -> bool:
        return self.moves_money and not self.mixed_peers

    @property
    def demo_mark(self) -> bool:
        return not self.payments_enabled

    @cached_property
    def release(self) -> str:
        """The version, with the commit where there is a checkout."""
        head = ROOT / ".git" / "HEAD"
        commit = head.read_text().strip() if head.is_file() else ""
        reference = ROOT / ".git" / commit.removeprefix("ref: ")
        commit = reference.read_text().strip() if commit.startswith("ref: ") and reference.is_file() else commit
        return "0.1.0" + (f"+{commit[:9]}" if re.fullmatch(r"[0-9a-f]{40}", commit) else "")


def _text(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
