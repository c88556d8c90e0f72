"""What a bot sends, edits and fetches: the checks of the real server, and messages in its shape."""

from __future__ import annotations

import io
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import requests
from PIL import Image

from tests.e2e.strangers import markup
from tests.e2e.strangers.refusal import Refusal, needed, whole
from tests.e2e.strangers.web import Request

TEXT, CAPTION, DATA, KEYS = 4096, 1024, 64, 100
WEB_MB = {"photo": 5, "video": 20, "audio": 20, "document": 20, "voice": 20}  # by URL
UPLOAD_MB = {"photo": 10, "video": 50, "audio": 50, "document": 50, "voice": 50}
MIME = {"photo": "image/", "video": "video/mp4", "audio": "audio/", "voice": "audio/ogg", "document": ""}

FOLDERS = {"photo": "photos", "video": "videos", "audio": "music", "voice": "voice", "document": "documents"}


class Messages:
    """The messages of one bot's private chats. Ids count up over all chats, as a bot's do."""

    lock: Any
    me: dict[str, Any]
    open_taps: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.people = dict[int, dict[str, Any]]()
        self.blocked_by = set[int]()
        self.chats = dict[int, list[dict[str, Any]]]()
        self.files = dict[str, tuple[str, bytes]]()  # file_id → path and bytes
        self.paths = dict[str, bytes]()
        self.payloads = dict[int, str]()  # of invoices, by message id: only the bot and the server know them
        self.not_by_url = set[str]()  # kinds of media whose URLs this server cannot fetch
        self.message_ids, self.file_numbers = itertools.count(4711), itertools.count(1)

    def chat(self, request: Request) -> int:
        """The chat of a call. Raises Refusal for a stranger and for one who blocked the bot."""
        if not request.args.get("chat_id"):
            raise Refusal("Bad Request: chat_id is empty")
        chat = whole(request, "chat_id", 0)
        if chat not in self.people:
            raise Refusal("Bad Request: chat not found")
        if chat in self.blocked_by:
            raise Refusal("Forbidden: bot was blocked by the user", 403)
        return chat

    def put(self, chat: int, sender: dict[str, Any], **content: Any) -> dict[str, Any]:
        """A new message in a chat."""
        person = self.people[chat]
        names = {name: person[name] for name in ("first_name", "last_name", "username") if name in person}
        with self.lock:
            message = {"message_id": next(self.message_ids), "from": sender, "chat": {"id": chat, **names}}
            message["chat"]["type"] = "private"
            message |= {"date": int(time.time()), **content}
            self.chats[chat].append(message)
        return message

    def do_sendMessage(self, request: Request) -> Any:
        chat = self.chat(request)
        return self.put(chat, self.me, **_text(request), **_keys(request))

    def do_editMessageText(self, request: Request) -> Any:
        message = self._mine(request, "edit")
        if "text" not in message:
            raise Refusal("Bad Request: there is no text in the message to edit")
        new = _text(request) | _keys(request)
        with self.lock:
            if new == {name: message[name] for name in ("text", "entities", "reply_markup") if name in message}:
                words = (
                    "message is not modified: specified new message content and reply markup are exactly the same as"
                )
                raise Refusal(f"Bad Request: {words} a current content and reply markup of the message")
            for name in ("entities", "reply_markup"):
                message.pop(name, None)
            message |= new | {"edit_date": int(time.time())}
            return dict(message)

    def do_editMessageReplyMarkup(self, request: Request) -> Any:
        message = self._mine(request, "edit")
        message.pop("reply_markup", None)
        message |= _keys(request)
        return dict(message)

    def do_deleteMessage(self, request: Request) -> Any:
        message = self._mine(request, "delete", others=True)
        if time.time() - message["date"] > 48 * 3600:
            raise Refusal("Bad Request: message can't be deleted for everyone")
        with self.lock:
            self.chats[message["chat"]["id"]].remove(message)
        return True

    def _mine(self, request: Request, what: str, *, others: bool = False) -> dict[str, Any]:
        wanted, chat = whole(request, "message_id", 0), self.chat(request)
        if wanted <= 0:
            raise Refusal("Bad Request: message identifier is not specified")
        with self.lock:
            found = next((one for one in self.chats[chat] if one["message_id"] == wanted), None)
        if found is None:
            raise Refusal(f"Bad Request: message to {what} not found")
        if found["from"]["id"] != self.me["id"] and not others:
            raise Refusal(f"Bad Request: message can't be {what}ed")
        return found

    def do_sendInvoice(self, request: Request) -> Any:
        chat = self.chat(request)
        sizes = {"title": 32, "description": 255}
        for name, most in sizes.items():
            if not 1 <= len(needed(request, name)) <= most:
                raise Refusal(f"Bad Request: INVOICE_{name.upper()}_INVALID")
        if not 1 <= len(needed(request, "payload").encode()) <= 128:
            raise Refusal("Bad Request: INVOICE_PAYLOAD_INVALID")
        if needed(request, "currency") != "XTR":
            raise Refusal("Bad Request: PAYMENT_PROVIDER_INVALID")  # this bot is connected to none
        if request.args.get("provider_token"):
            raise Refusal("Bad Request: STARS_INVOICE_INVALID")
        prices = json.loads(needed(request, "prices"))
        if len(prices) != 1:
            raise Refusal("Bad Request: STARS_INVOICE_INVALID")
        if not isinstance(prices[0].get("amount"), int) or prices[0]["amount"] < 1:
            raise Refusal("Bad Request: CURRENCY_TOTAL_AMOUNT_INVALID")
        shown = {"title": request.args["title"], "description": request.args["description"], "start_parameter": ""}
        shown |= {"currency": "XTR", "total_amount": prices[0]["amount"]}
        pay = {"inline_keyboard": [[{"text": f"Pay ⭐️{prices[0]['amount']}", "pay": True}]]}
        message = self.put(chat, self.me, invoice=shown, reply_markup=pay)
        self.payloads[message["message_id"]] = request.args["payload"]
        return message

    def do_sendMediaGroup(self, request: Request) -> Any:
        chat = self.chat(request)
        media = json.loads(needed(request, "media"))
        if not 2 <= len(media) <= 10:
            raise Refusal("Bad Request: media group must include 2-10 items")
        kinds = {one["type"] for one in media}
        if len(kinds) > 1 and kinds != {"photo", "video"}:
            raise Refusal(f"Bad Request: {min(kinds)} can't be mixed with other media types")
        found = [(self._carried(request, one["type"], one["media"]), _caption(one)) for one in media]
        group = str(next(self.file_numbers) + 13_000_000_000_000_000)
        return [self.put(chat, self.me, media_group_id=group, **carried, **caption) for carried, caption in found]

    def do_getFile(self, request: Request) -> Any:
        path, content = self.files.get(needed(request, "file_id"), ("", b""))
        if not path:
            raise Refusal("Bad Request: invalid file_id")
        if len(content) > 20 * 1024 * 1024:
            raise Refusal("Bad Request: file is too big")
        file = self._described(request.args["file_id"], content)
        return file | {"file_path": path}

    def _send(self, kind: str) -> Callable[[Request], Any]:
        def send(request: Request) -> Any:
            chat = self.chat(request)
            uploaded = kind in request.files
            carried = self._carried(request, kind, "attach://" + kind if uploaded else request.args.get(kind, ""))
            return self.put(chat, self.me, **carried, **_caption(request.args), **_keys(request))

        return send

    do_sendPhoto = property(lambda self: self._send("photo"))
    do_sendVideo = property(lambda self: self._send("video"))
    do_sendAudio = property(lambda self: self._send("audio"))
    do_sendVoice = property(lambda self: self._send("voice"))
    do_sendDocument = property(lambda self: self._send("document"))

    def _carried(self, request: Request, kind: str, source: str) -> dict[str, Any]:
        """The part of a message that names its file, from an upload, a URL or a file_id."""
        if source.startswith("attach://"):
            name, content = request.files.get(source.removeprefix("attach://"), ("", b""))
            if not content:
                raise Refusal("Bad Request: file must be non-empty")
            if len(content) > UPLOAD_MB[kind] * 1_000_000:
                raise Refusal("Request Entity Too Large", 413)
            return self.keep(kind, content, name)
        if source.startswith(("http://", "https://")):
            return self.keep(kind, self._fetched(kind, source), source.rsplit("/", 1)[-1])
        if source not in self.files:
            words = (
                "wrong remote file identifier specified: Wrong character in the string"
                if source
                else "there is no {} in the request"
            )
            raise Refusal("Bad Request: " + words.format(kind))
        path, content = self.files[source]
        was = next(one for one, folder in FOLDERS.items() if path.startswith(folder + "/"))
        if was != kind:
            raise Refusal(f"Bad Request: can't use file of type {was.title()} as {kind.title()}")
        return self.keep(kind, content, path.rsplit("/", 1)[-1], file_id=source)

    def _fetched(self, kind: str, url: str) -> bytes:
        try:
            answer = requests.get(url, timeout=20)
        except requests.RequestException:
            raise Refusal("Bad Request: failed to get HTTP URL content") from None
        if kind in self.not_by_url or not answer.ok or len(answer.content) > WEB_MB[kind] * 1_000_000:
            raise Refusal("Bad Request: failed to get HTTP URL content")
        if not answer.headers.get("Content-Type", "").startswith(MIME[kind]):
            raise Refusal("Bad Request: wrong type of the web page content")
        return answer.content

    def keep(self, kind: str, content: bytes, name: str, *, file_id: str = "") -> dict[str, Any]:
        """A file that has come, and how a message shows it: a photo in sizes, small to large, without name and type."""
        if kind == "photo":
            try:
                width, height = Image.open(io.BytesIO(content)).size
            except OSError:
                raise Refusal("Bad Request: IMAGE_PROCESS_FAILED") from None
            if width + height > 10_000 or max(width, height) > 20 * min(width, height):
                raise Refusal("Bad Request: PHOTO_INVALID_DIMENSIONS")
            small = self._kept(content, "photos", ".jpg") | {"width": 90, "height": max(1, 90 * height // width)}
            return {
                "photo": [small, self._kept(content, "photos", ".jpg", file_id) | {"width": width, "height": height}]
            }
        if kind == "video" and content[4:8] != b"ftyp":
            kind = "document"  # the real server sends what is no MP4 as a file
        suffix = "." + name.rsplit(".", 1)[-1] if "." in name else ""
        file = self._kept(content, FOLDERS[kind], suffix, file_id)
        shown = {
            "video": {"width": 640, "height": 360, "duration": 6},
            "audio": {"duration": 6},
            "voice": {"duration": 6},
        }
        types = {
            ".mp4": "video/mp4",
            ".mp3": "audio/mpeg",
            ".png": "image/png",
            ".jpg": "image/jpeg",
            ".pdf": "application/pdf",
        }
        typed = {"mime_type": types[suffix]} if suffix in types else {}
        return {kind: shown.get(kind, {}) | ({"file_name": name} if kind != "voice" else {}) | typed | file}

    def _kept(self, content: bytes, folder: str, suffix: str, file_id: str = "") -> dict[str, Any]:
        number = next(self.file_numbers)
        file_id = file_id or f"AgACAgIAAxkBAAI{number:06d}Zx-Strange_{'a' * 40}"
        path = f"{folder}/file_{number}{suffix}"
        with self.lock:
            self.files.setdefault(file_id, (path, content))
            self.paths[self.files[file_id][0]] = content
        return self._described(file_id, content)

    @staticmethod
    def _described(file_id: str, content: bytes) -> dict[str, Any]:
        return {"file_id": file_id, "file_unique_id": "AQAD" + file_id[15:21], "file_size": len(content)}


def _text(request: Request) -> dict[str, Any]:
    """Text and entities of a message. Raises Refusal."""
    raw = request.args.get("text", "")
    text, entities = _formatted(raw, request.args.get("parse_mode", ""))
    if not text:
        raise Refusal("Bad Request: message text is empty")
    if len(text) > TEXT:
        raise Refusal("Bad Request: message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def _caption(args: dict[str, str]) -> dict[str, Any]:
    text, entities = _formatted(args.get("caption", ""), args.get("parse_mode", ""))
    if len(text) > CAPTION:
        raise Refusal("Bad Request: message caption is too long")
    found: dict[str, Any] = {"caption": text} if text else {}
    return found | ({"caption_entities": entities} if text and entities else {})


def _formatted(raw: str, mode: str) -> tuple[str, list[dict[str, Any]]]:
    if mode.lower() not in {"", "html"}:
        raise Refusal("Bad Request: unsupported parse_mode")
    try:
        return markup.parsed(raw) if mode else (raw.strip(), [])
    except markup.Unparsable as why:
        raise Refusal(f"Bad Request: can't parse entities: {why}") from None


def _keys(request: Request) -> dict[str, Any]:
    """The inline keyboard. Raises Refusal."""
    raw = request.args.get("reply_markup")
    if not raw:
        return {}
    try:
        rows = json.loads(raw)["inline_keyboard"]
    except (ValueError, TypeError, KeyError):
        raise Refusal("Bad Request: can't parse reply keyboard markup JSON object") from None
    keys = [key for row in rows for key in row]
    if len(keys) > KEYS:
        raise Refusal("Bad Request: REPLY_MARKUP_TOO_LONG")
    for key in keys:
        if not isinstance(key.get("text"), str) or not key["text"].strip():
            raise Refusal('Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String')
        if not set(key) & {"callback_data", "url", "pay", "web_app", "copy_text", "switch_inline_query"}:
            raise Refusal(
                "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
            )
        if "callback_data" in key and not 1 <= len(key["callback_data"].encode()) <= DATA:
            raise Refusal("Bad Request: BUTTON_DATA_INVALID")
    rows = [row for row in rows if row]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}
