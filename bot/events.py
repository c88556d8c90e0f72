"""What a person did, read from Telegram's update into one of a few plain values."""

from dataclasses import dataclass
from typing import Any

from bot.models import Dialog
from payments.models import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events have: who did it, where, and the dialog (locked until the handler's commit)."""

    customer: Customer
    dialog: Dialog
    chat: int
    message_id: int  # of the message itself; of a tap: the message under which the button is
    new_here: bool = False  # the first that TRT hears of this person
    ahead: bool = False  # answered before what a hold keeps of this chat: afterwards the dialog is where it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Event):
    """/name argument."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(Event):
    """A button was pressed. `args` are read by the types that its handler was registered with."""

    action: str
    args: tuple[Any, ...] = ()
    on_text: bool = True  # False: the button is under a picture or a video, which a screen must not replace

    @property
    def arg(self) -> Any:
        """The first argument."""
        return self.args[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as Telegram names it; its bytes stay there until a job needs them."""

    file_id: str
    kind: str  # photo, document, video, audio, voice, animation, sticker, video_note
    mime: str = ""
    name: str = ""
    size: int = 0  # bytes; 0 if Telegram did not say
    width: int = 0
    height: int = 0
    duration: int = 0  # seconds
    unique_id: str = ""  # the same for all who send this file, and for ever; opens nothing

    def as_answer(self) -> dict[str, Any]:
        """The form in which it stands in Dialog.data and Job.input."""
        return {name: value for name in self.__slots__ if name != "unique_id" and (value := getattr(self, name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Event):
    """Text, or a file with perhaps a caption, or something else (a sticker, a place): then both are empty."""

    text: str = ""
    file: File | None = None
    date: int = 0  # seconds since 1970, by Telegram's clock; 0 if it did not say
    media_group_id: str = ""  # photos sent together come as messages of one group


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid(Event):
    """successful_payment: stars have come. `charge_id` names the payment for ever."""

    payload: str
    currency: str
    amount: int  # minor units: whole stars
    charge_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded(Event):
    """refunded_payment: stars went back to the person."""

    payload: str
    currency: str
    amount: int
    charge_id: str
