"""Topping up: the sum, the way to pay it, and what is said when the balance does not suffice."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import frame, ways
from bot.screens.ways import Way
from bot.screens.words import label, number, rubles, safe, whole_rubles
from payments.terms import Terms

AMOUNTS: Final = (50, 100, 200, 500, 1000, 5000)  # rubles, offered as buttons


@dataclass(frozen=True, slots=True)
class Offer:
    """A sum that can be topped up; its price, where there is one way to pay alone."""

    rubles: int
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """What a picture and a video cost in the middle of what is sold now, in rubles; None where none is sold."""

    image: Decimal | None = None
    video: Decimal | None = None


def amounts(offers: Sequence[Offer], terms: Terms, usual: Usual, *, waiting: bool = False) -> Screen:
    """The choice of a sum to top up by, with about what it buys."""
    worth = [said for one in offers if (said := _worth(one.rubles, usual))]
    text = lines(
        bold(_("💳 Top-up")),
        _("Choose a sum, from {} to {}.").format(whole_rubles(terms.least_rub), whole_rubles(terms.greatest_rub)),
        _("Your order is kept and comes back right after the payment.") if waiting else None,
        lines("", bold(_("About what it buys")), *worth, "", _basis(usual)) if worth else None,
    )
    return Screen(
        text, [*_sums(offers), [Button(_("✏️ Another sum"), "own")], [frame.back("balance")], *frame.way_out(waiting)]
    )


def _worth(sum_rubles: int, usual: Usual) -> str:
    """“100 ₽: about 20 images or 2 videos”; "" where it buys neither."""
    parts = []
    if usual.image and (images := _about(sum_rubles / usual.image)):
        parts.append(ngettext("{} image", "{} images", images).format(number(images)))
    if usual.video and (videos := _about(sum_rubles / usual.video)):
        parts.append(ngettext("{} video", "{} videos", videos).format(number(videos)))
    if not parts:
        return ""
    bought = _("{} or {}").format(*parts) if len(parts) == 2 else parts[0]
    return f"{whole_rubles(sum_rubles)}: {bought}"


def _about(count: Decimal) -> int:
    """Rounded down to two digits: more would look exact."""
    step = 10 ** max(0, len(str(int(count))) - 2)
    return int(count) // step * step


def _basis(usual: Usual) -> str:
    prices = [
        _("an image {}").format(rubles(usual.image)) if usual.image else "",
        _("a video {}").format(rubles(usual.video)) if usual.video else "",
    ]
    return _("Based on a mid-priced model: {}. Others cost less or more; you see the price before each start.").format(
        ", ".join(filter(None, prices))
    )


def own_amount(terms: Terms, *, waiting: bool = False) -> Screen:
    """A sum of one's own is asked for."""
    text = lines(
        bold(_("✏️ Another sum")),
        _("Write how many rubles to add, a whole number from {} to {}.").format(
            number(terms.least_rub), number(terms.greatest_rub)
        ),
        _("For example: {}").format("300"),
    )
    return Screen(text, [[frame.back("topup")], *frame.way_out(waiting)])


def wrong_amount(terms: Terms, *, waiting: bool = False) -> Screen:
    """What was written is no sum within the limits; the question stays."""
    text = lines(
        _("This sum does not fit."),
        _("Write a whole number of rubles from {} to {}, for example {}.").format(
            number(terms.least_rub), number(terms.greatest_rub), "300"
        ),
    )
    return Screen(text, [[frame.back("topup")], *frame.way_out(waiting)], reason="INVALID_INPUT")


def methods(sum_rubles: int, open_ways: Sequence[Way], *, waiting: bool = False) -> Screen:
    """How to pay a sum, with its price in each way's own currency."""
    text = lines(
        bold(_("💳 How to pay {}?").format(whole_rubles(sum_rubles))),
        _("Each way shows its own price.") if _differ(open_ways) else None,
        _("Your order is kept and comes back right after the payment.") if waiting else None,
    )
    return Screen(text, [*ways.keys(open_ways, sum_rubles), [frame.back("topup")], *frame.way_out(waiting)])


def _differ(open_ways: Sequence[Way]) -> bool:
    return len({(one.currency, one.minor_amount) for one in open_ways}) > 1


def not_enough(
    title: str, needed: Decimal, available: Decimal, offers: Sequence[Offer], *, revision: int, can_pay: bool
) -> Screen:
    """The gap, and the ways to close it; the order is kept."""
    gap = needed - available
    text = lines(
        bold(_("{} more is needed").format(rubles(gap))),
        _("{} costs {}, and {} is available.").format(safe(title), rubles(needed), rubles(available)),
        "",
        _("Choose a top-up: your order is kept and comes back right after the payment.")
        if can_pay
        else no_payments_sentence(),
    )
    pay: Keys = [*_sums(offers), [Button(_("✏️ Another sum"), "own")]] if can_pay else []
    return Screen(text, [*pay, [frame.back("offer", revision)], [frame.menu()]], reason="NO_FUNDS")


def closing(gap: Decimal, terms: Terms) -> list[int]:
    """Sums in rubles that cover `gap`: the smallest that is allowed, then the usual ones above it."""
    exact = int(min(max(gap, terms.least_rub).to_integral_value(ROUND_UP), terms.greatest_rub))
    return [exact, *[amount for amount in AMOUNTS if exact < amount <= terms.greatest_rub]][:5]


def no_payments_sentence() -> str:
    """Why nothing can be paid: a demonstration, or every way is closed."""
    if settings.PAYMENTS_ENABLED:
        return _("No way to pay is open just now. Please come back a little later.")
    return _("Top-up is switched off: this bot runs in demo mode, real money is not taken here.")


def no_payments(*, waiting: bool = False) -> Screen:
    """Top-up where payments are off."""
    return Screen(
        lines(bold(_("💳 Top-up")), no_payments_sentence()), [[frame.back("balance")], *frame.way_out(waiting)]
    )


def _sums(offers: Sequence[Offer]) -> Keys:
    return frame.in_rows([Button(_sum(one), "pay", one.rubles) for one in offers])


def _sum(offer: Offer) -> str:
    price = ways.price(offer.way.currency, offer.way.minor_amount) if offer.way else ""
    shown = whole_rubles(offer.rubles)
    return label(shown, price if price != shown else "")
