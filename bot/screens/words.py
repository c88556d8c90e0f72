"""Money, time, sizes and quoted text as people read them, in the active language."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from html import escape

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kie.pricing import UnitPrice

THIN = "\u202f"  # a narrow space that does not break: between groups of digits and before a unit
MOSCOW = timezone(timedelta(hours=3))  # no summer time there
PROMPT_SHOWN = 100  # characters of a person's text that a screen repeats
BUTTON = 60  # characters of a button's text, as many as a wide screen shows
PRICED = (
    32  # of one whose end must be seen: a phone's bubble takes two thirds of its width and cuts a button at some 34
)


def russian() -> bool:
    """Whether the active language is Russian."""
    return (get_language() or "ru").startswith("ru")


def locale() -> str:
    """The active language as the registry names it: "ru" or "en"."""
    return "ru" if russian() else "en"


def number(value: Decimal | float, places: int = 0) -> str:
    """1234.5 → «1 234,50» with thin spaces; in English 1,234.50."""
    text = f"{value:,.{places}f}"
    return text.replace(",", THIN).replace(".", ",") if russian() else text


def figure(value: Decimal | float) -> str:
    """A number as short as it goes: 0.01 → «0,01», 5.0 → 5; a large one in groups of three, never 2e+09."""
    if abs(float(value)) >= 1_000_000:
        return number(value)
    return f"{value:g}".replace(".", ",") if russian() else f"{value:g}"


def rubles(amount: Decimal) -> str:
    """12.4 → «12,40 ₽»; in English ₽12.40. A minus stands before it all."""
    sign = "−" if amount < 0 else ""
    shown = number(abs(amount), 2)
    return f"{sign}{shown}{THIN}₽" if russian() else f"{sign}₽{shown}"


def whole_rubles(amount: Decimal | int) -> str:
    """A sum on a button: kopecks only where there are some."""
    if amount != int(amount):
        return rubles(Decimal(amount))
    return f"{number(amount)}{THIN}₽" if russian() else f"₽{number(amount)}"


def price_from(low: Decimal, high: Decimal, *, open_end: bool = False) -> str:
    """The price of a model on a list: exact, or «от …» where it depends on the settings, or on how long a file lasts."""
    return rubles(low) if low == high and not open_end else _("from {}").format(rubles(low))


def price_span(low: Decimal, high: Decimal, each: UnitPrice | None = None) -> str:
    """The price of a model on its card: exact, or from–to; where a file or text is counted, that of one unit."""
    if each is None:
        return rubles(low) if low == high else _("from {} to {}").format(rubles(low), rubles(high))
    span = price_from(each.low, each.high, open_end=True) if each.at_least else price_span(each.low, each.high)
    per = {"second": _("{} per second"), "1000 characters": _("{} per started 1000 characters")}
    return per[each.unit].format(span)


def lasting(seconds: float) -> str:
    """25 → «25 с», 80 → «1 мин 20 с», 3700 → «1 ч 1 мин»; the thin space keeps a number with its unit."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes_rest = divmod(minutes, 60)
    parts = [(hours, _("h")), (minutes_rest, _("min")), (0 if hours else rest, _("s"))]
    return " ".join(f"{count}{THIN}{unit}" for count, unit in parts if count) or f"0{THIN}{_('s')}"


def about(seconds: float) -> str:
    """A typical time without false precision: to 5 s below two minutes, to a minute above."""
    step = 5 if seconds < 120 else 60
    return lasting(max(step, round(seconds / step) * step))


def between(low: float, high: float) -> str:
    """A usual time as an interval: «20–40 с», «50 с – 2 мин»; as one figure where both are about the same."""
    first, last = about(low), about(high)
    if first == last:
        return _("about {}").format(last)
    (figure, first_unit), (_figure, last_unit) = first.split(THIN, 1), last.split(THIN, 1)
    return f"{figure}–{last}" if first_unit == last_unit else f"{first} – {last}"


def moment(when: datetime) -> str:
    """Date and time in Moscow: «12.10.2026, 14:05»; in English 12 Oct 2026, 14:05."""
    there = when.astimezone(MOSCOW)
    return (
        there.strftime("%d.%m.%Y, %H:%M") if russian() else f"{there.day} {MONTHS[there.month - 1]} {there:%Y, %H:%M}"
    )


def day(when: datetime) -> str:
    """The day alone, for a button: «12.10», 12 Oct."""
    there = when.astimezone(MOSCOW)
    return there.strftime("%d.%m") if russian() else f"{there.day} {MONTHS[there.month - 1]}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def cut(text: str, most: int) -> str:
    """At most `most` characters, the last one an ellipsis where something is missing."""
    flat = re.sub(r"[ \t\r\n\f\v]+", " ", text).strip()  # not by split: thin spaces stay
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def quoted(text: str, most: int = PROMPT_SHOWN) -> str:
    """A person's own text, cut and escaped, in the quotes of the language; one with quotes inside needs no more of them."""
    if any(mark in text for mark in "«»“”"):
        return safe(cut(text, most))
    opening, closing = ("«", "»") if russian() else ("“", "”")
    return f"{opening}{safe(cut(text, most))}{closing}"


def safe(text: str) -> str:
    """Text as Telegram's HTML shows it literally."""
    return escape(text, quote=False)


def cut_within(text: str, most: int) -> str:
    """At most `most` characters, an ellipsis in the middle: where the ends of texts tell them apart."""
    flat = cut(text, len(text) + 1)
    tail = (most - 1) // 2
    return flat if len(flat) <= most else f"{flat[: most - 1 - tail].rstrip()}…{flat[-tail:].lstrip()}"


def label(*parts: str, most: int = PRICED, cutting: Callable[[str, int], str] = cut) -> str:
    """A button's text “title • badge • price”: empty parts left out, the first cut so that all fits."""
    head, *rest = [part for part in parts if part]
    tail = "".join(f" • {part}" for part in rest)
    return cutting(head, most - len(tail)) + tail


def demo() -> str | None:
    """The mark of a result or price that is not in earnest; None in earnest."""
    return _("🧪 demo mode") if settings.DEMO_MARK else None


def uncharged() -> str | None:
    """What stands in the place of a charge where an order costs nothing, whatever its price; None where it does."""
    return None if settings.CHARGES_ORDERS else _("Nothing is charged: the bot is being tested.")
