"""Money and whose hand moved it, as the admin and its files say them in the page's language."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import localize
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

OPERATOR: Final = "admin:"  # begins the actor of what an operator did: admin:<id>
WHOLE: Final = frozenset({"XTR"})  # currencies whose smallest unit is the whole
SIGNS: Final = {"RUB": "₽", "XTR": "⭐"}
PROVIDERS: Final[dict[str, Any]] = {
    "stars": "Telegram Stars",
    "yookassa": "YooKassa",
    "cryptopay": "Crypto Pay",
    "manual": _("bank transfer"),
}
# What may be odd about a payment: kept in English with its facts, read in the page's language (trouble).
UNKNOWN_OFFER: Final = gettext_noop("nobody knows the offer {}")
ANOTHERS_OFFER: Final = gettext_noop("the offer was made to {}")
OTHER_SUM: Final = gettext_noop("asked {}, paid {}")
TOO_MUCH: Final = gettext_noop("more than {} at once")
ODD: Final = (UNKNOWN_OFFER, ANOTHERS_OFFER, OTHER_SUM, TOO_MUCH)


def major(minor_amount: int, currency: str) -> Decimal:
    """A price in whole units of its currency: 10000 kopecks are 100.00, 160 stars 160."""
    return Decimal(minor_amount) if currency in WHOLE else Decimal(minor_amount).scaleb(-2)


def price(minor_amount: int, currency: str) -> str:
    """«100,00 ₽», «160 ⭐», «1,25 EUR»."""
    return f"{localize(major(minor_amount, currency))} {SIGNS.get(currency, currency)}"


def rubles(amount: Decimal) -> str:
    """«12,40 ₽»."""
    return f"{localize(amount)} ₽"


def provider(name: str) -> str:
    """A way to pay by its own name."""
    return str(PROVIDERS.get(name, name))


def trouble(error: str) -> str:
    """Why a row stands still: our own sentences in the page's language, others' as they came."""
    return "; ".join(_in_the_pages_language(sentence) for sentence in error.split("; ")) if error else "—"


def _in_the_pages_language(sentence: str) -> str:
    for odd in ODD:
        if found := re.fullmatch(re.escape(odd).replace(r"\{\}", "(.+)"), sentence):
            return gettext(odd).format(*found.groups())
    return gettext(sentence)


def who(actor: str, operator: str | None) -> str:
    """`actor` of a transfer, a return or a decision, whose user is `operator` if it was one."""
    if actor == "person":
        return gettext("the person")
    return operator or PROVIDERS.get(actor, actor) or "—"


def operator_of(field: str) -> Subquery:
    """The username behind the actor in `field`, for lists: asked with the rows."""
    users = get_user_model()._default_manager.alias(actor=Concat(Value(OPERATOR), Cast("pk", CharField())))
    return Subquery(users.filter(actor=OuterRef(field)).values("username")[:1])


def naming() -> Callable[[str], str]:
    """`who` for a file: every operator's name is asked for once."""
    known = {f"{OPERATOR}{pk}": name for pk, name in get_user_model()._default_manager.values_list("pk", "username")}
    return lambda actor: who(actor, known.get(actor)) if actor else ""
