"""One look at a source, from its first page to the differences. Whoever runs it decides where progress goes and how much at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kie.registry_file import Registry
from kie.sync import diff, prices
from kie.sync import only as narrowing
from kie.sync.diff import Difference
from kie.sync.errors import Aborted
from kie.sync.prices import Compared
from kie.sync.reading import Gathered, Reading, addresses, gathered, read
from kie.sync.sources import Folder, Page, Source

MOST_FALL: Final = 0.2  # so much fewer pages than the last time is our trouble or theirs, no news of models


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found. `aborted`: why its differences mean nothing, "" if they do."""

    told: Gathered = field(default_factory=Gathered)
    differences: list[Difference] = field(default_factory=list)
    aborted: str = ""
    prices: Compared | None = None
    price_trouble: str = ""  # why the feed told nothing, "" if it did or was not asked
    note: str = ""  # what the run could not tell, beside what it did

    def as_data(self) -> dict[str, Any]:
        """The one object of --json."""
        told: dict[str, Any] = {
            "models": [one.as_data() for one in self.told.models.values()],
            "diff": diff.as_data(self.differences),
            "unreadable": unreadable(self.told),
        }
        if self.prices or self.price_trouble:
            told["prices"] = prices.as_data(self.prices) if self.prices else {"trouble": self.price_trouble}
        more = {"note": self.note, "aborted": self.aborted}
        return told | {name: why for name, why in more.items() if why}


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
    """Read the pages of a source, in order, and compare.

    `only`: ids or pages, with * for any part: no more is read than is needed to find them; `last`: pages of the run before.
    Raises Aborted where the source is not to be had.
    """
    way = narrowing.way(source.pages(), registry, only)
    pages, readings, known = [*way.likely, *way.others], list[Reading](), addresses(registry)
    for number, page in enumerate(pages, 1):
        if way.ends(readings):
            break
        tell(number, len(pages), page)
        readings.append(read(source, page, known))
    named, saved = narrowing.named(registry, only), source.name == Folder.name
    return compared(readings, registry, listed=source.listed, only=named, last=last, saved=saved)


def compared(
    readings: Iterable[Reading],
    registry: Registry,
    *,
    listed: frozenset[str] | None,
    only: tuple[str, ...] = (),
    last: int | None = None,
    saved: bool = False,
) -> Outcome:
    """The differences of what was read. With `only` nothing is gone, and few pages are no trouble. `saved`: somebody chose the
    pages, so that an index of a few is theirs and no trouble either: it only cannot tell what is gone."""
    told = gathered(readings)
    if only:
        told = narrowing.narrowed(told, only)
        return Outcome(told, diff.differences(registry, told, listed=None))
    if aborted := too_few(told.pages, last):
        return Outcome(told, aborted=aborted)
    found = diff.differences(registry, told, listed=listed)
    gone = sum(one.kind == "gone" for one in found)
    living = sum(not model.retired and model.family != "chat" for model in registry.models)
    if gone > MOST_FALL * living and saved:
        note = f"the index is too short to tell what is gone: it lacks {gone} of {living} models"
        return Outcome(told, [one for one in found if one.kind != "gone"], note=note)
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
