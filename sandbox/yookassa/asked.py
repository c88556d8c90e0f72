"""Judges what a request asks for: amounts, texts, metadata, receipts. Source: yookassa.ru/developers/api (payment, refund)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from .errors import bad

CURRENCY = "RUB"
LARGEST_MINOR = 35_000_000_00  # kopecks
_VALUE = re.compile(r"\d{1,12}(\.\d{1,2})?")
NO_RECEIPT = "Receipt is missing or illegal"
METHODS = ("bank_card", "sbp", "yoo_money", "sberbank", "tinkoff_bank")


def amount(given: Any, parameter: str = "amount", *, of: str = CURRENCY) -> int:
    """Kopecks of `{"value": "12.50", "currency": "RUB"}`, more than none. Raises ApiError."""
    if not isinstance(given, dict):
        raise bad("Amount is missing", parameter)
    value = given.get("value")
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise bad("Incorrect amount value", f"{parameter}.value")
    whole, _, rest = value.partition(".")
    minor = int(whole) * 100 + int(rest.ljust(2, "0") or 0)
    if not 0 < minor <= LARGEST_MINOR:
        raise bad("Incorrect amount value", f"{parameter}.value")
    if given.get("currency") != of:
        raise bad(f"Incorrect currency code, {of} is expected", f"{parameter}.currency")
    return minor


def rubles(minor: int) -> dict[str, str]:
    """The other way round."""
    return {"value": f"{minor // 100}.{minor % 100:02d}", "currency": CURRENCY}


def text(body: dict[str, Any], name: str, most: int) -> str | None:
    """An optional text. Raises ApiError."""
    value = body.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > most):
        raise bad(f"{name} is not a text of at most {most} characters", name)
    return value


def metadata(body: dict[str, Any]) -> dict[str, str] | None:
    """At most 16 names of 32 characters, with values of 512. Raises ApiError."""
    given = body.get("metadata")
    if given is None:
        return None
    if not isinstance(given, dict) or len(given) > 16:
        raise bad("Metadata is an object of at most 16 values", "metadata")
    for name, value in given.items():
        if len(name) > 32 or not isinstance(value, str) or len(value) > 512:
            raise bad("Metadata: a name has at most 32 characters, a value is a text of at most 512", "metadata")
    return given


def confirmation(body: dict[str, Any]) -> str:
    """The return_url of a redirect, the only way of confirming that is played. Raises ApiError."""
    given = body.get("confirmation")
    if not isinstance(given, dict) or given.get("type") != "redirect":
        raise bad("Confirmation of type redirect is expected", "confirmation.type")
    url = given.get("return_url")
    parts = urlsplit(url) if isinstance(url, str) and len(url) <= 2048 else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.netloc:
        raise bad("Incorrect return_url", "confirmation.return_url")
    return str(url)


def method(body: dict[str, Any]) -> str:
    """The type of payment method that the shop has chosen; else the person pays by card. Raises ApiError."""
    data = body.get("payment_method_data")
    kind = METHODS[0] if data is None else data.get("type") if isinstance(data, dict) else None
    if kind not in METHODS:
        raise bad("Payment method is not available", "payment_method_data.type")
    return str(kind)


def receipt(body: dict[str, Any], minor: int, *, required: bool) -> bool:
    """Whether there is one; it must fit the amount, and have somebody to go to and a VAT code on each line. Raises ApiError."""
    given = body.get("receipt")
    if given is None:
        if required:
            raise bad(NO_RECEIPT, "receipt")
        return False
    if not isinstance(given, dict):
        raise bad(NO_RECEIPT, "receipt")
    customer, items = given.get("customer"), given.get("items")
    if not isinstance(customer, dict) or not (customer.get("email") or customer.get("phone")):
        raise bad("Customer's email or phone is missing", "receipt.customer")
    if not isinstance(items, list) or not items:
        raise bad("Receipt has no items", "receipt.items")
    if sum(_line(item, f"receipt.items[{n}]") for n, item in enumerate(items)) != minor * 1000:
        raise bad("Sum of receipt items is not equal to the amount", "receipt.items")
    return True


def _line(item: Any, parameter: str) -> int:
    """Thousandths of a kopeck: a quantity has up to three digits after the point."""
    if not isinstance(item, dict) or not text(item, "description", 128):
        raise bad("Item has no description", f"{parameter}.description")
    quantity = str(item.get("quantity", ""))
    if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", quantity):
        raise bad("Incorrect quantity", f"{parameter}.quantity")
    if item.get("vat_code") not in range(1, 13):
        raise bad("Incorrect vat_code", f"{parameter}.vat_code")
    whole, _, rest = quantity.partition(".")
    return amount(item.get("amount"), f"{parameter}.amount") * (int(whole) * 1000 + int(rest.ljust(3, "0") or 0))
