"""The one module that calls Telegram. pyTelegramBotAPI speaks; its threads and retries are off, for both would hide
from us what was sent. Telegram's refusals become ours (bot.refusals).
"""

import json
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any, Final

import requests
import structlog
import telebot
from django.conf import settings
from telebot import apihelper
from telebot.apihelper import ApiTelegramException

from bot import refusals
from bot.contact import Contact
from bot.refusals import OUTCOMES, NoAnswer, NotSent, Rejected, TelegramError, TokenRefused, Unclear
from reliability import counts, line

log = structlog.get_logger()

telebot.logger.handlers.clear()  # its own, to stderr: what it says goes the way of all lines
apihelper.RETRY_ON_ERROR = False  # its retries repeat sends that are not idempotent
vars(apihelper)["format_header_param"] = None  # it would strip the quotes of file names in every upload of this process
apihelper.CONNECT_TIMEOUT, apihelper.READ_TIMEOUT = 5, 30
# Telegram answers these when it has the whole file from us, or from the address that it is given.
SLOW: Final = frozenset(
    {"sendPhoto", "sendVideo", "sendAudio", "sendVoice", "sendAnimation", "sendDocument", "sendMediaGroup"}
)
SLOW_READ_TIMEOUT: Final = 180
PROBE_S = 10.0  # the whole of a question whether Telegram is there
MOST_BYTES = 20 * 1024 * 1024  # what Telegram gives a bot of a person's file
DOWNLOAD_S = 60.0  # the whole of such a file, on a thread that answers updates
NO_PREVIEW: Final = telebot.types.LinkPreviewOptions(is_disabled=True)


contact = Contact()


@cache
def bot() -> telebot.TeleBot:
    """The one client. The official address is only a setting."""
    vars(apihelper).update(
        API_URL=settings.TELEGRAM_API_URL + "/bot{0}/{1}", FILE_URL=settings.TELEGRAM_API_URL + "/file/bot{0}/{1}"
    )
    return telebot.TeleBot(settings.TELEGRAM_BOT_TOKEN, threaded=False)


def call(method: Callable[..., Any], *args: Any, **params: Any) -> Any:
    """One call of Telegram's. Raises TooFast, Unreachable, Conflict, CannotEdit, Rejected, Unclear (NoAnswer, NotSent); each is
    counted, and tells `contact` whether Telegram answers."""
    try:
        answer = method(*args, **params)
    except ApiTelegramException as refusal:
        raise _noted(refusals.said(refusal)) from None  # the cause's text carries the URL with the token
    except (requests.RequestException, apihelper.ApiHTTPException, apihelper.ApiInvalidJSONException) as trouble:
        raise _noted(refusals.unclear(trouble)) from None
    contact.heard()
    counts.mine.add("telegram:ok")
    return answer


def _noted(trouble: TelegramError) -> TelegramError:
    if isinstance(trouble, TokenRefused) or not isinstance(trouble, Unclear):
        contact.heard()
    elif not isinstance(trouble, NotSent):
        contact.missed(lost=isinstance(trouble, NoAnswer))
    counts.mine.add(f"telegram:{OUTCOMES[type(trouble)]}")
    return trouble


def get_updates(offset: int, *, kinds: list[str], wait_s: int, within_s: float) -> list[dict[str, Any]]:
    """What has come since `offset` (0: since the last confirmation), or nothing after `wait_s`. The call ends after
    `within_s`, as Unclear, even where a peer dribbles its answer."""
    token = bot().token  # the client first: it sets the address
    with line.bounded(_session(), within_s):
        return call(
            apihelper.get_updates, token, offset=offset or None, long_polling_timeout=wait_s, allowed_updates=kinds
        )


def is_there() -> bool:
    """Whether Telegram answers, whatever it says: asked for something that changes nothing. Raises nothing."""
    token = bot().token
    try:
        with line.bounded(_session(), PROBE_S):
            call(apihelper.get_me, token)
    except TelegramError as trouble:
        log.info("telegram.probed", why=str(trouble))
        return not isinstance(trouble, Unclear) or isinstance(trouble, TokenRefused)
    return True


def keyboard(keys: list[list[dict[str, str]]]) -> str | None:
    """An inline keyboard as Telegram takes it; None for no keys."""
    return json.dumps({"inline_keyboard": keys}, ensure_ascii=False) if keys else None


def send_text(chat: int, text: str, keys: list[list[dict[str, str]]]) -> int:
    """Send HTML text; the message's id."""
    sent = call(
        bot().send_message, chat, text, parse_mode="HTML", reply_markup=keyboard(keys), link_preview_options=NO_PREVIEW
    )
    return sent.message_id


def send_file(chat: int, name: str, content: bytes, caption: str, keys: list[list[dict[str, str]]]) -> int:
    """Send bytes of ours as a document of that name, at most 50 MB; the message's id."""
    file = telebot.types.InputFile(BytesIO(content), file_name=name)
    sent = call(
        bot().send_document, chat, file, caption=caption or None, parse_mode="HTML", reply_markup=keyboard(keys)
    )
    return sent.message_id


