"""Bugs of those who receive: updates, payments, callbacks."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from bot import inbox, stars
from bot.inbox import Answer
from kie import callback, jobs
from kie.job import Job
from kie.record import TaskRecord
from payments import topups
from reliability import cid
from tests.simulation.zoo.bug import Bug, bug

REPLACED = "the bot that TRT replaces"


@bug(REPLACED)
def acknowledged_from_memory() -> Iterator[None]:
    """200 is said when an update stands in a list in memory; the next request writes the list down."""
    waiting: dict[int, list[bytes]] = {}  # by process: its backlog is its own

    def accept(path: str, headers: Any, body: bytes) -> Answer:
        mine = waiting.setdefault(id(inbox.backlog), [])
        mine.append(body)
        reply = None
        while len(mine) > 1 or (mine and b"pre_checkout" in mine[0]):
            reply = honest(path, headers, mine.pop(0))
        return reply or Answer(200)

    honest = inbox.accept
    with patch.object(inbox, "accept", accept):
        yield


@bug(REPLACED)
def acknowledged_though_refused() -> Iterator[None]:
    """When the update cannot be stored, 200 is said all the same, «so that Telegram does not repeat it»."""

    def accept(path: str, headers: Any, body: bytes) -> Answer:
        answer = honest(path, headers, body)
        return Answer(200) if answer.status == 503 else answer

    honest = inbox.accept
    with patch.object(inbox, "accept", accept):
        yield


@bug("bots that keep seen update ids in a set")
def redelivery_is_news() -> Iterator[None]:
    """An update that is known is taken up again when it is delivered again."""
    again = "DO UPDATE SET state = 'new', done_at = NULL, attempts = 0"
    with patch.object(inbox, "INSERT", inbox.INSERT.replace("DO NOTHING", again)):
        yield


@bug("public trackers of payment bots: Stars credited twice")
def credited_by_message() -> Iterator[None]:
    """A payment is known by the message that told of it, not by the charge."""
    honest = topups.paid
    with patch.object(
        topups, "paid", lambda *a, external_id, **k: honest(*a, external_id=external_id + cid.current()[-6:], **k)
    ):
        yield


@bug("public trackers of payment bots")
def credited_before_payment() -> Iterator[None]:
    """The credit is made at the pre-checkout: the person has been asked, not charged."""

    def answer(query: dict[str, Any]) -> dict[str, Any]:
        reply = honest(query)
        if reply["ok"]:
            who, price = query["from"]["id"], query["total_amount"]
            topups.paid(
                query["invoice_payload"],
                external_id=query["id"],
                currency="XTR",
                minor_amount=price,
                cid=cid.current(),
                telegram_id=who,
            )
        return reply

    honest = stars.pre_checkout_answer
    with patch.object(stars, "pre_checkout_answer", answer):
        yield


@bug(
    "«signature missing, processed for debugging»; storefronts that take a callback's word",
    flow="an order whose picture is lost",
)
def callback_is_believed() -> Iterator[None]:
    """A callback that says «success» ends the job, without a look at KIE's record."""

    def nudge(public_id: Any, body: bytes) -> bool:
        job = Job.objects.filter(public_id=public_id, state="running").first()
        if job and b'"state": "success"' in body:
            files = [{"url": "https://files.example/x.png", "kind": "image"}]
            return jobs.succeed(job.pk, TaskRecord(state="success", files=files))
        return honest(public_id, body)

    honest = callback.nudge
    with patch.object(callback, "nudge", nudge):
        yield


BUGS: tuple[Bug, ...] = (
    acknowledged_from_memory,
    acknowledged_though_refused,
    redelivery_is_news,
    credited_by_message,
    credited_before_payment,
    callback_is_believed,
)
