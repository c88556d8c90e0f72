"""The operator's hold: while one is open TRT answers what only reads and keeps the rest. A row; the clock ends it by itself."""

from datetime import datetime
from functools import partial
from typing import Self

import structlog
from django.db import IntegrityError, models, transaction
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _

from reliability import bell, clock

log = structlog.get_logger()


class AlreadyHeld(Exception):
    """There is an open hold already: end that one first."""


class HoldQuerySet(models.QuerySet["Hold"]):
    def open(self, now: datetime | None = None) -> Self:
        """The one hold that TRT is under now, or none: neither ended by hand nor over by its time."""
        return self.filter(ended_at__isnull=True, until__gt=now or clock.now())


class Hold(models.Model):
    """One hold. It is over when `until` has passed, whoever has looked; no process has to do anything for it."""

    started_at = models.DateTimeField(_("started"), default=clock.now)
    until = models.DateTimeField(_("until"))
    # early, by an operator; or its `until`, noted by `lapse`
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.CharField(_("by"), max_length=150)
    ended_by = models.CharField(_("ended by"), max_length=150, blank=True, default="")  # empty: by its time

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("operator's hold")
        verbose_name_plural = _("holds")
        constraints = [
            UniqueConstraint(IsNull(F("ended_at"), True), name="hold_one_open", condition=Q(ended_at__isnull=True)),
            CheckConstraint(name="hold_until_after_start", condition=Q(until__gt=F("started_at"))),
            CheckConstraint(
                name="hold_ended_in_its_time",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at"), ended_at__lte=F("until")),
            ),
            CheckConstraint(name="hold_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.reason}"

    @property
    def over(self) -> bool:
        """Whether TRT is not under it any more."""
        return self.ended_at is not None or self.until <= clock.now()


def begin(*, until: datetime, reason: str, by: str) -> Hold:
    """Hold TRT from now on. Raises AlreadyHeld, also where two operators do it at once."""
    with transaction.atomic():
        lapse()
        try:
            with transaction.atomic():
                hold = Hold.objects.create(until=until, reason=reason, by=by, started_at=clock.now())
        except IntegrityError as conflict:
            if "hold_one_open" not in str(conflict):
                raise
            raise AlreadyHeld from None
        transaction.on_commit(lambda: log.warning("hold.begun", hold=hold.pk, until=until.isoformat(), reason=reason))
    return hold


def end(hold_id: int, *, by: str) -> bool:
    """End a hold early: what was kept is answered at once. False, nothing changed, if it is over already."""
    with transaction.atomic():
        hold = lock(hold_id)
        if hold is None:
            return False
        hold.ended_at, hold.ended_by = clock.now(), by
        hold.save(update_fields=["ended_at", "ended_by"])
        hold.kept.filter(state="new").update(due_at=hold.ended_at)  # Update.hold, from its other side
        bell.ring(bell.BOT)
        transaction.on_commit(lambda: log.info("hold.ended", hold=hold_id, by=by))
    return True


@transaction.atomic
def lapse() -> int:
    """Note once of a hold that is over by its time that it is; says of how many. Nothing waits for it: it is over already."""
    over = Hold.objects.filter(ended_at__isnull=True, until__lte=clock.now())
    lapsed = list(over.select_for_update().values_list("pk", flat=True))
    Hold.objects.filter(pk__in=lapsed).update(ended_at=F("until"))
    for pk in lapsed:
        transaction.on_commit(partial(log.info, "hold.ended", hold=pk, by="its time"))
    return len(lapsed)


def lock(hold_id: int) -> Hold | None:
    """The hold, locked until commit; None if it is over. Who keeps an update and who ends the hold take turns by it."""
    return Hold.objects.open().select_for_update().filter(pk=hold_id).first()
