"""Answering updates: the head of each chat, one transaction for effects, Delivery and `done`, fenced by the lease's epoch."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import translation

from bot import gateway, measures, outbox, passive, reading
from bot.events import Event, Tap
from bot.models import Delivery, Update, UpdateState
from bot.router import on
from bot.screen import Screen
from reliability import cid, clock, counts
from reliability.due import ENDED, GIVEN_UP, UNCLAIMED, DueQuerySet, Next, Queue
from reliability.lease import Held
from reliability.log import person
from reliability.models import Lease

log = structlog.get_logger()
DEAD_WITH_MONEY: Final = "MONEY_NOT_BOOKED"  # the reason of a dead update that tells of a payment or a refund
READABLE: Final = ~Q(kind="unreadable")  # what can be answered again
CLAIMED_S: Final = "claim_lag_s"  # from stored to claimed; of what went its ordinary course only
ANSWERED_S: Final = "answer_lag_s"  # from stored to its answer committed; likewise
REPLAYED: Final = "REPLAYED"  # the outcome of a new row that was dead, as PASSIVE is of one that was kept


class Fenced(Exception):
    """The lease has a newer epoch: what we did is rolled back, its new holder does it."""


def rows(now: datetime) -> DueQuerySet:
    """The first unanswered update of each chat: one chat is strictly in order, chats run beside each other."""
    return Update.objects.heads("chat_key", now=now)


def bury(update: Update, why: str) -> None:
    """new → dead: an apology with the support code; the admin can replay it.

    Where money has moved with it the apology says so instead of «nothing was charged», and the operator hears of it.
    """
    money = reading.money_in(bytes(update.raw), update.kind)
    _finish(update, UpdateState.DEAD, DEAD_WITH_MONEY if money else "INTERNAL_ERROR")
    transaction.on_commit(lambda: counts.mine.add("dead"))
    if money:
        facts = {"seq": update.pk, "cid": update.cid, "money": money, "person": person(update.chat_key), "error": why}
        transaction.on_commit(lambda: log.error("update.dead_with_money", **facts))
    if update.chat_key > 0:  # a private chat
        payload = {"name": "apology", "cid": update.cid, "money": money, "over": passive.notice_of(update)}
        outbox.tell(
            f"update:{update.pk}:dead", Delivery.Kind.NOTICE, chat=update.chat_key, cid=update.cid, payload=payload
        )


class Dispatch:
    """The step of an update under a lease. Its pool answers taps at once, beside the handler."""

    def __init__(self, lease: Held) -> None:
        self.lease = lease
        self.taps = ThreadPoolExecutor(2, thread_name_prefix="tap")
        self.queue: Queue[Update] = Queue(name="update", rows=rows, step=self.step, bury=bury)

    def step(self, update: Update) -> Next:
        """Answer one update, or keep it while TRT is held. Its effects and `done` are committed together or not at all."""
        started = time.monotonic()
        self._claimed(update)
        content = json.loads(bytes(update.raw))
        hold = passive.hold_over(update)
        if hold is None:
            self._answer_tap(update, content)
            content = measures.stated(content)
        try:
            with transaction.atomic():
                event = reading.event(content, update.kind)
                if hold is not None:
                    self._answer_tap(update, content, passive.toast(event) if event else "")
                reason = self._outcome(update, event, hold)
        except Fenced:
            counts.mine.add("fenced")
            self.lease.lose()  # or we would claim the row again and again
            log.warning("update.fenced", seq=update.pk, epoch=self.lease.epoch)
            return None
        took_ms = round((time.monotonic() - started) * 1000)
        facts = {**self._facts(event), "reason": reason, "took_ms": took_ms}
        if reason == "PASSIVE":
            log.info("update.kept", seq=update.pk, **facts)
            return None
        counts.mine.add("done")
        if _ordinary(update):
            counts.mine.observe(ANSWERED_S, _lag_s(update))
        log.info("update.done", seq=update.pk, **facts)
        return ENDED

    @staticmethod
    def _claimed(update: Update) -> None:
        counts.mine.add("claimed")
        if update.attempts == 1 and _ordinary(update):  # a later one has waited for its own back-off
            counts.mine.observe(CLAIMED_S, _lag_s(update))
        lag_ms = round(_lag_s(update) * 1000)
        log.info("update.claimed", seq=update.pk, kind=update.kind, attempt=update.attempts, lag_ms=lag_ms)

    def _answer_tap(self, update: Update, content: dict[str, Any], toast: str = "") -> None:
        """At once, beside the handler. A tap that was kept had its toast then."""
        if update.kind == "callback_query" and update.hold_id is None:
            self.taps.submit(cid.carried(gateway.answer_tap), str(content["callback_query"]["id"]), toast)

    def _outcome(self, update: Update, event: Event | None, hold: int | None) -> str:
        """The reason code under which the update is done or kept. Raises Fenced."""
        if event and hold is not None and not passive.goes_on(event):
            if not passive.keep(update, hold, *_fence(self.lease)):
                raise Fenced
            return "PASSIVE"
        screen = self._answer(update, event, hold) if event else None
        reason = screen.reason if screen else "OK"
        if not self._done(update, reason):
            raise Fenced
        return reason

    def _answer(self, update: Update, event: Event, hold: int | None) -> Screen | None:
        log.info("update.routed", seq=update.pk, **self._facts(event))
        ahead = nullcontext(event) if hold is None else passive.overtaking(update, hold, event)
        with translation.override(event.customer.locale), ahead as event:
            screen = on.answer(event)
        if screen is not None:
            tapped = event.message_id if isinstance(event, Tap) and event.on_text else None
            edit, retire = (tapped, None) if not screen.fresh else (None, tapped if screen.retires else None)
            outbox.answer(update, screen, chat=event.chat, edit=edit, over=passive.notice_of(update), retire=retire)
        return screen

    def _done(self, update: Update, reason: str) -> bool:
        """The fence: nothing is finished under an epoch that is not the lease's own any more."""
        return _finish(update, UpdateState.DONE, reason, lease=self.lease)

    @staticmethod
    def _facts(event: Event | None) -> dict[str, Any]:
        if event is None:
            return {"event_kind": "nobody waits"}
        what = getattr(event, "action", "") or getattr(event, "name", "")
        return {"event_kind": type(event).__name__.lower(), "what": what, "person": person(event.customer.telegram_id)}


