"""Looks at KIE that have ended, as rows, on a registry of a few models."""

from typing import Any

from kie.sync import keeping, run
from kie.sync.reading import Reading
from kie.sync.syncrun import SyncRun
from tests.kie.sync.book import FEW, registry, spec

BOOK = registry()
LISTED = frozenset(one.source_url for one in BOOK.models)
SHORTER = {"type": "string", "maxLength": 900}


def looked(*specs: Any, listed: frozenset[str] | None = LISTED) -> SyncRun:
    """A run that read these pages, all others the same."""
    changed = {one.id for one in specs}
    pages = [*specs, *(spec(BOOK, key) for key in FEW if key not in changed)]
    return kept(*pages, listed=listed)


def kept(*specs: Any, source: str = "docs", listed: frozenset[str] | None = LISTED) -> SyncRun:
    """A run that read these pages and no other."""
    outcome = run.compared([Reading(page=one.page, found=(one,)) for one in specs], BOOK, listed=listed)
    return keeping.keep(outcome, source=source, base=BOOK, listed=listed, by="test")


def drift() -> SyncRun:
    """A run whose one difference has a field without risk and one with it."""
    return looked(spec(BOOK, "z-image", prompt=SHORTER, nsfw_checker=None))
