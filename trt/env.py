"""The environment, typed: one class reads it, and a bad or missing value is one line that says which, why and what to write.

Sources, first wins: the process environment, `.env`, and `$TRT_HOME/env`, where `up` keeps the secrets it made.
"""

import ipaddress
import os
import re
import sys
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("TRT_HOME") or ROOT / ".trt").resolve()  # what we write: secrets, data, state of the peers
DOTENV = Path(os.environ.get("TRT_ENV_FILE") or ROOT / ".env")  # what you write


def origin(value: str) -> str:
    """scheme://host[:port] without a path; "" stays."""
    parts = urlsplit(value)
    if value and (
        parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query
    ):
        raise ValueError("is not an origin")
    return value.rstrip("/")


def bot_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("does not look like a token of @BotFather")
    return value


def header_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
        raise ValueError("must be 16-256 characters of A-Z a-z 0-9 _ -")
    return value


def long_secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 16:
        raise ValueError("must have at least 16 characters")
    return value


def decimal(value: Any) -> Any:
    return value.replace(",", ".") if isinstance(value, str) else value


def ids(value: Any) -> Any:
    return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value


OFFICIAL = "https://api.telegram.org"
Origin = Annotated[str, AfterValidator(origin)]
Token = Annotated[SecretStr, AfterValidator(header_token)]
Secret = Annotated[SecretStr, AfterValidator(long_secret)]
Rate = Annotated[Decimal, BeforeValidator(decimal), Field(gt=0, le=100_000)]
Ids = Annotated[tuple[int, ...], NoDecode, BeforeValidator(ids)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(ids)]


