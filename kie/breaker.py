"""Circuit breakers between our queue and KIE: rows, so that all workers share what one of them has learnt.

Closed: requests go. Open: KIE says that it takes none, or has failed again and again; what is queued waits, unasked. Half-open:
one request at a time is let through, and what comes of it closes the breaker or opens it for twice as long.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

import structlog
from django.db import models, transaction
from django.db.models import CheckConstraint, Q
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from kie.signals import operator_wanted
from reliability import clock
from reliability.log import masked

log = structlog.get_logger()

ACCOUNT: Final = "account"  # out of credits, our key refused, its cap reached: nothing is sold meanwhile
CREATES: Final = "creates"  # 429: one pause for all who would create
CREATE, READ = "create", "read"  # of one family: begin its scopes
STRIKES: Final = 5  # failures in a row, where one alone proves nothing
TRIAL: Final = timedelta(seconds=60)  # after which a trial whose worker died is forgotten


def creates_of(family: str) -> str:
    """The scope of a family's creates."""
    return f"{CREATE}:{family}"


def reads_of(family: str) -> str:
    """The scope of a family's records: they may fail while creates do not, and ask for other patience."""
    return f"{READ}:{family}"


class State(models.TextChoices):
    """The three of the pattern."""

    CLOSED = "closed", _("closed")  # → open, by `trip` or at the STRIKES-th `strike`
    OPEN = "open", _("opened")  # → half-open, when `until` has passed; the account's by a probe alone (kie.account)
    HALF_OPEN = "half_open", _("half-open")  # → closed by a success, → open by a failure, for twice as long


class Reason(models.TextChoices):
    """Why, as a person and an operator are told it: a Job's error_code, too, where waiting was in vain."""

    CREDITS = "provider_credits", _("KIE's account is empty")
    KEY = "provider_key", _("KIE refuses our key")
    CAP = "provider_cap", _("our key has reached its limit")
    BUSY = "busy", _("too many requests")
    MAINTENANCE = "maintenance", _("maintenance")
    DOWN = "provider_down", _("KIE fails or is silent")


PAUSES: Final = {  # the first pause, and the longest it grows to by doubling
    Reason.CREDITS: (timedelta(minutes=1), timedelta(minutes=5)),
    Reason.KEY: (timedelta(minutes=1), timedelta(minutes=5)),
    Reason.CAP: (timedelta(minutes=5), timedelta(minutes=30)),
    Reason.BUSY: (timedelta(seconds=10), timedelta(minutes=1)),  # KIE asks for ten seconds at least
    Reason.MAINTENANCE: (timedelta(seconds=30), timedelta(minutes=5)),
    Reason.DOWN: (timedelta(seconds=10), timedelta(minutes=2)),
}


class BreakerQuerySet(models.QuerySet["Breaker"]):
    def blocking(self, now: datetime) -> Self:
        """Those that let nobody through at `now`. An open account does not by itself: it is probed first."""
        probed_first = Q(scope=ACCOUNT, state=State.OPEN)
        return self.exclude(state=State.CLOSED).filter(Q(until__gt=now) | probed_first)

    def families(self, of: str) -> models.QuerySet[Any, Any]:
        """The families of these breakers that are `of` creates, or of reads."""
        return self.filter(scope__startswith=f"{of}:").annotate(family=Substr("scope", len(of) + 2)).values("family")

    def restless(self, scopes: Iterable[str]) -> Self:
        """Those of `scopes` that a success would change."""
        return self.filter(scope__in=scopes).exclude(state=State.OPEN).exclude(state=State.CLOSED, strikes=0)


