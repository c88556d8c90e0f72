"""Comparisons with KIE in the admin: start one, watch it, decide model by model and field by field, publish, and roll back.

Every step says first what it will do, is done by POST, and stands in the audit.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from unfold.decorators import action
from unfold.enums import ActionVariant

from kie import changes, registry, registry_file
from kie.catalogue import RegistryVersion
from kie.sync import review
from kie.sync.apply import CannotTake
from kie.sync.syncrun import SyncRun, SyncState
from payments.act_names import NAMES
from payments.acts_admin import journal_of
from reliability.adminkit import ReadOnly, WithState, link, readable

RUN, PUBLISH = "kie.run_sync", "kie.publish_registry"
NAMES.update(
    {
        "sync_start": _("Compare with KIE"),
        "sync_decide": _("Decide on a difference with KIE"),
        "sync_publish": _("Publish what was approved"),
        "registry_back": _("Roll the registry back"),
    }
)
KINDS: Final = {
    "added": _("KIE has it, the registry has not"),
    "gone": _("not in KIE's index any more"),
    "changed": _("KIE says otherwise"),
    "price": _("another price in the feed"),
}


class Asking:
    """A page that says what will happen, and does it by POST."""

    def _confirm(self: Any, request: HttpRequest, title: Any, go: Any, **context: Any) -> HttpResponse:
        common = {
            **self.admin_site.each_context(request),
            "title": title,
            "go": go,
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, "console/sync_confirm.html", common | context)

    def _found(self: Any, request: HttpRequest, object_id: str) -> Any:
        """The row of an address. Raises Http404, also for what cannot be an id."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row


