"""The row of one confirmed generation."""

from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from kie.catalogue import AIModel
from payments.models import Customer, Transfer
from reliability import cid, clock
from reliability.due import UNCLAIMED, Due, DueQuerySet, due_index


class JobState(models.TextChoices):
    """Who moves a row on, crashes included."""

    QUEUED = "queued", _("queued")  # price held, nothing sent → submitting; failed by cancel or bad input
    # createTask may be in flight → running, failed; queued on proof nothing was made; answer lost: callback or deadline
    SUBMITTING = "submitting", _("submitting")
    RUNNING = "running", _("running")  # KIE has the task → succeeded, failed, timed_out, by callback, poll or sweeper
    SUCCEEDED = "succeeded", _("succeeded")  # captured, Delivery written
    FAILED = "failed", _("failed")  # released, Delivery written
    TIMED_OUT = "timed_out", _("timed out")  # released, Delivery written; a late success is delivered free (kie.late)


HOLDS_ITS_PRICE = """
    PERFORM FROM public.payments_transfer hold WHERE hold.id = NEW.hold_id
        AND hold.kind = 'hold' AND hold.amount = NEW.price AND hold.customer_id = NEW.customer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'generation % does not hold its price', NEW.public_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
"""
OPEN = (JobState.QUEUED.value, JobState.SUBMITTING.value, JobState.RUNNING.value)


class JobQuerySet(DueQuerySet):
    def of(self, customer: Customer) -> "JobQuerySet":
        """A person's generations, newest first."""
        return self.filter(customer=customer).select_related("model").order_by("-pk")

    def submitted_since(self, moment: datetime) -> "JobQuerySet":
        """What was sent to KIE after `moment`: its limit of creates is counted here."""
        return self.filter(submitted_at__gt=moment)

    def looked_for(self) -> "JobQuerySet":
        """Those that have ended without a result, their money back, and whose result may come all the same (kie.late)."""
        return self.filter(late_until__isnull=False)


