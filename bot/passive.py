"""PASSIVE: what the operator's hold means for an update.

What only reads is answered, and so is money that has moved. Everything else is kept: the update stays new, marked with
its hold, so that it keeps nobody behind it waiting, and is answered first when the hold is over. The person is told
once a chat and hold; that notice becomes the answer.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from bot import hold as holds
from bot import outbox, passive_copy
from bot.events import Event, Paid, Refunded, Tap
from bot.hold import Hold
from bot.models import Delivery, Dialog, Update, UpdateState
from bot.router import on
from bot.screens import hold as screens
from reliability import clock
from reliability.due import UNCLAIMED

PLACE = ("revision", "state", "data", "quote", "expires_at")  # where a dialog stands


def held() -> Hold | None:
    """The hold that TRT is under."""
    return Hold.objects.open().first()


def hold_over(update: Update) -> int | None:
    """The number of the hold that `update` was claimed under; None in the ordinary course. The claim itself has looked."""
    if "claimed_under" in vars(update):
        return vars(update)["claimed_under"]
    hold = held()
    return hold.pk if hold else None


def goes_on(event: Event) -> bool:
    """Whether `event` is answered under a hold: it only reads, or it is about money that has moved already."""
    return isinstance(event, Paid | Refunded) or on.reads(event)


def keep(update: Update, hold: int, only_if: str, given: Sequence[Any]) -> bool:
    """Keep a claimed update until `hold` is over, within the transaction around, and tell its person once.

    False, nothing changed, if the claim or `only_if` (the lease's fence) does not hold any more. A repeat is harmless.
    """
    standing = notice_of(update)  # of an earlier hold, not answered yet
    still = holds.lock(hold)
    due_at = still.until if still else clock.now()  # out of the way of what is due; ended early, `hold.end` moves it
    if not update.write(only_if, given, hold=hold, due_at=due_at, reason="PASSIVE", error="", **UNCLAIMED):
        return False
    payload = {"name": "hold", "hold": hold, "first": update.pk, "over": standing}
    key, chat = _key(hold, update.chat_key), update.chat_key
    outbox.tell(key, Delivery.Kind.NOTICE, chat=chat, cid=update.cid, payload=payload)
    return True


def notice_of(update: Update) -> str | None:
    """The notice that the answer to a kept update takes the place of: the first of its chat has one, the others none."""
    if update.hold_id is None:
        return None
    key = _key(update.hold_id, update.chat_key)
    notice = Delivery.objects.filter(dedup_key=key).first()
    return key if notice and notice.payload["first"] == update.pk else None


def answered(hold: int, chat: int) -> bool:
    """Whether the notice of a hold has become an answer (or an apology), or never was."""
    notice = Delivery.objects.filter(dedup_key=_key(hold, chat)).first()
    if notice is None:
        return True
    first = f"update:{notice.payload['first']}"
    return Delivery.objects.filter(dedup_key__in=[first, f"{first}:dead"]).exists()


def toast(event: Event) -> str:
    """What a tap under a hold is answered with at once; nothing where a screen follows."""
    if not isinstance(event, Tap):
        return ""
    if event.action == screens.REFRESH:
        return screens.still()
    return "" if goes_on(event) else passive_copy.words(event.customer.locale).toast


@contextmanager
def overtaking(update: Update, hold: int, event: Event) -> Iterator[Event]:
    """Within the block the event, marked so, is answered ahead of what is kept of its chat, whose dialog is afterwards
    where it stood.

    Else /menu, answered at once, would put away the order that a kept tap is about to start. Where nothing is kept
    the block changes nothing: then the update is in its order.
    """
    behind = Update.objects.filter(state=UpdateState.NEW, hold=hold, chat_key=update.chat_key).exists()
    dialog = Dialog.objects.filter(pk=event.dialog.pk)
    place = dialog.values(*PLACE).get() if behind else None
    yield replace(event, ahead=behind)
    if place is not None:
        dialog.update(**place)


def _key(hold: int, chat: int) -> str:
    return f"hold:{hold}:{chat}"
