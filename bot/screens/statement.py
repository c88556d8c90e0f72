"""Movements of money in words: one line each, and a person's list of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from bot.screen import Button, Screen, bold, lines
from bot.screens import frame
from bot.screens.words import cut, day, demo, moment, rubles, safe

SHORT = "short"  # what a return of a payment has made up for: no correction by support
WHY_SHOWN = 160  # characters of a reason, so that a page fits a message


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of money as its owner sees it. `kind` is a ledger kind, or SHORT; `what` is what it was for, `why`
    its reason: if known."""

    kind: str
    amount: Decimal  # rubles, positive
    when: datetime
    after: Decimal  # rubles that could be spent from then on
    what: str = ""
    why: str = ""


MARKS = {
    "topup": "➕", "bonus": "🎁", "hold": "⏳", "capture": "➖", "release": "↩️", "refund": "↪️",
    "refund_failure": "↩️", "payout": "➖",
    "adjust_in": "➕", "adjust_out": "➖", SHORT: "➕",
}  # fmt: skip

SIGNS = {"refund": "−", "refund_failure": "+", "release": "+"}  # of returns: their arrows do not say which way it went


def line(one: Movement) -> str:
    """What moved, and what for."""
    sentence = f"{MARKS[one.kind]} {SIGNS.get(one.kind, '')}{rubles(one.amount)}, {kind(one.kind)}"
    return f"{sentence}: {safe(one.what)}" if one.what else sentence


def kind(name: str) -> str:
    """A Movement.kind in words, within a sentence."""
    return {
        "topup": _("top-up"),
        "bonus": _("bonus"),
        "hold": _("on hold"),
        "capture": _("generation"),
        "release": _("returned from hold"),
        "refund": _("payment returned"),
        "refund_failure": _("on the balance again"),
        "payout": _("payout"),
        "adjust_in": _("correction by support"),
        "adjust_out": _("correction by support"),
        SHORT: _("made up by us for a payment that went back"),
    }[name]


def dated(one: Movement) -> str:
    """The same after its day: a line of a short list."""
    return f"{day(one.when)}  {line(one)}"


def listing(movements: Sequence[Movement], held: Decimal, *, page: int, pages: int, waiting: bool = False) -> Screen:
    """A page of a person's movements, newest first, each with what was available after it."""
    if not movements:
        text = lines(bold(_("📜 History of operations")), _("There have been no operations yet."))
        return Screen(text, [[frame.back("balance")], *frame.way_out(waiting)])
    text = lines(
        bold(_("📜 History of operations")),
        _("Newest first, by Moscow time."),
        _("On hold: {} (for generations under way)").format(rubles(held)) if held else None,
        demo(),
        *[_entry(one) for one in movements],
    )
    keys = [
        *frame.turning("moves", page=page, pages=pages),
        [Button(_("⬇️ CSV"), "csv")],
        [frame.back("balance")],
        *frame.way_out(waiting),
    ]
    return Screen(text, keys)


def _entry(one: Movement) -> str:
    return lines(
        "",
        f"<b>{moment(one.when)}</b>",
        line(one),
        f"<i>{safe(cut(one.why, WHY_SHOWN))}</i>" if one.why else None,
        _("Available after: {}").format(rubles(one.after)),
    )


def file(customer: int) -> Screen:
    """The caption of all movements in a file, which is made when it is sent. `customer` is Customer.pk."""
    text = lines(
        bold(_("⬇️ All operations")),
        _("The file opens in Excel and other spreadsheets. Each operation stands there, holds too."),
    )
    return Screen(text, [[frame.home()]], fresh=True, statement=customer)
