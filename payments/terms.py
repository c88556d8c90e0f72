"""What an operator decides about money: the rate of Stars, limits, gifts, and which ways to pay are open to whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from payments import providers
from reliability.one import one

STARS: Final = "stars"
MANUAL: Final = "manual"  # a bank transfer, believed by an operator who has seen the money
IN_ENGLISH: Final = (STARS, "cryptopay")  # what people with English are offered to begin with
MOST_A_TOPUP: Final = Decimal("50000.00")
_held: ContextVar["Terms | None"] = ContextVar("held terms", default=None)


def _rubles(label: Any, default: str) -> models.DecimalField:
    return models.DecimalField(label, max_digits=14, decimal_places=2, default=Decimal(default))


class Terms(models.Model):
    """One row; where it is missing, its defaults hold. Every version is kept."""

    stars_per_rub = models.DecimalField(
        _("stars per ruble"), max_digits=10, decimal_places=4, null=True, blank=True,
        help_text=_("Empty: STARS_PER_RUB of the environment. The price is rounded up to a whole star."),
    )  # fmt: skip
    least_rub = _rubles(_("least top-up, ₽"), "50.00")
    greatest_rub = _rubles(_("greatest top-up, ₽"), "50000.00")
    welcome_rub = _rubles(_("welcome bonus, ₽"), "0.00")
    gift_on = models.BooleanField(_("one-time gift"), default=False)
    gift_least_rub = _rubles(_("gift from, ₽"), "10.00")
    gift_most_rub = _rubles(_("gift up to, ₽"), "30.00")
    invite_rub = _rubles(_("reward for an invited friend, ₽"), "25.00")
    second_person_rub = _rubles(_("a second person above, ₽"), "5000.00")
    history = HistoricalRecords(verbose_name=_("earlier terms"))

    class Meta:
        verbose_name = _("terms of money")
        verbose_name_plural = _("terms of money")
        constraints = [
            CheckConstraint(name="terms_one_row", condition=Q(pk=1)),
            CheckConstraint(
                name="terms_limits",
                condition=Q(least_rub__gte=1, least_rub__lte=F("greatest_rub"), greatest_rub__lte=MOST_A_TOPUP),
            ),
            CheckConstraint(name="terms_rate", condition=Q(stars_per_rub__isnull=True) | Q(stars_per_rub__gt=0)),
            CheckConstraint(
                name="terms_gifts",
                condition=Q(welcome_rub__gte=0, welcome_rub__lte=1000, invite_rub__gte=0, invite_rub__lte=1000)
                & Q(gift_least_rub__gt=0, gift_least_rub__lte=F("gift_most_rub"), gift_most_rub__lte=1000),
            ),
            CheckConstraint(name="terms_second_person", condition=Q(second_person_rub__gte=0)),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def now(cls) -> "Terms":
        """As they stand; the defaults where nobody has set any."""
        return _held.get() or one(cls.objects.filter(pk=1)) or cls(pk=1)

    @classmethod
    @contextmanager
    def held(cls) -> Iterator["Terms"]:
        """Within the block, in this thread, `now` gives what it gave at the beginning: one screen has one rate, by one query."""
        terms = cls.now()
        mark = _held.set(terms)
        try:
            yield terms
        finally:
            _held.reset(mark)

    @property
    def rate(self) -> Decimal:
        """Stars per ruble."""
        return self.stars_per_rub or settings.STARS_PER_RUB


class Method(models.Model):
    """A way to pay as the operator offers it. Stars need no row: they are open until a row says otherwise."""

    provider = models.CharField(_("way to pay"), max_length=32, unique=True)
    on = models.BooleanField(_("offered"), default=False)
    ru = models.BooleanField(_("to people with Russian"), default=True)
    en = models.BooleanField(_("to people with English"), default=True)
    place = models.PositiveSmallIntegerField(_("place"), default=10)
    # Telegram wants digital goods sold for Stars only; whoever switches another way on says that they have read it
    warning_read_by = models.CharField(_("warning read by"), max_length=150, blank=True, default="")
    history = HistoricalRecords(verbose_name=_("earlier settings of a way to pay"))

    class Meta:
        verbose_name = _("way to pay")
        verbose_name_plural = _("ways to pay")
        ordering = ("place", "provider")
        constraints = [
            CheckConstraint(
                name="method_warning_read", condition=Q(on=False) | Q(provider=STARS) | ~Q(warning_read_by="")
            )
        ]

    def __str__(self) -> str:
        return self.provider


def establish() -> None:
    """The row of the terms, and one for each way to pay that is registered, off but for Stars. A repeat changes nothing."""
    Terms.objects.get_or_create(pk=1)
    for name in sorted(providers.known()):
        begin = {"on": name == STARS, "place": 0 if name == STARS else 10, "en": name in IN_ENGLISH}
        Method.objects.get_or_create(provider=name, defaults=begin)
