"""“🔄 Refresh” under the notice of a hold."""

from bot import passive
from bot.events import Tap
from bot.handlers import flow
from bot.handlers.gate import Whole
from bot.router import on
from bot.screen import Screen
from bot.screens.hold import REFRESH


@on.tap(REFRESH, Whole, read_only=True)
def refresh(tap: Tap) -> Screen | None:
    """While a hold lasts a toast says so. Afterwards the answer stands in place of the notice, and stays; where what
    was kept had no answer to give, the person sees where they are.
    """
    if passive.held() or passive.answered(tap.arg, tap.chat):
        return None
    return flow.current(tap)
