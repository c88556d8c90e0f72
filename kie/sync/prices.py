"""KIE's public price feed beside the registry's price rows. Its records carry no model id: which of them tells the price of which
row is written down by hand in models/price_joins.json. A price that differs is a proposal, never applied by itself.

Source: the feed behind kie.ai/pricing, POST /client/v1/model-pricing/page; a credit is $0.005, and its rounded dollars are not used.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from kie import client
from kie.errors import KieError
from kie.registry_entry import Model, Strict
from kie.registry_file import PATH, Registry
from kie.sync.diff import Change, Difference
from kie.sync.errors import Aborted

JOINS: Final = PATH.with_name("price_joins.json")
CREDIT_USD: Final = Decimal("0.005")
PAGE: Final = 100  # the most that the feed gives at once
PAGES: Final = 50


class Join(Strict):
    """A record of the feed and the price row that it tells. `per`: how many units its price is for (12 s: a row per second)."""

    says: Annotated[str, Field(min_length=3)]  # the record's modelDescription, spaces and case aside
    key: str
    unit: str
    when: dict[str, str | int | bool] = {}
    per: Annotated[int, Field(gt=0)] = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the feed."""

    says: str
    credits: Decimal
    unit: str


def joins(path: Path = JOINS) -> list[Join]:
    """The reviewed rules. Raises pydantic's ValidationError."""
    return TypeAdapter(list[Join]).validate_json(path.read_bytes())


def feed(pace: Any) -> list[Record]:
    """Every record there is. Raises Aborted where the feed is not to be had, or is none."""
    records: list[Record] = []
    for number in range(1, PAGES + 1):
        pace()
        try:
            data = client.ask("/client/v1/model-pricing/page", {"pageNum": number, "pageSize": PAGE})
        except KieError as trouble:
            raise Aborted(f"the price feed is not to be had: {trouble}") from trouble
        rows = data.get("records") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise Aborted("the price feed is none")
        records += [record for row in rows if (record := _record(row))]
        if len(rows) < PAGE:
            break
    return records


def _record(row: Any) -> Record | None:
    if not isinstance(row, dict) or not isinstance(row.get("modelDescription"), str):
        return None
    try:
        credits = Decimal(str(row.get("creditPrice")))
    except InvalidOperation:
        return None
    if not credits.is_finite() or credits < 0:
        return None
    return Record(row["modelDescription"].strip(), credits, str(row.get("creditUnit") or "").strip())


@dataclass(frozen=True, slots=True)
class Compared:
    """`differences`: proposals. `unmatched`: records that no rule knows; `unanswered`: rules whose record is not there."""

    differences: list[Difference]
    unmatched: list[Record]
    unanswered: list[Join]


def compared(registry: Registry, records: list[Record], rules: list[Join]) -> Compared:
    """What the feed says otherwise. A rule that two records answer with two prices says nothing."""
    by_words: dict[str, set[Decimal]] = {}
    for record in records:
        by_words.setdefault(_words(record.says), set()).add(record.credits)
    known = {_words(rule.says) for rule in rules}
    models = {model.key: model for model in registry.models}
    answered = [(rule, prices) for rule in rules if len(prices := by_words.get(_words(rule.says), set())) == 1]
    changes: dict[str, list[Change]] = {}
    for rule, prices in answered:
        model = models.get(rule.key)
        for change in _changes(model, rule, next(iter(prices))) if model else ():
            changes.setdefault(rule.key, []).append(change)
    return Compared(
        [Difference(kind="price", key=key, changes=tuple(found)) for key, found in sorted(changes.items())],
        [record for record in records if _words(record.says) not in known],
        [rule for rule in rules if rule not in [one for one, _prices in answered]],
    )


def _changes(model: Model, rule: Join, credits: Decimal) -> Iterator[Change]:
    usd = credits * CREDIT_USD / rule.per
    for number, row in enumerate(model.pricing):
        if (row.unit, row.when) == (rule.unit, rule.when) and Decimal(row.usd) != usd:
            yield Change(("pricing", number, "usd"), row.usd, written(usd), risky=True)


def written(usd: Decimal) -> str:
    """As the registry writes dollars: without an exponent or needless zeros; at most eight places, rounded up."""
    places = usd.quantize(Decimal("0.00000001"), rounding="ROUND_CEILING")
    return f"{places:f}".rstrip("0").rstrip(".") or "0"


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


def as_data(result: Compared) -> dict[str, Any]:
    """For --json: what the rules do not cover."""
    return {
        "unmatched": [{"says": one.says, "credits": str(one.credits), "unit": one.unit} for one in result.unmatched],
        "unanswered": [one.says for one in result.unanswered],
    }
