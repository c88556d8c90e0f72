"""Receipts: money that has come, money that went back, corrections."""

from decimal import Decimal

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, bold, code, lines
from bot.screens import frame, ways
from bot.screens.words import cut_within, moment, number, rubles, safe
from payments.models import Kind, Refund, RefundState, TopUp, Transfer
from reliability.cid import support_code

ID_SHOWN = 24  # characters of a provider's payment id; the support code names it whole


def credited(
    topup: TopUp, transfer: Transfer, available: Decimal, *, asked: TopUp | None = None, waiting: bool = False
) -> Screen:
    """The receipt of a payment: the sum, by what, its id and moment, the new balance, the support code. `asked` is the offer
    where another sum has come: then it is said why."""
    changed = topup.decided_by and topup.decided_by != topup.provider and topup.reason
    text = lines(
        bold(_("✅ The balance has grown by {}").format(rubles(transfer.amount))),
        _("Method: {}").format(f"{ways.name(topup.provider)}, {ways.price(topup.currency, topup.minor_amount)}"),
        _("Payment: {}").format(code(cut_within(topup.external_id or "", ID_SHOWN))),
        _("Date: {}, Moscow time").format(moment(topup.paid_at or transfer.created_at)),
        _("From the person who checked it: {}").format(safe(topup.reason)) if changed else None,
        lines("", _otherwise(topup, asked), "") if asked else None,
        _("Available: {}").format(bold(rubles(available))),
        _("Support code: {}").format(code(support_code(transfer.cid))),
    )
    order: Keys = [[frame.resume()]] if waiting else []
    mend: Keys = [[Button(_("💳 Top up"), "topup"), Button(_("💬 Support"), "support")]] if asked else []
    return Screen(text, [*order, *mend, [Button(_("🗂 Models"), "models")], [frame.home()]])


def _otherwise(topup: TopUp, asked: TopUp) -> str:
    """Why another sum is credited than the bill was for, and what to do."""
    bill, came = (ways.price(one.currency, one.minor_amount) for one in (asked, topup))
    less = topup.minor_amount < asked.minor_amount
    return lines(
        _("⚠️ You paid less than the bill.") if less else _("ℹ️ You paid more than the bill."),
        _("The bill: {}. Came: {}. Credited: {}, what came by the rate of the bill.").format(
            bill, came, rubles(topup.rubles)
        ),
        _("Top up by the rest, or, if you have sent all of it, write to support with the code below.")
        if less
        else _("Nothing needs to be done: all that came is on the balance."),
    )


def under_review() -> Screen:
    """A payment that cannot be put into rubles by itself: rare, and nothing is lost."""
    text = lines(
        bold(_("✅ The payment has arrived")),
        _("A person has to check it before it is credited. Nothing is lost; if it takes long, write to support."),
    )
    return Screen(text, [[Button(_("💬 Support"), "support")], [frame.home()]])


def refunded(stars: int) -> Screen:
    """Stars went back to the person, by the operator or by Telegram."""
    text = lines(
        bold(_("↪️ {} ⭐ were returned to you").format(number(stars))),
        _("The sum they had added will leave the balance. Any questions? Write to support."),
    )
    return Screen(text, _questions())


def returned(refund: Refund, available: Decimal) -> Screen:
    """How the return of a payment ended: the person has the money, or it is on the balance again, by the provider's no or by the
    word of who was to send it."""
    topup = refund.topup
    done = refund.state == RefundState.DONE
    by_us = refund.by != topup.provider
    by_hand = refund.returned is not None and refund.returned.actor != topup.provider
    text = lines(
        bold(_("↪️ Returned to you: {}").format(rubles(refund.rubles)))
        if done
        else bold(_("⚠️ {} could not be returned").format(rubles(refund.rubles))),
        _("By: {}").format(f"{ways.name(topup.provider)}, {ways.price(topup.currency, refund.minor_amount)}"),
        _("Reason: {}").format(safe(refund.reason)) if by_us and done else None,
        _("From the person who checked it: {}").format(safe(refund.error)) if by_hand else None,
        None if done else _kept(by_hand),
        _("Available: {}").format(bold(rubles(available))),
        _("Support code: {}").format(code(support_code(refund.cid))),
    )
    return Screen(text, _questions())


def _kept(by_hand: bool) -> str:
    if by_hand:
        return _("The sum is on your balance again.")
    return _("The payment service has refused; the sum is on your balance again.")


def corrected(transfer: Transfer, available: Decimal) -> Screen:
    """Support has moved money by hand, with the reason."""
    heads = {
        Kind.ADJUST_IN.value: _("➕ Support has added {} to your balance"),
        Kind.ADJUST_OUT.value: _("➖ Support has taken {} from your balance"),
        Kind.BONUS.value: _("🎁 Support has given you {}"),
        Kind.PAYOUT.value: _("➖ {} were paid out to you from the balance"),
    }
    text = lines(
        bold(heads[transfer.kind].format(rubles(transfer.amount))),
        _("Reason: {}").format(safe(transfer.note)),
        _("Available: {}").format(bold(rubles(available))),
        _("Support code: {}").format(code(support_code(transfer.cid))),
    )
    return Screen(text, _questions())


def _questions() -> Keys:
    return [[Button(_("💰 Balance"), "balance"), Button(_("💬 Support"), "support")], [frame.home()]]
