"""The one outbox: everything TRT says is a Delivery, committed with its cause and sent afterwards, in order within a chat and kind.

What Telegram accepted is noted part by part, so a delivery taken up again goes on where it was. Only where a process
died, or Telegram's answer was lost, between its accept and our note can a message be doubled: Telegram has no
idempotency key. Such sends are counted.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from django.db import transaction

from bot import calls, gateway, media, refusals, renders
from bot.models import Delivery, DeliveryState, Update
from bot.pace import Pace
from bot.refusals import CannotEdit, NoAnswer, NotSent, Rejected, TokenRefused, TooFast, Unclear, Unreachable
from bot.screen import Screen
from kie.models import Job
from reliability import bell, clock, counts
from reliability.due import ENDED, DueQuerySet, Next, Queue

log = structlog.get_logger()
pace = Pace()
PROGRESS_EVERY = timedelta(seconds=12)
FIRST_PROGRESS = timedelta(seconds=2)
HALTED = timedelta(seconds=0.2)  # a row given back: soon enough for the next holder, and no spinning in ours
LATE = timedelta(seconds=15)  # a result that is later than that for its host's silence is told of
AWAY_S = 2.0  # between tries while no connection to Telegram comes about
SILENCE_S = 60.0  # of Telegram towards everybody: then a send that it does not answer is no fault of that send's
# Before each repeat of what left and was never answered; then it is dead.
LOST: Final = (timedelta(seconds=10), timedelta(seconds=60), timedelta(seconds=240))
UNANSWERED: Final = "unanswered"  # in the payload: how often that happened
PERHAPS_SENT: Final = (f"{Unclear.__name__}:", f"{NoAnswer.__name__}:")  # how the error of such a delivery begins
NOTICE_SETTLES = timedelta(seconds=0.2)  # until we look again whether the notice of a hold has its message


def always() -> bool:
    """May send: for a caller that holds no lease."""
    return True


class Halt(Exception):
    """We may not send any more: the lease is not ours. What was accepted is noted, the next holder goes on from there."""


class Fenced(Exception):
    """Somebody else has claimed the delivery since: it is theirs."""


def answer(
    update: Update, screen: Screen, *, chat: int, edit: int | None, over: str | None = None, retire: int | None = None
) -> None:
    """Commit the screen of an update, with the transaction around.

    `edit` is the message it replaces; `over` instead names a delivery, a notice, that may not be sent yet: its message
    is found when this one is sent. `retire` is an old message that loses its keys once the screen is there.
    """
    key = f"update:{update.pk}"
    payload = screen.as_payload() | {"edit": edit, "over": over} | ({"retire": retire} if retire else {})
    if over:
        Delivery.objects.nudge(dedup_key=over)  # due before its answer; one that backs off has nothing to say any more
    Delivery.objects.create(dedup_key=key, kind=Delivery.Kind.ANSWER, chat=chat, payload=payload, cid=update.cid)
    if screen.tracks:
        tell(
            f"job:{screen.tracks}:progress",
            Delivery.Kind.PROGRESS,
            chat=chat,
            cid=update.cid,
            payload={"job": screen.tracks, "after": key},
            due_at=clock.now() + FIRST_PROGRESS,
        )


def tell(key: str, kind: str, *, chat: int, cid: str, payload: dict[str, Any], due_at: datetime | None = None) -> None:
    """Commit something to say, once for each `key`; a repeat changes nothing. It is rendered when sent."""
    wanted = Delivery(dedup_key=key, kind=kind, chat=chat, cid=cid, payload=payload, due_at=due_at or clock.now())
    Delivery.objects.bulk_create([wanted], ignore_conflicts=True)
    bell.ring(bell.BOT)


def rows(_now: datetime) -> DueQuerySet:
    """The first of what waits in each chat, by kind: within both the order is kept. Progress waits as long as its job runs, so
    that of one job keeps no other's waiting."""
    return Delivery.objects.heads("chat", "kind") | Delivery.objects.open().filter(kind=Delivery.Kind.PROGRESS)


