"""What the bot does on news from below: it writes a Delivery key in the same transaction, rendered when sent."""

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from bot import gateway, movements, outbox
from bot.models import Delivery
from bot.refusals import Rejected, TelegramError, Unreachable
from kie.models import Job
from kie.signals import job_came_late, job_ended, operator_wanted
from payments.models import Invite, Receipt, Refund, TopUp, TopUpState, Transfer
from payments.signals import (
    invite_rewarded,
    money_moved,
    receipt_repeated,
    receipt_unreadable,
    receipt_waits,
    refund_ended,
    topup_credited,
    topup_moved,
)
from payments.terms import STARS
from reliability import cid, files


@receiver(job_ended, sender=Job)
def say_how_it_ended(job: Job, **_: Any) -> None:
    """One terminal Delivery a job; its progress message is brought to its last word."""
    outbox.tell(f"job:{job.pk}:result", Delivery.Kind.RESULT, chat=job.chat, cid=job.cid, payload={"job": job.pk})
    Delivery.objects.nudge(dedup_key=f"job:{job.pk}:progress")


@receiver(job_came_late, sender=Job)
def give_what_came_late(job: Job, **_: Any) -> None:
    """The result after the last word, once: a gift, since the money is back."""
    payload = {"job": job.pk, "late": True}
    outbox.tell(f"job:{job.pk}:late", Delivery.Kind.RESULT, chat=job.chat, cid=job.cid, payload=payload)


@receiver(operator_wanted)
def call_the_operator(key: str, what: str, facts: dict[str, str], **_: Any) -> None:
    """Once a trouble, to each of ADMIN_ID; whoever of them has not started the bot cannot be written to."""
    payload = {"name": "alarm", "what": what, "facts": facts}
    for chat in settings.ADMIN_IDS:
        outbox.tell(f"alarm:{key}:{chat}", Delivery.Kind.NOTICE, chat=chat, cid=cid.current(), payload=payload)


@receiver(receipt_waits, sender=Receipt)
def call_for_a_look_at_the_bank(receipt: Receipt, overdue: bool, **_: Any) -> None:
    """Once a receipt that opens a review, once more where it is not answered; to the operators as any alarm."""
    topup = receipt.topup
    what = "receipt_overdue" if overdue else "receipt"
    facts = {"person": str(topup.customer), "rubles": str(topup.rubles)}
    call_the_operator(f"{what}:{receipt.pk}", what, facts)


@receiver(topup_credited, sender=TopUp)
def say_that_money_came(topup: TopUp, transfer: Transfer, **_: Any) -> None:
    """Once a credit, in the story of the payment, not of the offer."""
    chat = topup.customer.telegram_id  # a private chat has its person's id
    outbox.tell(f"topup:{topup.pk}", Delivery.Kind.TOPUP, chat=chat, cid=transfer.cid, payload={"topup": topup.pk})


@receiver(topup_credited, sender=TopUp)
@receiver(topup_moved, sender=TopUp)
def say_how_its_bill_stands(topup: TopUp, **_: Any) -> None:
    """A bill takes the place of the screen that promised it, its end takes the bill's without a sound; a no is told.

    Nothing is said of an offer that merely ended, nor of a receipt that came: its sender has had that answer. Stars that
    wait for an operator have theirs too.
    """
    if topup.url and topup.state != TopUpState.PENDING:
        _tell_of(topup, "closed", over=f"topup:{topup.pk}:bill", quiet=True)
    if topup.state == TopUpState.REJECTED:
        _tell_of(topup, "rejected", over=None if topup.url else _promise(topup))
    elif topup.state == TopUpState.EXPIRED and not topup.url and (promise := _promise(topup)):
        _tell_of(topup, "expired", over=promise)
    elif topup.state == TopUpState.PENDING and topup.external_id and topup.provider != STARS:
        _tell_of(topup, "review")
    elif topup.state == TopUpState.PENDING and topup.url:
        _tell_of(topup, "bill", over=_promise(topup))


