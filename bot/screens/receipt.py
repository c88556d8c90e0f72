"""A bank transfer: the details to pay by, the receipt, and what becomes of the request."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screen import Button, Keys, Screen, bold, code, lines
from bot.screens import frame
from bot.screens.words import moment, rubles, russian, safe, whole_rubles
from payments.providers.manual import Details
from payments.receipt import Receipt
from payments.topup import TopUp, TopUpState


def details(request: TopUp, to: Details, *, waiting: bool = False) -> Screen:
    """Where to send the money and how much: what a bank's app asks for can be copied by a tap."""
    text = lines(
        bold(_("🏦 Transfer of {}").format(whole_rubles(request.rubles))),
        "",
        _("Amount, exactly: {}").format(code(_as_typed(request.rubles))),
        _("Phone (SBP): {}").format(code(to.phone)) if to.phone else None,
        _("Card: {}").format(code(to.card)) if to.card else None,
        _("Bank: {}").format(bold(to.bank)) if to.bank else None,
        _("Recipient: {}").format(bold(to.holder)) if to.holder else None,
        "",
        _("1. Tap the amount or a number to copy it, and make the transfer in your bank’s app. No comment is needed."),
        _("2. Come back and tap “✅ I have paid”."),
        _("3. Send the receipt: a screenshot or a PDF."),
        "",
        _("The request is open until {}, Moscow time.").format(moment(request.due_at)),
        _("Your order is kept and comes back as soon as the money is on the balance.") if waiting else None,
    )
    keys: Keys = [[Button(_("✅ I have paid"), "sent", request.pk)], [_cancel(request)], [frame.back("topup")]]
    return Screen(text, [*keys, *frame.way_out(waiting)])


def asked(request: TopUp, *, waiting: bool = False) -> Screen:
    """The receipt is waited for."""
    text = lines(
        bold(_("🧾 The receipt for {}").format(whole_rubles(request.rubles))),
        _("Send it here: a screenshot, a photo, or the PDF from your bank, up to 20 MB."),
        _("The sum, the recipient, the date and the time should be easy to read."),
    )
    return Screen(text, [[frame.back("receipt", request.pk)], *frame.way_out(waiting)])


def on_review(request: TopUp, count: int, *, added: bool = False, waiting: bool = False) -> Screen:
    """A receipt is there, an operator looks; `added` if this is the answer to one that has just come."""
    more = ngettext("Receipts sent: {}.", "Receipts sent: {}.", count).format(count)
    text = lines(
        bold(_("✅ Receipt received, the payment is being checked") if added else _("⏳ The payment is being checked")),
        _("Request for {}. {}").format(whole_rubles(request.rubles), more),
        "",
        _(
            "Our staff check the receipt against the bank’s records. It usually takes up to an hour, at night or on a holiday longer, but no more than a day."
        ),
        _("Nothing more is needed: we write to you here as soon as it is done."),
        _("Your order is kept and comes back as soon as the money is on the balance.") if waiting else None,
    )
    keys: Keys = [[Button(_("📎 Add a receipt"), "sent", request.pk)], [Button(_("🔄 Refresh"), "receipt", request.pk)]]
    return Screen(text, [*keys, [Button(_("💬 Support"), "support")], [_cancel(request)], *frame.way_out(waiting)])


def here_already() -> str:
    """The word above a request on review, in answer to what can be no receipt."""
    return _(
        "We already have your receipt: no message is needed. To add another, send a photo or a PDF; for questions, please write to support."
    )


def known(request: TopUp, *, waiting: bool = False) -> Screen:
    """The very same file once more, to the same request."""
    text = lines(
        bold(_("This receipt was here already: it is with your request")),
        _("There is no need to send it twice. If you have another one, send it."),
    )
    return Screen(text, [[Button(_("⏳ My request"), "receipt", request.pk)], *frame.way_out(waiting)])


def wrong_kind(request: TopUp, kind: str, *, waiting: bool = False) -> Screen:
    """What came is nothing that a receipt can be; the question stays. `kind` is Telegram's word for what came, "" for a text."""
    came = {
        "": _("That is a text, and a receipt is needed."),
        "video": _("That is a video, and a receipt is needed."),
        "video_note": _("That is a video, and a receipt is needed."),
        "animation": _("That is a video, and a receipt is needed."),
        "voice": _("That is a voice message, and a receipt is needed."),
        "audio": _("That is a sound file, and a receipt is needed."),
        "sticker": _("That is a sticker, and a receipt is needed."),
    }
    text = lines(
        came.get(kind, _("A file of this type does not fit.")),
        _("What fits: a screenshot or a photo, a JPG, PNG or WEBP file, or a PDF from your bank."),
    )
    return Screen(text, [[frame.back("receipt", request.pk)], *frame.way_out(waiting)], reason="INVALID_INPUT")


