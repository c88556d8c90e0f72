"""A price by the second or by the thousand characters: what the card says of one is what an order of many is charged."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from kie import pricing, registry_file
from kie.bill import counted
from kie.markups import Markups, parse
from kie.pricing import Numbers, UnitPrice, quote, unit_price
from kie.variants import variants

REGISTRY = registry_file.load()
BY = Numbers(rate=Decimal("95.1234"), markups=Markups(Decimal("2.0")))
EVEN = Numbers(rate=Decimal(1000), markups=Markups(Decimal(10)))  # no price of a unit breaks a kopeck
SOLD = [SimpleNamespace(**REGISTRY.facts_of(entry), fixed_price=None) for entry in REGISTRY.models if entry.sold]
BY_SECOND = [model for model in SOLD if (each := unit_price(model, BY)) and each.unit == "second"]


def clip(model: Any, values: dict[str, Any], seconds: int) -> dict[str, Any]:
    """The choice with its own file so long."""
    names = {name for row in model.pricing for name in counted(row)}
    media = {name for name in names if "x-media" in str(model.input["properties"].get(name))}
    return {**values, **{name: {"file_id": "x", "duration": seconds} for name in media}}


def test_most_of_what_is_counted_has_a_price_of_one() -> None:
    assert len(BY_SECOND) > 10
    assert {model.key for model in SOLD if pricing.counted_by(model) and not unit_price(model, BY)} == set()


@pytest.mark.parametrize("model", BY_SECOND, ids=lambda model: model.key)
def test_an_order_is_charged_the_price_of_one_second_times_its_seconds(model: Any) -> None:
    each, exact = unit_price(model, BY), unit_price(model, EVEN)
    assert each
    assert exact
    asked = [
        clip(model, values, 7)
        for values in variants(model.input, model.pricing)
        if values.get("duration", 0) in (0, "0")
    ]
    charged = [quote(model, values, EVEN).price for values in asked]
    assert (min(charged), max(charged)) == (7 * exact.low, 7 * exact.high)
    charged = [quote(model, values, BY).price for values in asked]
    assert 7 * each.low - Decimal("0.07") < min(charged) <= 7 * each.low
    assert 7 * each.high - Decimal("0.07") < max(charged) <= 7 * each.high


def shop(fixed_price: Decimal | None = None, rows: list[dict[str, Any]] | None = None) -> Any:
    """A clip of 3 to 30 seconds, in two sizes."""
    clips = {"type": "string", "x-media": "video", "x-min-seconds": 3, "x-max-seconds": 30}
    schema = {"type": "object", "properties": {"clip": clips, "size": {"enum": ["S", "L"], "default": "S"}}}
    rows = rows or [
        {"usd": usd, "unit": "second", "by": "clip", "most": None, "when": {"size": size}}
        for usd, size in (("0.055", "S"), ("0.09", "L"))
    ]
    return SimpleNamespace(key="m", category="video", input=schema, pricing=rows, fixed={}, fixed_price=fixed_price)


def test_the_price_of_a_second_is_not_that_of_the_shortest_clip_and_has_both_ends() -> None:
    by = Numbers(Decimal(95), Markups(Decimal(2)))
    assert unit_price(shop(), by) == UnitPrice("second", Decimal("10.45"), Decimal("17.10"), at_least=False)
    assert pricing.price_range(shop(), by) == (Decimal("31.35"), Decimal("513.00"))


def test_it_follows_a_markup_of_one_choice() -> None:
    by = Numbers(Decimal(100), Markups(Decimal(2), parse("m size=S = 5")))
    assert unit_price(shop(), by) == UnitPrice("second", Decimal("18.00"), Decimal("27.50"), at_least=False)


@pytest.mark.parametrize("more", [{"step": Decimal("0.50")}, {"least": Decimal("20.00")}])
def test_where_an_operators_step_or_least_price_may_add_to_it_it_is_said_to_be_the_least(more: dict[str, Any]) -> None:
    by = Numbers(Decimal(95), Markups(Decimal(2)), **more)
    assert unit_price(shop(), by) == UnitPrice("second", Decimal("10.45"), Decimal("17.10"), at_least=True)


def test_a_price_that_is_not_made_of_seconds_alone_has_none_of_a_second() -> None:
    start = {"usd": "0.5", "unit": "task", "by": None, "most": None, "when": {}}
    assert unit_price(shop(rows=[*shop().pricing, start]), BY) is None
    assert unit_price(shop(fixed_price=Decimal("5.00")), BY) is None
    assert unit_price(shop(rows=[start]), BY) is None
