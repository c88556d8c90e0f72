"""Every model that is sold has a positive margin for every combination that its rows look at."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from kie import losses, margins, pricing, registry_file
from kie.bill import cost_usd
from kie.markups import Markups
from kie.pricing import NotForSale, Numbers
from kie.variants import variants

REGISTRY = registry_file.load()
SOLD = [SimpleNamespace(pk=number, **REGISTRY.facts_of(entry), fixed_price=None) for number, entry in enumerate(REGISTRY.models) if entry.sold]  # fmt: skip
BY = Numbers(rate=Decimal("95.1234"), markups=Markups(Decimal("2.0")))


def test_the_whole_shop_is_looked_at() -> None:
    assert len(SOLD) > 150


@pytest.mark.parametrize("model", SOLD, ids=lambda model: model.key)
def test_it_sells_above_its_cost_whatever_is_chosen(model: Any) -> None:
    found = pricing.quotes(model, BY)
    for quote in found:
        assert quote.margin(BY.dollar) > 0
        assert quote.price == quote.price.quantize(Decimal("0.01"))
    assert losses.of_model(model, BY, {}) is None
    low, high = pricing.price_range(model, BY)
    assert Decimal("0.01") <= low <= high


@pytest.mark.parametrize("model", SOLD, ids=lambda model: model.key)
def test_its_margins_page_names_the_cheapest_and_the_dearest_of_its_combinations(model: Any) -> None:
    costs = []
    for values in variants(model.input, model.pricing):
        try:
            costs.append(cost_usd(model.pricing, values, {}))
        except NotForSale:
            continue
    [margin] = margins.of_all([model], BY, {})
    assert (margin.cheapest.cost_usd, margin.dearest.cost_usd) == (min(costs), max(costs))
    assert 0 < margin.percent(margin.dearest) <= 100


def test_a_markup_of_one_sells_nothing_at_a_loss_and_a_dearer_dollar_does() -> None:
    even = Numbers(rate=Decimal(95), markups=Markups(Decimal(1)))
    dearer = Numbers(rate=Decimal(95), markups=Markups(Decimal(1)), worth=Decimal(120))
    assert [model.key for model in SOLD if losses.of_model(model, even, {})] == []
    assert len([model for model in SOLD if losses.of_model(model, dearer, {})]) > 150