def too_big(request: TopUp, *, waiting: bool = False) -> Screen:
    """Over what Telegram gives a bot."""
    text = lines(
        _("This file is over 20 MB: Telegram does not let us open it."),
        _("Send a screenshot of the receipt, that is enough."),
    )
    return Screen(text, [[frame.back("receipt", request.pk)], *frame.way_out(waiting)], reason="INVALID_INPUT")


def enough(request: TopUp, *, waiting: bool = False) -> Screen:
    """As many receipts as anybody will look at."""
    text = lines(
        _("There are enough receipts with this request already, and they are being checked."),
        _("If something is missing, write to support."),
    )
    keys: Keys = [[Button(_("⏳ My request"), "receipt", request.pk)], [Button(_("💬 Support"), "support")]]
    return Screen(text, [*keys, *frame.way_out(waiting)], reason="RATE_LIMIT")


def unreadable(request: TopUp) -> Screen:
    """A receipt that could not be opened, told as soon as it is known."""
    text = lines(
        bold(_("The receipt for {} does not open").format(whole_rubles(request.rubles))),
        _("The file is damaged, or it is neither a picture nor a PDF. Your request stays open."),
        _("Please send it once more: a screenshot of the receipt is best."),
    )
    keys: Keys = [[Button(_("📎 Add a receipt"), "sent", request.pk)], [Button(_("💬 Support"), "support")]]
    return Screen(text, [*keys, [frame.home()]])


def was_here(request: TopUp, first: Receipt) -> Screen:
    """A receipt whose content its person has sent before: one transfer is credited once."""
    to_this = first.topup_id == request.pk
    text = lines(
        bold(_("This receipt was here already")),
        _("It is with this request, the request for {}, and does not count twice.").format(whole_rubles(request.rubles))
        if to_this
        else _("You sent it on {}, for the request for {}. One transfer is credited once.").format(
            moment(first.created_at), whole_rubles(first.topup.rubles)
        ),
        _(
            "If you have made another transfer, send its own receipt. If this is the right one, wait: a person looks at it."
        ),
    )
    keys: Keys = [[Button(_("📎 Add a receipt"), "sent", request.pk)], [Button(_("💬 Support"), "support")]]
    return Screen(text, [*keys, [frame.home()]])


def ask_to_cancel(request: TopUp, *, waiting: bool = False) -> Screen:
    """A second thought before a request is given up."""
    text = lines(
        bold(_("Cancel the request for {}?").format(whole_rubles(request.rubles))),
        _("If the money has been sent already, do not cancel: it comes to the balance after the check.")
        if request.state == TopUpState.PENDING
        else _("If the money has been sent already, do not cancel: send the receipt."),
    )
    keys: Keys = [[Button(_("❌ Yes, cancel"), "recall", request.pk)], [frame.back("receipt", request.pk)]]
    return Screen(text, [*keys, *frame.way_out(waiting)])


def ended(request: TopUp, *, waiting: bool = False) -> Screen:
    """How a request ended, whenever it is looked at."""
    sum_shown = whole_rubles(request.rubles)
    again = [Button(_("💳 Top up"), "topup")]
    if request.state == TopUpState.EXPIRED:
        text = lines(
            bold(_("The request for {} is closed").format(sum_shown)),
            _("If you have sent the money all the same, tap “✅ I have paid” and send the receipt: it is not lost."),
        )
        return Screen(
            text,
            [[Button(_("✅ I have paid"), "sent", request.pk)], again, *frame.way_out(waiting)],
            reason="STATE_MISMATCH",
        )
    if request.state == TopUpState.REJECTED:
        text = lines(
            bold(_("The request for {} was declined").format(sum_shown)),
            _("Reason: {}").format(safe(request.reason)),
            _("If you do not agree, write to support."),
        )
        return Screen(text, [again, [Button(_("💬 Support"), "support")], *frame.way_out(waiting)])
    text = lines(
        bold(_("✅ {} came to the balance").format(rubles(request.rubles))),
        _("The sum was changed: {}").format(safe(request.reason)) if request.reason else None,
    )
    return Screen(text, [[Button(_("💰 Balance"), "balance")], *frame.way_out(waiting)])


def _as_typed(amount: Decimal) -> str:
    """A sum as a bank's app takes it from the clipboard: 500, or 512,50."""
    plain = f"{amount:.2f}".removesuffix(".00")
    return plain.replace(".", ",") if russian() else plain


def _cancel(request: TopUp) -> Button:
    return Button(_("❌ Cancel the request"), "unask", request.pk)
