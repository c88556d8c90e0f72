"""Screens of what is told by itself: the end of a job, money that has come, an apology. Rendered when sent, in the person's language."""

from dataclasses import replace
from datetime import datetime

from django.utils import translation

from bot import passive_copy
from bot.handlers import flow, offering, shop
from bot.models import Delivery, Dialog, DialogState, Hold, Update, UpdateState
from bot.screen import Screen, lines
from bot.screens import growth, help, money, result
from bot.screens import hold as held
from bot.wizard.draft import Draft
from kie.models import Job, JobState
from payments import ledger, people
from payments.models import Invite, TopUp
from reliability import clock
from reliability.cid import support_code


def render(delivery: Delivery) -> Screen | None:
    """The screen of a delivery that names its cause; None where there is nothing to say. Changes nothing, so a repeat is the same."""
    match delivery.kind:
        case Delivery.Kind.RESULT:
            return _result(Job.objects.select_related("model", "customer").get(pk=delivery.payload["job"]))
        case Delivery.Kind.TOPUP:
            return _topup(TopUp.objects.select_related("customer").get(pk=delivery.payload["topup"]), delivery.chat)
        case Delivery.Kind.NOTICE if delivery.payload.get("name") == "apology":
            with translation.override(people.locale_of(delivery.chat)):
                return help.apology(support_code(delivery.payload["cid"]), money=delivery.payload.get("money", ""))
        case Delivery.Kind.NOTICE if delivery.payload.get("name") == "hold":
            return _hold(delivery)
        case Delivery.Kind.NOTICE if delivery.payload.get("name") == "late":
            return _late(delivery)
        case Delivery.Kind.NOTICE if delivery.payload.get("name") == "invite":
            return _rewarded(Invite.objects.get(pk=delivery.payload["invite"]))
    return None


def progress(job: Job, now: datetime) -> Screen:
    """The progress message of a job as it stands at `now`; `job` comes with model and customer."""
    with translation.override(job.customer.locale):
        return result.progress(job, now)


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


def _result(job: Job) -> Screen:
    with translation.override(job.customer.locale):
        return result.done(job) if job.state == JobState.SUCCEEDED else result.failed(job)


def _rewarded(invite: Invite) -> Screen | None:
    """News for whoever invited."""
    reward = invite.transfer
    if reward is None:
        return None
    with translation.override(reward.customer.locale):
        return growth.rewarded(reward.amount, ledger.available(reward.customer))


def _topup(topup: TopUp, chat: int) -> Screen:
    """The credit, and under it the order that waited for it: same revision, same price."""
    customer = topup.customer
    with translation.override(customer.locale):
        credited = money.credited(topup.rubles, topup.provider, ledger.available(customer))
        order = _waiting_order(chat)
    if order is None:
        return credited
    return replace(order, text=lines(credited.text, "", order.text), fresh=True)


def _waiting_order(chat: int) -> Screen | None:
    dialog = Dialog.objects.select_related("customer").filter(chat=chat).first()
    if dialog is None or dialog.quote is None or (dialog.expires_at and dialog.expires_at <= clock.now()):
        return None
    draft = Draft.of(dialog.data)
    model = shop.on_sale(draft.model) if dialog.state in {DialogState.CONFIRM, *flow.WANTED} else None
    return offering.confirmation(dialog, model, draft) if model else None
