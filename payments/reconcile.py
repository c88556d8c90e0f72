"""Our books beside the providers': what was paid and never noticed is credited, what does not agree is put on the work list."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import models, transaction
from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from payments import difference, ledger, providers, refunds, topups
from payments.difference import DifferenceKind
from payments.providers import Notice, Provider, Unavailable
from payments.topup import CREDITED, TopUp
from reliability import cid, clock

log = structlog.get_logger()

OVERLAP: Final = timedelta(hours=2)  # a provider's list may lag behind, and its clock may differ from ours
FIRST_LOOK: Final = timedelta(days=3)
SETTLES: Final = timedelta(minutes=10)  # a payment so young may be missing from the list


class Reconciliation(models.Model):
    """How far our books were compared with a provider's."""

    provider = models.CharField(_("with whom"), max_length=32, primary_key=True)
    until = models.DateTimeField(_("agreed until"), null=True, blank=True)
    tried_at = models.DateTimeField(_("last tried"), null=True, blank=True)
    seen = models.PositiveIntegerField(_("payments seen"), default=0)
    place = models.PositiveIntegerField(_("place"), default=0)  # in a list without dates, of what lies before `until`
    error = models.TextField(_("error"), blank=True, default="")

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")

    def __str__(self) -> str:
        return self.provider


def all() -> int:
    """Compare with every provider that can be asked here; says how much was credited or taken that nobody had noticed.

    One that is silent keeps no other waiting, and is compared from where it was left the next time.
    """
    return sum(_compare(provider) for provider in providers.ready())


def _compare(provider: Provider) -> int:
    now = clock.now()
    mark, _new = Reconciliation.objects.get_or_create(pk=provider.name)
    since = (mark.until or now - FIRST_LOOK) - OVERLAP
    mark.tried_at, mark.error, mended = now, "", 0
    try:
        said = list(provider.reconcile(since))
    except Unavailable as silence:
        mark.error = str(silence)[:1000]
        log.warning("reconcile.silent", provider=provider.name, why=mark.error)
    else:
        mended = sum(_taken_over(notice) for notice in said)
        _missing_there(provider, said, since, now - SETTLES)
        mark.until, mark.seen = now, len(said)
    mark.save()
    return mended


def _taken_over(notice: Notice) -> bool:
    """Whether it was news."""
    with cid.bound(cid.new()):
        if notice.news == "refunded":
            return refunds.heard(notice, cid=cid.current()) is not None
        return notice.news == "paid" and _credited(notice)


def _credited(notice: Notice) -> bool:
    known = TopUp.objects.filter(provider=notice.provider, external_id=notice.external_id).first()
    if known is not None and (known.currency, known.minor_amount) == (notice.currency, notice.minor_amount):
        return False
    try:
        transfer = topups.paid(
            notice.payload, external_id=notice.external_id, currency=notice.currency, minor_amount=notice.minor_amount,
            cid=cid.current(), telegram_id=notice.payer, provider=notice.provider,
        )  # fmt: skip
    except LookupError:
        kind = DifferenceKind.UNKNOWN_PAYMENT
    except ledger.RefConflict:
        kind = DifferenceKind.SUM
    else:
        log.warning("reconcile.credited", provider=notice.provider, credited=transfer is not None)
        return True
    key = f"{notice.provider}:{notice.external_id}"
    difference.found(
        kind,
        key,
        provider=notice.provider,
        topup=known,
        payload=notice.payload[:200],
        paid=notice.minor_amount,
        currency=notice.currency,
    )
    return False


@transaction.atomic
def _missing_there(provider: Provider, said: list[Notice], since: datetime, until: datetime) -> None:
    """What we credited in the time that was compared, and the provider does not list. What an operator has seen by himself,
    under the offer's own id, stands in no list."""
    listed = {notice.external_id for notice in said}
    ours = TopUp.objects.filter(
        ~Q(external_id=Cast("offer", CharField())),
        provider=provider.name,
        state__in=CREDITED,
        paid_at__gt=since + OVERLAP,
        paid_at__lt=until,
    )
    for topup in ours.select_related("customer"):
        key = f"{provider.name}:{topup.external_id}"
        if topup.external_id in listed:
            difference.settled(DifferenceKind.NOT_THERE, key, note="the provider lists it now")
        else:
            difference.found(
                DifferenceKind.NOT_THERE,
                key,
                provider=provider.name,
                topup=topup,
                customer=topup.customer,
                rubles=topup.rubles,
            )
