"""Bugs of those who send."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from bot import gateway, outbox, refusals
from bot.models import Delivery, DeliveryState
from bot.refusals import Rejected, TelegramError, Unclear
from kie.job import Job
from kie.signals import job_ended
from reliability import clock
from tests.simulation.zoo.bug import Bug, bug


@bug("outboxes that mark and then send: at most once")
def sent_before_sending() -> Iterator[None]:
    """A delivery is marked sent, then sent."""

    def queue(may: Any) -> Any:
        ours = honest(may)

        def step(delivery: Delivery) -> Any:
            if delivery.kind != Delivery.Kind.PROGRESS:
                Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.SENT, sent_at=clock.now())
            return ours.step(delivery)

        return replace(ours, step=step)

    honest = outbox.queue
    with patch.object(outbox, "queue", queue):
        yield


@bug("two success messages for one payment")
def no_key_of_the_cause() -> Iterator[None]:
    """What is told by itself has no key: a cause that is met twice is told twice."""
    honest = outbox.tell

    def tell(key: str, kind: str, **facts: Any) -> None:
        if kind == Delivery.Kind.RESULT:
            honest(f"{key}:{clock.uuid7()}", kind, **facts)
        honest(key, kind, **facts)

    with patch.object(outbox, "tell", tell):
        yield


@bug("bots that take 429 for an error like any other")
def limit_is_refusal() -> Iterator[None]:
    """«Too many requests» ends a delivery."""

    def ours(refusal: Any) -> TelegramError:
        return Rejected(refusal.description) if refusal.error_code == 429 else honest(refusal)

    honest = refusals.said
    with patch.object(refusals, "said", ours):
        yield


@bug("bots that catch a time-out and go on")
def silence_is_consent() -> Iterator[None]:
    """No answer from Telegram is taken for a yes."""

    def send(*what: Any) -> None:
        with suppress(Unclear):
            honest(*what)

    honest = outbox._send
    with patch.object(outbox, "_send", send):
        yield


@bug("queues that know rows, not chats")
def sent_in_any_order() -> Iterator[None]:
    """Threads take deliveries of one chat at once."""
    honest = outbox.queue
    with patch.object(outbox, "queue", lambda may: replace(honest(may), rows=lambda _now: Delivery.objects.all())):
        yield


@bug("handlers that tell of an end and then commit it")
def told_inside_the_transaction() -> Iterator[None]:
    """The result is sent while the transaction that makes it true is open."""

    def say(job: Job, **_: Any) -> None:
        gateway.send_text(job.chat, "Готово", [])

    job_ended.connect(say, sender=Job)
    try:
        yield
    finally:
        job_ended.disconnect(say, sender=Job)


BUGS: tuple[Bug, ...] = (
    sent_before_sending,
    no_key_of_the_cause,
    limit_is_refusal,
    silence_is_consent,
    sent_in_any_order,
    told_inside_the_transaction,
)