def step(delivery: Delivery, *, may: Callable[[], bool] = always) -> Next:
    """Send one delivery, or put it off until Telegram, its pace or the notice before it allow that. Says when progress is to be
    edited again. `may` is asked before each message: the holder's own deadline. Raises Unclear where that counts as an attempt.

    Where Telegram left the last call without any answer it is first asked for something harmless: nothing leaves into a silence.
    """
    if not may():
        return _put_off(delivery, HALTED)
    over = _over(delivery)
    if over and over.state == DeliveryState.PENDING:
        return _put_off(delivery, NOTICE_SETTLES)
    if wait_s := pace.take(delivery.chat):
        return _put_off(delivery, timedelta(seconds=wait_s))
    if gateway.contact.is_lost and not gateway.is_there():
        pace.shut(AWAY_S)
        return _put_off(delivery, timedelta(seconds=AWAY_S), f"{NotSent.__name__}: Telegram answers nobody")
    try:
        again = _say(delivery, _standing(over), may)
    except refusals.TelegramError as trouble:
        return _unsaid(delivery, trouble)
    except (Halt, media.Later) as later:
        return _put_off(delivery, _broken_off(delivery, later))
    except Fenced:
        log.warning("delivery.fenced", delivery=delivery.dedup_key)
        return None
    if delivery.error and again is not ENDED:  # progress, which goes on: its trouble is over
        delivery.write(error="")
    return again


def _unsaid(delivery: Delivery, trouble: refusals.TelegramError) -> Next:
    """What becomes of it: put off where the trouble is not its own, for else all that is to be said would die of it, dead where
    Telegram does not take it. Raises the trouble where it counts as an attempt: Telegram answers others.
    """
    counts.mine.add(f"sends:{refusals.OUTCOMES[type(trouble)]}")
    if isinstance(trouble, NoAnswer):
        return _unanswered(delivery, trouble)
    if isinstance(trouble, (Unreachable, Rejected)):
        if not delivery.end(DeliveryState.DEAD, error=str(trouble)):
            return None
        log.warning("delivery.refused", delivery=delivery.dedup_key, why=str(trouble))
        return ENDED
    if isinstance(trouble, (TooFast, TokenRefused)):
        pause_s = float(trouble.retry_after_s)
    elif isinstance(trouble, NotSent):
        pace.shut(pause_s := AWAY_S)
    elif isinstance(trouble, Unclear) and gateway.contact.silent_s >= SILENCE_S:
        pause_s = SILENCE_S
    else:
        raise trouble
    return _put_off(delivery, timedelta(seconds=pause_s), f"{type(trouble).__name__}: {trouble}")


def _unanswered(delivery: Delivery, silence: NoAnswer) -> Next:
    """It left and nothing came back: each repeat may be one message more. So there are few, each a counted attempt, and then an
    operator decides, who can ask the person.
    """
    times = delivery.payload[UNANSWERED] = delivery.payload.get(UNANSWERED, 0) + 1
    if not delivery.note("payload"):
        return None
    if times <= len(LOST):
        log.warning("delivery.unanswered", delivery=delivery.dedup_key, times=times, why=str(silence))
        due_at, error = clock.now() + LOST[times - 1], f"{NoAnswer.__name__}: {silence}"
        return ENDED if delivery.write(claimed_by=None, due_at=due_at, error=error) else None
    why = f"Telegram left it unanswered {times} times and answered others: the person may have it as often, or not at all ({silence})"
    if delivery.end(DeliveryState.DEAD, error=why):
        log.error("delivery.given_up", delivery=delivery.dedup_key, times=times, why=str(silence))
        return ENDED
    return None


def _put_off(delivery: Delivery, pause: timedelta, why: str = "") -> Next:
    """As if not tried. That an earlier attempt was perhaps done stays known."""
    known = delivery.error.startswith(PERHAPS_SENT) or not why
    return delivery.put_off(clock.now() + pause, error=delivery.error if known else why)


def _broken_off(delivery: Delivery, later: Halt | media.Later) -> timedelta:
    """How long until it goes on. What was learnt is kept; a result's wait that the person would notice is told."""
    if isinstance(later, Halt):
        return HALTED
    log.info("delivery.later", delivery=delivery.dedup_key, why=str(later), pause_s=later.pause.total_seconds())
    if delivery.note("payload") and "away_since" in delivery.payload:
        late = {"name": "late", "job": delivery.payload["job"]}
        key, due_at = f"{delivery.dedup_key}:late", clock.now() + LATE
        tell(key, Delivery.Kind.NOTICE, chat=delivery.chat, cid=delivery.cid, payload=late, due_at=due_at)
    return later.pause


def _say(delivery: Delivery, notice: int | None, may: Callable[[], bool]) -> Next:
    if delivery.kind == Delivery.Kind.PROGRESS:
        return _progress(delivery, may)
    _send(delivery, notice, may)
    counts.mine.add("sends:sent")
    if delivery.end(DeliveryState.SENT):
        said = {"messages": delivery.message_ids, "took_ms": _age_ms(delivery)}
        log.info("delivery.sent", delivery=delivery.dedup_key, **said)
        return ENDED
    return None


