"""What a version of the registry changed, a line each, as operators read it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext

SHOWN: Final = 200  # characters of a value


def lines(diff: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A line for each model that came or went, and for each value that changed, however deep. `diff` is kie.registry.diff's."""
    yield from ((key, gettext("added")) for key in diff["added"])
    yield from ((key, gettext("gone")) for key in diff["gone"])
    for key, fields in diff["changed"].items():
        for name, (before, after) in fields.items():
            for path, was, is_now in _within(name, before, after):
                yield f"{key}: {path}", f"{short(was)} → {short(is_now)}"


def _within(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """What differs inside: a schema's or a price list's changed word, not all of it."""
    if _written(before) == _written(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            inner = path if name == "properties" else f"{path}.{name}"
            yield from _within(inner, before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (was, is_now) in enumerate(zip(before, after, strict=True), 1):
            yield from _within(f"{path} {number}", was, is_now)
    else:
        yield path, before, after


def short(value: Any) -> str:
    """A value within what fits, as the registry file writes it."""
    text = "—" if value is None else value if isinstance(value, str) else _written(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
