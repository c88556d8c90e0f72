"""One long text in several messages. A message of Telegram's holds 4,096 UTF-16 units; a client breaks what is longer
and sends the parts at once. Pure: whether a message goes on with the one before is told by their lengths and dates.

Where it is broken differs. Android takes the last blank of its last 300 units, Telegram Desktop the best one (an empty
line, a line's end, a sentence's) of the whole second half: CutPart in Telegram/SourceFiles/ui/text/text_entity.cpp of
telegramdesktop/tdesktop. So a part that is not the last has over half of the limit, and has lost its blanks at the cut.
"""

from dataclasses import dataclass

from bot.events import Message

FULL = 4_096  # UTF-16 units of a message
TOGETHER_S = 5  # between two parts by Telegram's own clock: nobody reads a long text over and writes on as fast
KEPT = 60_000  # characters: more than any field takes, so that what is cut here is too long in any case


@dataclass(frozen=True, slots=True)
class Part:
    """What was written so far, to the field `field`, and of its last message the date and the length in UTF-16 units."""

    field: str
    text: str
    date: int  # seconds since 1970
    units: int

    def goes_on(self, message: Message) -> bool:
        """Whether `message` is the next part of the same text."""
        return is_text(message) and bool(self.date) and 0 <= message.date - self.date <= TOGETHER_S

    def with_next(self, message: Message) -> "Part":
        """Both as one, with a blank where the client has dropped one: a part that is full was cut within a word."""
        joint = "" if self.units == FULL else "\n" if self.text.endswith((".", "!", "?", "…", ":")) else " "
        return Part(self.field, (self.text + joint + message.text)[:KEPT], message.date, units(message.text))


def first(field: str, message: Message) -> Part | None:
    """What to remember of an answer to `field`; None where no text can go on with it."""
    return Part(field, message.text, message.date, units(message.text)) if is_broken(message) else None


def is_broken(message: Message) -> bool:
    """Whether the text is long enough for a client to have broken it off."""
    return is_text(message) and units(message.text) > FULL // 2


def is_text(message: Message) -> bool:
    """A text alone: a caption is not broken into messages."""
    return message.file is None and bool(message.text)


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2