class Env(BaseSettings):
    """Every variable that TRT reads. An empty one counts as unset; no secret has a usable default."""

    model_config = SettingsConfigDict(env_file=(HOME / "env", DOTENV), extra="ignore", env_ignore_empty=True)

    # who we are to others
    telegram_bot_token: Annotated[SecretStr, AfterValidator(bot_token)] = Field(
        examples=["123456789:AAHdq…, from @BotFather"]
    )
    kie_api_key: SecretStr = Field(examples=["the key from kie.ai/api-key"])
    telegram_api_url: Origin = OFFICIAL
    kie_api_url: Origin = "https://api.kie.ai"
    kie_upload_url: Origin = "https://kieai.redpandaai.co"
    kie_docs_url: Origin = "https://docs.kie.ai"
    kie_webhook_hmac_key: SecretStr = SecretStr("")
    # secrets of our own: `manage.py up` makes them
    secret_key: Secret = Field(examples=["fifty random characters"])
    webhook_secret_path: Token = Field(examples=["thirty-two random letters and digits"])
    webhook_secret_token: Token = Field(examples=["thirty-two random letters and digits"])
    kie_callback_token: Secret = Field(examples=["thirty-two random letters and digits"])
    ledger_key: Secret = Field(
        examples=["thirty-two random letters and digits; a changed one makes every digest wrong"]
    )
    # where we are
    port: int = Field(8080, ge=1, le=65535, examples=["8080"])
    bind: str = "127.0.0.1"  # the address that the web process listens on; 0.0.0.0 in a container
    webhook_base_url: Origin = Field("", examples=["https://bot.example.org"])
    allowed_hosts: Names = ()
    bot_mode: Literal["", "webhook", "polling"] = Field("", examples=["polling"])
    # data
    database_url: str = Field("", examples=["postgresql://trt:password@db.example.org/trt"])
    database_owner_url: str = ""
    database_direct_url: str = ""
    redis_url: str = ""
    # business
    admin_id: Ids = Field((), examples=["123456789, 987654321"])
    usd_rub_rate: Rate = Field(Decimal(95), examples=["95.50"])
    price_markup: Rate = Field(Decimal("2.0"), examples=["2.0"])
    stars_per_rub: Rate = Field(Decimal("1.6"), examples=["1.6"])
    telegram_messages_per_s: float = Field(
        30.0, gt=0, examples=["30"]
    )  # Telegram's own limits: a local server may have others
    telegram_chat_messages_per_s: float = Field(1.0, gt=0, examples=["1"])
    inbox_capacity: int = Field(10_000, ge=1, examples=["10000"])
    generator_timeout_seconds: int = Field(300, ge=10, examples=["300"])
    lock_mode: Literal["wait_then_passive", "wait_then_force", "off"] = "wait_then_passive"
    lock_wait_seconds: int = Field(30, ge=0, examples=["30"])
    single_model_only: bool = Field(False, examples=["true or false"])
    dry_run: bool = Field(False, examples=["true or false"])
    test_mode: bool = Field(False, examples=["true or false"])
    support_telegram: str = ""
    support_text: str = ""
    # log
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "json", "text"] = "auto"
    # what `up` tells its children
    sandbox_peers: Names = ()
    demo_bonus_rub: Annotated[Decimal, BeforeValidator(decimal), Field(ge=0, le=50_000)] = Decimal(0)
    sandbox_telegram_port: int = Field(8081, ge=0, le=65535)
    sandbox_kie_port: int = Field(8082, ge=0, le=65535)

    @model_validator(mode="after")
    def _reachable(self) -> "Env":
        """What Telegram itself would refuse (core.telegram.org/bots/api#setwebhook) stops the start, not the first update."""
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
    def mode(self) -> str:
        """webhook where Telegram can reach us (WEBHOOK_BASE_URL), else polling."""
        return self.bot_mode or ("webhook" if self.webhook_base_url else "polling")

    @property
    def kie_callback_base_url(self) -> str:
        """Where KIE's callbacks come; "" where KIE cannot reach us: we are on a private address and KIE is not."""
        return "" if is_private(self.webhook_base_url) and not is_private(self.kie_api_url) else self.webhook_base_url

    @property
    def mixed_peers(self) -> bool:
        """A sandbox peer beside a real one: payments are off, results are marked."""
        return len(self.sandbox_peers) == 1

    @property
    def demo_money(self) -> Decimal:
        """Rubles that a new person starts with: only where both peers are local, so that nobody gives real money away."""
        return self.demo_bonus_rub if len(self.sandbox_peers) == 2 else Decimal(0)

    @property
    def payments_enabled(self) -> bool:
        return not (self.mixed_peers or self.dry_run or self.test_mode)

    @property
    def demo_mark(self) -> bool:
        return self.mixed_peers or self.dry_run or self.test_mode

    @cached_property
    def release(self) -> str:
        """The version, with the commit where there is a checkout."""
        head = ROOT / ".git" / "HEAD"
        commit = head.read_text().strip() if head.is_file() else ""
        reference = ROOT / ".git" / commit.removeprefix("ref: ")
        commit = reference.read_text().strip() if commit.startswith("ref: ") and reference.is_file() else commit
        return "0.1.0" + (f"+{commit[:9]}" if re.fullmatch(r"[0-9a-f]{40}", commit) else "")


def is_private(url: str) -> bool:
    """Whether the outside cannot reach this origin: loopback, a private network, or a bare name."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(host) and "." not in host


def complaints(error: ValidationError) -> list[str]:
    """One line a value: which, why, and what to write. Values themselves are never shown: they may be secrets."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        if not problem["loc"]:  # a rule over several values says it all itself
            lines.append(problem["msg"].removeprefix("Value error, "))
            continue
        name = str(problem["loc"][0])
        why = "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        examples = Env.model_fields[name].examples
        lines.append(f"{name.upper()}: {why}." + (f" Write {name.upper()}={examples[0]}" if examples else ""))
    return lines


def read() -> Env:
    """The environment, or exit code 2 with one line for each bad value."""
    try:
        return Env()  # type: ignore[call-arg]  # the values come from outside
    except ValidationError as error:
        sys.stderr.write("\n".join(complaints(error)) + "\nOr start everything with local peers: make run\n")
        raise SystemExit(2) from None
