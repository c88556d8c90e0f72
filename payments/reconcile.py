"""Our books beside the providers': what was paid and never noticed is credited, what does not agree is put on the work list."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from payments import difference, ledger, mended, providers, refunds, topups
from payments.customer import Customer
from payments.difference import DifferenceKind
from payments.providers import Notice, Provider, Reached, Unavailable
from payments.terms import MANUAL
from payments.topup import CREDITED, TopUp
from reliability import cid, clock
from reliability.log import masked

log = structlog.get_logger()

OVERLAP: Final = timedelta(hours=2)  # a provider's list may lag behind, and its clock may differ from ours
FIRST_LOOK: Final = timedelta(days=3)
SETTLES: Final = timedelta(minutes=10)  # a payment so young may be missing from the list
LONGEST_S: Final = 10.0  # for one provider; what is left has another turn


class Reconciliation(models.Model):
    """How far our books were compared with a provider's. A reading that one turn is too short for goes on in the next."""

    provider = models.CharField(_("with whom"), max_length=32, primary_key=True)
    until = models.DateTimeField(_("agreed until"), null=True, blank=True)
    tried_at = models.DateTimeField(_("last tried"), null=True, blank=True)
    seen = models.PositiveIntegerField(_("payments seen"), default=0)
    place = models.PositiveIntegerField(_("place"), default=0)  # in its list, as the provider counts: Reached.place
    began_at = models.DateTimeField(_("reading began"), null=True, blank=True)  # of the one that is not at its end yet
    error = models.TextField(_("error"), blank=True, default="")
    failing_since = models.DateTimeField(_("not compared since"), null=True, blank=True)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")

    def __str__(self) -> str:
        return self.provider


def all() -> int:
    """Compare with every provider that can be asked here; says how much was credited or taken that nobody had noticed.

    None keeps another waiting: each has ten seconds, and those that were silent the last time come last. Whatever goes
    wrong with one is written down there, and it is compared from where it was left the next time.
    """
    failing = set(Reconciliation.objects.exclude(error="").values_list("pk", flat=True))
    return sum(_compare(one) for one in sorted(providers.ready(), key=lambda one: one.name in failing))


def ask_again(provider: str, since: datetime) -> None:
    """Have the list read again from `since` on, also while it is being read: what that look has come to is not kept then."""
    Reconciliation.objects.get_or_create(pk=provider)
    mark = Reconciliation.objects.select_for_update().get(pk=provider)
    until = mark.until or _first(mark, clock.now())  # what was never compared is not looked at less for it
    if mark.until is None or since < until:
        mark.until, mark.place, mark.began_at = min(since, until), 0, None
        mark.save(update_fields=["until", "place", "began_at"])


def _compare(provider: Provider) -> int:
    now, over_s = clock.now(), clock.monotonic() + LONGEST_S
    mark, _new = Reconciliation.objects.get_or_create(pk=provider.name)
    look = _Look(provider, mark, now, over=lambda: clock.monotonic() >= over_s)
    try:
        look.through()
    except Unavailable as silence:
        look.error = masked(str(silence))[:1000]
        log.warning("reconcile.silent", provider=provider.name, why=look.error)
    except Exception as trouble:  # its list is not to be understood: that is no other's concern
        if not connection.is_usable():
            raise
        look.error = masked(f"{type(trouble).__name__}: {trouble}")[:1000]
        log.exception("reconcile.failed", provider=provider.name, error=look.error)
    if not look.error:
        _missing_there(provider, now)
        look.ended()
    failing_since = (mark.failing_since or now) if look.error else None
    Reconciliation.objects.filter(pk=provider.name).update(
        tried_at=now, error=look.error, seen=look.seen, failing_since=failing_since
    )
    return look.mended


def _since(mark: Reconciliation, now: datetime) -> datetime:
    """Where a look begins. Never before our first person came: nobody can have paid us then, but perhaps whoever had the bot or
    the shop before. In whole seconds, as lists have them."""
    first = Customer.objects.order_by("pk").values_list("created_at", flat=True).first() or now
    return max((mark.until or _first(mark, now)) - OVERLAP, first.replace(microsecond=0))


def _first(mark: Reconciliation, now: datetime) -> datetime:
    """Where the first look begins, which may have failed for days."""
    return (mark.failing_since or now) - FIRST_LOOK


