"""What a shop owes its customers: the terms of sale, and whom to ask about a payment. Telegram wants both of who takes Stars."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from bot.screen import Button, Screen, bold, code, lines
from bot.screens import frame, help, ways
from bot.screens.words import day, rubles
from payments.models import TopUp, TopUpState
from reliability.cid import support_code


def paysupport(payments: Sequence[TopUp], telegram_id: int, *, waiting: bool = False) -> Screen:
    """/paysupport: what to do about a payment, the last ones with their codes, whom to write to."""
    text = lines(
        bold(_("💳 Questions about payments")),
        _(
            "If a payment went through and the balance has not grown in a few minutes, or you want a payment back, write to support."
        ),
        _("Tell us the code of the payment, what has happened, and your number: {}").format(code(str(telegram_id))),
        help.owner_line(),
        "",
        bold(_("Last payments")) if payments else _("There have been no payments yet."),
        *[_payment(one) for one in payments],
        "",
        _("What is left of a payment goes back the way it came. A generation that failed costs nothing in any case."),
    )
    keys = [*help.write_keys(), [Button(_("💬 Support"), "support"), Button(_("📄 Terms"), "terms")]]
    return Screen(text, [*keys, *frame.way_out(waiting)])


def _payment(topup: TopUp) -> str:
    came = topup.external_id is not None
    words = {
        TopUpState.PAID.value: _("paid"),
        TopUpState.REFUNDED.value: _("returned"),
        TopUpState.REJECTED.value: _("not accepted"),
        TopUpState.PENDING.value: _("being checked") if came or not topup.url else _("waits for payment"),
    }
    said = f"{day(topup.paid_at or topup.created_at)}  {rubles(topup.rubles)}, {ways.name(topup.provider)}"
    return f"{said}: {words[topup.state]} {code(support_code(topup.cid))}"


def terms(*, waiting: bool = False) -> Screen:
    """/terms, in plain words."""
    text = lines(
        bold(_("📄 Terms of use")),
        _("1. You pay for a finished result, at the price shown before the start. What failed is not paid for."),
        _(
            "2. A finished result is not refunded because of taste: neural networks are not exact. Tap “🔁 Again” for another one."
        ),
        _(
            "3. Do not ask for what the law forbids, or use people's faces and voices without their consent: models decline such requests."
        ),
        _("4. Results are yours. Please keep what you need: links of models expire, the files in this chat stay."),
        "",
        bold(_("Payment and returns")),
        _(
            "5. The balance is in rubles and can be spent on any model. It is topped up by Telegram Stars, as Telegram asks of digital goods, or by another way that you are offered; the price is shown before you pay."
        ),
        _(
            "6. What you have not spent can be returned the way it came, wholly or in part as that way allows: write to us, see /paysupport. Bonuses are not paid out."
        ),
        _(
            "7. This service is sold and supported by the owner of this bot. Telegram and its support do not answer for purchases here."
        ),
    )
    keys = [[Button(_("💳 Payments"), "paysupport"), Button(_("💬 Support"), "support")]]
    return Screen(text, [*keys, *frame.way_out(waiting)])
