"""The search that stands on every page (Ctrl+K): beside pages by their names it finds people, and all that has a story."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from payments.models import Customer
from reliability import cid as cids
from trt.console.story import FEW, search

SHORTEST: Final = 4  # characters: it is asked while somebody types


def found(request: HttpRequest, words: str) -> list[SearchResult]:
    """The story under a code, people, rows whose story it may be: what this operator may see of it."""
    words = words.strip().removeprefix("@")
    if len(words) < SHORTEST:
        return []
    people = _people(request, words)
    if not request.user.has_perm("kie.view_job"):  # stories are theirs
        return people
    lines, rows = search(words, request.user)
    if lines:
        return [_story(lines[0].cid, _("Story of a code"), cids.support_code(lines[0].cid)), *people]
    return [*people, *(_story(row.cid, str(row), _kind_and_code(row)) for row in rows)]


def _people(request: HttpRequest, words: str) -> list[SearchResult]:
    page = admin.site.get_model_admin(Customer)
    if not page.has_view_permission(request):
        return []
    people, _distinct = page.get_search_results(request, page.get_queryset(request), words)
    kind = capfirst(Customer._meta.verbose_name)
    return [
        SearchResult(
            str(one), f"{kind} · {one.telegram_id}", reverse("admin:payments_customer_change", args=[one.pk]), "person"
        )
        for one in people.order_by("-pk")[:FEW]
    ]


def _kind_and_code(row: Any) -> str:
    return f"{capfirst(row._meta.verbose_name)} · {cids.support_code(row.cid)}"


def _story(cid: str, title: str, description: str) -> SearchResult:
    return SearchResult(title, description, reverse("story", args=[cid]), "manage_search")
