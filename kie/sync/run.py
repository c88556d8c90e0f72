"""One look at a source, from its first page to the differences. Whoever runs it decides where progress goes and how much at once."""

import fnmatch
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kie.registry_file import Registry
from kie.sync import diff, prices
from kie.sync.diff import Difference
from kie.sync.errors import Aborted
from kie.sync.pages import bare
from kie.sync.prices import Compared
from kie.sync.reading import Gathered, Reading, addresses, gathered, read
from kie.sync.sources import Page, Source

MOST_FALL: Final = 0.2  # so much fewer pages than the last time is our trouble or theirs, no news of models


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found. `aborted`: why its differences mean nothing, "" if they do."""

    told: Gathered = field(default_factory=Gathered)
    differences: list[Difference] = field(default_factory=list)
    aborted: str = ""
    prices: Compared | None = None
    price_trouble: str = ""  # why the feed told nothing, "" if it did or was not asked

    def as_data(self) -> dict[str, Any]:
        """The one object of --json."""
        told: dict[str, Any] = {
            "models": [one.as_data() for one in self.told.models.values()],
            "diff": diff.as_data(self.differences),
            "unreadable": unreadable(self.told),
        }
        if self.prices or self.price_trouble:
            told["prices"] = prices.as_data(self.prices) if self.prices else {"trouble": self.price_trouble}
        return told | ({"aborted": self.aborted} if self.aborted else {})


def unreadable(told: Gathered) -> list[dict[str, str]]:
    """Pages from which nothing was taken, with the reason."""
    return [
        {"page": one.page, "reason": one.reason} | ({"file": one.file} if one.file else {}) for one in told.unreadable
    ]


def whole(
    source: Source,
    registry: Registry,
    *,
    only: tuple[str, ...] = (),
    last: int | None = None,
    tell: Callable[[int, int, Page], None] = lambda *_: None,
) -> Outcome:
    """Read all pages of a source, in order, and compare.

    `only`: ids or pages, with * for any part; `last`: pages of the run before. Raises Aborted where the source is not to be had.
    """
    pages = _promising(source.pages(), registry, only)
    readings, known = [], addresses(registry)
    for number, page in enumerate(pages, 1):
        tell(number, len(pages), page)
        readings.append(read(source, page, known))
    return compared(readings, registry, listed=source.listed, only=only, last=last)


def compared(
    readings: Iterable[Reading],
    registry: Registry,
    *,
    listed: frozenset[str] | None,
    only: tuple[str, ...] = (),
    last: int | None = None,
) -> Outcome:
    """The differences of what was read. With `only` nothing is gone, and few pages are no trouble."""
    told = gathered(readings)
    if only:
        told = _narrowed(told, only)
        return Outcome(told, diff.differences(registry, told, listed=None))
    if aborted := too_few(told.pages, last):
        return Outcome(told, aborted=aborted)
    found = diff.differences(registry, told, listed=listed)
    gone = sum(one.kind == "gone" for one in found)
    living = sum(not model.retired and model.family != "chat" for model in registry.models)
    if gone > MOST_FALL * living:
        return Outcome(told, aborted=f"{gone} of {living} models would be gone: more than a fifth")
    return Outcome(told, found)


def with_prices(outcome: Outcome, registry: Registry, pace: Callable[[], None]) -> Outcome:
    """The outcome with what the price feed proposes, or with the reason why it proposes nothing."""
    if outcome.aborted:
        return outcome
    try:
        proposed = prices.compared(registry, prices.feed(pace), prices.joins())
    except Aborted as silence:
        return replace(outcome, price_trouble=str(silence))
    return replace(outcome, differences=[*outcome.differences, *proposed.differences], prices=proposed)


def too_few(pages: int, last: int | None) -> str:
    """Why a run of so few pages tells nothing; "" if it does."""
    if not pages:
        return "no page tells of a model"
    if last and pages < (1 - MOST_FALL) * last:
        return f"{pages} pages tell of models, {last} did the last time: more than a fifth fewer"
    return ""


def _matches(only: tuple[str, ...], *names: str | None) -> bool:
    return any(name and fnmatch.fnmatchcase(name, pattern) for name in names for pattern in only)


def _promising(pages: list[Page], registry: Registry, only: tuple[str, ...]) -> list[Page]:
    """The pages that may tell of what is wanted, where their names or the registry say so; else all of them."""
    known = {model.source_url for model in registry.models if _matches(only, model.key, model.kie_model)}
    found = [one for one in pages if bare(one.name) in known or _matches(only, one.name, one.file, one.model)]
    return found or pages


def _narrowed(told: Gathered, only: tuple[str, ...]) -> Gathered:
    models = {id: one for id, one in told.models.items() if _matches(only, id, one.page, one.file)}
    silent = [one for one in told.unreadable if _matches(only, one.page, one.file)]
    if not models and not silent:
        raise Aborted(f"nothing is called {', '.join(only)}")
    return Gathered(models, silent, told.pages)
