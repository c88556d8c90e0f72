"""A job's state in plain words, and what keeps an order waiting."""

from django.utils.translation import gettext as _

from bot.screen import lines
from kie.breaker import Reason


def waiting(why: Reason) -> str:
    """What keeps an order from the service while it waits in the queue."""
    return {
        Reason.CREDITS: _("⏸ The service has run out of resources; we are on it."),
        Reason.CAP: _("⏸ The service has reached its limit for now; we are on it."),
        Reason.KEY: _("⏸ The service does not take our orders just now; we are on it."),
        Reason.BUSY: _("⏸ There are very many orders just now."),
        Reason.MAINTENANCE: _("⏸ The service is under maintenance."),
        Reason.DOWN: _("⏸ The service is failing just now."),
    }[why]


def not_started(why: Reason) -> str:
    """The answer to a confirmation while nothing is sold."""
    return lines(
        waiting(why), _("So nothing was started, and no money was taken. Your order is kept: try again a little later.")
    )


MARKS = {"queued": "⏳", "submitting": "⏳", "running": "🎨", "succeeded": "✅", "failed": "❌", "timed_out": "⌛"}


def state(name: str, error_code: str = "", *, in_doubt: bool = False) -> str:
    """A JobState in words, with its mark; `in_doubt` is Job.in_doubt."""
    if error_code == "cancelled":
        return _("🚫 Cancelled")
    if in_doubt:
        return _("🔎 Checking the order")
    words = {
        "queued": _("In the queue"),
        "submitting": _("In the queue"),
        "running": _("In progress"),
        "succeeded": _("Ready"),
        "failed": _("Did not work out"),
        "timed_out": _("Did not finish in time"),
    }
    return f"{MARKS[name]} {words[name]}"


def mark(name: str, error_code: str = "") -> str:
    """The mark alone, for a list."""
    return "🚫" if error_code == "cancelled" else MARKS[name]