def edit_text(chat: int, message_id: int, text: str, keys: list[list[dict[str, str]]]) -> None:
    """Put text and keys in the place of a message's. «Message is not modified» is success: it says what it should.

    A repeat doubles nothing, so an answer that does not come is Unclear, no NoAnswer.
    """
    try:
        call(
            bot().edit_message_text,
            text,
            chat,
            message_id,
            parse_mode="HTML",
            reply_markup=keyboard(keys),
            link_preview_options=NO_PREVIEW,
        )
    except Rejected as refusal:
        if "not modified" not in str(refusal):
            raise
    except NoAnswer as silence:
        raise Unclear(silence) from None


def delete(chat: int, message_id: int) -> None:
    """Take a message away. One that is gone, or older than 48 hours, is nobody's loss."""
    try:
        call(bot().delete_message, chat, message_id)
    except TelegramError as trouble:
        log.info("telegram.not_deleted", why=str(trouble))


def take_keys(chat: int, message_id: int) -> None:
    """Leave a message without its keys. One that is gone, too old or has none is nobody's loss."""
    try:
        call(bot().edit_message_reply_markup, chat, message_id)
    except TelegramError as trouble:
        log.info("telegram.keys_not_taken", why=str(trouble))


def answer_tap(query_id: str, toast: str = "") -> None:
    """Stop the button's spinner, with a toast of at most 200 characters. Too late is nobody's loss («query is too old»)."""
    try:
        call(bot().answer_callback_query, query_id, toast or None)
    except TelegramError as trouble:
        log.info("telegram.tap_not_answered", why=str(trouble))


def answer_pre_checkout(reply: dict[str, Any]) -> None:
    """The answer to a pre-checkout where no webhook reply can carry it: polling."""
    call(
        bot().answer_pre_checkout_query,
        reply["pre_checkout_query_id"],
        ok=reply["ok"],
        error_message=reply.get("error_message"),
    )


def send_invoice(chat: int, invoice: dict[str, Any]) -> int:
    """A bill in stars; the message's id."""
    prices = [
        telebot.types.LabeledPrice(price["label"], price["amount"])  # type: ignore[no-untyped-call]
        for price in invoice["prices"]
    ]
    sent = call(
        bot().send_invoice,
        chat,
        title=invoice["title"],
        description=invoice["description"],
        invoice_payload=invoice["payload"],
        provider_token=invoice["provider_token"],
        currency=invoice["currency"],
        prices=prices,
    )
    return sent.message_id


def star_transactions(offset: int, *, most: int = 100) -> list[dict[str, Any]]:
    """The bot's movements of Stars from number `offset` on, oldest first, at most 100, as Telegram lists them."""
    listed = call(apihelper.get_star_transactions, bot().token, offset=offset, limit=most)
    return listed["transactions"]


def refund_stars(telegram_id: int, charge_id: str) -> None:
    """Give a payment back, all of it. One that was given back before is done. Raises what `call` raises."""
    try:
        call(bot().refund_star_payment, telegram_id, charge_id)
    except Rejected as no:
        if "CHARGE_ALREADY_REFUNDED" not in str(no):
            raise


def open_file(file_id: str) -> bytes:
    """The bytes of a person's file, at most 20 MB. Raises Rejected when Telegram does not give it, Unclear when away or not done
    after a minute, however slowly the bytes come."""
    with line.bounded(_session(), DOWNLOAD_S):
        found = call(bot().get_file, file_id)
        return call(_download, found.file_path)


def _download(path: str) -> bytes:
    """The library's own download has neither a time-out nor a limit."""
    url = f"{settings.TELEGRAM_API_URL}/file/bot{settings.TELEGRAM_BOT_TOKEN}/{path}"
    timeout = apihelper.CONNECT_TIMEOUT, apihelper.READ_TIMEOUT
    with _session().get(url, timeout=timeout, stream=True) as answer:
        if answer.status_code != 200:
            raise Unclear(f"the file: HTTP {answer.status_code}")
        content = bytearray()
        for chunk in answer.iter_content(65_536):
            content += chunk
            if len(content) > MOST_BYTES:
                raise Rejected(f"the file has over {MOST_BYTES} bytes")
    return bytes(content)


def _post(
    _method: str, url: str, *, params: Any, files: Any, timeout: tuple[float, float], **options: Any
) -> requests.Response:
    """How the library reaches Telegram: with everything in the body, where it has room and no log of a proxy keeps it.

    By itself it writes a whole text into the URL, of which servers take 8 kB: 1,300 letters of Russian.
    """
    connect_s, read_s = timeout
    if url.rpartition("/")[2] in SLOW:
        read_s = max(read_s, SLOW_READ_TIMEOUT)
    return _session().post(url, data=params, files=files, timeout=(connect_s, read_s), **options)


def _session() -> requests.Session:
    """The library's own, one a thread: kept connections."""
    return apihelper._get_req_session()  # type: ignore[no-untyped-call]


vars(apihelper)["CUSTOM_REQUEST_SENDER"] = _post
