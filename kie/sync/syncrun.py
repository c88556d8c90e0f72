"""The row of one run: how far it is, what it found, what an operator decided of it. Work for the worker while it is open."""

from typing import Any

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint, Value
from django.utils.translation import gettext_lazy as _

from kie.catalogue import RegistryVersion
from reliability import cid
from reliability.due import Due, DueQuerySet, due_index


class SyncState(models.TextChoices):
    """Who moves a run on, crashes included: each step keeps what it has read, so a killed one goes on where it was."""

    QUEUED = "queued", _("asked for")  # nothing read → reading; failed where the source is not to be had
    READING = "reading", _("reads")  # page by page → same, drift, failed
    SAME = "same", _("the same")  # registry and pages agree
    DRIFT = "drift", _("differs")  # waits for decisions → published; over, when a newer run has looked at all of it
    PUBLISHED = "published", _("published")  # what was approved became a version
    OVER = "over", _("superseded")  # a newer run has looked
    FAILED = "failed", _("failed")  # it tells nothing: why stands in `error`


OPEN = (SyncState.QUEUED.value, SyncState.READING.value)


class SyncRunQuerySet(DueQuerySet):
    def waiting(self) -> "SyncRunQuerySet":
        """Differences that want an operator's decision."""
        return self.filter(state=SyncState.DRIFT)

    def complete(self, source: str) -> "SyncRunQuerySet":
        """Runs over all of a source that told something, newest first."""
        told = (SyncState.SAME, SyncState.DRIFT, SyncState.PUBLISHED, SyncState.OVER)
        return self.filter(source=source, state__in=told).order_by("-pk")


class SyncRun(Due):
    """One look at what KIE publishes."""

    OPEN = OPEN

    state = models.CharField(_("state"), max_length=10, choices=SyncState, default=SyncState.QUEUED)
    source = models.CharField(_("source"), max_length=16)  # Source.name; while it is queued what was asked for
    by = models.CharField(_("by"), max_length=150)  # who asked: an operator, the schedule, the command
    listing = models.JSONField(_("pages to read"), default=list, blank=True)  # [name, file, model] each
    readings = models.JSONField(_("what was read"), default=list, blank=True)  # emptied when the run ends
    listed = models.JSONField(_("index"), null=True, blank=True)  # addresses; null: nobody said what is all
    pages = models.PositiveIntegerField(_("pages that told of models"), default=0)
    compared_with = models.CharField(_("compared with"), max_length=32, blank=True)  # RegistryVersion.version
    found = models.JSONField(_("differences"), default=dict, blank=True)  # kie.sync.diff.as_data
    unreadable = models.JSONField(_("unreadable pages"), default=list, blank=True)
    unpriced = models.JSONField(_("prices without a rule"), default=dict, blank=True)  # kie.sync.prices.as_data
    fingerprint = models.CharField(_("fingerprint"), max_length=16, blank=True)  # of the differences
    decisions = models.JSONField(_("decisions"), default=dict, blank=True)  # model → fields that are taken; [] : left
    published = models.ForeignKey(RegistryVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("published as"))  # fmt: skip
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("comparison with KIE")
        verbose_name_plural = _("comparisons with KIE")
        permissions = [
            ("run_sync", "May compare with KIE"),
            ("publish_registry", "May publish and roll back the registry"),
        ]
        constraints = [
            CheckConstraint(name="syncrun_state_known", condition=Q(state__in=SyncState.values)),
            CheckConstraint(name="syncrun_open_or_ended", condition=Q(state__in=OPEN) ^ Q(ended_at__isnull=False)),
            CheckConstraint(name="syncrun_published_as", condition=Q(state="published") ^ Q(published__isnull=True)),
            UniqueConstraint(Value(1), name="syncrun_one_open", condition=Q(state__in=OPEN)),
        ]
        indexes = [
            due_index("syncrun_due", Q(state__in=OPEN)),
            cid.index("syncrun_code"),
        ]

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"

    @property
    def progress(self) -> tuple[int, int]:
        """Pages read, pages to read."""
        return (len(self.readings), len(self.listing)) if self.state in OPEN else (len(self.listing), len(self.listing))

    def counts(self) -> dict[str, int]:
        """How many models of each kind of difference."""
        return {kind: len(found) for kind, found in self.found.items() if found}

    def items(self) -> list[dict[str, Any]]:
        """Every difference with its kind, in the order of kinds."""
        return [{"kind": kind, **one} for kind, found in self.found.items() for one in found]
