"""Screens of what is told by itself: the end of a job, an apology, the notice of a hold; of money: bot.money_news. Rendered
when sent, in the person's language."""

from collections.abc import Callable
from typing import Final

from django.utils import translation

from bot import money_news, passive_copy, standing
from bot.models import Delivery, Hold, Update, UpdateState
from bot.screen import Screen
from bot.screens import alarm, growth, help, result
from bot.screens import hold as held
from bot.screens import receipt as receipts
from kie import own
from kie.models import Job, JobState
from payments import ledger, people
from payments.models import Invite, Receipt, ReceiptState, TopUp
from reliability import clock
from reliability.cid import support_code


def render(delivery: Delivery) -> Screen | None:
    """The screen of a delivery that names its cause; None where there is nothing to say. Changes nothing, so a repeat is the same."""
    if delivery.kind == Delivery.Kind.RESULT:
        job = Job.objects.select_related("model", "customer").get(pk=delivery.payload["job"])
        return _result(job, late=delivery.payload.get("late", False))
    if delivery.kind == Delivery.Kind.TOPUP:
        return money_news.credited(delivery)
    notice = NOTICES.get(delivery.payload.get("name", "")) if delivery.kind == Delivery.Kind.NOTICE else None
    return notice(delivery) if notice else None


def progress(job: Job) -> Screen:
    """The progress message of a job as it stands, in its person's language; `job` comes with model and customer."""
    with translation.override(job.customer.locale):
        return standing.progress(job)


def _apology(delivery: Delivery) -> Screen:
    with translation.override(people.locale_of(delivery.chat)):
        return help.apology(support_code(delivery.payload["cid"]), money=delivery.payload.get("money", ""))


def _alarm(delivery: Delivery) -> Screen:
    """Something that an operator has to mend."""
    with translation.override(people.locale_of(delivery.chat)):
        return alarm.screen(delivery.payload["what"], delivery.payload["facts"])


def _hold(delivery: Delivery) -> Screen | None:
    """The notice; nothing where the hold is over or what was kept is answered: then nobody waits."""
    hold = Hold.objects.open().filter(pk=delivery.payload["hold"]).first()
    if hold is None or not Update.objects.filter(pk=delivery.payload["first"], state=UpdateState.NEW).exists():
        return None
    locale = people.locale_of(delivery.chat)
    with translation.override(locale):
        return held.notice(passive_copy.words(locale), hold.pk, hold.until, clock.now())


def _late(delivery: Delivery) -> Screen | None:
    """That a result keeps people waiting; nothing where it has come meanwhile."""
    waits = Delivery.objects.open().filter(kind=Delivery.Kind.RESULT, payload__job=delivery.payload["job"])
    if not waits.exists():
        return None
    job = Job.objects.select_related("model", "customer").get(pk=delivery.payload["job"])
    with translation.override(job.customer.locale):
        return result.late(job)


def _receipt(delivery: Delivery) -> Screen | None:
    """That a receipt does not open, or was here already; nothing where an operator has decided without it."""
    receipts_of = Receipt.objects.select_related("topup__customer", "seen_before__topup")
    receipt = receipts_of.get(pk=delivery.payload["receipt"])
    if receipt.topup.state not in TopUp.OPEN:
        return None
    with translation.override(receipt.topup.customer.locale):
        if receipt.state == ReceiptState.READ and receipt.seen_before:
            return receipts.was_here(receipt.topup, receipt.seen_before)
        return receipts.unreadable(receipt.topup)


def _rewarded(delivery: Delivery) -> Screen | None:
    """News for whoever invited."""
    reward = Invite.objects.get(pk=delivery.payload["invite"]).transfer
    if reward is None:
        return None
    with translation.override(reward.customer.locale):
        return growth.rewarded(reward.amount, ledger.available(reward.customer))


def _result(job: Job, *, late: bool) -> Screen:
    with translation.override(job.customer.locale):
        if late:
            return result.gift(job)
        if job.state != JobState.SUCCEEDED:
            return result.failed(job)
        return result.done(job, own.follow_ups(job))


NOTICES: Final[dict[str, Callable[[Delivery], Screen | None]]] = {
    "apology": _apology,
    "alarm": _alarm,
    "hold": _hold,
    "late": _late,
    "receipt": _receipt,
    "invite": _rewarded,
    **money_news.NOTICES,
}
