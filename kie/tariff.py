"""The operator's numbers: rate, markups, least price, rounding. What is empty the environment says, or the daily source."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Literal, Self

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, Subquery
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kie import markups
from kie.markups import Markups
from kie.pricing import Numbers
from kie.rate import DollarRate
from reliability import clock

STEPS: Final = ("0.01", "0.05", "0.10", "0.50", "1.00", "5.00", "10.00")
MOST_RATE: Final = Decimal(100_000)
LOW_CREDITS: Final = 1000  # five dollars
Source = Literal["own", "daily", "environment"]


class Tariff(models.Model):
    """One row; where it is missing, its defaults hold. Every version is kept, and can be set again."""

    # the dollar: what stands here, else the daily source's where that is on and has been heard, else USD_RUB_RATE
    usd_rub_rate = models.DecimalField(_("rubles a dollar"), max_digits=10, decimal_places=4, null=True, blank=True)
    daily = models.BooleanField(_("daily rate of the Bank of Russia"), default=False)
    jump_percent = models.DecimalField(
        _("a jump waits for you, %"), max_digits=5, decimal_places=2, default=Decimal("5.00")
    )
    stale_days = models.PositiveSmallIntegerField(_("a rate is old after, days"), default=5)
    # what is added: here, else PRICE_MARKUP; the exceptions as kie.markups reads them
    markup = models.DecimalField(_("markup, times"), max_digits=8, decimal_places=4, null=True, blank=True)
    exceptions = models.TextField(_("other markups"), blank=True, default="")
    least_rub = models.DecimalField(_("least price, ₽"), max_digits=14, decimal_places=2, default=Decimal("0.01"))
    step_rub = models.DecimalField(
        _("prices are rounded up to, ₽"), max_digits=5, decimal_places=2, default=Decimal("0.01"),
        choices=[(Decimal(step), step) for step in STEPS],
    )  # fmt: skip
    # below so many credits at KIE the operators are called (kie.balance); empty: LOW_CREDITS, 0: never
    low_credits = models.PositiveIntegerField(_("warn below, KIE credits"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)  # 0: nobody has set anything yet
    changed_at = models.DateTimeField(_("changed"), default=clock.now, editable=False)
    history = HistoricalRecords(verbose_name=_("earlier prices"))

    class Meta:
        verbose_name = _("rate and markup")
        verbose_name_plural = _("rate and markup")
        constraints = [
            CheckConstraint(name="tariff_one_row", condition=Q(pk=1)),
            CheckConstraint(
                name="tariff_rate",
                condition=Q(usd_rub_rate__isnull=True) | Q(usd_rub_rate__gt=0, usd_rub_rate__lte=MOST_RATE),
            ),
            CheckConstraint(
                name="tariff_markup",
                condition=Q(markup__isnull=True) | Q(markup__gte=markups.LEAST, markup__lte=markups.MOST),
            ),
            CheckConstraint(name="tariff_least", condition=Q(least_rub__gt=0, least_rub__lte=Decimal(10_000))),
            CheckConstraint(name="tariff_step", condition=Q(step_rub__in=[Decimal(step) for step in STEPS])),
            CheckConstraint(
                name="tariff_source", condition=Q(jump_percent__gt=0, jump_percent__lte=100, stale_days__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def save(self, *args: Any, **options: Any) -> None:
        """Save as a new version. Raises markups.BadLine."""
        self.exceptions = markups.text(markups.parse(self.exceptions))
        self.version, self.changed_at = self.version + 1, clock.now()
        super().save(*args, **options)

    @classmethod
    def standing(cls) -> Self:
        """As it stands; the defaults where nobody has set any."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    def numbers(self, heard: Decimal | None = None) -> Numbers:
        """What prices are made with by it; `heard`: the rate of the daily source that was accepted last."""
        _source, rate = self.rate(heard)
        of_all = self.markup if self.markup is not None else settings.PRICE_MARKUP
        return Numbers(
            rate=rate, markups=Markups(of_all, markups.parse(self.exceptions)), least=self.least_rub, step=self.step_rub,
            worth=heard if self.daily and heard is not None else Decimal(0), version=self.version,
        )  # fmt: skip

    def rate(self, heard: Decimal | None) -> tuple[Source, Decimal]:
        """Rubles a dollar, and who says so."""
        if self.usd_rub_rate is not None:
            return "own", self.usd_rub_rate
        if self.daily and heard is not None:
            return "daily", heard
        return "environment", settings.USD_RUB_RATE

    @property
    def low_at(self) -> int:
        """Credits below which the operators are called."""
        return LOW_CREDITS if self.low_credits is None else self.low_credits

    def is_stale(self, rate: DollarRate | None) -> bool:
        """Whether the daily source is on and the last rate of it is too old to be today's."""
        if not self.daily:
            return False
        return rate is None or clock.now().date() - rate.day > timedelta(days=self.stale_days)


def now() -> Numbers:
    """What prices are made with now: one query, so that who makes a screen asks once and passes it on."""
    heard = DollarRate.objects.accepted().values("rubles")[:1]
    row = Tariff.objects.filter(pk=1).annotate(heard=Subquery(heard)).first()
    return row.numbers(row.heard) if row else Tariff(pk=1).numbers()


def establish() -> None:
    """The row, with nothing set. A repeat changes nothing."""
    Tariff.objects.get_or_create(pk=1)
