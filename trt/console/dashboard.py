"""The admin's first page: how the last day went, what is under way, what wants a look."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _

from bot.models import Delivery, DeliveryState, Hold, Update, UpdateState
from kie.models import Balance, Job, JobState, SyncRun, SyncState
from payments.models import Customer, Difference, Kind, Proposal, TopUp, Transfer
from payments.receipt_admin import queue_url
from reliability import clock
from reliability.adminkit import link_to, story_of
from trt.console.shut import strips

DAY = timedelta(hours=24)
LAST = 8  # generations that failed, newest first


def figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the page shows, added to its context: what KIE does not take, cards of the last 24 hours, rows under way, failures."""
    if not request.user.has_perm("kie.view_job"):
        return context
    since = clock.now() - DAY
    shown = {"strips": strips(request), "cards": _cards(since), "work": _work(), "failures": _failures()}
    return {**context, "title": _("Overview"), **shown}


def _cards(since: Any) -> list[dict[str, Any]]:
    ended = Job.objects.filter(created_at__gte=since).aggregate(
        all=Count("pk"),
        well=Count("pk", filter=Q(state=JobState.SUCCEEDED)),
        over=Count("pk", filter=Q(ended_at__isnull=False)),
    )
    money = Transfer.objects.filter(created_at__gte=since).aggregate(
        earned=Sum("amount", filter=Q(kind=Kind.CAPTURE)), paid=Sum("amount", filter=Q(kind=Kind.TOPUP))
    )
    met = Customer.objects.filter(created_at__gte=since).count()
    jobs, transfers = reverse("admin:kie_job_changelist"), reverse("admin:payments_transfer_changelist")
    return [
        _card(_("Generations"), ended["all"], jobs, _("ordered; ended so far: {}").format(ended["over"])),
        _card(_("Succeeded"), _percent(ended["well"], ended["over"]), jobs, _("of those that ended")),
        _card(_("Revenue"), _rubles(money["earned"]), f"{transfers}?kind__exact=capture", _("captured holds")),
        _card(_("Topped up"), _rubles(money["paid"]), f"{transfers}?kind__exact=topup", _("paid by people")),
        _card(
            _("New people"),
            met,
            reverse("admin:payments_customer_changelist"),
            _("wrote to the bot for the first time"),
        ),
    ]


def _card(title: str, value: Any, url: str, note: str) -> dict[str, Any]:
    return {"title": title, "value": value, "url": url, "note": note}


def _work() -> list[dict[str, Any]]:
    """What is not finished, and what never will be without an operator."""
    rows = [
        (_("Updates to answer"), Update, "new", False),
        (_("Generations under way"), Job, None, False),
        (_("Deliveries to send"), Delivery, "pending", False),
        (_("Updates that nobody could answer"), Update, UpdateState.DEAD, True),
        (_("Deliveries that Telegram refused"), Delivery, DeliveryState.DEAD, True),
        (_("Differences of money to mend"), Difference, None, True),
        (_("Differences with KIE to decide on"), SyncRun, SyncState.DRIFT, False),
    ]
    return [
        *_kept(),
        *(_line(title, model, state, bad) for title, model, state, bad in rows),
        _receipts(),
        _second_person(),
        *_credits(),
    ]


def _receipts() -> dict[str, Any]:
    """Bank transfers whose people wait for an operator's look at the bank."""
    count = TopUp.objects.on_review().count()
    return {"title": _("Receipts on review"), "count": count, "url": queue_url(), "bad": False}


def _second_person() -> dict[str, Any]:
    """What one operator could not move alone."""
    page = f"{reverse('admin:payments_proposal_changelist')}?state__exact=open"
    count = Proposal.objects.open().count()
    return {"title": _("Proposals that wait for a second person"), "count": count, "url": page, "bad": False}


def _credits() -> list[dict[str, Any]]:
    """What is left to make anything with, once KIE has said it."""
    left = Balance.last()
    if left is None:
        return []
    worth = f"{localize(int(left.credits))} ≈ {localize(int(left.rubles()))} ₽"
    page = reverse("admin:kie_tariff_changelist")
    return [{"title": _("KIE credits left"), "count": worth, "url": page, "bad": left.is_low}]


def _kept() -> list[dict[str, Any]]:
    """While TRT is held: what is answered afterwards."""
    hold = Hold.objects.open().first()
    if hold is None:
        return []
    page = f"{reverse('admin:bot_update_changelist')}?hold__id__exact={hold.pk}"
    return [
        {"title": _("Kept until the hold is over"), "count": Update.objects.kept().count(), "url": page, "bad": False}
    ]


def _line(title: str, model: Any, state: str | None, bad: bool) -> dict[str, Any]:
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    asked = f"state__exact={state}" if state else "ended_at__isnull=True"
    count = model.objects.filter(state=state).count() if state else model.objects.open().count()
    return {"title": title, "count": count, "url": f"{page}?{asked}", "bad": bad and count}


def _failures() -> dict[str, Any]:
    """A table of the generations that failed last."""
    failed = Job.objects.filter(state__in=[JobState.FAILED, JobState.TIMED_OUT]).select_related("model", "customer")
    rows = [
        [
            localize(job.ended_at),
            link_to(job, job.model.title_ru),
            link_to(job.customer),
            job.error_code,
            story_of(job.cid),
        ]
        for job in failed.order_by("-pk")[:LAST]
    ]
    return {"headers": [_("ended"), _("generation"), _("person"), _("failure"), _("support code")], "rows": rows}


def _percent(part: int, whole: int) -> str:
    return f"{localize(round(100 * part / whole, 1))} %" if whole else "—"


def _rubles(amount: Decimal | None) -> str:
    return f"{localize(amount or Decimal('0.00'))} ₽"
