"""What a version of the registry changed, a line each, as operators read it."""

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext

SHOWN: Final = 200  # characters of a value


def lines(diff: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A line for each model that came or went, and for each field that changed. `diff` is kie.registry.diff's."""
    yield from ((key, gettext("added")) for key in diff["added"])
    yield from ((key, gettext("gone")) for key in diff["gone"])
    for key, fields in diff["changed"].items():
        for name, (before, after) in fields.items():
            yield f"{key}: {name}", f"{short(before)} → {short(after)}"


def short(value: Any) -> str:
    """A value within what fits."""
    text = "—" if value is None else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
