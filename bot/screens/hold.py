"""What a person sees of a hold: the notice with its one button, the end of the hold in Moscow time, toasts."""

from datetime import datetime

from django.utils.translation import gettext as _

from bot import passive_copy
from bot.passive_copy import PassiveCopy
from bot.screen import Button, Screen
from bot.screens.words import MOSCOW, day

REFRESH = "refresh"


def notice(words: PassiveCopy, hold: int, until: datetime, now: datetime) -> Screen:
    """Told once a chat and hold, later edited into the answer."""
    text = passive_copy.with_until(words.message, moscow(until, now))
    return Screen(text, [[Button(words.button, REFRESH, hold)]], reason="PASSIVE")


def moscow(until: datetime, now: datetime) -> str | None:
    """«15:30 по Москве», on another day «26.11, 15:30 по Москве»; None where the end has passed."""
    if until <= now:
        return None
    there = until.astimezone(MOSCOW)
    time = f"{there:%H:%M}"
    shown = time if there.date() == now.astimezone(MOSCOW).date() else f"{day(until)}, {time}"
    return _("{} Moscow time").format(shown)


def still() -> str:
    """The toast of «🔄 Обновить» while the hold lasts."""
    return _("Still updating. Your request is kept: it will be answered by itself ✨")