class Job(Due):
    """One confirmed generation, from held rubles to a delivered result."""

    OPEN = OPEN

    # in the callback URL
    public_id = models.UUIDField(_("public id"), unique=True, default=clock.uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="jobs", verbose_name=_("person"))
    chat = models.BigIntegerField(_("chat"))  # where the result goes
    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="jobs", verbose_name=_("AI model"))
    registry_version = models.CharField(_("registry version"), max_length=32, blank=True)
    input = models.JSONField(_("answers"))  # as answered: files by Telegram's file_id, which lasts
    sent = models.JSONField(_("as KIE got it"), null=True, blank=True)  # as KIE got it: files by URL, which lasts a day
    price = models.DecimalField(_("price, ₽"), max_digits=14, decimal_places=2)  # rubles
    quote = models.JSONField(_("offer taken"), null=True, blank=True)  # signed: why it cost that (kie.quotes)
    hold = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, null=True, blank=True, related_name="job", verbose_name=_("hold")
    )
    state = models.CharField(_("state"), max_length=10, choices=JobState, default=JobState.QUEUED)
    idempotency_key = models.CharField(_("offer key"), max_length=64, unique=True)  # dialog:revision
    kie_task_id = models.CharField(_("KIE task"), max_length=128, unique=True, null=True, blank=True)
    # what a callback says while we do not know; believed only after a look
    heard_task_id = models.CharField(_("task heard of"), max_length=128, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    turn_at = models.DateTimeField(
        _("in turn"), default=clock.now, db_default=Now()
    )  # among those that wait for KIE (kie.limits.turn)
    # the silence of a link or file is borne for a while from here (kie.starting)
    silent_since = models.DateTimeField(_("source silent since"), null=True, blank=True)
    deadline_at = models.DateTimeField(_("deadline"), null=True, blank=True)  # of the wait for KIE, then of KIE's work
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    result = models.JSONField(_("result"), null=True, blank=True)  # {"files": [{"url", "kind"}], "text"}
    late_until = models.DateTimeField(_("looked for until"), null=True, blank=True)  # ended, and perhaps not at KIE
    late_at = models.DateTimeField(_("came late"), null=True, blank=True)  # the result, which was given away free
    error_code = models.CharField(_("failure"), max_length=20, blank=True)
    error_field = models.CharField(_("answer to blame"), max_length=64, blank=True, default="")  # a name of the input

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        constraints = [
            CheckConstraint(name="job_state_known", condition=Q(state__in=JobState.values)),
            CheckConstraint(name="job_running_has_task", condition=~Q(state="running") | Q(kie_task_id__isnull=False)),
            CheckConstraint(
                name="job_sent_when", condition=Q(state="queued") | Q(submitted_at__isnull=False) | Q(state="failed")
            ),
            CheckConstraint(name="job_open_or_ended", condition=Q(state__in=OPEN) ^ Q(ended_at__isnull=False)),
            CheckConstraint(name="job_ended_why", condition=~Q(state__in=["failed", "timed_out"]) | ~Q(error_code="")),
            CheckConstraint(name="job_price_not_negative", condition=Q(price__gte=0)),
            CheckConstraint(
                name="job_costs_what_was_shown",
                condition=Q(quote__isnull=True)
                | Q(
                    quote__has_key="price",
                    price=Cast(KT("quote__price"), models.DecimalField(max_digits=14, decimal_places=2)),
                ),
            ),
            CheckConstraint(
                name="job_late_after_its_end",
                condition=Q(late_until__isnull=True, late_at__isnull=True)
                | (Q(state__in=["failed", "timed_out"]) & (Q(late_until__isnull=True) | Q(late_at__isnull=True))),
            ),
        ]
        indexes = [
            due_index("job_due", Q(state__in=OPEN)),
            Index(name="job_turn", fields=["turn_at", "id"], condition=Q(state="queued")),  # kie.starting
            due_index("job_late", Q(late_until__isnull=False)),  # kie.late
            Index(name="job_of_model", fields=["model", "-id"], condition=Q(state="succeeded")),  # kie.durations
            Index(name="job_submitted", fields=["submitted_at"]),  # JobQuerySet.submitted_since
            cid.index("job_code"),
            Index(name="job_of", fields=["customer", "-id"]),  # JobQuerySet.of
        ]
        triggers = [
            pgtrigger.ReadOnly(name="job_price_stays", fields=["price", "quote"]),
            pgtrigger.Trigger(
                name="job_holds_its_price",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("hold_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(new__hold__isnull=False),
                func=HOLDS_ITS_PRICE,
            ),
        ]

    def __str__(self) -> str:
        return f"{cid.support_code(self.cid)} {self.get_state_display()}"

    @property
    def submit_deadline(self) -> datetime:
        """Until when a lost createTask answer may still be found by its callback. Without callbacks nothing can find it."""
        assert self.submitted_at is not None
        patience_s = min(max(60, 3 * self.model.median_s), self.limit_s) if settings.KIE_CALLBACK_BASE_URL else 30
        return self.submitted_at + timedelta(seconds=patience_s)

    @property
    def limit_s(self) -> int:
        """How long KIE may work on it: as the model needs, or less where the operator has set GENERATOR_TIMEOUT_SECONDS."""
        return min(self.model.deadline_s, settings.GENERATOR_TIMEOUT_SECONDS or self.model.deadline_s)

    @property
    def in_doubt(self) -> bool:
        """Whether createTask's answer is lost: perhaps KIE has the task, perhaps not (kie.jobs.await_news)."""
        return self.state == JobState.SUBMITTING and bool(self.error)

    def end(self, state: JobState, **how: Any) -> None:
        """Leave OPEN and whoever has claimed it, with `result` or with `error_code`, `error`, `error_field`, and perhaps to be
        looked for; money and signal are the transition's business (kie.jobs)."""
        ending = {"result": None, "error_code": "", "error": "", "error_field": ""} | UNCLAIMED | how
        self.state, self.ended_at = state, clock.now()
        for name, value in ending.items():
            setattr(self, name, value)
        self.save(update_fields=["state", "ended_at", *ending])

    def as_log(self) -> dict[str, Any]:
        """The facts that a log line tells of a job."""
        took_s = round(((self.ended_at or clock.now()) - self.created_at).total_seconds(), 3)
        facts = {
            "cid": self.cid,  # an operator's transition, too, belongs to the story of the job
            "job": str(self.public_id),
            "model": self.model_id,
            "state": self.state,
            "task": self.kie_task_id,
            "took_s": took_s,
        }
        return facts | ({"error_code": self.error_code} if self.error_code else {})
