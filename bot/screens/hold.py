"""What a person sees of a hold: the notice with its one button, the end of the hold in Moscow time, toasts."""

from datetime import datetime, timedelta

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


def moscow(until: datetime, now: datetime) -> str:
    """«15:30 по Москве», on another day than `now` «26.11, 15:30 по Москве».

    The next full minute: who is told «by 21:01» does not find it going on at 21:01.
    """
    there = (until + timedelta(minutes=1, microseconds=-1)).astimezone(MOSCOW).replace(second=0, microsecond=0)
    time = f"{there:%H:%M}"
    shown = time if there.date() == now.astimezone(MOSCOW).date() else f"{day(there)}, {time}"
    return _("{} Moscow time").format(shown)


def still() -> str:
    """The toast of «🔄 Обновить» while the hold lasts."""
    return _("Still updating. Your request is kept: it will be answered by itself ✨")