def bury(delivery: Delivery, why: str) -> None:
    """Telegram gave no clear answer again and again: the operator sees it and can send it anew."""
    delivery.end(DeliveryState.DEAD, error=why)


def queue(may: Callable[[], bool] = always) -> Queue[Delivery]:
    """The outbox as work; `may` as in `step`."""
    return Queue("delivery", rows=rows, step=partial(step, may=may), bury=bury, max_attempts=12, longest_s=SILENCE_S)


def _send(delivery: Delivery, notice: int | None, may: Callable[[], bool]) -> None:
    """Send what is not sent yet, in the place of `notice` where text can be. Raises Halt, Fenced, what Telegram says."""
    payload = delivery.payload
    if delivery.kind != Delivery.Kind.ANSWER:
        screen = renders.render(delivery)
        payload = screen.as_payload() if screen else {}
    if notice and not (payload.get("media") or payload.get("invoice") or payload.get("statement")):
        payload = payload | {"edit": notice, "quiet": delivery.payload.get("quiet", False)}
    parts = calls.of(delivery, payload)
    _count_doubt(delivery, payload)
    for part in parts[len(delivery.message_ids) :]:
        if not may():
            raise Halt
        delivery.message_ids.append(part())
        is_last = len(delivery.message_ids) == len(parts) and not notice  # it is noted with the end
        if not is_last and not delivery.note("message_ids", "file_ids"):
            raise Fenced
    if notice and parts and notice not in delivery.message_ids and may():
        gateway.delete(delivery.chat, notice)
    if payload.get("retire") and may():
        gateway.take_keys(delivery.chat, payload["retire"])


def _over(delivery: Delivery) -> Delivery | None:
    """The notice whose place a delivery is to take."""
    key = delivery.payload.get("over")
    return Delivery.objects.filter(dedup_key=key).first() if key else None


def _standing(notice: Delivery | None) -> int | None:
    """The message of a notice: its own, else that of an earlier one which it was to replace and did not."""
    if notice is None:
        return None
    if notice.message_ids:
        return int(notice.message_ids[0])
    return _standing(_over(notice))


def _count_doubt(delivery: Delivery, payload: dict[str, Any]) -> None:
    """Count a send whose last attempt may have reached the person: it left, and no answer was noted. An edit doubles nothing."""
    only_edits = bool(payload.get("edit")) and not delivery.message_ids
    if (delivery.attempts > 1 or delivery.error.startswith(PERHAPS_SENT)) and not only_edits:
        counts.mine.add("maybe_doubled")
        log.warning(
            "delivery.maybe_doubled", delivery=delivery.dedup_key, attempt=delivery.attempts, why=delivery.error
        )


def _progress(delivery: Delivery, may: Callable[[], bool]) -> Next:
    """Edit the progress message of a job while it runs, and a last time when it has ended. Raises as `_send`."""
    answered = Delivery.objects.filter(dedup_key=delivery.payload["after"]).first()
    job = Job.objects.select_related("model", "customer").get(pk=delivery.payload["job"])
    ended = job.state not in Job.OPEN
    if answered is None or answered.state == DeliveryState.PENDING:
        return clock.now() + FIRST_PROGRESS
    if answered.message_ids:
        screen = renders.progress(job)
        shown = screen.as_payload()
        if shown != delivery.payload.get("shown"):
            if not may():
                raise Halt
            try:
                gateway.edit_text(delivery.chat, answered.message_ids[0], shown["text"], shown["keys"])
            except CannotEdit as why:  # the person deleted it: the result will come all the same
                log.info("telegram.cannot_edit", why=str(why))
                ended = True
            delivery.payload["shown"] = shown
            if not delivery.note("payload"):
                raise Fenced
    if ended or not answered.message_ids:
        return ENDED if delivery.end(DeliveryState.SENT) else None
    return clock.now() + PROGRESS_EVERY


@transaction.atomic
def resend(delivery_id: int) -> bool:
    """dead → pending, by an operator. False: it is not dead."""
    dead = Delivery.objects.lock(delivery_id, DeliveryState.DEAD)
    if dead is None:
        return False
    payload = {name: value for name, value in dead.payload.items() if name != UNANSWERED}
    anew = {"payload": payload, "attempts": 0, "due_at": clock.now(), "error": ""}
    Delivery.objects.filter(pk=delivery_id).update(state=DeliveryState.PENDING, **anew)
    return True


def _age_ms(delivery: Delivery) -> int:
    return round((clock.now() - delivery.created_at).total_seconds() * 1000)
