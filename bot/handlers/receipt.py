"""Topping up by a bank transfer: details, “I have paid”, the receipt, and the request taken back."""

from pathlib import PurePath

from django.utils.translation import gettext as _

from bot.events import Event, File, Message, Tap
from bot.handlers import flow, gate
from bot.handlers import request as requests
from bot.handlers.gate import Whole
from bot.router import on
from bot.screen import Screen
from bot.screens import frame
from bot.screens import receipt as screens
from payments import receipts
from payments.models import ReceiptKind, TopUp, TopUpState
from payments.receipt import MOST_BYTES
from payments.receipts import Closed, Enough, Sent
from reliability import cid

PICTURES = {"image/jpeg", "image/png", "image/webp"}
PDF = "application/pdf"
UNTOLD = {"", "application/octet-stream"}  # then the worker, who opens it, is the judge; its name only lets it in
NAMED = {".pdf": PDF, ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def details(event: Event, topup: TopUp) -> Screen:
    """How to pay `topup`, a request by bank transfer. Where an earlier one was open, `topups.start` has given that: then
    it is shown with a word why. A receipt is taken from here on, also before “I have paid”."""
    if topup.state == TopUpState.CREATED:
        flow.want_receipt(event.dialog, topup.pk)
    screen = _shown(event, topup)
    if topup.cid == cid.current():
        return screen
    return frame.noted(screen, _("You have a request open already. Finish or cancel it before you make another."))


@on.tap("receipt", Whole, read_only=True)
def look(tap: Tap) -> Screen:
    """A request as it stands."""
    request = requests.of(tap.customer, tap.arg)
    return _shown(tap, request) if request else gate.outdated(tap)


@on.tap("sent", Whole)
def paid(tap: Tap) -> Screen:
    """“I have paid”, or another receipt: it is asked for. An expired request goes on with it, unless another is open."""
    request = requests.of(tap.customer, tap.arg)
    if request is None:
        return gate.outdated(tap)
    standing = receipts.open_request(tap.customer)
    if standing is not None and standing != request:
        return details(tap, standing)
    if request.state not in receipts.TAKES_ONE:
        return _shown(tap, request)
    flow.want_receipt(tap.dialog, request.pk)
    return screens.asked(request, waiting=flow.waiting(tap))


@on.tap("unask", Whole)
def unask(tap: Tap) -> Screen:
    """Whether to cancel it in earnest."""
    request = requests.of(tap.customer, tap.arg)
    if request is None:
        return gate.outdated(tap)
    if request.state not in TopUp.OPEN:
        return _shown(tap, request)
    return screens.ask_to_cancel(request, waiting=flow.waiting(tap))


@on.tap("recall", Whole)
def recall(tap: Tap) -> Screen:
    """It is cancelled; a second tap is answered with how it stands."""
    request = requests.of(tap.customer, tap.arg)
    if request is None:
        return gate.outdated(tap)
    if receipts.take_back(request.pk):
        flow.back_to_order(tap.dialog)
    request.refresh_from_db()
    return _shown(tap, request)


def sent(message: Message) -> Screen | None:
    """A message while a receipt is waited for. None where its request has ended meanwhile and this is no file for it: the
    dialog stands where it stood before, and the message is for that."""
    request = requests.of(message.customer, message.dialog.data.get(flow.RECEIPT_TO))
    late = request is not None and request.state == TopUpState.EXPIRED and message.file
    if request is None or (request.state not in TopUp.OPEN and not late):
        flow.back_to_order(message.dialog)
        return _shown(message, request) if request and message.file else None
    waiting = flow.waiting(message)
    kind = _kind(message.file) if message.file else None
    if message.file is None or kind is None:
        return _no_receipt(message, request)
    if message.file.size > MOST_BYTES:
        return screens.too_big(request, waiting=waiting)
    return _taken(message, request, message.file, kind)


def perhaps_meant(message: Message) -> Screen | None:
    """A file that nobody has asked for, where a request is open: how to send it as a receipt. None: there is none."""
    request = receipts.open_request(message.customer)
    if request is None:
        return None
    return frame.noted(
        _shown(message, request),
        _("If this is the receipt for your transfer, tap the button below and send it once more."),
    )


def perhaps_given_up(event: Event) -> Screen | None:
    """/cancel where a request is open: whether it is meant. None: there is none."""
    request = receipts.open_request(event.customer)
    return screens.ask_to_cancel(request, waiting=flow.waiting(event)) if request else None


def _no_receipt(message: Message, request: TopUp) -> Screen:
    """What can be no receipt: one is asked for again; on review, where it may be a question, that none is needed."""
    if request.state == TopUpState.PENDING:
        return frame.noted(_shown(message, request), screens.here_already(), "INVALID_INPUT")
    kind = message.file.kind if message.file else ""
    return screens.wrong_kind(request, kind, waiting=flow.waiting(message))


def _taken(message: Message, request: TopUp, file: File, kind: ReceiptKind) -> Screen:
    waiting = flow.waiting(message)
    given = Sent(file.file_id, file.unique_id or file.file_id[-64:], kind, file.size)
    try:
        _receipt, new = receipts.take(request.pk, given, cid=cid.current())
    except Closed:  # an operator has decided just now
        request.refresh_from_db()
        return _shown(message, request)
    except Enough:
        return screens.enough(request, waiting=waiting)
    if not new:
        return screens.known(request, waiting=waiting)
    request.refresh_from_db()
    return screens.on_review(request, receipts.shown(request), added=True, waiting=waiting)


def _kind(file: File) -> ReceiptKind | None:
    """What Telegram takes it for, if a receipt can be that; the worker opens it and believes its bytes alone."""
    if file.kind == "photo":
        return ReceiptKind.PHOTO
    if file.kind != "document":
        return None
    mime = NAMED.get(PurePath(file.name).suffix.lower(), "") if file.mime in UNTOLD else file.mime
    if mime == PDF:
        return ReceiptKind.PDF
    return ReceiptKind.PHOTO if mime in PICTURES else None


def _shown(event: Event, request: TopUp) -> Screen:
    return requests.shown(request, waiting=flow.waiting(event))
