"""The balance, topping it up, and what is said when it does not suffice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal

from django.utils.translation import gettext as _

from bot.screen import Button, Invoice, Keys, Screen, bold, lines
from bot.screens import frame
from bot.screens.words import day, demo, label, number, rubles, safe, whole_rubles
from payments.terms import Terms

AMOUNTS = (50, 100, 200, 500, 1000, 5000)  # rubles, offered as buttons


@dataclass(frozen=True, slots=True)
class Operation:
    """A movement of money as its owner sees it. `kind` is a ledger kind; `what` is what it was for, if that is known."""

    kind: str
    amount: Decimal  # rubles, positive
    when: datetime
    what: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A sum that can be topped up, and its price in stars."""

    rubles: int
    stars: int


def balance(
    available: Decimal, held: Decimal, operations: Sequence[Operation], *, can_pay: bool, waiting: bool = False
) -> Screen:
    """Available, on hold, the last operations in words."""
    text = lines(
        bold(_("💰 Balance")),
        _("Available: {}").format(bold(rubles(available))),
        _("On hold: {} (for generations under way)").format(rubles(held)) if held else None,
        demo(),
        "",
        bold(_("Last operations")) if operations else _("There have been no operations yet."),
        *[_operation(one) for one in operations],
    )
    pay = [[Button(_("💳 Top up"), "topup")]] if can_pay else []
    return Screen(text, [*pay, *frame.way_out(waiting)])


def _operation(one: Operation) -> str:
    words = {
        "topup": _("➕ {sum}, top-up"),
        "bonus": _("🎁 {sum}, bonus"),
        "hold": _("⏳ {sum}, on hold"),
        "capture": _("➖ {sum}, generation"),
        "release": _("↩️ {sum}, returned from hold"),
        "refund": _("↪️ {sum}, payment returned"),
        "payout": _("➖ {sum}, payout"),
        "adjust_in": _("➕ {sum}, correction by support"),
        "adjust_out": _("➖ {sum}, correction by support"),
    }
    sentence = words.get(one.kind, "{sum}").format(sum=rubles(one.amount))
    what = f": {safe(one.what)}" if one.what else ""
    return f"{day(one.when)}  {sentence}{what}"


def amounts(offers: Sequence[Offer], terms: Terms, *, waiting: bool = False) -> Screen:
    """The choice of a sum to top up by, each with its price in stars."""
    text = lines(
        bold(_("💳 Top-up")),
        _("Payment by Telegram Stars. Choose a sum, from {} to {}:").format(
            whole_rubles(terms.least_rub), whole_rubles(terms.greatest_rub)
        ),
        _("Your order is kept and comes back right after the payment.") if waiting else None,
    )
    return Screen(
        text, [*_offers(offers), [Button(_("✏️ Another sum"), "own")], [frame.back("balance")], *frame.way_out(waiting)]
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


def bill(sum_rubles: Decimal, stars: int, payload: str, *, waiting: bool = False) -> Screen:
    """The invoice in stars, under a line of what will happen."""
    text = lines(
        _("The bill for {} ({} ⭐) is below.").format(bold(whole_rubles(sum_rubles)), number(stars)),
        _("As soon as it is paid, the balance grows and your order comes back.")
        if waiting
        else _("As soon as it is paid, the balance grows and we write to you here."),
    )
    invoice = Invoice(
        title=_("Top-up by {}").format(whole_rubles(sum_rubles)),
        description=_("Top-up of the TRT balance by {}. It can be spent on any model.").format(
            whole_rubles(sum_rubles)
        ),
        payload=payload,
        stars=stars,
    )
    return Screen(text, [[frame.back("topup")], *frame.way_out(waiting)], invoice=invoice)


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
    ways: Keys = [*_offers(offers), [Button(_("✏️ Another sum"), "own")]] if can_pay else []
    return Screen(text, [*ways, [frame.back("offer", revision)], [frame.menu()]], reason="NO_FUNDS")


def closing(gap: Decimal, terms: Terms) -> list[int]:
    """Sums in rubles that cover `gap`: the smallest that is allowed, then the usual ones above it."""
    exact = int(min(max(gap.to_integral_value(ROUND_UP), terms.least_rub), terms.greatest_rub))
    return [exact, *[amount for amount in AMOUNTS if exact < amount]][:5]


def no_payments_sentence() -> str:
    """Why nothing can be paid in a demonstration."""
    return _("Top-up is switched off: this bot runs in demo mode, real money is not taken here.")


def no_payments(*, waiting: bool = False) -> Screen:
    """Top-up where payments are off."""
    return Screen(
        lines(bold(_("💳 Top-up")), no_payments_sentence()), [[frame.back("balance")], *frame.way_out(waiting)]
    )


def credited(amount: Decimal, method: str, available: Decimal) -> Screen:
    """Money has come: the sum, by what, the new balance."""
    methods = {"stars": _("Telegram Stars")}
    text = lines(
        bold(_("✅ The balance has grown by {}").format(rubles(amount))),
        _("Paid by: {}").format(methods.get(method, safe(method))),
        _("Available: {}").format(bold(rubles(available))),
    )
    return Screen(text, [[Button(_("🗂 Models"), "models")], [frame.home()]])


def under_review() -> Screen:
    """A payment that cannot be put into rubles by itself: rare, and nothing is lost."""
    text = lines(
        bold(_("✅ The payment has arrived")),
        _(
            "It needs a look by a person before it is on the balance. Nothing is lost; if it takes long, write to support."
        ),
    )
    return Screen(text, [[Button(_("💬 Support"), "support")], [frame.home()]])


def refunded(stars: int) -> Screen:
    """Stars went back to the person, by the operator or by Telegram."""
    text = lines(
        bold(_("↪️ {} ⭐ were returned to you").format(number(stars))),
        _("The sum they had added will leave the balance. Any questions? Write to support."),
    )
    return Screen(text, [[Button(_("💰 Balance"), "balance"), Button(_("💬 Support"), "support")], [frame.home()]])


def _offers(offers: Sequence[Offer]) -> Keys:
    return frame.in_rows(
        [Button(label(whole_rubles(one.rubles), f"{number(one.stars)} ⭐"), "pay", one.rubles) for one in offers]
    )
