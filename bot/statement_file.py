"""All movements of a person as a CSV that spreadsheets open: made in memory, read from the ledger row by row."""

import csv
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from bot import movements
from bot.screens import statement
from bot.screens.words import MOSCOW, russian
from payments.models import Customer, Kind, Transfer
from payments.transfer import Account
from reliability import clock
from reliability.cid import support_code

BOM: Final = "\ufeff"  # without it Excel takes UTF-8 for the code page of its Windows
FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
)  # what a cell must not begin with, or it is computed: owasp.org, CSV injection
MOST_ROWS: Final = (
    100_000  # 13 MB, five seconds of a core; Telegram takes 50 MB from a bot, a spreadsheet a million rows
)
PORTION: Final = 2000  # rows that are in memory at once


def of(customer: Customer) -> tuple[str, bytes]:
    """The file's name and bytes, newest movement first, in the person's language; beyond MOST_ROWS its last line says so."""
    with translation.override(customer.locale):
        out = StringIO(newline="")
        out.write(BOM)
        writer = csv.writer(out, delimiter=";" if russian() else ",", lineterminator="\r\n")
        writer.writerow(_head())
        every = movements.of(customer)
        number = 1
        for transfer in every[:MOST_ROWS].iterator(chunk_size=PORTION):
            writer.writerow(_row(transfer))
            number = transfer.n
        if number > 1:  # they are numbered from 1 without gaps
            writer.writerow([_("Older operations do not fit into this file: ask support for them.")])
        return f"trt-{clock.now().astimezone(MOSCOW):%Y-%m-%d}.csv", out.getvalue().encode()


def _head() -> list[str]:
    return [
        _("Moscow time"),
        _("Operation"),
        _("What for"),
        _("Reason"),
        _("Change of the available, ₽"),
        _("Change of the hold, ₽"),
        _("Available after, ₽"),
        _("On hold after, ₽"),
        _("Support code"),
    ]


def _row(transfer: Transfer) -> list[str]:
    kind, shown = Kind(transfer.kind), movements.movement(transfer)
    return [
        _moment(transfer.created_at),
        _text(statement.kind(shown.kind)),
        _text(shown.what),
        _text(shown.why),
        _sum(transfer.effect),
        _sum(kind.effect_on(Account.HOLD) * transfer.amount),
        _sum(transfer.balance_after),
        _sum(transfer.held_after),
        support_code(transfer.cid),
    ]


def _moment(when: datetime) -> str:
    there = when.astimezone(MOSCOW)
    return f"{there:%d.%m.%Y %H:%M:%S}" if russian() else f"{there:%Y-%m-%d %H:%M:%S}"


def _sum(rubles: Decimal) -> str:
    """A number as the spreadsheet of that language reads one: no groups, no sign of money."""
    return f"{rubles:.2f}".replace(".", ",") if russian() else f"{rubles:.2f}"


def _text(words: Any) -> str:
    """Words as words: what others have written is never a formula."""
    text = str(words)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
