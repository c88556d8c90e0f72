"""What the bot does on news from below: it writes a Delivery key in the same transaction, rendered when sent."""

from typing import Any

from django.dispatch import receiver

from bot import gateway, outbox
from bot.gateway import Rejected, Unreachable
from bot.models import Delivery
from kie import uploads
from kie.models import Job
from kie.signals import job_ended
from payments.models import Invite, TopUp, Transfer
from payments.signals import invite_rewarded, topup_credited


@receiver(job_ended, sender=Job)
def say_how_it_ended(job: Job, **_: Any) -> None:
    """One terminal Delivery a job; its progress message is brought to its last word."""
    outbox.tell(f"job:{job.pk}:result", Delivery.Kind.RESULT, chat=job.chat, cid=job.cid, payload={"job": job.pk})
    Delivery.objects.nudge(dedup_key=f"job:{job.pk}:progress")


@receiver(topup_credited, sender=TopUp)
def say_that_money_came(topup: TopUp, transfer: Transfer, **_: Any) -> None:
    """Once a credit, in the story of the payment, not of the offer."""
    chat = topup.customer.telegram_id  # a private chat has its person's id
    outbox.tell(f"topup:{topup.pk}", Delivery.Kind.TOPUP, chat=chat, cid=transfer.cid, payload={"topup": topup.pk})


@receiver(invite_rewarded, sender=Invite)
def say_that_a_friend_brought_money(invite: Invite, **_: Any) -> None:
    """Once a friend, to whoever invited them."""
    assert invite.transfer is not None
    chat = invite.transfer.customer.telegram_id
    payload = {"name": "invite", "invite": invite.pk}
    outbox.tell(f"invite:{invite.friend_id}", Delivery.Kind.NOTICE, chat=chat, cid=invite.cid, payload=payload)


def open_file(file_id: str) -> bytes:
    """Opens a person's file for kie. Raises FileGone when Telegram will never give it."""
    try:
        return gateway.open_file(file_id)
    except (Rejected, Unreachable) as refusal:
        raise uploads.FileGone(str(refusal)) from refusal


uploads.register_opener(open_file)
