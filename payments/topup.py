"""The row of a payment: offered, waited for, received."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments import saying
from payments.amount import LARGEST
from payments.customer import Customer
from payments.terms import MANUAL
from payments.transfer import Transfer
from reliability import cid, clock
from reliability.due import Due, DueQuerySet, due_index
from reliability.log import person


class TopUpState(models.TextChoices):
    """Who moves a row on, crashes included. A trigger lets no other moves through."""

    # the offer stands → pending when the provider has made an invoice of it or a receipt has come; paid by the
    # provider's news; expired by the worker when the offer ends
    CREATED = "created", _("created")
    # the provider's invoice waits for its payer, a receipt for an operator; or, with a payment id, money was received
    # that cannot be credited by itself → paid, rejected, expired
    PENDING = "pending", pgettext_lazy("payment", "pending")
    PAID = "paid", _("paid")  # credited by `transfer` → refunded
    REFUNDED = "refunded", _("refunded")  # all of it went back, by its refunds
    EXPIRED = "expired", _("expired")  # not paid in time; paid all the same, it is credited
    REJECTED = "rejected", _("rejected")  # by an operator, or by the provider: `reason` says why


CREDITED = (TopUpState.PAID.value, TopUpState.REFUNDED.value)


class TopUpQuerySet(DueQuerySet):
    def named(self, payment: str) -> Self:
        """The one of this name (`Notice.payment`), if it is in the books."""
        provider, _colon, external_id = payment.partition(":")
        return self.filter(provider=provider, external_id=external_id)

    def unpaid(self) -> Self:
        """What no money has come for yet: the worker's work. What has come and waits is an operator's."""
        return self.filter(external_id__isnull=True)

    def requests(self, customer: Customer) -> Self:
        """What a person wants to pay, or has paid, by bank transfer: one of them is open at a time."""
        return self.filter(customer=customer, provider=MANUAL)

    def on_review(self) -> Self:
        """Bank transfers that a receipt has come for, and no answer yet: an operator's work."""
        return self.unpaid().filter(provider=MANUAL, state=TopUpState.PENDING)


class TopUp(Due):
    """One payment: from the offer on, or, where an offer is paid again or by another person, from the payment on.

    Every payment received has a row of its own with the provider's id of it. Rows of one offer share `offer`, which
    is what the invoice's payload says.
    """

    OPEN: ClassVar[tuple[str, ...]] = (TopUpState.CREATED.value, TopUpState.PENDING.value)

    offer = models.UUIDField(_("offer"), default=clock.uuid7, editable=False)
    provider = models.CharField(_("provider"), max_length=32)
    external_id = models.CharField(_("payment id"), max_length=200, null=True, blank=True)  # noqa: DJ001 (unique where known)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="topups", verbose_name=_("person"))
    rubles = models.DecimalField(_("rubles"), max_digits=14, decimal_places=2)  # offered; credited when paid
    currency = models.CharField(_("currency"), max_length=8)
    minor_amount = models.BigIntegerField(
        _("price")
    )  # in the currency's smallest units: stars, kopecks; received when paid
    rate = models.DecimalField(_("smallest units per ruble"), max_digits=18, decimal_places=8)
    state = models.CharField(_("state"), max_length=8, choices=TopUpState, default=TopUpState.CREATED)
    transfer = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, null=True, blank=True, related_name="topup", verbose_name=_("transfer")
    )
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    invoice_id = models.CharField(_("invoice id"), max_length=200, null=True, blank=True)  # noqa: DJ001 (unique where known)
    url = models.URLField(_("page to pay on"), max_length=2000, blank=True, default="")
    # when we first saw the payment in the provider's own list
    agreed_at = models.DateTimeField(_("listed by the provider"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=64, blank=True, default="")  # admin:<id>, or the provider
    # of a no, or of another sum; of a provider's no to a bill: one of providers.DECLINED, or its words
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")

    objects = TopUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("top-up")
        verbose_name_plural = _("top-ups")
        constraints = [
            CheckConstraint(name="topup_state_known", condition=Q(state__in=TopUpState.values)),
            UniqueConstraint(name="topup_payment_once", fields=["provider", "external_id"]),
            UniqueConstraint(name="topup_invoice_once", fields=["provider", "invoice_id"]),
            CheckConstraint(
                name="topup_rejected_why", condition=~Q(state="rejected") | ~Q(decided_by="") & ~Q(reason="")
            ),
            UniqueConstraint(  # by bank transfer: what an operator has to find in the bank must not be guesswork
                name="topup_request_open_once",
                fields=["customer"],
                condition=Q(provider=MANUAL, state__in=["created", "pending"], external_id__isnull=True),
            ),
            UniqueConstraint(name="topup_offer_open_once", fields=["offer"], condition=Q(external_id__isnull=True)),
            CheckConstraint(
                name="topup_credited_by_transfer", condition=Q(state__in=CREDITED) ^ Q(transfer__isnull=True)
            ),
            CheckConstraint(
                name="topup_credited_has_payment",
                condition=Q(transfer__isnull=True) | Q(external_id__isnull=False, paid_at__isnull=False),
            ),
            CheckConstraint(
                name="topup_offer_has_no_payment",
                condition=~Q(state__in=["created", "expired"]) | Q(external_id__isnull=True),
            ),
            CheckConstraint(  # an operator's word alone credits bank transfers: what has an id at its provider comes under it
                name="topup_named_by_provider",
                condition=Q(provider=MANUAL)
                | Q(external_id__isnull=True)
                | ~Q(external_id=Cast("offer", models.CharField())),
            ),
            CheckConstraint(name="topup_rubles_positive", condition=Q(rubles__gt=0, rubles__lte=LARGEST)),
            CheckConstraint(name="topup_price_positive", condition=Q(minor_amount__gt=0)),
            CheckConstraint(name="topup_rate_positive", condition=Q(rate__gt=0, rate__lte=Decimal(10**9))),
        ]
        indexes = [
            Index(name="topup_offer", fields=["offer"]),  # topups.payable, topups.paid
            cid.index("topup_code"),
            Index(name="topup_unlisted", fields=["paid_at"], condition=Q(agreed_at__isnull=True)),  # reconcile
            due_index("topup_due", Q(state__in=["created", "pending"])),
        ]

    def __str__(self) -> str:
        return f"{saying.rubles(self.rubles)} · {saying.provider(self.provider)} · {self.get_state_display()}"

    @property
    def payment(self) -> str:
        """Its name once it is paid, as its provider's notices and the work list have it."""
        return f"{self.provider}:{self.external_id}"

    def get_error_display(self) -> str:
        """In the page's language."""
        return saying.trouble(self.error)

    def asked(self) -> "TopUp | None":
        """The offer that this payment answers with another sum, in the same currency; None where as much came as was asked."""
        first = TopUp.objects.filter(offer=self.offer).order_by("pk").first()
        same = first is None or (first.currency, first.minor_amount) == (self.currency, self.minor_amount)
        return None if same or first is None or first.currency != self.currency else first

    def as_log(self) -> dict[str, Any]:
        """The facts that a log line tells of a top-up."""
        who = person(self.customer.telegram_id)
        return {"topup": self.pk, "provider": self.provider, "rubles": str(self.rubles), "person": who}

    @property
    def payload(self) -> str:
        """What the invoice carries and the provider's news bring back: 36 characters."""
        return str(self.offer)
