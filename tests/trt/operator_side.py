"""What an operator may come upon: one row of everything, made by the code that makes them in earnest."""

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group, User
from django_q.models import OrmQ, Schedule, Task

from bot import hold, inbox
from bot.models import Delivery, Dialog, Hold, PassiveCopy, Update
from bot.passive_copy import DEFAULTS
from kie import jobs, tariff
from kie.breaker import Breaker
from kie.catalogue import AIModel, RegistryVersion
from kie.job import Job
from kie.models import DollarRate, Pause, Tariff
from kie.sync import keeping
from kie.sync.syncrun import SyncRun
from payments import audit, difference, invites, people, promos, receipts, refunds, topups
from payments.models import (
    AuditEntry,
    Customer,
    Difference,
    DifferenceKind,
    Invite,
    Method,
    PromoCode,
    Proposal,
    ReceiptKind,
    Reconciliation,
    Redemption,
    Refund,
    Terms,
    TopUp,
    Transfer,
)
from payments.terms import establish
from reliability import cid, clock, instance
from reliability.lease import Held
from reliability.models import Instance, Lease, Sweep
from tests import published
from tests.kie.at_work import offered

TELEGRAM_ID = 910_000_001


@dataclass(frozen=True)
class Shop:
    """A person tapped, ordered, and called it off; another time they paid with stars, and now by a bank transfer."""

    update: Update
    job: Job
    hold: Transfer
    release: Transfer
    result: Delivery
    topup: TopUp
    customer: Customer

    @property
    def code(self) -> str:
        """What the person reads out."""
        return cid.support_code(self.job.cid)

    def rows(self) -> dict[str, Any]:
        """A row of each of our models, by the name of its pages."""
        return {
            "kie_aimodel": self.job.model,
            "kie_job": self.job,
            "kie_registryversion": RegistryVersion.objects.get(),
            "kie_tariff": Tariff.objects.get(),
            "kie_dollarrate": DollarRate.objects.first(),
            "kie_pause": Pause.objects.first(),
            "kie_syncrun": SyncRun.objects.get(),
            "payments_customer": self.customer,
            "payments_transfer": self.release,
            "payments_topup": self.topup,
            "payments_promocode": PromoCode.objects.get(),
            "payments_redemption": Redemption.objects.get(),
            "payments_invite": Invite.objects.get(),
            "payments_refund": Refund.objects.get(),
            "payments_difference": Difference.objects.get(),
            "payments_proposal": Proposal.objects.get(),
            "payments_auditentry": AuditEntry.objects.get(),
            "payments_reconciliation": Reconciliation.objects.get(),
            "payments_terms": Terms.objects.get(),
            "payments_method": Method.objects.get(provider="stars"),
            "bot_update": self.update,
            "bot_delivery": self.result,
            "bot_dialog": Dialog.objects.get(),
            "bot_hold": Hold.objects.get(),
            "bot_passivecopy": PassiveCopy.objects.get(locale="ru"),
            "reliability_instance": Instance.objects.get(),
            "reliability_lease": Lease.objects.get(),
            "reliability_sweep": Sweep.objects.get(),
        }


def furnish(settings: Any) -> Shop:
    """All of it, in an empty database."""
    settings.DEMO_BONUS_RUB, settings.PAYMENTS_ENABLED = Decimal("0.00"), True
    published.publish()
    customer, _ = people.meet(TELEGRAM_ID, first_name="Анна", username="anna", language_code="ru")
    topup = topups.start(customer, Decimal("50.00"), cid=cid.new())
    topups.paid(topup, external_id="charge-of-anna", currency="XTR", minor_amount=80, cid=cid.new())
    topup.refresh_from_db()
    request = topups.start(customer, Decimal("70.00"), provider="manual", cid=cid.new())
    receipts.take(request.pk, receipts.Sent("AgAC-receipt", "AQAD-receipt", ReceiptKind.PHOTO), cid=cid.new())
    update = tapped(settings)
    Dialog.objects.create(chat=TELEGRAM_ID, customer=customer, data={"prompt": "Маяк"})
    with cid.bound(update.cid):  # as the dispatcher does while it answers
        job = ordered(customer)
        assert jobs.cancel(job.pk)
    job.refresh_from_db()
    instance.beat("bot")
    assert Held("bot", instance.me()).take_or_renew()
    Sweep.objects.create(name="purge", ran_at=clock.now())
    Breaker.objects.create(scope="creates")
    PassiveCopy.objects.get_or_create(locale="ru", defaults=DEFAULTS["ru"])  # a migration's, until a flush
    past = hold.begin(until=clock.now() + timedelta(minutes=15), reason="Обновление", by="operator")
    hold.end(past.pk, by="operator")
    keeping.start(by="operator")
    _of_libraries()
    _of_prices(job.model)
    _of_growth()
    _of_operators()
    release = Transfer.objects.get(kind="release")
    return Shop(update, job, job.hold, release, Delivery.objects.get(kind="result"), topup, customer)


