"""The admin's sidebar: what an operator looks for, by what they want to do; Django's and the libraries' own tables last."""

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from kie.models import DollarRate, Pause, SyncRun
from payments.models import Difference, Proposal, TopUp

MODELS = [  # of a group: model, icon (a name of Material Symbols), title if not the model's own
    (
        _("Shop"),
        [
            ("kie.aimodel", "smart_toy", None),
            ("kie.registryversion", "history_edu", None),
            ("kie.syncrun", "sync", None),
            ("kie.tariff", "sell", None),
            ("kie.dollarrate", "currency_exchange", None),
            ("kie.pause", "remove_shopping_cart", None),
        ],
    ),
    (
        _("People and money"),
        [
            ("payments.customer", "group", None),
            ("payments.transfer", "swap_horiz", None),
            ("payments.topup", "payments", None),
            ("payments.receipt", "receipt_long", None),
            ("payments.promocode", "local_activity", None),
            ("payments.redemption", "redeem", None),
            ("payments.invite", "group_add", None),
            ("payments.refund", "undo", None),
            ("payments.difference", "rule", None),
            ("payments.proposal", "how_to_vote", None),
            ("payments.auditentry", "history", None),
            ("payments.reconciliation", "balance", None),
            ("payments.terms", "gavel", None),
            ("payments.method", "credit_card", None),
        ],
    ),
    (
        _("Work"),
        [
            ("kie.job", "imagesmode", None),
            ("kie.breaker", "electric_bolt", None),
            ("bot.update", "move_to_inbox", None),
            ("bot.delivery", "outgoing_mail", None),
            ("bot.dialog", "forum", None),
            ("bot.hold", "pause_circle", None),
            ("bot.passivecopy", "chat_info", None),
            ("reliability.instance", "memory", None),
            ("reliability.lease", "key", None),
            ("reliability.sweep", "mop", None),
        ],
    ),
]
SYSTEM = [
    ("auth.user", "badge", _("Operators")),
    ("auth.group", "groups", _("Groups of operators")),
    ("axes.accessattempt", "lock", None),
    ("axes.accessfailurelog", "gpp_bad", None),
    ("axes.accesslog", "login", None),
    ("django_q.schedule", "schedule", None),
    ("django_q.ormq", "queue", None),
    ("django_q.success", "task_alt", None),
    ("django_q.failure", "error", None),
]

WAITING = {
    "payments.difference": Difference.objects.open,
    "payments.proposal": Proposal.objects.open,
    "payments.topup": TopUp.objects.on_review,
    "kie.dollarrate": DollarRate.objects.proposed,
    "kie.pause": Pause.objects.open,
    "kie.syncrun": SyncRun.objects.waiting,
}  # counted beside the name

HEALTH = "/health"  # an address of the outside interface


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with what this operator may see."""
    console = [
        {"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")},
        {"title": _("Story of a code"), "icon": "manage_search", "link": reverse("story-search")},
        {"title": _("Health"), "icon": "monitor_heart", "link": HEALTH},
    ]
    if request.user.has_perm("payments.view_accounts"):
        accounts = reverse("admin:payments_transfer_accounts")
        console.append({"title": _("Accounts"), "icon": "account_balance", "link": accounts})
    if request.user.has_perm("kie.view_tariff"):
        console.append({"title": _("Margins"), "icon": "percent", "link": reverse("admin:kie_tariff_margins")})
    groups: list[dict[str, Any]] = [{"title": _("Console"), "items": console}]
    groups += [{"title": title, "separator": True, "items": _seen(request, models)} for title, models in MODELS]
    groups.append({"title": _("System"), "separator": True, "collapsible": True, "items": _seen(request, SYSTEM)})
    return [group for group in groups if group["items"]]


def no_inline_colours(request: HttpRequest) -> dict[str, Any]:
    """None for unfold to write into each page as a style: they stand in static/trt/admin.css, and CSP stays strict."""
    return {}


def _seen(request: HttpRequest, models: list[tuple[str, str, Any]]) -> list[dict[str, Any]]:
    return [_item(name, icon, title) for name, icon, title in models if request.user.has_perm(_viewing(name))]


def _viewing(name: str) -> str:
    app, model = name.split(".")
    return f"{app}.view_{model}"


def _item(name: str, icon: str, title: Any) -> dict[str, Any]:
    page = reverse(f"admin:{name.replace('.', '_')}_changelist")
    title = title or capfirst(apps.get_model(name)._meta.verbose_name_plural)
    waiting = WAITING[name]().count() if name in WAITING else 0
    return {"title": title, "icon": icon, "link": page} | ({"badge": waiting} if waiting else {})
