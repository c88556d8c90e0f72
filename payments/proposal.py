"""A second person: what one operator may not move alone waits as a proposal until another carries it out."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils.translation import gettext_lazy as _

from payments import saying
from payments.act_names import label
from payments.amount import LARGEST
from payments.audit import AuditEntry
from payments.customer import Customer
from payments.terms import Terms
from reliability import cid, clock

STANDS: Final = timedelta(days=3)


class ProposalState(models.TextChoices):
    """Who moves a row on: another operator than its author. A trigger lets no decided one change."""

    OPEN = "open", _("waits for a second person")  # → done, declined; past `expires_at` nobody can carry it out
    DONE = "done", _("carried out")
    DECLINED = "declined", _("declined")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> Self:
        """What may still be carried out."""
        return self.filter(state=ProposalState.OPEN, expires_at__gt=clock.now())

    def lock(self, pk: int) -> "Proposal | None":
        """The proposal, locked until commit; None if it was decided or has expired."""
        return self.open().select_for_update(of=("self",)).filter(pk=pk).first()


class Proposal(models.Model):
    """An act as it was asked for. `facts` are all that it needs to be done later exactly so (acts.Order)."""

    key = models.UUIDField(_("key"), unique=True, editable=False)  # of the form that asked, see AuditEntry
    created_at = models.DateTimeField(_("asked"), default=clock.now)
    expires_at = models.DateTimeField(_("until"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    act = models.CharField(_("act"), max_length=40)
    target = models.CharField(_("kind of row"), max_length=64)
    object_id = models.CharField(_("row id"), max_length=64)
    facts = models.JSONField(_("facts"), default=dict)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    rubles = models.DecimalField(_("rubles"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(_("state"), max_length=8, choices=ProposalState, default=ProposalState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    ended_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True, default="")
    cid = models.CharField(_("correlation id"), max_length=cid.LENGTH, default=cid.current)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            CheckConstraint(name="proposal_state_known", condition=Q(state__in=ProposalState.values)),
            CheckConstraint(
                name="proposal_open_or_decided",
                condition=Q(state="open") ^ Q(decided_by__isnull=False, ended_at__isnull=False),
            ),
            CheckConstraint(
                name="proposal_second_person", condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("by"))
            ),
            CheckConstraint(name="proposal_why", condition=~Q(reason="")),
            CheckConstraint(name="proposal_rubles_positive", condition=Q(rubles__gt=0, rubles__lte=LARGEST)),
        ]
        indexes = [
            cid.index("proposal_code"),
            Index(name="proposal_open", fields=["expires_at"], condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{label(self.act)} · {saying.rubles(self.rubles)}"

    @property
    def expired(self) -> bool:
        """Whether it was left undecided too long."""
        return self.state == ProposalState.OPEN and self.expires_at <= clock.now()


def needed(by: Any, customer: Customer, rubles: Decimal) -> bool:
    """Whether `rubles` more are too much for one operator alone. The caller holds the operator (`lock`) and the person's wallet,
    so that forms sent at once count one after the other."""
    return rubles + moved_lately(by, customer) > Terms.now().second_person_rub


def moved_lately(by: Any, customer: Customer) -> Decimal:
    """Rubles moved within 24 hours, whichever way: by the operator for whomever, or for the person by whomever, whichever is
    more. So no limit is walked around in small steps, nor through many people, nor by several operators in turn. What a
    second person has seen does not count; promo codes, which are nobody's yet, have a limit of their own."""
    alone = AuditEntry.objects.lately().filter(customer__isnull=False, proposal=None)
    return max(alone.filter(by=by).moved(), alone.filter(customer=customer).moved())


def lock(by: Any) -> None:
    """An operator's acts that move money come one after the other, whoever they are for. Before any wallet, never after."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
