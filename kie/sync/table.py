"""A run as a person reads it in a terminal."""

import json
from collections.abc import Iterator
from typing import Any, Final

from kie.sync.diff import Difference
from kie.sync.run import Outcome

SHOWN: Final = 60  # characters of a value
MARKS: Final = {"added": "+", "gone": "-", "changed": "~", "price": "$"}


def lines(outcome: Outcome) -> Iterator[str]:
    """Differences, then doubts about what is the same, then what could not be read, then the sum. A line with `!` is risky: it wants a look."""
    for one in outcome.differences:
        yield from _of_model(one)
    differing = {one.key for one in outcome.differences}
    for model in outcome.told.models.values():
        if model.id not in differing:
            yield from (f"? {model.id}: {doubt}" for doubt in model.doubts)
    for reading in outcome.told.unreadable:
        yield f"? {reading.page}: {reading.reason}"
    counts = {kind: sum(one.kind == kind for one in outcome.differences) for kind in MARKS}
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or (
        "nothing compared" if outcome.aborted else "no difference"
    )
    unreadable = f"; {len(outcome.told.unreadable)} page(s) unreadable" if outcome.told.unreadable else ""
    yield f"{len(outcome.told.models)} model(s) on {outcome.told.pages} page(s): {told}{unreadable}"
    if outcome.price_trouble:
        yield f"prices were not compared: {outcome.price_trouble}"
    if outcome.note:
        yield outcome.note
    if outcome.aborted:
        yield f"aborted: {outcome.aborted}"


def _of_model(one: Difference) -> Iterator[str]:
    yield f"{MARKS[one.kind]} {one.key}{'  ' + one.page if one.page else ''}"
    width = max((len(change.field) for change in one.changes), default=0)
    for change in one.changes:
        yield f"  {'!' if change.risky else ' '} {change.field:<{width}}  {short(change.before)} → {short(change.after)}"
    for doubt in one.doubts:
        yield f"  ? {doubt}"


def short(value: Any) -> str:
    """A value in one line."""
    text = "—" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def applied(told: dict[str, Any]) -> Iterator[str]:
    """What became of an apply: what was published, and of all else why not and what to do about it."""
    taken, held = told.get("taken", []), told.get("held", {})
    for key, why in told.get("refused", {}).items():
        yield f"not taken: {key}: {why}"
    for key, risks in held.items():
        yield f"held back: {key}: {'; '.join(risks)}"
    if held:
        yield f"{len(held)} model(s) held back: review them in the admin, or add --risky"
    if taken and told.get("published"):
        yield f"published as {told['version']}: {', '.join(taken)}"
    elif taken and "published" in told:
        yield f"nothing published: add --yes to publish {len(taken)} model(s) as {told['version']}: {', '.join(taken)}"
    elif taken:
        yield f"would be published as {told['version']}: {', '.join(taken)}"
    elif held or told.get("refused"):
        yield "nothing published"
    elif told:
        yield "nothing published: there is no difference"
