"""The story of one correlation id: every row of every model that carries a `cid`, in time order. Found by introspection,
so a model that comes later is told of without a word here."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.urls import NoReverseMatch, reverse

from reliability import cid as cids


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    what: str  # the model's name
    row: str
    facts: str
    url: str  # its page in the admin, "" if it has none
    cid: str
    since_s: float = 0.0  # seconds since the first line


MOMENTS = ("created_at", "done_at", "submitted_at", "ended_at", "sent_at")
FACTS = ("kind", "state", "reason", "amount", "debit", "credit", "price", "kie_task_id", "error_code", "error", "attempts")


def story(cid: str) -> list[Line]:
    """All lines of the id, or of the ids that end with a support code, oldest first."""
    lines: list[Line] = []
    for model in apps.get_models():
        if any(field.name == "cid" for field in model._meta.concrete_fields):
            lines += _of_model(model, cid)
    lines.sort(key=lambda line: (line.at, line.what))
    return [replace(line, since_s=round((line.at - lines[0].at).total_seconds(), 3)) for line in lines]


def _of_model(model: type[models.Model], cid: str) -> list[Line]:
    wanted = {"cid": cid} if len(cid) == cids.LENGTH else {"cid__endswith": cids.from_support_code(cid)}
    moments = [name for name in MOMENTS if hasattr(model, name)]
    return [
        Line(at=at, what=str(model._meta.verbose_name), row=str(row), facts=_facts(row, name), url=_url(row), cid=row.cid)
        for row in model._default_manager.filter(**wanted)[:200]
        for name in moments
        if (at := getattr(row, name)) is not None
    ]


def _facts(row: Any, moment: str) -> str:
    """What is known now, told at the row's last moment; at an earlier one only which moment it is."""
    later = [name for name in MOMENTS if name != moment and getattr(row, name, None) and getattr(row, name) > getattr(row, moment)]
    if later:
        return moment.removesuffix("_at")
    told = [f"{name}={value}" for name in FACTS if (value := getattr(row, name, None)) not in (None, "", 0)]
    return f"{moment.removesuffix('_at')} · " + " · ".join(told)


def _url(row: models.Model) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""