class Breaker(models.Model):
    """One breaker; where there is no row it is closed and has never been anything else."""

    scope = models.CharField(_("of what"), max_length=40, primary_key=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.CLOSED)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True, default="")
    why = models.CharField(_("in KIE's words"), max_length=500, blank=True, default="")
    strikes = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    openings = models.PositiveSmallIntegerField(_("openings in a row"), default=0)  # its pause doubles with each
    needs = models.DecimalField(_("credits needed"), max_digits=12, decimal_places=2, null=True, blank=True)
    since = models.DateTimeField(_("since"), null=True, blank=True)
    until = models.DateTimeField(_("next try"), null=True, blank=True)

    objects = BreakerQuerySet.as_manager()

    class Meta:
        verbose_name = _("circuit breaker")
        verbose_name_plural = _("circuit breakers")
        constraints = [
            CheckConstraint(name="breaker_state_known", condition=Q(state__in=State.values)),
            CheckConstraint(name="breaker_reason_known", condition=Q(reason__in=["", *Reason.values])),
            CheckConstraint(
                name="breaker_open_says_why",
                condition=Q(state="closed", reason="", since__isnull=True, until__isnull=True)
                | (~Q(state="closed") & ~Q(reason="") & Q(since__isnull=False, until__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.scope

    def open(self, reason: Reason, why: str) -> None:
        """Open, or open again for longer."""
        first, most = PAUSES[reason]
        now = clock.now()
        self.since, self.state, self.reason = self.since or now, State.OPEN, reason
        self.until = now + min(most, first * 2 ** min(self.openings, 10))
        self.openings = min(self.openings + 1, 100)
        self.why = masked(why)[:500]
        self.save()
        told = {"scope": self.scope, "reason": reason.value, "why": self.why, "until": self.until.isoformat()}
        transaction.on_commit(lambda: log.error("breaker.opened", **told))

    def close(self) -> None:
        """Let everybody through; what it was is forgotten."""
        was = self.state
        self.state, self.reason, self.why, self.since, self.until, self.needs = State.CLOSED, "", "", None, None, None
        self.strikes = self.openings = 0
        self.save()
        if was != State.CLOSED:
            transaction.on_commit(lambda: log.info("breaker.closed", scope=self.scope))


@transaction.atomic
def trip(scope: str, reason: Reason, why: str, *, needs: Decimal | None = None) -> None:
    """KIE says itself that it takes nothing: open at once. One that is open stays as it is: who asked at the same time has no
    other news. The operator is called once, when the account closes to us."""
    row = _locked(scope)
    if row.state == State.OPEN:
        return
    fresh = row.state == State.CLOSED
    row.needs = needs if needs is not None else row.needs
    row.open(reason, why)
    if fresh and scope == ACCOUNT:
        assert row.since is not None
        operator_wanted.send(
            sender=Breaker, key=f"account:{row.since:%Y%m%d%H%M%S}", what=reason.value, facts={"why": row.why}
        )


@transaction.atomic
def strike(scope: str, reason: Reason, why: str) -> None:
    """A failure that alone proves nothing: the STRIKES-th in a row opens; in a trial the first."""
    row = _locked(scope)
    if row.state == State.OPEN:
        return
    row.strikes = min(row.strikes + 1, 1000)
    if row.state == State.HALF_OPEN or row.strikes >= STRIKES:
        row.open(reason, why)
    else:
        row.save(update_fields=["strikes"])


def well(*scopes: str) -> None:
    """KIE has answered as it should: what was half-open is closed, failures in a row are none. An open one stays: the answer may
    be to a question from before."""
    if not Breaker.objects.restless(scopes).exists():
        return
    with transaction.atomic():
        for row in Breaker.objects.restless(scopes).select_for_update().order_by("pk"):
            row.close()


def admits(*scopes: str) -> bool:
    """Whether a request may go now, with the transaction around: where a breaker is not closed this one is its trial, and the
    others wait for what comes of it."""
    if not (rows := list(Breaker.objects.filter(scope__in=scopes).exclude(state=State.CLOSED))):
        return True
    with transaction.atomic():
        rows = list(Breaker.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk"))
        now = clock.now()
        if Breaker.objects.blocking(now).filter(scope__in=scopes).exists():
            return False
        for row in rows:
            if row.state != State.CLOSED:
                row.state, row.until = State.HALF_OPEN, now + TRIAL
                row.save(update_fields=["state", "until"])
    return True


def blocked(*scopes: str) -> bool:
    """Whether no request of these scopes may go now. Changes nothing."""
    return Breaker.objects.filter(scope__in=scopes).blocking(clock.now()).exists()


def trouble(*scopes: str) -> Reason | None:
    """What is wrong with these scopes, a trial under way or not: of several what lasts longest. None: all are closed."""
    row = Breaker.objects.filter(scope__in=scopes).exclude(state=State.CLOSED).order_by("-until").first()
    return Reason(row.reason) if row else None


def of_job(family: str) -> tuple[str, str, str]:
    """All that a create of a family has to pass."""
    return ACCOUNT, CREATES, creates_of(family)


def _locked(scope: str) -> Breaker:
    Breaker.objects.get_or_create(scope=scope)
    return Breaker.objects.select_for_update().get(pk=scope)
