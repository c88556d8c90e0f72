"""The rows of promo codes: the codes, who has used them, and what was typed that is none."""

from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from payments import saying
from payments.customer import Customer
from payments.transfer import Transfer
from reliability import cid, clock

FORM: Final = r"^[A-Z0-9]{3,32}$"  # fits a deep link, survives being read out; one spelling, so case cannot matter
MOST_RUB: Final = 10_000  # rubles of one code: a slip of the finger costs no more


class PromoCodeQuerySet(models.QuerySet["PromoCode"]):
    def lock(self, code: str) -> "PromoCode | None":
        """The code in its one spelling, locked until commit."""
        return self.select_for_update().filter(code=code).first()


class PromoCode(models.Model):
    """Rubles for a word. `promos.redeem` gives them, once a person.

    Triggers count `uses`, refuse a use outside the code's days, and fix word and rubles from the first use on.
    """

    code = models.CharField(
        _("code"), max_length=32, unique=True,
        validators=[RegexValidator(FORM, _("3 to 32 Latin capital letters and digits."))],
    )  # fmt: skip
    rubles = models.DecimalField(_("rubles"), max_digits=14, decimal_places=2)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    most_uses = models.PositiveIntegerField(_("uses at most"), null=True, blank=True, help_text=_("Empty: no limit."))
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)  # the database counts
    active = models.BooleanField(_("switched on"), default=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")  # for operators
    created_at = models.DateTimeField(_("made"), default=clock.now, editable=False)

    objects = PromoCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("promo code")
        verbose_name_plural = _("promo codes")
        constraints = [
            CheckConstraint(name="promo_code_form", condition=Q(code__regex=FORM)),
            CheckConstraint(name="promo_rubles", condition=Q(rubles__gt=0, rubles__lte=MOST_RUB)),
            CheckConstraint(
                name="promo_ends_after_start",
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                violation_error_message=_("The end comes after the start."),
            ),
            CheckConstraint(
                name="promo_within_limit", condition=Q(most_uses__isnull=True) | Q(uses__lte=F("most_uses"))
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Redemption(models.Model):
    """One use of a code by one person, with its transfer. Never changed or deleted: a trigger sees to it."""

    code = models.ForeignKey(PromoCode, on_delete=models.PROTECT, related_name="redemptions", verbose_name=_("code"))
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="redemptions", verbose_name=_("person")
    )
    transfer = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, related_name="redemption", verbose_name=_("transfer")
    )
    cid = models.CharField(_("correlation id"), max_length=cid.LENGTH, default=cid.current)
    created_at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("use of a promo code")
        verbose_name_plural = _("uses of promo codes")
        constraints = [UniqueConstraint(name="redemption_once", fields=["code", "customer"])]
        indexes = [cid.index("redemption_code")]

    def __str__(self) -> str:
        return f"{self.code} · {saying.rubles(self.transfer.amount)}"


class Guess(models.Model):
    """Somebody typed what is no code. Kept for an hour: ten of them close the door for the rest of it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [Index(name="guess_of", fields=["customer", "created_at"])]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.created_at}"
