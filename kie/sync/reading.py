"""All pages of a source, one by one, and what they come to: a model an id, what could not be read, what tells of no model."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import structlog

from kie.registry_file import Registry
from kie.sync.errors import NotAnswered, Unreadable
from kie.sync.pages import bare, place
from kie.sync.sources import Page, Source
from kie.sync.spec import Spec, specs

log = structlog.get_logger()
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
GENERATION: Final = re.compile(r"/old-model/|//old-docs\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of one page. `reason`: why nothing; `answered`: whether the page itself is to blame for that."""

    page: str
    file: str = ""
    found: tuple[Spec, ...] = ()
    reason: str = ""
    answered: bool = True

    def as_data(self) -> dict[str, Any]:
        """For keeping between two steps of a run."""
        return {
            "page": self.page,
            "file": self.file,
            "found": [one.as_data() for one in self.found],
            "reason": self.reason,
            "answered": self.answered,
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Reading":
        """What `as_data` made, read back."""
        return cls(**data | {"found": tuple(Spec.from_data(one) for one in data["found"])})


def addresses(registry: Registry) -> dict[str, str]:
    """By the path of its page what each model of the unified API is called; paths of several models are left out."""
    paths = [(place(one.source_url)[1], one.kie_model) for one in registry.models if one.family == "market"]
    several = {path for path, count in Counter(path for path, _id in paths).items() if count > 1}
    return {path: id for path, id in paths if path not in several}


def read(source: Source, page: Page, known: Mapping[str, str]) -> Reading:
    """One page, fetched and read. Raises nothing of its own: what goes wrong is the reading's reason.

    `known`: `addresses` of the registry. Where a page that we know tells of a model that has a page of its own, its ids were
    copied from there: the registry's word counts as the catalogue's would. Where it tells of none, a part of it is missing.
    """
    try:
        text = source.text(page)
        found = specs(page.name, text, catalogue=page.model)
        own = next((id for name in (page.name, page.file) if (id := known.get(_path(name)))), None)
        if own and page.model is None and len(found) == 1 and found[0].id != own and found[0].id in known.values():
            found = specs(page.name, text, catalogue=own)
        if own and not found:
            raise Unreadable(page.name, f"tells of no model, though {own} is known from it")
        json.dumps([one.as_data() for one in found])  # whoever keeps or compares it later must not fail on it
    except Unreadable as fault:
        return Reading(page=page.name, file=page.file, reason=fault.reason)
    except NotAnswered as silence:
        return Reading(page=page.name, file=page.file, reason=f"not to be had: {silence}", answered=False)
    except Exception as fault:  # a page that finds a fault of ours must not end the run
        log.exception("kie_sync.fault", page=page.name)
        return Reading(page=page.name, file=page.file, reason=f"a fault of ours: {type(fault).__name__}")
    return Reading(page=page.name, file=page.file, found=tuple(replace(one, file=page.file) for one in found))


def _path(page: str) -> str:
    """Of an address or of a file what the other would be, too."""
    return place(bare(page))[1].removesuffix(".txt")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a run knows. `models` by id; `unreadable` as pages came; `pages`: how many told of a model."""

    models: dict[str, Spec] = field(default_factory=dict)
    unreadable: list[Reading] = field(default_factory=list)
    pages: int = 0


def gathered(readings: Iterable[Reading]) -> Gathered:
    """One model an id. Of two pages the richer is kept, but an undoubted id, today's form and English text go before that; where the two say different
    things of what must be sent, that is a doubt."""
    by_id: dict[str, list[Spec]] = {}
    told = Gathered()
    pages = 0
    for reading in readings:
        if reading.reason:
            told.unreadable.append(reading)
        pages += bool(reading.found)
        for one in reading.found:
            by_id.setdefault(one.id, []).append(one)
    for id, several in sorted(by_id.items()):
        told.models[id] = _the_richest(several)
    return replace(told, pages=pages)


def _the_richest(several: list[Spec]) -> Spec:
    first, *others = sorted(several, key=_rank)
    if not others:
        return first
    current = [one for one in others if _rank(one)[:2] == _rank(first)[:2]]
    differing = [one.page for one in current if one.hashes()["contract"] != first.hashes()["contract"]]
    doubts = first.doubts + ((f"said differently by {', '.join(differing)}",) if differing else ())
    return replace(first, doubts=doubts, pages=tuple(one.page for one in others))


def _rank(one: Spec) -> tuple[bool, bool, bool, int, str]:
    """First what is to be believed most."""
    doubted = any(doubt.startswith("model:") for doubt in one.doubts)
    chinese = bool(CHINESE.search(str(one.input)))
    return doubted, bool(GENERATION.search(one.page)), chinese, -one.size(), one.page
