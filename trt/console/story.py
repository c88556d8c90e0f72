"""The story of one correlation id: every row of every model that carries a `cid`, in time order. Found by introspection,
so a model that comes later is told of without a word here."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reliability import cid as cids
from reliability.adminkit import COLOURS, WithStory

MOST = 200  # rows of one model in a story
FEW = 10  # rows of one model that a search offers
MOMENTS = ("created_at", "found_at", "submitted_at", "done_at", "paid_at", "ended_at", "sent_at")
FACTS = (
    "kind",
    "reason",
    "amount",
    "rubles",
    "price",
    "model",
    "kie_task_id",
    "error_code",
    "error",
    "attempts",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    what: str  # the model's name and which moment of its row it was
    row: str
    facts: list[str]
    url: str  # its page in the admin, "" if it has none
    cid: str
    state: str = ""  # as people read it, at the row's last moment
    colour: str = ""
    since_s: float = 0.0  # seconds since the first line
    after_s: float = 0.0  # since the line before
    stage_s: float | None = None  # since the row's moment before: how long it took to come so far; None at its first


def story(cid: str) -> list[Line]:
    """All lines of the id, or of the ids that end with a support code, oldest first."""
    lines: list[Line] = []
    for model in apps.get_models():
        if any(field.name == "cid" for field in model._meta.concrete_fields):
            lines += _of_model(model, cid)
    lines.sort(key=lambda line: line.at)
    return [
        replace(line, since_s=_between(lines[0].at, line.at), after_s=_between(last.at, line.at))
        for last, line in zip(lines[:1] + lines, lines, strict=False)
    ]


def search(words: str, by: Any) -> tuple[list[Line], list[Any]]:
    """The story under an id or a support code; where that is none, the rows whose story it may be, the latest first: what the
    admin's own searches find for its user `by`, who sees what they may (by task id, reference, Telegram id, username…).
    """
    words = words.strip()
    if not words:
        return [], []
    if lines := story(words):
        return lines, []
    request = HttpRequest()
    request.user = by
    found: list[Any] = []
    for page in admin.site._registry.values():
        if isinstance(page, WithStory) and page.has_view_permission(request):
            rows, _distinct = page.get_search_results(request, page.get_queryset(request), words.removeprefix("@"))
            found += rows.order_by("-pk")[:FEW]
    return [], sorted(found, key=born, reverse=True)


def born(row: Any) -> datetime:
    """The first moment of a row's story."""
    return next(at for name in MOMENTS if (at := getattr(row, name, None)) is not None)


def _of_model(model: type[models.Model], cid: str) -> list[Line]:
    carrying = cids.carrying(cid)
    if carrying is None:
        return []
    if told_with := getattr(model, "TOLD_WITH", ""):  # a row that belongs to another, whatever story that began with
        owner: Any = model._meta.get_field(told_with).related_model
        carrying |= models.Q(**{f"{told_with}__in": owner._default_manager.filter(carrying)})
    rows = list(model._default_manager.filter(carrying).order_by("pk")[:MOST])
    return [line for row in rows for line in _of_row(row)] + _of_journal(rows)


def _of_journal(rows: list[Any]) -> list[Line]:
    """What operators did to these rows of one model, and who."""
    if not rows:
        return []
    by_pk = {str(row.pk): row for row in rows}
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(rows[0]), object_id__in=by_pk)
    return [
        Line(
            at=entry.action_time,
            what=capfirst(str(LogEntry._meta.verbose_name)),
            row=_name(row),
            facts=[f"{entry.user}: {entry.get_change_message()}"],
            url=_url(row),
            cid=row.cid,
        )
        for entry in entries.select_related("user")
        for row in [by_pk[entry.object_id or ""]]
    ]


def _of_row(row: Any) -> list[Line]:
    """A line for each moment of a row, and how long it took from the one before; its facts are told at the last, for they
    are what is known now."""
    moments = sorted((at, name) for name in MOMENTS if (at := getattr(row, name, None)))
    stages = [None, *(_between(one[0], next_one[0]) for one, next_one in pairwise(moments))]
    lines = [
        Line(at=at, what=_what(row, name), row=_name(row), facts=[], url=_url(row), cid=row.cid, stage_s=stage_s)
        for (at, name), stage_s in zip(moments, stages, strict=False)
    ]
    if lines:
        state = getattr(row, "state", "")
        words = row.get_state_display() if state else ""
        lines[-1] = replace(lines[-1], facts=_facts(row), state=words, colour=COLOURS.get(state, ""))
    return lines


def _name(row: Any) -> str:
    """As it calls itself, but for the state that it is in by now: no moment but the last was of that."""
    return str(row).removesuffix(row.get_state_display()).rstrip(" ·") if getattr(row, "state", "") else str(row)


def _between(one: datetime, other: datetime) -> float:
    """Seconds, to the millisecond."""
    return round((other - one).total_seconds(), 3)


def _what(row: models.Model, moment: str) -> str:
    name = capfirst(row._meta.verbose_name)
    return f"{name}: {row._meta.get_field(moment).verbose_name}"  # type: ignore[union-attr]


def _facts(row: Any) -> list[str]:
    """What the row says of itself, each fact under its column's name."""
    told = []
    columns = {field.name: field for field in row._meta.concrete_fields}
    for name in FACTS:
        if name in columns and (value := getattr(row, name)) not in (None, "", 0):
            shown = getattr(row, f"get_{name}_display", None)
            told.append(f"{columns[name].verbose_name}: {shown() if shown else value}")
    if "before" in columns and (error := row.before.get("error")):  # an act's, whose row has forgotten it since
        told.append(_("error until then") + f": {error}")
    return told


def _url(row: models.Model) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""
