"""What operators did: one row an act, written in the act's own transaction, never changed or deleted."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q, Sum
from django.utils.translation import gettext_lazy as _

from payments.act_names import label
from payments.customer import Customer
from reliability import cid as cids
from reliability import clock

RIGHTS: Final = (  # a right for each act, whatever row it is done to; which role has which: trt.roles
    ("credit_person", "May credit a person"),
    ("debit_person", "May debit a person"),
    ("bonus_person", "May give a bonus"),
    ("payout_person", "May note a payout"),
    ("block_person", "May block and unblock a person"),
    ("approve_topup", "May approve a top-up"),
    ("reject_topup", "May reject a top-up"),
    ("refund_topup", "May refund a top-up"),
    ("requery_topup", "May ask a provider again"),
    ("decide_refund", "May say how an unclear refund ended"),
    ("settle_difference", "May end a difference"),
    ("decide_proposal", "May be the second person"),
    ("export_money", "May export money lists"),
    ("view_accounts", "May see the accounts"),
)


# What one operator moved in it counts as one sum, and so does what was moved for one person.
LATELY: Final = timedelta(hours=24)


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def lately(self) -> Self:
        """What was done within 24 hours: limits go by it."""
        return self.filter(created_at__gt=clock.now() - LATELY)

    def moved(self) -> Decimal:
        """The rubles of these acts together."""
        return self.aggregate(sum=Sum("rubles"))["sum"] or Decimal("0.00")

    def on(self, row: models.Model) -> Self:
        """What was done to a row, newest first."""
        return self.filter(target=row._meta.label_lower, object_id=str(row.pk)).order_by("-pk")


class AuditEntry(models.Model):
    """One act of an operator. `key` is older than the act: a second POST of one form finds it and does nothing."""

    key = models.UUIDField(_("key"), unique=True, default=clock.uuid7, editable=False)
    created_at = models.DateTimeField(_("when"), default=clock.now, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("operator")
    )
    act = models.CharField(_("act"), max_length=40, db_index=True)
    target = models.CharField(_("kind of row"), max_length=64)  # label of its model: payments.topup
    object_id = models.CharField(_("row id"), max_length=64, blank=True, default="")
    shown = models.CharField(_("row"), max_length=200, blank=True, default="")  # as it called itself, to the operator
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    # what it moved; null where it moved nothing
    rubles = models.DecimalField(_("rubles"), max_digits=14, decimal_places=2, null=True, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    cid = models.CharField(_("correlation id"), max_length=cids.LENGTH, default=cids.current)
    proposal = models.OneToOneField(
        "payments.Proposal", on_delete=models.PROTECT, null=True, blank=True, related_name="carried_out_as",
        verbose_name=_("by proposal"),
    )  # fmt: skip

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("act of an operator")
        verbose_name_plural = _("acts of operators")
        permissions = RIGHTS
        constraints = [CheckConstraint(name="audit_what", condition=~Q(act="") & ~Q(target=""))]
        indexes = [
            cids.index("audit_code"),
            Index(name="audit_of_row", fields=["target", "object_id"]),  # AuditQuerySet.on
        ]

    def __str__(self) -> str:
        return f"{self.by}: {label(self.act)} · {self.called}"

    @property
    def called(self) -> str:
        """What its row calls itself now, in the reader's language; as it did then where it is gone, "" where there was none."""
        if self._called is None:
            name([self])
        return self._called or self.shown

    _called: str | None = None


def name(entries: Iterable[AuditEntry]) -> None:
    """Let each know what its row is called: a query for each kind of row."""
    of_kind: dict[str, list[AuditEntry]] = {}
    for entry in entries:
        of_kind.setdefault(entry.target, []).append(entry)
    for kind, theirs in of_kind.items():
        ids = {entry.object_id for entry in theirs} - {""}
        rows = {str(pk): row for pk, row in apps.get_model(kind)._default_manager.in_bulk(ids).items()}
        for entry in theirs:
            entry._called = str(rows[entry.object_id]) if entry.object_id in rows else ""


def record(
    act: str, target: models.Model | type[models.Model], *, by: Any, reason: str = "", before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None, customer: Customer | None = None, rubles: Decimal | None = None,
    cid: str = "", key: UUID | None = None, proposal: Any = None,
) -> AuditEntry:  # fmt: skip
    """Write down an act, in the caller's transaction: where the act is rolled back, so is its entry.

    Raises IntegrityError for a key that is known: whoever may meet one looks first.
    """
    row = target if isinstance(target, models.Model) else None
    return AuditEntry.objects.create(
        key=key or clock.uuid7(), by=by, act=act, target=target._meta.label_lower, object_id=str(row.pk) if row else "",
        shown=str(row)[:200] if row else "", customer=customer, rubles=rubles, before=before or {}, after=after or {},
        reason=reason[:500], cid=cid or cids.current(), proposal=proposal,
    )  # fmt: skip
