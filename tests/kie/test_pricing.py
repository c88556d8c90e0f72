"""A price is exact, never under cost × rate × markup, and where no rule gives one, nothing is sold."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie import pricing
from kie.bill import facts_of
from kie.pricing import NotForSale, Unmeasured, cost_usd, price, price_range, quote

money = st.decimals(min_value="0.0001", max_value="999", places=6)
factors = st.decimals(min_value="0.01", max_value="500", places=4)


def model(pricing: list[dict[str, Any]], fixed_price: str | None = None, **properties: Any) -> Any:
    schema = {"type": "object", "properties": properties}
    price = Decimal(fixed_price) if fixed_price else None
    return SimpleNamespace(input=schema, pricing=pricing, fixed={}, fixed_price=price)


def row(usd: str, unit: str = "task", by: str | list[str] | None = None, **when: Any) -> dict[str, Any]:
    most = when.pop("most", None)
    return {"usd": usd, "unit": unit, "by": by, "most": most, "when": when}


@pytest.fixture(autouse=True)
def _rate(settings: Any) -> None:
    settings.USD_RUB_RATE, settings.PRICE_MARKUP = Decimal(90), Decimal("2.0")


@given(money, factors, factors)
def test_a_price_is_the_least_sum_of_kopecks_that_is_not_below_cost_rate_and_markup(cost, rate, markup):
    got = price(cost, rate=rate, markup=markup)
    assert max(cost * rate * markup, Decimal("0.001")) > got - Decimal("0.01")
    assert got >= cost * rate * markup
    assert got == got.quantize(Decimal("0.01"))


@given(money, money, factors, factors)
def test_what_costs_more_is_never_cheaper(one, other, rate, markup):
    low, high = sorted((one, other))
    assert price(low, rate=rate, markup=markup) <= price(high, rate=rate, markup=markup)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_longer_text_is_never_cheaper(one, other):
    rows = [row("0.03", "1000 characters", "text")]
    short, long = sorted((one, other))
    assert cost_usd(rows, {"text": "я" * short}, {}) <= cost_usd(rows, {"text": "я" * long}, {})


@pytest.mark.parametrize(("characters", "thousands"), [(1, 1), (999, 1), (1000, 1), (1001, 2), (5000, 5)])
def test_a_started_thousand_of_characters_counts_whole(characters, thousands):
    assert (
        cost_usd([row("0.03", "1000 characters", "text")], {"text": "a" * characters}, {})
        == Decimal("0.03") * thousands
    )


def test_a_price_is_rounded_up_to_a_kopeck():
    assert price(Decimal("0.004"), rate=Decimal("90.123"), markup=Decimal(2)) == Decimal("0.73")
    assert price(Decimal("0.005"), rate=Decimal(90), markup=Decimal(2)) == Decimal("0.90")


def test_the_first_row_that_fits_applies():
    rows = [row("0.1", resolution="1K"), row("0.2", resolution="2K"), row("0.3")]
    assert [cost_usd(rows, {"resolution": size}, {}) for size in ("1K", "2K", "4K")] == [
        Decimal("0.1"),
        Decimal("0.2"),
        Decimal("0.3"),
    ]


def test_rows_of_different_units_add_up():
    rows = [row("0.024"), row("0.0025", "input image", "image_urls")]
    assert cost_usd(rows, {"image_urls": ["a", "b", "c"]}, {}) == Decimal("0.0315")
    assert cost_usd(rows, {}, {}) == Decimal("0.024")


@pytest.mark.parametrize("written", [5, 5.0, "5"])
def test_kie_spells_numbers_as_it_likes(written):
    assert cost_usd([row("0.2", duration="5"), row("0.4", duration="10")], {"duration": written}, {}) == Decimal("0.2")


def test_true_is_not_one():
    with pytest.raises(NotForSale):
        cost_usd([row("0.1", sound=True)], {"sound": 1}, {})


def test_an_unknown_fact_is_priced_at_the_dearest_row_that_may_fit():
    rows = [row("0.05", **{"x-output": "2K"}), row("0.2", **{"x-output": "8K"}), row("0.1", **{"x-output": "4K"})]
    assert cost_usd(rows, {}, {}) == Decimal("0.2")
    assert cost_usd(rows, {}, {"x-output": "4K"}) == Decimal("0.1")


def test_what_certainly_fits_ends_the_search_for_dearer_rows():
    rows = [row("0.1", mode="a", **{"x-source": "big"}), row("0.05", mode="a"), row("0.9", mode="a")]
    assert cost_usd(rows, {"mode": "a"}, {}) == Decimal("0.1")
    assert cost_usd(rows, {"mode": "a"}, {"x-source": "small"}) == Decimal("0.05")


@pytest.mark.parametrize("rows", [[], [row("0.1", resolution="1K")]])
def test_without_a_rule_nothing_is_sold(rows):
    with pytest.raises(NotForSale):
        cost_usd(rows, {"resolution": "4K", "free": True}, {})


def test_what_kie_gives_for_nothing_is_sold_for_a_kopeck():
    assert cost_usd([row("0")], {}, {}) == 0
    assert price(Decimal(0), rate=Decimal(90), markup=Decimal(2)) == Decimal("0.01")


@pytest.mark.parametrize(
    "value", [None, "", "long", 0, -3, True, float("nan"), float("inf"), [], {}, {"duration": 0}, "https://x.y/a.mp3"]
)
def test_what_cannot_be_counted_has_no_price(value):
    with pytest.raises(Unmeasured) as unmeasured:
        cost_usd([row("0.04", "second", "audio_url")], {"audio_url": value}, {})
    assert unmeasured.value.field == "audio_url"


def test_seconds_are_those_stated_or_measured_and_a_started_one_counts():
    rows = [row("0.04", "second", "of")]
    assert [
        cost_usd(rows, {"of": of}, {}) for of in (6, "6", {"file_id": "x", "duration": 5.2}, {"duration": 0.3})
    ] == [
        Decimal("0.24"),
        Decimal("0.24"),
        Decimal("0.24"),
        Decimal("0.04"),
    ]


def test_lengths_of_the_result_and_of_its_sources_add_up_and_only_the_sum_is_rounded():
    rows = [row("0.1", "second", ["duration", "clips"])]
    clip = {"file_id": "x", "duration": 2.2}
    assert cost_usd(rows, {"duration": 5}, {}) == Decimal("0.5")
    assert cost_usd(rows, {"duration": 5, "clips": []}, {}) == Decimal("0.5")
    assert cost_usd(rows, {"duration": 5, "clips": [clip, clip]}, {}) == Decimal("1.0")
    with pytest.raises(Unmeasured, match="clips"):
        cost_usd(rows, {"duration": 5, "clips": [clip, "https://x.y/a.mp4"]}, {})


@pytest.mark.parametrize("left_to_kie", [-1, 0, "auto", None])
def test_a_length_that_is_left_to_kie_is_priced_as_the_longest(left_to_kie):
    assert cost_usd([row("0.1", "second", "duration", most=15)], {"duration": left_to_kie}, {}) == Decimal("1.5")


def test_what_only_kie_can_count_is_priced_at_its_most():
    assert cost_usd([row("0.0162", "output image", most=17)], {}, {}) == Decimal("0.2754")


def test_characters_of_all_parts_of_a_dialogue_count_together():
    rows = [row("0.07", "1000 characters", ["turns", "scene"])]
    turns = [{"speaker": "a", "text": "я" * 600}, {"speaker": "b", "text": "я" * 300}]
    assert cost_usd(rows, {"turns": turns}, {}) == Decimal("0.07")
    assert cost_usd(rows, {"turns": turns, "scene": "x" * 101}, {}) == Decimal("0.14")


@pytest.mark.parametrize(
    ("size", "megapixels"),
    [
        ("square_hd", "1.048576"),
        ("square", "1"),
        ("portrait_16_9", "1"),
        ({"width": 4000, "height": 3000}, "12"),
        ("?", "4"),
    ],
)
def test_a_named_size_is_billed_by_its_pixels_and_at_least_one_megapixel(size, megapixels):
    assert cost_usd([row("0.02", "megapixel", "size", most=4)], {"size": size}, {}) == Decimal("0.02") * Decimal(
        megapixels
    )


def test_the_size_of_an_earlier_generation_chooses_the_row():
    schema = {"properties": {"task_id": {"type": "string", "x-source": "job", "x-of": ["a"]}}}
    rows = [row("0.072", **{"x-source-resolution": "480p"}), row("0.135", **{"x-source-resolution": "720p"})]
    told = {"task_id": {"job": "018f", "resolution": "480p"}}
    assert cost_usd(rows, told, facts_of(schema, told)) == Decimal("0.072")
    assert cost_usd(rows, {"task_id": {"job": "018f"}}, {}) == Decimal("0.135")


def test_a_clip_inside_a_part_is_a_video_input():
    part = {"type": "object", "properties": {"url": {"type": "string", "x-media": "video"}}}
    schema = {"properties": {"video_list": {"type": "array", "items": part}}}
    assert facts_of(schema, {"video_list": [{"url": "https://x.y/a.mp4"}]})["x-video-input"] is True
    assert facts_of(schema, {"video_list": []})["x-video-input"] is False


def test_a_quote_fills_in_defaults_and_names_its_variant():
    rows = [row("0.2", duration="5", resolution="720p"), row("0.4", duration="10", resolution="720p")]
    shop = model(rows, duration={"enum": ["5", "10"], "default": "5"}, resolution={"enum": ["720p"], "default": "720p"})
    assert quote(shop, {}) == pricing.Quote(Decimal("36.00"), Decimal("0.2"), "duration=5 resolution=720p")
    assert quote(shop, {"duration": "10"}).price == Decimal("72.00")


def test_the_operators_price_stands_instead_of_the_rule_and_cost_is_still_known():
    shop = model([row("0.1")], fixed_price="12.34")
    assert quote(shop, {}) == pricing.Quote(Decimal("12.34"), Decimal("0.1"), "")
    assert price_range(shop) == (Decimal("12.34"), Decimal("12.34"))


def test_the_operators_price_does_not_sell_what_has_no_rule():
    with pytest.raises(NotForSale):
        quote(model([], fixed_price="12.34"), {})


def test_a_range_goes_from_the_cheapest_choice_to_the_dearest():
    rows = [row("0.01", "second", "duration", hd=False), row("0.03", "second", "duration", hd=True)]
    shop = model(rows, duration={"type": "integer", "minimum": 4, "maximum": 12}, hd={"type": "boolean"})
    assert price_range(shop) == (Decimal("7.20"), Decimal("64.80"))


def test_a_range_by_length_goes_from_a_second_to_the_longest_file():
    shop = model(
        [row("0.04", "second", "audio_url")], audio_url={"type": "string", "x-media": "audio", "x-max-seconds": 300}
    )
    assert price_range(shop) == (Decimal("7.20"), Decimal("2160.00"))
    assert pricing.counted_by(shop) == "second"


def test_a_range_counts_a_left_out_source_and_a_length_that_may_be_left_to_kie():
    clips = {"type": "array", "items": {"type": "string", "x-media": "video", "x-max-seconds": 15}}
    length = {"type": "integer", "anyOf": [{"const": -1}, {"minimum": 4, "maximum": 15}], "default": 5}
    shop = model([row("0.1", "second", ["duration", "clips"], most=15)], duration=length, clips=clips)
    assert price_range(shop) == (Decimal("72.00"), Decimal("540.00"))
    assert pricing.counted_by(shop) is None


def test_choices_that_kie_does_not_sell_are_left_out_of_the_range():
    shop = model([row("0.1", size="S")], size={"enum": ["S", "XXL"]})
    assert price_range(shop) == (Decimal("18.00"), Decimal("18.00"))


@pytest.mark.parametrize(("side", "output"), [(960, "2K"), (961, "4K"), (1920, "4K"), (1921, "8K")])
def test_the_size_of_an_enlarged_picture_follows_from_its_source_in_the_strictest_reading(side, output):
    schema = {"properties": {"image_url": {"x-media": "image"}, "upscale_factor": {}}}
    source = {"file_id": "x", "width": 700, "height": side}
    assert facts_of(schema, {"image_url": source, "upscale_factor": "2"})["x-output"] == output
    assert "x-output" not in facts_of(schema, {"image_url": "https://x.y/z.jpg", "upscale_factor": "2"})
