"""The operator's work list: where our books and another's do not agree, and what mends it."""

from decimal import Decimal
from typing import Any, Self

import structlog
from django.db import models, transaction
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from payments.customer import Customer
from payments.providers import Notice
from payments.topup import TopUp
from reliability import cid, clock

log = structlog.get_logger()


class DifferenceKind(models.TextChoices):
    """What does not agree. The cure of each stands in the admin beside it."""

    UNKNOWN_PAYMENT = "unknown_payment", _("paid, and nobody knows by whom")
    UNKNOWN_OFFER = "unknown_offer", _("credited to who paid, and nobody knows the offer")
    NOT_CREDITED = "not_credited", _("paid, and it cannot be credited by itself")
    NOT_THERE = "not_there", _("credited here, unknown to the provider")
    SUM = "sum", _("another sum at the provider")
    REFUND_UNKNOWN = "refund_unknown", _("returned there, not taken from the balance here")
    REFUND_SHORT = "refund_short", _("returned there, and the balance had less")
    REFUND_UNCLEAR = "refund_unclear", _("nobody knows whether it was returned")
    REFUND_REFUSED = "refund_refused", _("the provider refused a return")
    REF_CONFLICT = "ref_conflict", _("one payment told of with two sums or payers")
    RECEIPT_WAITS = "receipt_waits", _("a receipt waits for an answer")
    KIE_CREDITS = "kie_credits", _("KIE has charged another sum")


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def open(self) -> Self:
        """What somebody still has to look at."""
        return self.filter(ended_at__isnull=True)


class Difference(models.Model):
    """One line of the list, once for each `key`. It ends when an operator ends it, or by itself once it is not so any more."""

    key = models.CharField(_("key"), max_length=300, unique=True)
    kind = models.CharField(_("what"), max_length=20, choices=DifferenceKind)
    provider = models.CharField(_("with whom"), max_length=32)
    topup = models.ForeignKey(TopUp, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("top-up"))
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("person"))
    rubles = models.DecimalField(_("rubles"), max_digits=14, decimal_places=2, null=True, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    cid = models.CharField(_("correlation id"), max_length=cid.LENGTH, default=cid.current)
    found_at = models.DateTimeField(_("found"), default=clock.now)
    seen_at = models.DateTimeField(_("last seen"), default=clock.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=150, blank=True, default="")  # empty: by itself
    note = models.CharField(_("how"), max_length=500, blank=True, default="")

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        constraints = [
            CheckConstraint(name="difference_kind_known", condition=Q(kind__in=DifferenceKind.values)),
            CheckConstraint(name="difference_ended_how", condition=Q(ended_at__isnull=True) | ~Q(note="")),
        ]
        indexes = [
            cid.index("difference_code"),
            Index(name="difference_open", fields=["kind"], condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.subject}"

    @property
    def subject(self) -> str:
        """What does not agree, whatever is wrong with it: mostly `Notice.payment`, or the ref of a return."""
        return self.key.partition(":")[2]


@transaction.atomic
def found(
    kind: DifferenceKind, key: str, *, provider: str, topup: TopUp | None = None, customer: Customer | None = None,
    rubles: Decimal | None = None, **facts: Any,
) -> Difference:  # fmt: skip
    """Put it on the list, logged as an error the first time; a repeat says that it is still so, and opens nothing ended by hand."""
    now = clock.now()
    seen = {"facts": facts, "rubles": rubles, "seen_at": now}
    known, new = Difference.objects.select_for_update().get_or_create(
        key=f"{kind}:{key}",
        defaults={"kind": kind, "provider": provider, "topup": topup, "customer": customer, "found_at": now, **seen},
    )
    if new:
        transaction.on_commit(lambda: log.error("money.difference", kind=kind, key=key, provider=provider, **facts))
    elif known.ended_at is None or not known.ended_by:  # what ended by itself and is so again is open again
        for name, value in seen.items():
            setattr(known, name, value)
        known.ended_at, known.note = None, ""
        known.save(update_fields=[*seen, "ended_at", "note"])
    return known


def told_otherwise(notice: Notice) -> Difference:
    """One payment is told of with another sum or payer than before: the first stands, an operator finds out."""
    topup = TopUp.objects.named(notice.payment).select_related("customer").first()
    customer, rubles = (topup.customer, topup.rubles) if topup else (None, None)
    return found(
        DifferenceKind.REF_CONFLICT, notice.payment, provider=notice.provider, topup=topup, customer=customer, rubles=rubles,
        payload=notice.payload[:200], paid=notice.minor_amount, currency=notice.currency,
    )  # fmt: skip


def listed(kind: DifferenceKind, key: str) -> bool:
    """Whether somebody still has to look at it."""
    return Difference.objects.open().filter(key=f"{kind}:{key}").exists()


def ever_listed(kind: DifferenceKind, key: str) -> bool:
    """Whether somebody has to look at it, or has."""
    return Difference.objects.filter(key=f"{kind}:{key}").exists()


def settled(kind: DifferenceKind, key: str, *, note: str) -> bool:
    """It is not so any more, by itself. False: it is not open."""
    line = Difference.objects.open().filter(key=f"{kind}:{key}")
    return line.update(ended_at=clock.now(), note=note[:500]) > 0
