"""Answering dead updates again: first a look at what it would do, then the deed, written into the audit."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from bot import dispatch
from bot.models import Update, UpdateState
from bot.rehearsal import rehearse
from payments import audit

MOST = 20  # at once: each is run for the look at it


def page(page_of: Any, request: HttpRequest, rows: QuerySet[Update]) -> HttpResponse:
    """The rehearsal of each dead row; with `confirm` in the POST, the replay. `page_of` is the admin of updates."""
    chosen = rows.filter(state=UpdateState.DEAD)
    dead = list(chosen.filter(dispatch.READABLE).order_by("seq")[: MOST + 1])
    for update in chosen.exclude(dispatch.READABLE).order_by("seq")[:MOST]:
        page_of.message_user(request, f"{update}: {never(update)}", messages.WARNING)
    if not dead or len(dead) > MOST:
        said = _("None of these can be answered again.") if not dead else _("Choose at most {} at once.").format(MOST)
        page_of.message_user(request, said, messages.WARNING)
        return redirect("admin:bot_update_changelist")
    if request.method == "POST" and "confirm" in request.POST:
        return _replay(page_of, request, dead)
    context = {
        **page_of.admin_site.each_context(request),
        "title": _("Answer again"),
        "opts": page_of.opts,
        "rehearsals": [(update, rehearse(update)) for update in dead],
    }
    return TemplateResponse(request, "console/replay.html", context)


def never(update: Update) -> str:
    """Why an update that nobody can read is not offered for another answer."""
    why = update.error or gettext("it is no update that can be read")
    return gettext("It cannot be answered, now or ever: {}.").format(why)


def _replay(page_of: Any, request: HttpRequest, dead: list[Update]) -> HttpResponse:
    taken = 0
    for update in dead:
        with transaction.atomic():  # the deed and its line in the audit, or neither
            if dispatch.replay(update.pk, by=request.user.get_username()):
                audit.record("replay", update, by=request.user, before={"error": update.error}, cid=update.cid)
                taken += 1
    said = ngettext("{} update will be answered again.", "{} updates will be answered again.", taken)
    page_of.message_user(request, said.format(taken))
    return redirect("admin:bot_update_changelist")
