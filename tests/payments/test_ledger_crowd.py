"""A crowd on the ledger: thousands of different movements at once on few accounts, and readers who see whole books at any moment."""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import connection, transaction

from payments import ledger, topups
from payments.invariants import INVARIANTS
from payments.models import Customer, Kind, Transfer, Wallet
from reliability import cid

THREADS, READERS, ACCOUNTS = 32, 2, 50
FIFTY = Decimal("50.00")
WITHOUT_ROWS = {"refund_is_its_transfer", "refused_refund_is_back"}  # returns move here without theirs
RULES = [one for one in INVARIANTS if one.name not in WITHOUT_ROWS]
BY = {"actor": "admin:1", "note": "test"}
REFUSED = (ledger.NotEnoughMoney, ledger.AlreadySettled)  # the only ways in which a movement may fail here


class Actor:
    """One thread's movements, each distinct and of a random kind, and what became of them."""

    def __init__(
        self, number: int, people: list[Customer], open_holds: list[Transfer], returned: list[Transfer]
    ) -> None:
        self.number, self.people, self.open_holds, self.returned = number, people, open_holds, returned
        self.random = random.Random(number)
        self.made: list[Transfer] = []
        self.refused: Counter[str] = Counter()

    def act(self, step: int) -> None:
        customer, ref = self.random.choice(self.people), f"{self.number}:{step}"
        rubles = Decimal(self.random.randint(1, 4000)) / 100
        try:
            moved = self._moves()[self.random.choice(Kind.values)](customer, rubles, ref)
        except REFUSED as why:
            self.refused[type(why).__name__] += 1
        else:
            self.made.append(moved)

    def _moves(self) -> dict[str, Callable[[Customer, Decimal, str], Transfer]]:
        return {
            "topup": self._topup,
            "hold": self._hold,
            "capture": self._settles(ledger.capture),
            "release": self._settles(ledger.release),
            "bonus": lambda who, rubles, ref: ledger.bonus(who, rubles, ref=f"bonus:{ref}", cid=cid.new()),
            "refund": self._refund,
            "refund_failure": self._refund_fails,
            "payout": lambda who, rubles, ref: ledger.payout(who, rubles, ref=f"payout:{ref}", cid=cid.new(), **BY),
            "adjust_in": lambda who, rubles, ref: ledger.adjust(who, rubles, ref=f"adjust:{ref}", cid=cid.new(), **BY),
            "adjust_out": lambda who, rubles, ref: ledger.adjust(who, rubles, ref=f"adjust:{ref}", cid=cid.new(), debit=True, **BY),
        }  # fmt: skip

    def _topup(self, customer: Customer, _rubles: Decimal, ref: str) -> Transfer:
        offer = topups.start(customer, FIFTY, cid=cid.new())
        sum_of = {"currency": offer.currency, "minor_amount": offer.minor_amount}
        made = topups.paid(offer.payload, external_id=ref, telegram_id=customer.telegram_id, cid=cid.new(), **sum_of)
        assert made is not None
        return made

    def _hold(self, customer: Customer, rubles: Decimal, ref: str) -> Transfer:
        held = ledger.hold(customer, rubles, ref=f"hold:{ref}", cid=cid.new())
        self.open_holds.append(held)
        return held

    def _refund(self, customer: Customer, rubles: Decimal, ref: str) -> Transfer:
        back = ledger.refund(customer, rubles, provider="stars", ref=f"refund:{ref}", cid=cid.new())
        self.returned.append(back)
        return back

    def _refund_fails(self, customer: Customer, rubles: Decimal, ref: str) -> Transfer:
        """Any return that somebody has made, perhaps failing for others at once: it fails for one of them."""
        with suppress(IndexError):
            back = self.random.choice(self.returned[-THREADS:])
            return ledger.refund_failure(back, ref=f"failed:{ref}", cid=cid.new(), **BY)
        return self._refund(customer, rubles, ref)

    def _settles(self, how: Callable[..., Transfer]) -> Callable[[Customer, Decimal, str], Transfer]:
        """Any hold that somebody has made, perhaps with others at once: one of them settles it."""

        def settle(customer: Customer, rubles: Decimal, ref: str) -> Transfer:
            with suppress(IndexError):
                held = self.random.choice(self.open_holds[-THREADS:])
                return how(held, ref=f"settle:{ref}", cid=cid.new())
            return self._hold(customer, rubles, ref)

        return settle


@pytest.fixture
def people(transactional_db, met) -> list[Customer]:
    return [met("100.00") for _ in range(ACCOUNTS)]


@pytest.fixture
def reading(transactional_db) -> Iterator[dict[str, int]]:
    """Readers at work meanwhile: how often a rule was found broken, and how many looks there were."""
    seen: Counter[str] = Counter()
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    seen.update(rule.name for rule in RULES if rule.check())
                seen["looks"] += 1
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    yield seen
    done.set()
    for reader in readers:
        reader.join()


@pytest.mark.parametrize("movements", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_a_crowd_leaves_whole_books_at_every_moment(people, reading, together, movements):
    open_holds: list[Transfer] = []
    returned: list[Transfer] = []
    actors = [Actor(number, people, open_holds, returned) for number in range(THREADS)]

    outcomes = together(THREADS, lambda number: [actors[number].act(step) for step in range(movements // THREADS + 1)])

    assert [
        outcome for outcome in outcomes if isinstance(outcome, Exception)
    ] == []  # no deadlock, nothing but refusals
    made = [transfer for actor in actors for transfer in actor.made]
    refused = sum((actor.refused for actor in actors), Counter())
    assert len(made) + refused.total() >= movements
    assert {"NotEnoughMoney", "AlreadySettled"} <= set(refused)
    assert {transfer.kind for transfer in made} == set(Kind.values)
    gifts = Transfer.objects.filter(ref__startswith="bonus:test:").values_list("ref", flat=True)
    assert sorted(Transfer.objects.values_list("ref", flat=True)) == sorted(
        [*gifts, *(one.ref for one in made)]
    )  # none lost
    owned = defaultdict(lambda: Decimal("100.00"))
    for transfer in made:
        owned[transfer.customer_id] += transfer.effect
    assert {wallet.pk: wallet.balance for wallet in Wallet.objects.all()} == {who.pk: owned[who.pk] for who in people}
    assert Wallet.objects.filter(balance__lt=0).count() == 0
    assert list(ledger.verify_digests()) == []
    assert [rule.name for rule in RULES if rule.check()] == []
    looks = reading.pop("looks")
    assert (dict(reading), looks > 1) == ({}, True)
