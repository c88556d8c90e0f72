"""YAML 1.2 from strangers: plain data by the core schema, or Malformed.

PyYAML reads the syntax (its event parser keeps no stack of ours and builds no objects); what a scalar means is decided here,
for PyYAML means YAML 1.1, in which a bare 9:16 is 556 and `on` is true. Refused: a key that is said twice, tags, merge keys,
several documents, and whatever grows beyond the caps when its aliases are put in. Source: yaml.org/spec/1.2.2, chapter 10.3.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

CHARACTERS: Final = 400_000  # whole aggregates of pages have 200,000
DEPTH: Final = 60  # the deepest page seen has 25
NODES: Final = 60_000  # with every alias put in where it is used; a page has 2,000

INT: Final = re.compile(r"[-+]?[0-9]+")
FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
STANDARD: Final = "tag:yaml.org,2002:"
UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL's json takes neither
PYYAMLS_OWN: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)  # what it lets through, of escapes


class Malformed(Exception):
    """No YAML, or none that we take. The message says why."""


class WrittenInt(int):
    """A whole number that remembers how it was written: an enumeration of strings has its members unquoted here and there."""

    written: str


class WrittenFloat(float):
    """The same of a fraction."""

    written: str


def load(text: str) -> Any:
    """The one document of `text`: dict, list, str, int, float, bool, None. Keys are strings as written. Raises Malformed."""
    if len(text) > CHARACTERS:
        raise Malformed(f"over {CHARACTERS} characters")
    try:
        return _Builder(yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.YAMLError as fault:
        raise Malformed(_in_a_line(fault)) from fault
    except PYYAMLS_OWN as fault:
        raise Malformed(f"not to be parsed: {type(fault).__name__}") from fault


def _in_a_line(fault: yaml.YAMLError) -> str:
    mark = getattr(fault, "problem_mark", None)
    where = f" in line {mark.line + 1}" if mark else ""
    return f"{getattr(fault, 'problem', None) or str(fault).splitlines()[0]}{where}"


class _Builder:
    """Data from events. `_size` counts nodes with aliases put in, so that a small text cannot become a large tree."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._size = 0

    def document(self) -> Any:
        value: Any = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Malformed("more than one document")
                value = self._node(next(self._events), 0)
        if not documents:
            raise Malformed("nothing in it")
        return value

    def _node(self, event: Any, depth: int) -> Any:
        if depth > DEPTH:
            raise Malformed(f"nested deeper than {DEPTH}")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor))
        before = self._size
        self._count(1)
        self._check_tag(event)
        value = self._value(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = value, self._size - before
        return value

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            if UNSTORABLE.search(event.value):
                raise Malformed("a character that cannot be stored")
            return _scalar(event.value) if event.implicit[0] and event.style is None else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._node(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)]
        return self._mapping(depth)

    def _mapping(self, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._key(event)
            if key in mapping:
                raise Malformed(f"{key!r} is said twice in line {event.start_mark.line + 1}")
            mapping[key] = self._node(next(self._events), depth + 1)
        return mapping

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise Malformed(f"a key that is no word in line {event.start_mark.line + 1}")
        self._check_tag(event)
        if UNSTORABLE.search(event.value):
            raise Malformed("a character that cannot be stored")
        if event.value == "<<" and event.style is None:
            raise Malformed("a merge key")
        return str(event.value)

    def _alias(self, name: str) -> Any:
        if name not in self._anchors:  # also one that stands within itself: it has not ended yet
            raise Malformed(f"nothing is called &{name}")
        value, size = self._anchors[name]
        self._count(size)
        return value

    def _count(self, nodes: int) -> None:
        self._size += nodes
        if self._size > NODES:
            raise Malformed(f"more than {NODES} nodes")

    def _until(self, end: type) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    @staticmethod
    def _check_tag(event: Any) -> None:
        tag = event.tag
        if tag is not None and tag not in {"!", STANDARD + "str", STANDARD + "map", STANDARD + "seq"}:
            raise Malformed(f"the tag {tag}")


def _scalar(text: str) -> Any:
    """What a plain scalar means. Infinities are words: JSON has none."""
    if text in WORDS:
        return WORDS[text]
    number: WrittenInt | WrittenFloat
    if INT.fullmatch(text) and len(text) <= 20:
        number = WrittenInt(text)
    elif FLOAT.fullmatch(text) and abs(float(text)) < float("inf"):
        number = WrittenFloat(text)
    else:
        return text
    number.written = text
    return number


def check_size(tree: Any, depth: int = 0) -> int:
    """How many nodes a tree from elsewhere (JSON) has, by the caps of `load`. Raises Malformed."""
    if depth > DEPTH:
        raise Malformed(f"nested deeper than {DEPTH}")
    inside = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    nodes = 1 + sum(check_size(part, depth + 1) for part in inside)
    if nodes > NODES:
        raise Malformed(f"more than {NODES} nodes")
    texts = (*tree, "") if isinstance(tree, dict) else (tree,) if isinstance(tree, str) else ()
    if any(UNSTORABLE.search(text) for text in texts):
        raise Malformed("a character that cannot be stored")
    return nodes


def as_written(value: Any) -> Any:
    """A number as its page has it, anything else as it is."""
    return getattr(value, "written", value)
