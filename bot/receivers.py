"""What the bot does on news from below: it writes a Delivery key in the same transaction, rendered when sent."""

from typing import Any

from django.dispatch import receiver

from bot import gateway, outbox
from bot.gateway import Rejected, Unreachable
from bot.models import Delivery
from kie.models import Job
from kie.signals import job_ended
from payments.models import Receipt, TopUp, Transfer
from payments.signals import receipt_unreadable, topup_credited
from reliability import files


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


@receiver(receipt_unreadable, sender=Receipt)
def say_that_a_receipt_does_not_open(receipt: Receipt, **_: Any) -> None:
    """Once a receipt; said only while its request is open."""
    chat, payload = receipt.topup.customer.telegram_id, {"name": "receipt", "receipt": receipt.pk}
    outbox.tell(f"receipt:{receipt.pk}", Delivery.Kind.NOTICE, chat=chat, cid=receipt.cid, payload=payload)


def open_file(file_id: str) -> bytes:
    """Opens a person's file for who works with it. Raises FileGone when Telegram will never give it."""
    try:
        return gateway.open_file(file_id)
    except (Rejected, Unreachable) as refusal:
        raise files.FileGone(str(refusal)) from refusal


files.register_opener(open_file)
