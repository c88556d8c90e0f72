"""A bill: in stars within the chat, or on a page of its provider; how it stands, and how it ended without money."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from bot.screen import Button, Invoice, Keys, Screen, bold, code, lines
from bot.screens import frame, ways
from bot.screens.hold import moscow
from bot.screens.ways import Way
from bot.screens.words import number, safe, whole_rubles
from payments.topup import TopUp
from reliability.cid import support_code


def in_stars(sum_rubles: Decimal, stars: int, payload: str, *, waiting: bool = False) -> Screen:
    """The invoice in stars, under a line of what will happen."""
    text = lines(
        _("The bill for {} ({} ⭐) is below.").format(bold(whole_rubles(sum_rubles)), number(stars)),
        _then(waiting),
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


def stands(topup: TopUp, *, waiting: bool = False) -> Screen:
    """A bill in stars that was asked for a moment ago and is not paid: it is in the chat already."""
    text = lines(
        _("The bill for {} ({} ⭐) is open already: it waits for the payment in this chat.").format(
            bold(whole_rubles(topup.rubles)), number(topup.minor_amount)
        ),
        _then(waiting),
    )
    return Screen(
        text,
        [[Button(_("🧾 Show the bill once more"), "bill", topup.pk)], [frame.back("topup")], *frame.way_out(waiting)],
        reason="DUPLICATE",
    )


def preparing(topup: TopUp, *, waiting: bool = False) -> Screen:
    """The provider is asked for its page; the bill takes this message's place."""
    text = lines(
        bold(_("⏳ Preparing the bill…")),
        _what(topup),
        _("It usually takes a few seconds. The button to pay will appear here."),
    )
    return Screen(text, [[frame.back("topup")], *frame.way_out(waiting)], bills=topup.pk)


def page(topup: TopUp, until: datetime, now: datetime, *, waiting: bool = False) -> Screen:
    """The bill that waits for its payer on the provider's page, until `until`."""
    text = lines(
        bold(_("🧾 The bill for {} is ready").format(whole_rubles(topup.rubles))),
        _("Price: {}").format(ways.price(topup.currency, topup.minor_amount)),
        _("Method: {}").format(ways.name(topup.provider)),
        _("Valid until {}.").format(moscow(until, now)),
        "",
        _then(waiting),
    )
    pay = _("💳 Pay {}").format(ways.price(topup.currency, topup.minor_amount))
    keys: Keys = [[Button(pay, url=topup.url)], [Button(_("🔄 I have paid, check"), "paid", topup.pk)]]
    return Screen(text, [*keys, [frame.back("topup")], *frame.way_out(waiting)])


def _then(waiting: bool) -> str:
    return (
        _("As soon as it is paid, the balance grows and your order comes back.")
        if waiting
        else _("As soon as it is paid, the balance grows and we write to you here.")
    )


def _what(topup: TopUp) -> str:
    return f"{whole_rubles(topup.rubles)} • {ways.name(topup.provider)}"


def not_seen_yet() -> str:
    """The word above a bill that is being asked for once more."""
    return _("We are asking the provider. If you have paid, the money will be here within a minute.")


def settled(topup: TopUp) -> Screen:
    """A bill that was paid: it cannot be paid from here again."""
    text = lines(
        bold(_("✅ The bill for {} is paid").format(whole_rubles(topup.rubles))),
        _("There is nothing more to pay here. The receipt is in a message of its own."),
    )
    return Screen(text, [[Button(_("💰 Balance"), "balance")], [frame.menu()]])


def expired(topup: TopUp, *, waiting: bool = False) -> Screen:
    """A bill whose time is over."""
    text = lines(
        bold(_("⌛ The bill for {} has expired").format(whole_rubles(topup.rubles))),
        _(
            "Please do not pay it. If you have paid already, nothing is lost: the money comes to your balance by itself."
        ),
    )
    return Screen(text, [[Button(_("💳 A new bill"), "topup")], *frame.way_out(waiting)])


def not_made(topup: TopUp, other: Sequence[Way], *, waiting: bool = False) -> Screen:
    """The provider has made no bill: nothing was paid, and there may be other ways."""
    text = lines(
        bold(_("😔 No bill could be made for {}").format(whole_rubles(topup.rubles))),
        _("Method: {}").format(ways.name(topup.provider)),
        _("The payment service did not make it. Nothing was charged."),
        _("Try another way to pay or come back in a few minutes.")
        if other
        else _("Please try again in a few minutes."),
        _("Support code: {}").format(code(support_code(topup.cid))),
    )
    return Screen(text, [*_other(topup, other), *frame.way_out(waiting)])


def rejected(topup: TopUp, other: Sequence[Way], *, waiting: bool = False) -> Screen:
    """A payment that was not accepted, with the reason where a person of ours has given one."""
    by_us = topup.decided_by != topup.provider
    declined = None if by_us else _declined(topup.reason)
    text = lines(
        bold(_("❌ The payment of {} was declined").format(whole_rubles(topup.rubles)))
        if declined
        else bold(_("❌ The top-up by {} was not accepted").format(whole_rubles(topup.rubles))),
        _("Method: {}").format(ways.name(topup.provider)),
        _("Reason: {}").format(safe(topup.reason)) if by_us else declined or _("The payment service has closed it."),
        _("Nothing was charged; if your bank has set the sum aside, it releases it by itself.") if declined else None,
        "",
        _("If you have paid, do not pay again: write to support with this code, we will find the money: {}").format(
            code(support_code(topup.cid))
        ),
    )
    keys: Keys = [*_other(topup, other), [Button(_("💬 Support"), "support")]]
    return Screen(text, [*keys, *frame.way_out(waiting)])


def _declined(reason: str) -> str | None:
    """Why the payment service has declined it (payments.providers.DECLINED), and what may help; None where it did not say so."""
    return {
        "funds": _("There is not enough money on the card or account. Try another one."),
        "card": _("The card’s number, date or code does not fit, or it has expired. Check them or take another card."),
        "bank": _("The bank that issued the card has declined it without a reason. Ask the bank or take another card."),
        "check": _("The payment has not passed the bank’s check (3-D Secure, identification, protection against fraud). Try again or pay otherwise."),
        "limit": _("It is above the limit of this card or wallet. Choose a smaller sum or another way to pay."),
        "forbidden": _("This card or way to pay cannot be used for it. Choose another one."),
        "withdrawn": _("The payment was withdrawn before it went through."),
        "service": _("The payment service could not carry it out. Try again in a few minutes."),
    }.get(reason)  # fmt: skip


def _other(topup: TopUp, other: Sequence[Way]) -> Keys:
    again: Keys = [[Button(_("💳 Choose again"), "topup")]]
    return [*ways.keys(other, int(topup.rubles)), *again] if topup.rubles == int(topup.rubles) else again
