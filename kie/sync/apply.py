"""From differences to a registry: which of them can be taken, the next version, the file and its publication in one step.

A model never leaves the registry: what KIE has withdrawn is retired in it, so that its jobs keep their model. What would not be a
sound registry is refused for that model alone, with the reason.
"""

import os
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from kie import registry, registry_file
from kie.catalogue import RegistryVersion
from kie.registry_file import Registry
from kie.sync import draft
from kie.sync.diff import Change, Difference
from kie.sync.draft import NoAdapter
from reliability import clock

MAJOR, MINOR, PATCH = range(3)  # a model goes, comes, changes
Proof = Callable[[str], str]  # of a model's end: why there is none yet, "" if there is


class CannotTake(Exception):
    """A difference that cannot be taken, or not yet. The message says why."""


def missing_once(_key: str) -> str:
    """The proof of those who have looked once: none."""
    return "missing once: only marked. Its page may have moved"


@dataclass(frozen=True, slots=True)
class Plan:
    """`registry`: with all of `taken` in it, under its new version. `refused`: model → why it could not be taken."""

    registry: Registry
    taken: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {"version": self.registry.version, "taken": self.taken, "refused": self.refused}


def plan(
    base: Registry, differences: Iterable[Difference], *, known: Iterable[str] = (), proof: Proof = missing_once
) -> Plan:
    """The registry that results, under a version after all `known`. Each model is tried by itself; `base` is left as it is."""
    content, steps = registry_file.as_data(base), {PATCH}
    taken: list[str] = []
    refused: dict[str, str] = {}
    for one in differences:
        changed = deepcopy(content)
        try:
            part = _take(changed, one, proof)
            _checked(changed)
        except (CannotTake, NoAdapter, ValidationError) as why:
            refused[one.key] = _in_a_line(why)
            continue
        content = changed
        taken.append(one.key)
        steps.add(part)
    if taken:
        content["version"] = _after([base.version, *known], min(steps))
    return Plan(_checked(content), taken, refused)


def publish(planned: Plan, *, by: str, write: Path | None = None) -> RegistryVersion:
    """Make the plan the current version, and write the file if asked: file first, then the commit, so that whoever dies between
    them leaves a file that the next start publishes. Raises IntegrityError for a version that is known."""
    with transaction.atomic():
        version = registry.publish(planned.registry, by=by)
        if write is not None:
            _replace(write, registry_file.text(planned.registry))
    return version


def _take(content: dict[str, Any], one: Difference, proof: Proof) -> int:
    """Change `content` by one difference; which part of the version grows. Raises CannotTake, NoAdapter."""
    entry = next((model for model in content["models"] if model["key"] == one.key), None)
    if one.kind == "added":
        if entry is not None:
            raise CannotTake("it is there already")
        order = 1 + max((model["order"] for model in content["models"]), default=0)
        content["models"].append(draft.entry(one, order=order))
        return MINOR
    if entry is None:
        raise CannotTake("the registry has no such model any more")
    if one.kind == "gone":
        if why := proof(one.key):
            raise CannotTake(why)
        entry |= {"retired": True, "note": f"Withdrawn by KIE, seen {clock.now():%Y-%m-%d}."}
        return MAJOR
    if not one.changes:
        raise CannotTake("nothing of it was taken")
    for change in one.changes:
        _set(entry, change)
    if one.kind == "price":
        entry["price_as_of"] = f"{clock.now():%Y-%m-%d}"
    return PATCH


def _set(entry: dict[str, Any], change: Change) -> None:
    """What the page says, at its place in the entry; where the page says nothing, nothing. Raises CannotTake."""
    if change.path == ("endpoint",):
        raise CannotTake("it moved to another endpoint: that is an adapter's work")
    *way, last = change.path
    node: Any = entry
    for step in way:
        node = node.setdefault(step, {}) if isinstance(node, dict) else _item(node, step)
    if not isinstance(node, dict) or not _agree(node.get(last), change.before):
        raise CannotTake(f"{change.field} is not as it was compared any more")
    if change.after in (None, []) or change.path == ("retired",):
        node.pop(last, None)
    else:
        node[last] = draft.without_texts(change.after)


def _agree(now: Any, compared: Any) -> bool:
    """Whether a value is as it was compared: of what is required the order is nothing."""
    if isinstance(compared, list) and all(isinstance(one, str) for one in compared):
        return sorted(now or []) == sorted(compared)
    return bool(now == compared)


def _item(node: Any, step: str | int) -> Any:
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    raise CannotTake(f"{step} is not there any more")


def _checked(content: dict[str, Any]) -> Registry:
    return Registry.model_validate(content)


def _after(versions: Iterable[str], part: int) -> str:
    """The version after all of these."""
    numbers = list(max(map(registry_file.number, versions)))
    numbers[part] += 1
    return ".".join(str(number) for number in [*numbers[: part + 1], *[0] * (PATCH - part)])


def _in_a_line(why: Exception) -> str:
    if isinstance(why, ValidationError):
        problems = why.errors(include_input=False, include_url=False)
        return "; ".join(problem["msg"].removeprefix("Value error, ") for problem in problems)[:500]
    return str(why)


def _replace(path: Path, text: str) -> None:
    """All of the new file or all of the old one, also after a power cut."""
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
