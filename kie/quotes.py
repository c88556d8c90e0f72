"""The signed quote: the price that a person was shown, what made it, and until when it stands.

It lies in the Dialog while the confirmation is shown and in the Job for good, so that the job says later why it cost that.
Signed by LEDGER_KEY, as money is: who has only the database can neither change it nor put it under another order.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import structlog
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from kie.catalogue import AIModel
from kie.pricing import Numbers, Quote

log = structlog.get_logger()
SALT: Final = "kie.quotes 1"  # the form of what is signed, too


class NotOurs(Exception):
    """The quote was not signed by us for this order: it is refused, whatever it says."""


def signed(model: AIModel, input: Mapping[str, Any], quote: Quote, by: Numbers, *, until: datetime) -> dict[str, Any]:
    """The quote of a complete `input` as JSON keeps it."""
    facts = {
        "model": model.key,
        "registry_version": model.version_label,
        "input": _digest(input),
        "price": f"{quote.price:.2f}",
        "cost_usd": f"{quote.cost_usd:f}",
        "rate": f"{quote.rate:f}",
        "markup": None if quote.markup is None else f"{quote.markup:f}",
        "tariff": by.version,
        "variant": quote.variant,
        "until": until.isoformat(),
    }
    return facts | {"signature": _signature(facts)}


def price_of(kept: Mapping[str, Any], model: AIModel, input: Mapping[str, Any]) -> Decimal:
    """The price in rubles that was shown for exactly this order. Raises NotOurs."""
    ours = genuine(kept)
    if not ours or (kept["model"], kept["input"]) != (model.key, _digest(input)):
        log.warning("quote.refused", model=model.key, signed=ours)
        raise NotOurs
    return Decimal(kept["price"])


def genuine(kept: Mapping[str, Any]) -> bool:
    """Whether the facts are as they were signed; in constant time."""
    facts = {name: value for name, value in kept.items() if name != "signature"}
    return constant_time_compare(str(kept.get("signature", "")), _signature(facts))


def _signature(facts: Mapping[str, Any]) -> str:
    return salted_hmac(SALT, _canonical(facts), secret=settings.LEDGER_KEY, algorithm="sha256").hexdigest()


def _digest(input: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(input)).hexdigest()


def _canonical(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
