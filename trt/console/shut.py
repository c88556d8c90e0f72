"""What the admin's first page says before anything else: that KIE takes no work from us, all of it or some."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bot.screens.words import day
from kie.breaker import ACCOUNT, CREATE, CREATES, Breaker, Reason, State
from reliability import clock

Strip = dict[str, str | bool]


def strips(request: HttpRequest) -> list[Strip]:
    """A strip for each open breaker, the one that stops all sales first. A half-open one lets its trial through: none."""
    rows = sorted(Breaker.objects.filter(state=State.OPEN), key=lambda row: (row.scope != ACCOUNT, row.scope))
    may_look = request.user.has_perm("kie.view_breaker")
    return [
        {
            "text": _sentence(row),
            "bad": row.scope == ACCOUNT,
            "url": reverse("admin:kie_breaker_change", args=[row.pk]) if may_look else "",
        }
        for row in rows
    ]


def _sentence(row: Breaker) -> str:
    """In the words of who looks at it: what does not go, since when, why."""
    what, _colon, family = row.scope.partition(":")
    if what == ACCOUNT:
        sentence = _("Sales are paused since {since}: {why}")
    elif what == CREATES:
        sentence = _("All new generations wait since {since}: {why}")
    elif what == CREATE:
        sentence = _("New generations of KIE's {family} API wait since {since}: {why}")
    else:
        sentence = _("Results of KIE's {family} API are late since {since}: {why}")
    assert row.since is not None  # breaker_open_says_why
    return sentence.format(family=family, since=_time(row.since), why=Reason(row.reason).label)


def _time(since: datetime) -> str:
    """«14:05», on another day «29.11, 14:05»."""
    time, today = f"{localtime(since):%H:%M}", day(since) == day(clock.now())
    return time if today else f"{day(since)}, {time}"
