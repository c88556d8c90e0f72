"""What a value of the environment must look like: each check returns the value, or raises ValueError with the reason.

A reason completes the sentence that begins with the variable's name. It never repeats the value, which may be a secret.
"""

import importlib.util
import ipaddress
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr


def _web(value: str) -> SplitResult | None:
    """The parts of an http(s) address with a host; None for anything else."""
    try:
        parts = urlsplit(value)
        known = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, half an IPv6 address
        return None
    return parts if known else None


def origin(value: str) -> str:
    """scheme://host[:port] without a path; "" stays."""
    parts = _web(value)
    if value and not (parts and parts.path in {"", "/"} and not (parts.query or parts.fragment)):
        raise ValueError("is not an origin (http:// or https://, a host, perhaps a port, no path)")
    return value.rstrip("/")


def address(value: str) -> str:
    """http:// or https://, a host, a path."""
    if not _web(value):
        raise ValueError("is not an address (http:// or https://, a host, a path)")
    return value


def listening(value: str) -> str:
    """An address of this machine, or a name of it."""
    if not (_network(value) and "/" not in value) and not re.fullmatch(
        r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value
    ):
        raise ValueError("is no address to listen on (without a port, IPv6 without brackets)")
    return value


def proxies(value: str) -> str:
    """Addresses and networks, comma-separated; * for all."""
    if any(one != "*" and not _network(one) for one in names(value)):
        raise ValueError("must be addresses or networks: 10.0.0.5, 10.0.0.0/24, or * for all")
    return value


def _network(value: str) -> bool:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return False
    return True


def postgresql_address(value: str) -> str:
    """postgresql://user:password@host:port/database?options, as libpq reads it; "" stays."""
    if not value:
        return value
    if not re.match(r"postgres(ql)?://", value):
        raise ValueError("is not an address of a PostgreSQL database")
    try:
        parts = conninfo_to_dict(value)
    except psycopg.Error:
        raise ValueError("is not written as PostgreSQL reads it (%40 for @, %2F for / in a password?)") from None
    if not parts.get("dbname"):
        raise ValueError("names no database")
    for port in str(parts.get("port") or "").split(","):
        if port and not (port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError("has no port between 1 and 65535")
    return value


def postgresql_role(url: str) -> str:
    """Whom an address of a database logs in; "" where it does not say."""
    return str(conninfo_to_dict(url).get("user") or "")


def redis_address(value: str) -> str:
    """redis://[user:password@]host[:port][/number]; "" stays. Needs the package that speaks it."""
    try:
        parts = urlsplit(value)
        known = parts.scheme in {"redis", "rediss"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if value and not (known and re.fullmatch(r"/?|/\d+", parts.path)):
        raise ValueError("is not an address of a Redis server")
    if value and importlib.util.find_spec("redis") is None:
        raise ValueError("needs the Python package redis, which is not installed; unset, PostgreSQL keeps the queue")
    return value


def bot_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("does not look like a token of @BotFather")
    return value


def bot_token_or_none(value: SecretStr) -> SecretStr:
    """Crypto Pay's tokens look like a bot's."""
    if value.get_secret_value() and not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("does not look like a token of @CryptoBot")
    return value


def shop_id(value: str) -> str:
    if not re.fullmatch(r"\d{0,20}", value):
        raise ValueError("is not a number, as every shopId is")
    return value


def card_number(value: str) -> str:
    """12-19 digits, in groups or not; "" stays."""
    if value and not re.fullmatch(r"\d{12,19}", re.sub(r"[ -]", "", value)):
        raise ValueError("is not a card's number (12-19 digits)")
    return value


def phone(value: str) -> str:
    """10-15 digits, written as people do; "" stays."""
    if value and not re.fullmatch(r"\+?\d{10,15}", re.sub(r"[ ()-]", "", value)):
        raise ValueError("is not a phone number (10-15 digits)")
    return value


def header_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
        raise ValueError("must be 16-256 characters of A-Z a-z 0-9 _ -")
    return value


def header_value(value: SecretStr) -> SecretStr:
    """What a request can carry in a header."""
    if not re.fullmatch(r"[!-~]*", value.get_secret_value()):
        raise ValueError("has a character that no key has: a space, a quote of another alphabet, a line break")
    return value


def long_secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 16:
        raise ValueError("must have at least 16 characters")
    return value


def long_secret_or_none(value: SecretStr) -> SecretStr:
    return long_secret(value) if value.get_secret_value() else value


def decimal(value: Any) -> Any:
    return value.replace(",", ".") if isinstance(value, str) else value


def names(value: Any) -> Any:
    return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value


def telegram_ids(value: Any) -> Any:
    parts = names(value)
    if not all(re.fullmatch(r"[1-9]\d{0,15}", str(part)) for part in parts):
        raise ValueError("must be Telegram ids: whole numbers with commas between, not names")
    return parts


def is_private(url: str) -> bool:
    """Whether the outside cannot reach this origin: loopback, a private network, or a bare name."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(host) and "." not in host
