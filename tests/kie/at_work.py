"""What tests of generations share: a local KIE, a door for its callbacks, people who order, and the loop that works."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import stamina

from kie import callback, jobs, late, quotes, running, starting
from kie.catalogue import AIModel
from kie.job import Job
from kie.markups import Markups
from kie.pricing import Numbers, Quote
from kie.signals import job_ended, operator_wanted
from payments import ledger, people
from payments.models import Customer, Transfer
from reliability import cid, clock
from reliability.due import Queue, run_due
from reliability.models import Instance
from tests import published
from tests.sandbox.kie_side import DEADLINE_S, KIE_KEY, QUICK, Kie, Process, sandbox_process
from tests.serving import Quiet, serving

PRICE = Decimal("7.00")
PURSE = Decimal("100.00")
A_MINUTE = 60.0
_people = itertools.count(880_000_001)
_numbers = itertools.count(1)


def order(
    customer: Customer | None = None,
    *,
    key: str = "",
    model: str = "z-image",
    price: Decimal = PRICE,
    input: dict[str, Any] | None = None,
) -> Job:
    """A confirmed generation; of somebody new with PURSE rubles unless `customer` says whose."""
    customer = customer or somebody()
    sold = AIModel.objects.get(key=model)
    answers = input or {"prompt": f"Lighthouse {next(_numbers)}", "aspect_ratio": "1:1"}
    return jobs.confirm(
        customer,
        sold,
        answers,
        chat=customer.telegram_id,
        quote=offered(sold, answers, price),
        idempotency_key=key or cid.new(),
    )


def offered(model: AIModel, input: dict[str, Any], price: Decimal = PRICE) -> dict[str, Any]:
    """An offer of ours for this order, at whatever price."""
    quote = Quote(price, Decimal("0.004"), "", Decimal(95), None)
    by = Numbers(Decimal(95), Markups(Decimal(2)))
    return quotes.signed(model, input, quote, by, until=clock.now() + timedelta(minutes=15))


def somebody(rubles: Decimal = PURSE) -> Customer:
    """A new person with so many rubles."""
    telegram_id = next(_people)
    customer, _ = people.meet(telegram_id, first_name="Анна", username=None, language_code="ru")
    if rubles:
        ledger.bonus(customer, rubles, ref=f"bonus:test:{telegram_id}", cid=cid.new())
    return customer


def work(after_s: float = 0) -> int:
    """Work on every open job that is due `after_s` seconds from now, as a worker would; says how many steps it took."""
    return _worked(starting.QUEUE, running.QUEUE, after_s=after_s)


def search(after_s: float = 0) -> int:
    """Likewise on jobs that ended and whose result may come late."""
    return _worked(late.QUEUE, after_s=after_s)


def _worked(*queues: Queue[Job], after_s: float) -> int:
    me, _ = Instance.objects.get_or_create(role="worker", host="here", pid=1)
    with clock.moved(timedelta(seconds=after_s)):
        return sum(run_due(queue, me.pk) for queue in queues)


def reloaded(job: Job) -> Job:
    """The job as the database has it."""
    return Job.objects.get(pk=job.pk)


def ending(job: Job) -> tuple[str, str]:
    """State and reason."""
    return Job.objects.values_list("state", "error_code").get(pk=job.pk)


def money(job: Job) -> tuple[Decimal, Decimal, list[str]]:
    """What its person may spend, what is held, and how the job's hold was settled."""
    how = Transfer.objects.filter(settles=job.hold_id).values_list("kind", flat=True)
    return ledger.available(job.customer), ledger.held(job.customer), list(how)


HELD = (PURSE - PRICE, PRICE, [])
PAID = (PURSE - PRICE, Decimal("0.00"), ["capture"])
BACK = (PURSE, Decimal("0.00"), ["release"])


@dataclass
class Door:
    """Where callbacks come in: (job's public id, signature, the body as posted)."""

    origin: str = ""
    knocks: queue.Queue[tuple[UUID, str, bytes]] = field(default_factory=queue.Queue)
    headers: queue.Queue[dict[str, str]] = field(default_factory=queue.Queue)  # beside them, in the same order

    def lets_in(self) -> bytes:
        """The next callback as our endpoint takes it: its signature is genuine, the job is nudged. Gives the body."""
        public_id, signed, body = self.knocks.get(timeout=DEADLINE_S)
        assert callback.genuine(public_id, signed)
        callback.nudge(public_id, body)
        return body


@contextmanager
def opened() -> Iterator[Door]:
    """A door that listens."""
    door = Door()

    class Take(Quiet):
        def do_POST(self) -> None:
            body = self.body()
            *_, public_id, signed = self.path.split("/")
            self.done()
            door.headers.put(self.lower_headers())
            door.knocks.put((UUID(public_id), signed, body))

    with serving(Take) as door.origin:
        yield door


class Peer(Kie):
    """The local KIE with questions that tests of jobs ask."""

    def tasks(self, job: Job) -> list[dict[str, Any]]:
        """Every task made for a job: its words tell it from others'."""
        return [
            task for task in self.get("/sandbox/tasks")["tasks"] if task["input"].get("prompt") == job.input["prompt"]
        ]

    def asked(self, method: str, since: int = 0) -> list[dict[str, Any]]:
        """The calls of a method."""
        return self.get("/sandbox/journal", method=method, after=since)["calls"]


@pytest.fixture(scope="session")
def kie_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    data = tmp_path_factory.mktemp("kie-at-work")
    with sandbox_process(data, peers=("kie",), KIE_API_KEY=KIE_KEY) as process:
        yield process


@pytest.fixture
def kie(kie_process: Process, settings: Any) -> Peer:
    """A quick, healthy local KIE, which TRT is given the address of. No callbacks: only polling."""
    peer = Peer(kie_process.origins["kie"], KIE_KEY)
    peer.session.delete(peer.origin + "/sandbox/faults", timeout=DEADLINE_S)
    peer.config(**QUICK)
    settings.KIE_API_URL = settings.KIE_UPLOAD_URL = peer.origin
    settings.KIE_API_KEY = KIE_KEY
    settings.KIE_CALLBACK_BASE_URL = ""
    settings.DEMO_BONUS_RUB = Decimal("0.00")
    settings.DRY_RUN = settings.TEST_MODE = False
    settings.CHARGES_ORDERS = True
    return peer


@pytest.fixture
def reads_once() -> Iterator[None]:
    """A read of KIE's that fails is not repeated at once."""
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def door(kie: Peer, settings: Any) -> Iterator[Door]:
    """KIE can reach us: callbacks come here."""
    with opened() as door:
        settings.KIE_CALLBACK_BASE_URL = door.origin
        yield door


@pytest.fixture
def on_sale(db: None) -> None:
    """The registry is published."""
    published.publish()


@pytest.fixture
def ended() -> Iterator[list[Job]]:
    """Jobs that `job_ended` told of, in order, once for each time."""
    told: list[Job] = []

    def listen(job: Job, **_: Any) -> None:
        told.append(job)

    job_ended.connect(listen, sender=Job)
    yield told
    job_ended.disconnect(listen, sender=Job)


@pytest.fixture
def called() -> Iterator[list[str]]:
    """What operators were called for."""
    told: list[str] = []

    def listen(what: str, **_: Any) -> None:
        told.append(what)

    operator_wanted.connect(listen)
    yield told
    operator_wanted.disconnect(listen)