def tapped(settings: Any, update_id: int = 77) -> Update:
    """A tap that came through the webhook."""
    who = {"id": TELEGRAM_ID, "is_bot": False, "first_name": "Анна"}
    tap = {"update_id": update_id, "callback_query": {"id": "1", "from": who, "data": "run:1:1", "chat_instance": "1"}}
    headers = {"x-telegram-bot-api-secret-token": settings.WEBHOOK_SECRET_TOKEN, "content-type": "application/json"}
    answer = inbox.accept(settings.WEBHOOK_SECRET_PATH, headers, json.dumps(tap, ensure_ascii=False).encode())
    assert answer.status == 200
    return Update.objects.get(update_id=update_id)


def ordered(customer: Customer) -> Job:
    """A confirmed generation of 7 rubles."""
    model = AIModel.objects.get(key="z-image")
    answers = {"prompt": "Маяк на скале", "aspect_ratio": "1:1"}
    key = cid.new()
    offer = offered(model, answers)
    return jobs.confirm(customer, model, answers, chat=TELEGRAM_ID, quote=offer, idempotency_key=key)


def _of_prices(model: AIModel) -> None:
    """A rate that was declined, and a model that was off sale for a while."""
    now = clock.now()
    DollarRate.objects.create(
        day=now.date() - timedelta(days=30), rubles=Decimal(500), against=Decimal(95), state="declined", decided_by="operator"
    )  # fmt: skip
    Pause.objects.create(model=model, reason="price", price=Decimal(1), cost=Decimal(2), ended_at=now)


def _of_growth() -> None:
    """Somebody has used a promo code, and a friend of theirs has come by their link."""
    vera, _ = people.meet(TELEGRAM_ID + 7, first_name="Вера", username="vera", language_code="ru")
    PromoCode.objects.create(code="SUMMER", rubles=Decimal("10.00"), most_uses=100)
    promos.redeem(vera, "SUMMER")
    code = invites.code_of(vera)
    people.meet(TELEGRAM_ID + 8, first_name="Глеб", username="gleb", language_code="ru", invite_code=code)


def _of_operators() -> None:
    """What they decide: a payment of somebody else goes back, a line to look at, an act that waits for a second person."""
    establish()
    tariff.establish()
    other, _ = people.meet(TELEGRAM_ID + 1, first_name="Борис", username="boris", language_code="ru")
    paid = topups.start(other, Decimal("60.00"), cid=cid.new())
    topups.paid(paid, external_id="charge-of-boris", currency="XTR", minor_amount=96, cid=cid.new())
    refunds.ask(paid.pk, Decimal("60.00"), by="admin:1", reason="не понравилось")
    difference.found(DifferenceKind.UNKNOWN_PAYMENT, "stars:nobodys", provider="stars", paid=80)
    Reconciliation.objects.create(pk="stars")
    clerk = User.objects.create_user("clerk")
    Proposal.objects.create(
        key=clock.uuid7(), by=clerk, act="credit", target="payments.customer", object_id=other.pk, customer=other,
        facts={"telegram_id": None, "external_id": ""}, rubles=Decimal("9000.00"), reason="сбой", expires_at=clock.now() + timedelta(days=1),
    )  # fmt: skip
    audit.record("block", other, by=clerk, reason="спам", before={"blocked": False}, after={"blocked": True})


def _of_libraries() -> None:
    now = clock.now()
    Group.objects.create(name="Поддержка")
    Schedule.objects.create(name="work", func="trt.work.work")
    OrmQ.objects.create(key="trt", payload="", lock=now)
    for name, success in (("well", True), ("ill", False)):
        Task.objects.create(id=name, name=name, func="trt.work.work", started=now, stopped=now, success=success)