@admin.register(SyncRun)
class SyncRunAdmin(Asking, WithState, ReadOnly):
    list_display = ("created_at", "source", "by", "state_now", "so_far", "differ", "cannot_be_read", "published")
    list_filter = ("state", "source", "by")
    list_select_related = ("published",)
    ordering = ("-pk",)
    show_full_result_count = False
    fieldsets = (
        (
            None,
            {"fields": ("state", "source", "by", "so_far", "differ", "error", "compared_with", "published", "journal")},
        ),
        (_("Pages that could not be read"), {"classes": ["tab"], "fields": ("silent",)}),
        (_("Prices without a rule"), {"classes": ["tab"], "fields": ("without_rule",)}),
        (_("Marks"), {"classes": ["tab"], "fields": ("created_at", "ended_at", "pages", "fingerprint", "cid")}),
    )
    actions_list = ("compare",)
    actions_detail = ("look", "publish")
    without_rule = readable("unpriced", _("prices without a rule"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRun]:
        return super().get_queryset(request).defer("published__content", "published__diff")

    def has_run_sync_permission(self, request: HttpRequest, *_of: Any) -> bool:
        return request.user.has_perm(RUN)

    def has_publish_registry_permission(self, request: HttpRequest, *_of: Any) -> bool:
        return request.user.has_perm(PUBLISH)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Publishing only what is under review."""
        offered = super().get_actions_detail(request, object_id)
        row = self.get_object(request, object_id)  # None for what cannot be an id
        under_review = row is not None and row.state == SyncState.DRIFT
        return [one for one in offered if under_review or one.method.__name__ != "publish"]

    @action(description=_("Compare with KIE now"), permissions=["run_sync"], url_path="compare", icon="sync")
    def compare(self, request: HttpRequest) -> HttpResponse:
        """A run of the worker's, watched on its page."""
        if request.method == "POST":
            row = review.start(by=request.user)
            return redirect("admin:kie_syncrun_look", row.pk)
        sentences = [
            gettext("The worker reads KIE's catalogue and documentation, a page a second: some minutes."),
            gettext("Nothing is changed: what differs is shown here for your decision."),
        ]
        return self._confirm(request, _("Compare with KIE"), _("Compare"), sentences=sentences)

    @action(description=_("Look and decide"), permissions=["view"], url_path="look")
    def look(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How far it is; then every difference, what is risky apart, with the decision on it."""
        row = self._row(request, object_id)
        if request.method == "POST":
            return self._decided(request, row)
        done, of = row.progress
        items = [_shown(one, row.decisions.get(one["key"])) for one in row.items()]
        context = {
            **self.admin_site.each_context(request), "title": str(row), "opts": self.opts, "media": self.media, "row": row,
            "open": row.state in SyncRun.OPEN, "done": done, "of": of, "items": items,
            "decidable": row.state == SyncState.DRIFT and request.user.has_perm(PUBLISH),
        }  # fmt: skip
        return TemplateResponse(request, "console/sync_review.html", context)

    def _decided(self, request: HttpRequest, row: SyncRun) -> HttpResponse:
        if not request.user.has_perm(PUBLISH):
            raise PermissionDenied
        key = request.POST.get("key", "")
        try:
            if "leave" in request.POST:
                review.decide(row.pk, key, [], by=request.user)
            else:
                review.approve(row.pk, key, request.POST.getlist("field"), by=request.user)
        except CannotTake as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return redirect(f"{reverse('admin:kie_syncrun_look', args=[row.pk])}#{key}")

    @action(description=_("Publish what is approved"), permissions=["publish_registry"], url_path="publish", variant=ActionVariant.PRIMARY)  # fmt: skip
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shown as the lines of the new version, then published."""
        row = self._row(request, object_id)
        try:
            if request.method == "POST":
                version = review.publish(row.pk, by=request.user)
                self.message_user(request, gettext("Version {} is on sale.").format(version))
                return redirect("admin:kie_syncrun_change", row.pk)
            made = review.planned(row)
        except CannotTake as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect("admin:kie_syncrun_look", row.pk)
        current = RegistryVersion.objects.current()
        diff = registry.diff(current.content if current else {}, registry_file.as_data(made.registry))
        sentences = [
            gettext("Version {} comes on sale at once. Orders that were confirmed keep their price.").format(
                made.registry.version
            )
        ]
        sentences += [f"⚠️ {key}: {why}" for key, why in made.refused.items()]
        sentences += [gettext("{}, a doubt: {}").format(key, doubt) for key, doubt in review.doubts(row)]
        return self._confirm(request, _("Publish"), _("Publish"), sentences=sentences, lines=list(changes.lines(diff)))

    def _row(self, request: HttpRequest, object_id: str) -> SyncRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row: SyncRun = self._found(request, object_id)
        return row

    @admin.display(description=_("pages read"))
    def so_far(self, row: SyncRun) -> str:
        done, of = row.progress
        return f"{done} / {of}" if row.state in SyncRun.OPEN else str(of)

    @admin.display(description=_("differences"))
    def differ(self, row: SyncRun) -> str:
        told = ", ".join(f"{KINDS[kind]}: {count}" for kind, count in row.counts().items())
        return link(reverse("admin:kie_syncrun_look", args=[row.pk]), told or "—")

    @admin.display(description=_("unreadable pages"))
    def cannot_be_read(self, row: SyncRun) -> int:
        return len(row.unreadable)

    @admin.display(description=_("pages and why"))
    def silent(self, row: SyncRun) -> str:
        return (
            format_html_join(
                "", '<div class="trt-wrap">{}: {}</div>', ((one["page"], one["reason"]) for one in row.unreadable)
            )
            or "—"
        )

    @admin.display(description=_("what operators did"))
    def journal(self, row: SyncRun) -> str:
        return journal_of(row)


def _shown(one: dict[str, Any], decided: list[str] | None) -> dict[str, Any]:
    """A difference as the page shows it: safe fields and risky ones, each with its box."""
    rows = [
        {
            "name": field["field"],
            "before": changes.short(field["before"]),
            "after": changes.short(field["after"]),
            "risky": field["risky"],
        }
        for field in one.get("fields", ())
    ] or [{"name": review.WHOLE, "before": "", "after": "", "risky": one["risky"]}]
    for row in rows:
        row["ticked"] = row["name"] in decided if decided is not None else False
    return {
        "key": one["key"], "kind": KINDS[one["kind"]], "page": one["page"], "title": one.get("title", ""), "doubts": one.get("doubts", ()),
        "groups": _apart(rows), "decided": decided,
    }  # fmt: skip


def _apart(rows: Iterable[dict[str, Any]]) -> list[tuple[Any, list[dict[str, Any]]]]:
    known = list(rows)
    groups = [
        (_("Risky: look at the page first"), [row for row in known if row["risky"]]),
        (_("Without risk"), [row for row in known if not row["risky"]]),
    ]
    return [(name, group) for name, group in groups if group]


class WithRollback(Asking):
    """A published version's page can make it the current one again."""

    actions_detail = ("roll_back",)

    def has_publish_registry_permission(self, request: HttpRequest, *_of: Any) -> bool:
        return request.user.has_perm(PUBLISH)

    def get_actions_detail(self: Any, request: HttpRequest, object_id: Any) -> list[Any]:
        """Not for the one that is on sale."""
        version = self.get_object(request, object_id)
        return [] if version is None or version.current else super().get_actions_detail(request, object_id)  # type: ignore[misc]  # unfold's

    @action(description=_("Sell by this version again"), permissions=["publish_registry"], url_path="roll-back", variant=ActionVariant.DANGER)  # fmt: skip
    def roll_back(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shown as what changes, then done."""
        version = self._found(request, object_id)
        if request.method == "POST":
            try:
                review.roll_back(version, by=request.user)
            except ValidationError as fault:
                self.message_user(
                    request, gettext("This release cannot read it: {}").format(fault.errors()[0]["msg"]), messages.ERROR
                )
            else:
                self.message_user(request, gettext("Version {} is on sale.").format(version))
            return redirect("admin:kie_registryversion_change", version.pk)
        current = RegistryVersion.objects.current()
        diff = registry.diff(current.content if current else {}, version.content)
        sentences = [
            gettext("Version {} comes on sale at once. Orders that were confirmed keep their price.").format(version),
            gettext("It stays so over restarts, until a newer version is published."),
        ]
        return self._confirm(
            request, _("Roll back"), _("Roll back"), sentences=sentences, lines=list(changes.lines(diff)), danger=True
        )