def _ordinary(update: Update) -> bool:
    """Whether TRT alone decided how long it waited: no hold kept it, nobody replayed it.

    Not told by `due_at`: a back-off moves that as well, and what people wait for our own failures is our lag.
    """
    return not update.reason


def _lag_s(update: Update) -> float:
    """How long TRT has let a claimed update wait: since it was stored, or since its hold's end or its replay."""
    since = update.created_at if _ordinary(update) else update.due_at
    return (clock.now() - since).total_seconds()


def _fence(lease: Held) -> tuple[str, tuple[Any, ...]]:
    """For Due.write: the update is not answered yet, and the lease has our epoch still."""
    held = f'EXISTS (SELECT FROM "{Lease._meta.db_table}" WHERE name = %s AND epoch = %s)'
    return f"state = 'new' AND {held}", (lease.name, lease.epoch)


def _finish(update: Update, state: str, reason: str, *, lease: Held | None = None) -> bool:
    """new → `state`, and the claim goes; only under `lease`, where one is given."""
    only_if = ("state = 'new'",) if lease is None else _fence(lease)
    epoch = lease.epoch if lease else None
    claim = GIVEN_UP if state == UpdateState.DEAD else UNCLAIMED
    return update.write(*only_if, state=state, reason=reason, done_at=clock.now(), claim_epoch=epoch, **claim)


@transaction.atomic
def replay(seq: int, *, by: str) -> bool:
    """dead → new, by an operator. False, nothing changed: it is not dead, or nobody can read it."""
    update = Update.objects.select_for_update().filter(READABLE, pk=seq, state=UpdateState.DEAD).first()
    if update is None:
        return False
    facts = {"seq": seq, "cid": update.cid, "by": by, "died_of": update.error}
    Update.objects.filter(pk=seq).update(
        state=UpdateState.NEW, reason=REPLAYED, done_at=None, attempts=0, due_at=clock.now(), error="", hold=None
    )
    transaction.on_commit(lambda: log.info("update.replayed", **facts))
    return True
