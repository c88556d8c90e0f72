"""Promo codes at work: what people type, what it gives them, and codes made by the hundred."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction

from payments import ledger
from payments.customer import Customer
from payments.promo import FORM, Guess, PromoCode, Redemption
from reliability import cid, clock
from reliability.log import person

log = structlog.get_logger()

GUESSES: Final = 10  # words that are no code, a person
AN_HOUR: Final = timedelta(hours=1)
ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without 0 O 1 I L: nobody has to ask which it is
LOOK_ALIKES: Final = str.maketrans("АВЕЁКМНОРСТУХІЈЅ", "ABEEKMHOPCTYXIJS")  # Cyrillic → Latin capitals
LENGTH: Final = 8  # of a code that we make: 30 to the 8th, so ten guesses an hour find nothing
MOST_AT_ONCE: Final = 5000


class Why(StrEnum):
    """Why a code was not redeemed."""

    UNKNOWN = "unknown"  # there is none such, or it was switched off; counted as a guess
    NOT_YET = "not_yet"  # `when` it begins
    OVER = "over"  # `when` it ended
    USED_UP = "used_up"  # as often as it may be
    USED_BY_YOU = "used_by_you"  # `when`
    TOO_MANY = "too_many"  # guesses: nothing is looked at until `when`
    CLOSED = "closed"  # in a test mode no money moves


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, and the moment that belongs to it. A value: the guess that was counted is to be committed."""

    why: Why
    when: datetime | None = None


def canonical(typed: str) -> str:
    """The one spelling of what somebody typed: capitals, Latin for Cyrillic look-alikes, no spaces and dashes between."""
    plain = unicodedata.normalize("NFKC", typed).upper().translate(LOOK_ALIKES)
    return re.sub(r"[\s\u200b-\u200f\u2060\ufeff_‐‑‒–—―−-]+", "", plain)


@transaction.atomic
def redeem(customer: Customer, typed: str) -> Redemption | Refusal:
    """Give the rubles of a code: once a person, as often as the code may be used, in its days; and a guess is counted.

    Locks the wallet, then the code: of as many threads as you like, no person gets twice and nobody above the limit.
    """
    if not settings.MOVES_MONEY:
        return Refusal(Why.CLOSED)
    ledger.lock(customer)
    now = clock.now()
    if until := _closed_until(customer, now):
        return Refusal(Why.TOO_MANY, until)
    found = PromoCode.objects.lock(canonical(typed))
    if found is None:
        return _guessed(customer, now)
    if refusal := _refusal(found, customer, now):
        return refusal
    ref = f"promo:{found.pk}:{customer.pk}"
    transfer = ledger.bonus(customer, found.rubles, ref=ref, cid=cid.current(), note=f"promo {found.code}")
    made = Redemption.objects.create(code=found, customer=customer, transfer=transfer, created_at=now)
    facts = {"code": found.code, "rubles": str(found.rubles), "person": person(customer.telegram_id)}
    transaction.on_commit(lambda: log.info("promo.redeemed", **facts))
    return made


def _refusal(found: PromoCode, customer: Customer, now: datetime) -> Refusal | None:
    """What stands against it; that the person has had it comes first, for it answers all the rest."""
    if known := Redemption.objects.filter(code=found, customer=customer).first():
        return Refusal(Why.USED_BY_YOU, known.created_at)
    return closed(found, now)


def closed(found: PromoCode, now: datetime) -> Refusal | None:
    """Why the code is open to nobody at `now`; None while it is open."""
    if not found.active:
        return Refusal(Why.OVER)
    if found.starts_at and now < found.starts_at:
        return Refusal(Why.NOT_YET, found.starts_at)
    if found.ends_at and found.ends_at <= now:
        return Refusal(Why.OVER, found.ends_at)
    if found.most_uses is not None and found.uses >= found.most_uses:
        return Refusal(Why.USED_UP)
    return None


def _closed_until(customer: Customer, now: datetime) -> datetime | None:
    """The moment at which the oldest of the person's last ten guesses is forgotten; None while they may go on."""
    lately = Guess.objects.filter(customer=customer, created_at__gt=now - AN_HOUR).order_by("-created_at")
    last = list(lately.values_list("created_at", flat=True)[:GUESSES])
    return last[-1] + AN_HOUR if len(last) == GUESSES else None


def _guessed(customer: Customer, now: datetime) -> Refusal:
    Guess.objects.filter(customer=customer, created_at__lte=now - AN_HOUR).delete()
    Guess.objects.create(customer=customer, created_at=now)
    transaction.on_commit(lambda: log.info("promo.guessed", person=person(customer.telegram_id)))
    return Refusal(Why.UNKNOWN)


def could_be(typed: str) -> bool:
    """Whether it has the form of a code at all; what has not is no guess."""
    return re.fullmatch(FORM, canonical(typed)) is not None


def word(length: int = LENGTH) -> str:
    """A word by chance that nobody misreads."""
    return "".join(clock.chance().choices(ALPHABET, k=length))


@transaction.atomic
def generate(count: int, *, rubles: Decimal, prefix: str = "", **terms: Any) -> list[PromoCode]:
    """Make `count` different codes, each `prefix` and eight letters by chance. All or none. `terms` are columns of PromoCode."""
    assert 0 < count <= MOST_AT_ONCE
    words: set[str] = set()
    while len(words) < count:
        more = {prefix + word() for _ in range(count - len(words))} - words
        words |= more - set(PromoCode.objects.filter(code__in=more).values_list("code", flat=True))
    return PromoCode.objects.bulk_create([PromoCode(code=one, rubles=rubles, **terms) for one in sorted(words)])