def _tell_of(topup: TopUp, what: str, **how: Any) -> None:
    name = what if what == "closed" else "topup"
    payload = {"name": name, "topup": topup.pk, **how}
    chat = topup.customer.telegram_id
    outbox.tell(f"topup:{topup.pk}:{what}", Delivery.Kind.NOTICE, chat=chat, cid=topup.cid, payload=payload)


def _promise(topup: TopUp) -> str | None:
    """The answer that promised the bill, if nothing else was answered to this person since: else it has gone by.

    It is found by the story it began; only from there on is the outbox looked through.
    """
    answers = Delivery.objects.filter(chat=topup.customer.telegram_id, kind=Delivery.Kind.ANSWER)
    story = cid.carrying(topup.cid)
    first = answers.filter(story).first() if story else None
    if first is None or first.payload.get("bills") != topup.pk:
        return None
    last = answers.filter(pk__gte=first.pk).order_by("-pk").first()
    return last.dedup_key if last and last.payload.get("bills") == topup.pk else None


@receiver(refund_ended, sender=Refund)
def say_how_a_return_ended(refund: Refund, **_: Any) -> None:
    """Once a return: the person has the money, or it is on the balance again."""
    key, chat = f"refund:{refund.pk}", refund.topup.customer.telegram_id
    payload = {"name": "refund", "refund": refund.pk}
    outbox.tell(key, Delivery.Kind.NOTICE, chat=chat, cid=refund.cid, payload=payload)


@receiver(money_moved, sender=Transfer)
def say_that_support_moved_money(transfer: Transfer, **_: Any) -> None:
    """Once a correction, gift or payout by an operator, with the reason."""
    if not movements.told_alone(transfer):
        return
    key, chat = f"transfer:{transfer.pk}", transfer.customer.telegram_id
    payload = {"name": "moved", "transfer": transfer.pk}
    outbox.tell(key, Delivery.Kind.NOTICE, chat=chat, cid=transfer.cid, payload=payload)


@receiver(receipt_unreadable, sender=Receipt)
def say_that_a_receipt_does_not_open(receipt: Receipt, **_: Any) -> None:
    """Once a receipt; said only while its request is open."""
    chat, payload = receipt.topup.customer.telegram_id, {"name": "receipt", "receipt": receipt.pk}
    outbox.tell(f"receipt:{receipt.pk}", Delivery.Kind.NOTICE, chat=chat, cid=receipt.cid, payload=payload)


@receiver(receipt_repeated, sender=Receipt)
def say_that_a_receipt_was_here_already(receipt: Receipt, **_: Any) -> None:
    """Once a receipt that its own person has sent before; that it is somebody else's is told to operators alone."""
    chat, payload = receipt.topup.customer.telegram_id, {"name": "receipt", "receipt": receipt.pk}
    outbox.tell(f"receipt:{receipt.pk}:again", Delivery.Kind.NOTICE, chat=chat, cid=receipt.cid, payload=payload)


@receiver(invite_rewarded, sender=Invite)
def say_that_a_friend_brought_money(invite: Invite, **_: Any) -> None:
    """Once a friend, to whoever invited them."""
    assert invite.transfer is not None
    chat = invite.transfer.customer.telegram_id
    payload = {"name": "invite", "invite": invite.pk}
    outbox.tell(f"invite:{invite.friend_id}", Delivery.Kind.NOTICE, chat=chat, cid=invite.cid, payload=payload)


def open_file(file_id: str) -> bytes:
    """Opens a person's file for who works with it. Raises FileGone when Telegram will never give it, ConnectionError while it is
    away: those below know no errors of ours."""
    try:
        return gateway.open_file(file_id)
    except (Rejected, Unreachable) as refusal:
        raise files.FileGone(str(refusal)) from refusal
    except TelegramError as silence:
        raise ConnectionError(f"{type(silence).__name__}: {silence}") from silence


files.register_opener(open_file)