class _Look:
    """One turn at a provider's list. What was come to is dealt with, however it ends; how far it came is kept as it goes, until
    something could not be booked: that is come to again."""

    def __init__(self, provider: Provider, mark: Reconciliation, now: datetime, over: Callable[[], bool]) -> None:
        self.provider, self.mark, self.now, self.over = provider, mark, now, over
        self.seen = self.mended = 0
        self.error = ""  # why it has to be gone through again

    def through(self) -> None:
        """Deal with each payment and return listed. Raises what the provider raises."""
        late = False
        for told in self.provider.reconcile(_since(self.mark, self.now), self.mark.place):
            if late:  # said only now that there is more
                self.error = self.error or f"more than can be read in {LONGEST_S:.0f} s: {self.seen} so far"
                log.warning("reconcile.unfinished", provider=self.provider.name, seen=self.seen)
                return
            if isinstance(told, Reached):
                self._reached(told)
            else:
                self.seen += 1
                with cid.bound(cid.new()):
                    self._one(told)
            late = self.over()

    def ended(self) -> None:
        """The list was read to its end. Where that took several turns, what was paid meanwhile may stand in pages read before."""
        self._keep(until=self._later(self.mark.began_at or self.now), began_at=None)

    def _reached(self, told: Reached) -> None:
        if not self.error:
            until = self._later(told.until) if told.until else self.mark.until
            self._keep(until=until, place=told.place, began_at=self.mark.began_at or self.now)
        elif told == Reached():  # back to the beginning, where what could not be booked is come to again
            self._keep(place=0, began_at=None)

    def _later(self, until: datetime) -> datetime:
        return max(until, self.mark.until or until)

    def _keep(self, **reached: Any) -> None:
        """Unless an operator has asked again meanwhile (`ask_again`): then the next look begins where they say."""
        as_read = Reconciliation.objects.filter(pk=self.mark.pk, until=self.mark.until, place=self.mark.place)
        if as_read.update(**reached):
            for name, value in reached.items():
                setattr(self.mark, name, value)

    def _one(self, notice: Notice) -> None:
        """One that cannot be booked keeps no other waiting, and is come to again."""
        try:
            self.mended += _taken_over(notice)
        except Exception as trouble:
            if not connection.is_usable():
                raise
            self.error = masked(f"{notice.external_id}: {type(trouble).__name__}: {trouble}")[:1000]
            log.exception("reconcile.not_booked", provider=notice.provider, payment=notice.external_id)


def _taken_over(notice: Notice) -> bool:
    """Whether it was news."""
    if notice.news == "refunded":
        return refunds.heard(notice, cid=cid.current()) is not None
    return notice.news == "paid" and _credited(notice)


def _credited(notice: Notice) -> bool:
    known = TopUp.objects.named(notice.payment).select_related("customer").first()
    if known is None:  # an operator may have credited it before anybody knew whose it is: once found out, that stays so
        return not difference.ever_listed(DifferenceKind.REF_CONFLICT, notice.payment) and _new(notice)
    if known.agreed_at is None:
        _agreed(notice)
    if (known.currency, known.minor_amount) == (notice.currency, notice.minor_amount):
        difference.settled(DifferenceKind.SUM, notice.payment, note="the sums agree by now")
    elif known.state in CREDITED:  # else its own line has it before an operator, who credits what came
        _odd(DifferenceKind.SUM, notice, known)
    return False


def _agreed(notice: Notice) -> None:
    """Its provider lists it, whatever sum it says."""
    TopUp.objects.named(notice.payment).update(agreed_at=clock.now())
    difference.settled(DifferenceKind.NOT_THERE, notice.payment, note="the provider lists it now")


def _new(notice: Notice) -> bool:
    """A payment that nobody has told us of."""
    try:
        transfer = topups.paid(
            notice.payload, external_id=notice.external_id, currency=notice.currency, minor_amount=notice.minor_amount,
            cid=cid.current(), telegram_id=notice.payer, provider=notice.provider,
        )  # fmt: skip
    except LookupError:
        _odd(DifferenceKind.UNKNOWN_PAYMENT, notice)
        return False
    except ledger.RefConflict:  # told of just now, with another sum or payer: a line of the work list by now
        return False
    _agreed(notice)
    difference.settled(DifferenceKind.UNKNOWN_PAYMENT, notice.payment, note="its payer is known now")
    log.warning("reconcile.credited", provider=notice.provider, credited=transfer is not None)
    return True


def _odd(kind: DifferenceKind, notice: Notice, topup: TopUp | None = None) -> None:
    difference.found(
        kind, notice.payment, provider=notice.provider, topup=topup, customer=topup.customer if topup else None,
        payload=notice.payload[:200], paid=notice.minor_amount, currency=notice.currency,
    )  # fmt: skip


def _missing_there(provider: Provider, now: datetime) -> None:
    """What we have credited and nobody has taken back, and the provider's list has never had. A bank transfer, which an operator has
    seen by himself, stands in no list."""
    ours = TopUp.objects.exclude(provider=MANUAL).filter(
        provider=provider.name, state__in=CREDITED, agreed_at=None, paid_at__gt=now - FIRST_LOOK, paid_at__lt=now - SETTLES,
    )  # fmt: skip
    for topup in ours.select_related("customer"):
        if mended.net_of(topup) >= 0:
            difference.found(
                DifferenceKind.NOT_THERE, topup.payment, provider=provider.name,
                topup=topup, customer=topup.customer, rubles=topup.rubles,
            )  # fmt: skip
