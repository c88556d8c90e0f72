"""The row of money that goes back to a person through the provider it came by."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from payments import saying
from payments.amount import LARGEST
from payments.topup import TopUp
from payments.transfer import Transfer
from reliability import cid
from reliability.due import Due, DueQuerySet, due_index


class RefundState(models.TextChoices):
    """Who moves a row on, crashes included. A trigger lets no other moves through, nor more back than was paid."""

    ASKED = "asked", _("asked")  # the wallet has paid; the worker asks the provider until it has an answer
    DONE = "done", _("done")  # the person has it back
    REFUSED = "refused", _("refused")  # the provider said no: the wallet has it again, by `returned`
    # nobody knows whether the provider did it, or nobody can but an operator → done or refused by one who has looked
    UNCLEAR = "unclear", _("unclear")


class RefundQuerySet(DueQuerySet):
    """Returns as rows of work; a class of their own, for the type checker loses managers made of one in another module."""


class Refund(Due):
    """One return of one payment, wholly or in part. `ref` is what the provider knows it by: asked twice it is one return.

    A return that the provider made by itself has a row too, done from the start.
    """

    OPEN: ClassVar[tuple[str, ...]] = (RefundState.ASKED.value,)

    topup = models.ForeignKey(TopUp, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("top-up"))
    ref = models.CharField(_("reference"), max_length=200, unique=True)  # also its transfer's
    rubles = models.DecimalField(_("rubles"), max_digits=14, decimal_places=2)
    minor_amount = models.BigIntegerField(_("in the currency of the payment"))
    state = models.CharField(_("state"), max_length=8, choices=RefundState, default=RefundState.ASKED)
    external_id = models.CharField(_("id at the provider"), max_length=200, blank=True, default="")
    transfer = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, related_name="refund", verbose_name=_("transfer")
    )
    returned = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, null=True, blank=True, related_name="refund_returned",
        verbose_name=_("given back by"),
    )  # fmt: skip
    by = models.CharField(_("by"), max_length=64)  # a transfer's actor: admin:<id>, or the provider's name
    reason = models.CharField(_("reason"), max_length=500)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            CheckConstraint(name="refund_state_known", condition=Q(state__in=RefundState.values)),
            CheckConstraint(name="refund_rubles_positive", condition=Q(rubles__gt=0, rubles__lte=LARGEST)),
            CheckConstraint(name="refund_price_positive", condition=Q(minor_amount__gt=0)),
            CheckConstraint(name="refund_given_back", condition=Q(state="refused") ^ Q(returned__isnull=True)),
            CheckConstraint(name="refund_by_whom_and_why", condition=~Q(by="") & ~Q(reason="")),
            UniqueConstraint(
                name="refund_at_provider_once", fields=["topup", "external_id"], condition=~Q(external_id="")
            ),
        ]
        indexes = [cid.index("refund_code"), due_index("refund_due", Q(state="asked"))]

    def __str__(self) -> str:
        return f"{saying.rubles(self.rubles)} · {self.get_state_display()}"

    def get_error_display(self) -> str:
        """In the page's language."""
        return saying.trouble(self.error)
