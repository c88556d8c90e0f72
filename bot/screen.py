"""Screens as values: what a handler answers with. Nothing here asks the database or Telegram."""

from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

Keys = list[list["Button"]]


class TooLong(ValueError):
    """A button's data does not fit Telegram's 64 bytes."""


@dataclass(frozen=True, slots=True, init=False)
class Button:
    """A key under a message. `data` is 1-64 bytes of UTF-8, a Cyrillic letter is two: so ids, never words. Raises TooLong
    when made, not when Telegram answers 400. Source: core.telegram.org/bots/api#inlinekeyboardbutton."""

    text: str
    data: str
    url: str

    def __init__(self, text: str, action: str = "", *args: int | str, url: str = "") -> None:
        data = ":".join([action, *map(str, args)])
        if len(data.encode()) > 64:
            raise TooLong(f"{data!r} is over 64 bytes")
        for name, value in (("text", text), ("data", data), ("url", url)):
            object.__setattr__(self, name, value)

    def as_telegram(self) -> dict[str, str]:
        """The InlineKeyboardButton object."""
        return {"text": self.text, "url": self.url} if self.url else {"text": self.text, "callback_data": self.data}


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill in Telegram Stars, sent as a message of its own. Limits: title 32, description 255 characters, payload 128 bytes."""

    title: str
    description: str
    payload: str
    stars: int  # whole stars

    def as_telegram(self) -> dict[str, Any]:
        """Parameters of sendInvoice beside the chat: one price, currency XTR, no provider token."""
        return {
            "title": self.title[:32],
            "description": self.description[:255],
            "payload": self.payload,
            "provider_token": "",
            "currency": "XTR",
            "prices": [{"label": self.title[:32], "amount": self.stars}],
        }


@dataclass(frozen=True, slots=True)
class Media:
    """One file of a result, where KIE has it, or, once sent, by Telegram's own id."""

    kind: str  # photo, video, audio, voice, document
    source: str  # a URL or a file_id
    name: str = ""  # what a person would call the file


@dataclass(frozen=True, slots=True)
class Screen:
    """Text (Telegram's HTML) and keys. After a tap it replaces the tapped message, unless `fresh`."""

    text: str
    keys: Keys = field(default_factory=list)
    fresh: bool = False  # a message of its own even after a tap
    retires: bool = False  # and the tapped text, an old one, loses its keys
    media: tuple[Media, ...] = ()  # the text is then the caption; several go as albums of up to ten
    below: str = ""  # the line under an album that carries the keys: an album itself can have none
    invoice: Invoice | None = None  # sent after the text
    tracks: int | None = None  # Job.pk: this message goes on as the job's progress
    bills: int | None = None  # TopUp.pk: its bill takes the place of this message
    statement: int | None = (
        None  # Customer.pk: a file of all their movements, made when it is sent; the text is its caption
    )
    reason: str = "OK"  # the reason code of the log: OK, INVALID_INPUT, EXPIRED_BUTTON, NO_FUNDS…

    def as_payload(self) -> dict[str, Any]:
        """The JSON that a Delivery keeps."""
        return {
            "text": self.text,
            "keys": [[button.as_telegram() for button in row] for row in self.keys],
            "media": [asdict(media) for media in self.media],
            "below": self.below,
            "invoice": self.invoice.as_telegram() if self.invoice else None,
        } | {name: pk for name in ("bills", "statement") if (pk := getattr(self, name)) is not None}


def lines(*parts: str | None) -> str:
    """Lines of a message; None leaves a line out, an empty string leaves a gap."""
    return "\n".join(part for part in parts if part is not None)


def bold(text: str) -> str:
    """`text`, escaped, in bold."""
    return f"<b>{escape(text, quote=False)}</b>"


def code(text: str) -> str:
    """`text`, escaped, in the type that a tap copies."""
    return f"<code>{escape(text, quote=False)}</code>"
