"""From what a person sent to the value of a field. Raises kie.inputs.BadInput, which a screen turns into a sentence."""

from typing import Any

from bot.events import Message
from kie.inputs import BadInput, Field, Kind


def answer(field: Field, message: Message, before: Any = None) -> Any:
    """The value of `field` after `message`; `before` is what stands there: of several, each message brings one.

    Raises BadInput; then what stood there stays.
    """
    return added(field, field.parse(_raw(field, message)), before)


def _raw(field: Field, message: Message) -> Any:
    """A file where there is one (its caption is not read); a sticker or a place is neither file nor text."""
    return message.file.as_answer() if message.file else message.text


def added(field: Field, value: Any, before: Any) -> Any:
    """`value` put beside what stands there, where the field takes several. A choice that is there already goes."""
    if not field.several:
        return value
    there = list(before or [])
    if field.kind == Kind.MANY and value in there:
        return [one for one in there if one != value]
    if field.max_items is not None and len(there) >= field.max_items:
        raise BadInput("too_many", field=field.name, most=field.max_items)
    return [*there, value]


def full(field: Field, value: Any) -> bool:
    """Whether nothing more can be added: the wizard goes on by itself."""
    return not field.several or (field.max_items is not None and len(value) >= field.max_items)


def enough(field: Field, value: Any) -> bool:
    """Whether the person may end a list here."""
    return len(value or []) >= field.min_items
