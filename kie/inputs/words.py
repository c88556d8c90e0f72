"""Answers that people write: texts, numbers, yes and no, links, one of a list."""

import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kie.inputs import judge, lines, links
from kie.inputs.bad import BadInput

if TYPE_CHECKING:
    from kie.inputs.field import Field

TEXT_BYTES = 50_000
YES = {"yes", "y", "true", "1", "on", "да", "д", "+", "вкл", "✅"}
NO = {"no", "n", "false", "0", "off", "нет", "н", "-", "выкл", "❌"}
NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,9})?")
UNSTORABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]"
)  # jsonb refuses NUL and lone surrogates; the rest is invisible


INVISIBLE = re.compile(  # what Unicode has drawn as nothing, beside its blanks and format characters (Cf)
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


def parse(field: "Field", raw: Any) -> Any:
    """A written answer as `field` takes it. Raises BadInput."""
    if not isinstance(raw, str):
        raise BadInput("wrong_type", field=field.name, expected=str(field.kind), got=_got(raw))
    written = UNSTORABLE.sub("", raw).strip()
    if not _visible(written):
        raise BadInput("empty", field=field.name)
    return _READERS[field.kind](field, written)


def _visible(written: str) -> bool:
    """Whether a person sees anything of it: zero-width spaces and joiners, a byte order mark, fillers are nothing."""
    return any(not one.isspace() and unicodedata.category(one) != "Cf" and not INVISIBLE.match(one) for one in written)


def _got(raw: Any) -> str:
    return str(raw.get("kind", "file"))[:20] if isinstance(raw, dict) else type(raw).__name__


def _text(field: "Field", written: str) -> str:
    length = len(written)  # code points, as JSON Schema counts
    if length < field.min_length:
        raise BadInput("too_short", field=field.name, least=field.min_length, length=length)
    most = field.max_length or TEXT_BYTES
    if length > most:
        raise BadInput("too_long", field=field.name, most=most, length=length)
    if len(written.encode()) > TEXT_BYTES:
        raise BadInput("too_long", field=field.name, most=TEXT_BYTES // 4, length=length)
    if field.pattern and not re.search(field.pattern, written):
        raise BadInput("wrong_form", field=field.name, pattern=field.pattern)
    return written


def _number(field: "Field", written: str) -> float:
    bare = written.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if not NUMBER.fullmatch(bare):
        raise BadInput("not_a_number", field=field.name, example=_example(field))
    value = float(bare.replace(",", "."))
    if field.minimum is not None and value < field.minimum:
        raise BadInput("too_small", field=field.name, least=field.minimum)
    if field.maximum is not None and value > field.maximum:
        raise BadInput("too_big", field=field.name, most=field.maximum)
    _between(field, value)
    return value


def _between(field: "Field", value: float) -> None:
    if field.above is not None and value <= field.above:
        raise BadInput("not_above", field=field.name, least=field.above)
    if field.below is not None and value >= field.below:
        raise BadInput("not_below", field=field.name, most=field.below)
    if field.step is not None and not judge.is_multiple(value, field.step):
        raise BadInput("not_a_step", field=field.name, step=float(field.step))


def _integer(field: "Field", written: str) -> int:
    value = _number(field, written)
    if value != int(value):
        raise BadInput("not_whole", field=field.name, example=_example(field))
    return int(value)


def _example(field: "Field") -> float:
    known = next((value for value in (field.default, field.minimum, field.maximum) if value is not None), 5)
    return float(known)


def _boolean(field: "Field", written: str) -> bool:
    word = written.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadInput("not_yes_no", field=field.name)


def _choice(field: "Field", written: str) -> Any:
    word = written.casefold()
    for value in field.choices:
        if word in {name.casefold() for name in (str(value), field.choice("ru", value), field.choice("en", value))}:
            return value
    raise BadInput("not_in_list", field=field.name, choices=list(field.choices))


def link(field: "Field", raw: str, else_code: str = "not_a_link", **facts: Any) -> str:
    """A link as kie.inputs.links takes it. Raises BadInput(`else_code`) for what looks like no link at all."""
    written = UNSTORABLE.sub("", raw).strip()
    if not _visible(written):
        raise BadInput("empty", field=field.name)
    return links.link(field, written, else_code, **facts)


_READERS: dict[str, Callable[["Field", str], Any]] = {
    "text": _text,
    "long_text": _text,
    "lines": lines.parse,
    "choice": _choice,
    "many": _choice,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "link": link,
}
