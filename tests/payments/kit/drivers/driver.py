"""What a case of the kit needs to know of a way to pay. A driver says how it is done with one, against its sandbox peer."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import Any, ClassVar

from django.test import Client

from payments import paying, people, providers, refunds, topups
from payments.customer import Customer
from payments.providers import Provider
from payments.topup import TopUp
from reliability import cid, instance
from reliability.due import run_due
from tests.payments.kit.ear import Ear, Told
from tests.sandbox.payment_side import Side

HUNDRED = Decimal("100.00")
_ids = itertools.count(810_000_001)


class Driver:
    """One way to pay, for one test. The flags say which cases it takes part in, and why where it does not."""

    name: ClassVar[str]
    bills = True  # its provider makes invoices, which the worker asks for; else the bot shows the bill
    asked = True  # an invoice can be asked for
    listens = True  # its notices come to our HTTP endpoint
    lists = True  # it can be compared with
    returns = True  # it gives money back when asked
    partial = True  # and a part of it too
    returns_itself = True  # its own people can return a payment, and its list tells of it
    other_sums = True  # it can say another sum than was asked
    other_currencies = True  # or another currency
    says_no = True  # it can refuse a return for good
    unavailable = providers.Unavailable
    CALLS: ClassVar[dict[str, str]] = {}  # create, query, refund, list: the peer's names of these calls

    def __init__(self, origin: str, ear: Ear, settings: Any) -> None:
        self.ear, self.settings = ear, settings
        self.side = Side(origin)

    @property
    def provider(self) -> Provider:
        return providers.get(self.name)

    # our side

    def hears(self, told: Told) -> Any:
        """A notice reaches us, in a thread of its own: the real endpoint, or the very call that is made of it."""
        return self.tells(told)

    def offer(self, customer: Customer, rubles: Decimal = HUNDRED) -> TopUp:
        """An offer that waits for its payer: where the provider bills, with its invoice."""
        topup = topups.start(customer, rubles, provider=self.name, cid=cid.new())
        if self.bills:
            work()
        return reloaded(topup)

    def tells(self, told: Told, path: str = "") -> int:
        """A notice reaches us; the status that we answer."""
        url = f"/payments/{path or self.name}/notice"
        headers = {name: value for name, value in told.headers.items() if name not in {"content-length", "host"}}
        return Client().generic("POST", url, told.body, content_type="application/json", headers=headers).status_code

    def paid(self, customer: Customer, rubles: Decimal = HUNDRED) -> TopUp:
        """A payment that was made, told and credited."""
        topup = self.offer(customer, rubles)
        self.pays(topup)
        self.tells(self.notice())
        work()
        topup = reloaded(topup)
        assert topup.state == "paid", topup
        return topup

    # the provider's side

    def somebody(self) -> Customer:
        """A person who has an account there."""
        return people.meet(next(_ids), first_name="Анна", username=None, language_code="ru")[0]

    def pays(self, topup: TopUp, invoice_id: str = "") -> None:
        """The person pays what is asked: the invoice that we know of, or this one."""
        raise NotImplementedError

    def notice(self) -> Told:
        """What the provider has posted about it."""
        return self.ear.next()

    def unknown(self) -> Told:
        """A genuine notice of what we know nothing of."""
        raise NotImplementedError

    def forged(self) -> list[Told]:
        """Notices that are not to be let in."""
        return [Told(body) for body in (b"", b"\xff\0", b"[]", b"{}", b"null", b"[" * 50_000, b'{"object": 5}')]

    def says(self, minor_amount: int, currency: str = "") -> None:
        """From now on it says this of payments that it is asked for."""
        raise NotImplementedError

    def invoices(self, topup: TopUp) -> list[str]:
        """The ids of the invoices that it has made of an offer."""
        raise NotImplementedError

    def stranger_pays(self) -> str:
        """Somebody pays an invoice that TRT has not asked for; the payment's id."""
        raise NotImplementedError

    def claims(self, topup: TopUp, what: str) -> Told:
        """A notice that is let in and says of an invoice that it is `paid`, or only `waiting`, whatever is true."""
        raise NotImplementedError

    def refuses_returns(self) -> None:
        """From now on it says a definite no to a return."""
        raise NotImplementedError

    def went_back(self, topup: TopUp) -> list[Any]:
        """What it has returned of a payment, each in its own words."""
        raise NotImplementedError

    def gives_back(self, topup: TopUp, minor_amount: int) -> None:
        """Its own people return a part of a payment, or all."""
        raise NotImplementedError

    def fault(self, call: str, fault: str, times: int = 1) -> None:
        """One of CALLS goes wrong; times 0: until `well`."""
        self.side.fault(self.CALLS[call], fault, times=times)

    def well(self) -> None:
        """All is well again."""
        self.side.sandbox("DELETE", "faults")


def work() -> int:
    """The worker does all that is due; says how many rows it worked on. More than a few would be a loop without end."""
    instance.beat("worker")
    done = 0
    for _ in range(10):
        rows = sum(run_due(queue, instance.me(), most=20) for queue in (paying.QUEUE, refunds.QUEUE))
        if not rows:
            return done
        done += rows
    raise AssertionError("the worker finds no end")


def reloaded(row: Any) -> Any:
    """The row as it stands."""
    return type(row).objects.get(pk=row.pk)


def as_json(value: Any) -> Told:
    """A notice without a signature."""
    return Told(json.dumps(value).encode())
