"""What `--only` asks for, by ids or by pages: which pages are read for it, and what of them counts."""

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from kie.registry_file import Model, Registry
from kie.sync.errors import Aborted
from kie.sync.pages import bare, place
from kie.sync.reading import Gathered, Reading
from kie.sync.sources import Page

WORD: Final = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Way:
    """The pages to read: all of `likely`, then of `others` until each of `sought` is found."""

    likely: list[Page]
    others: list[Page]
    sought: tuple[str, ...] = ()

    def ends(self, readings: list[Reading]) -> bool:
        """Whether the others need not be read any more. What a * stands for may be on each of them."""
        found = [one.id for reading in readings for one in reading.found]
        return len(readings) >= len(self.likely) and all(one in found for one in self.sought)


def way(pages: list[Page], registry: Registry, only: tuple[str, ...]) -> Way:
    """Where an address, the registry or the catalogue tells of what is wanted, only those pages; else the likeliest first."""
    if not only:
        return Way(pages, [])
    likely: list[Page] = []
    sought: list[str] = []
    for pattern in map(bare, only):
        models = _known(registry, (pattern,))
        homes, ids = {place(one.source_url)[1] for one in models}, {one.kie_model for one in models}
        found = [
            one
            for one in pages
            if one.model in ids
            or _names(one.name, one.file) & homes
            or matches((pattern,), one.model, *_names(one.name, one.file))
        ]
        likely += [one for one in found if one not in likely]
        sought += [] if found else [pattern]
    if not sought:
        return Way(likely, [])
    words = {word for one in sought for word in WORD.findall(one.lower())}
    others = [one for one in pages if one not in likely and not one.model]  # the catalogue has named its models
    others.sort(key=lambda one: -len(words & {*WORD.findall(one.name.lower())}))
    return Way(likely, others, tuple(sought))


def named(registry: Registry, only: tuple[str, ...]) -> tuple[str, ...]:
    """What is asked for, with the ids by which pages call models that the registry knows by that name."""
    asked = tuple(map(bare, only))
    return tuple(dict.fromkeys([*asked, *(id for one in _known(registry, asked) for id in (one.key, one.kie_model))]))


def narrowed(told: Gathered, only: tuple[str, ...]) -> Gathered:
    """What counts of all that was read. Raises Aborted where nothing does."""
    models = {id: one for id, one in told.models.items() if matches(only, id, *_names(one.page, one.file))}
    silent = [one for one in told.unreadable if matches(only, *_names(one.page, one.file))]
    if not models and not silent:
        raise Aborted(f"nothing is called {', '.join(only)}")
    return Gathered(models, silent, told.pages)


def matches(only: tuple[str, ...], *names: str | None) -> bool:
    """Whether one of the names is asked for."""
    return any(name and fnmatch.fnmatchcase(name, pattern) for name in names for pattern in only)


def _known(registry: Registry, only: tuple[str, ...]) -> list[Model]:
    """Models of the registry that are asked for by a name that they have or had, or by the address of their page."""
    return [
        one
        for one in registry.models
        if matches(only, one.key, one.kie_model, *one.aliases, *_names(one.source_url, ""))
    ]


def _names(page: str, file: str) -> set[str]:
    """All that a page may be called: its address or its file, with or without host and ending."""
    full = _both([page, file])
    return full | _both(place(one)[1] for one in full if one)


def _both(names: Iterable[str]) -> set[str]:
    return {form for name in names if name for form in (name, bare(name))}
