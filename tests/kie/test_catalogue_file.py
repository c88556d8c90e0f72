"""Every model of models/KIE_SOURCE_OF_TRUTH.json can be shown, asked, priced and sent."""

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kie import pricing, registry_file
from kie.inputs import Kind, check, complete, fields

REGISTRY = registry_file.load()
MODELS = {entry.key: SimpleNamespace(**REGISTRY.facts_of(entry), fixed_price=None) for entry in REGISTRY.models}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
CYRILLIC, LATIN_WORD = re.compile("[а-яё]", re.IGNORECASE), re.compile("[a-z]{2,}", re.IGNORECASE)
FILES: dict[str, dict[str, Any]] = {
    "image": {"file_id": "AgAC1", "kind": "photo", "size": 90_000, "width": 960, "height": 1280},
    "audio": {"file_id": "AwAC1", "kind": "voice", "mime": "audio/ogg", "size": 50_000, "duration": 7},
}


def answers(model: Any, locale: str = "ru") -> dict[str, Any]:
    """What a person would answer to the questions alone."""
    given = {}
    for field in (field for field in fields(model) if field.required):
        one = FILES[field.media] if field.media else model.examples[locale][0]
        given[field.name] = [field.parse(one)] if field.kind == Kind.IMAGES else field.parse(one)
    return given


@pytest.fixture(autouse=True)
def _rate(settings: Any) -> None:
    settings.USD_RUB_RATE, settings.PRICE_MARKUP = Decimal("92.5"), Decimal("2.0")


def test_the_file_is_written_in_its_one_form() -> None:
    assert registry_file.PATH.read_text() == registry_file.text(REGISTRY)


def test_every_category_of_the_menu_has_something_and_no_two_models_share_a_place() -> None:
    assert {model.category for model in MODELS.values()} == set(registry_file.CATEGORIES)
    assert len({model.order for model in MODELS.values()}) == len(MODELS)
    assert len(MODELS) >= 16


@every_model
def test_answering_the_questions_is_enough(model: Any) -> None:
    for locale in ("ru", "en"):
        whole = complete(model, answers(model, locale))
        check(model, whole)
        assert not any("file_id" in str(spec) for spec in model.input["properties"].values())
        assert set(model.input["required"]) <= set(whole)


@every_model
def test_files_are_asked_first_then_the_main_text_and_settings_have_no_question(model: Any) -> None:
    shown = fields(model)
    asked = [field for field in shown if field.required]
    ranks = [0 if field.media else 1 if field.main else 2 for field in asked]
    assert ranks == sorted(ranks)
    assert shown[: len(asked)] == asked
    assert 1 <= len(asked) <= 3
    assert all(field.default is None for field in asked)


@every_model
def test_every_choice_passes_and_can_be_typed_by_its_words(model: Any) -> None:
    given = answers(model)
    for field in fields(model):
        for value in field.choices:
            assert all(field.parse(field.choice(locale, value)) == value for locale in ("ru", "en"))
            check(model, complete(model, given | {field.name: value}))


@every_model
def test_defaults_fit_the_schema(model: Any) -> None:
    Draft202012Validator.check_schema(model.input)
    for spec in model.input["properties"].values():
        if "default" in spec:
            Draft202012Validator(spec).validate(spec["default"])


@every_model
def test_it_has_a_price_within_its_range_at_the_defaults(model: Any) -> None:
    low, high = pricing.price_range(model)
    quote = pricing.quote(model, answers(model))
    assert Decimal("0.01") <= low <= quote.price <= high
    assert quote.price >= quote.cost_usd * Decimal("92.5") * 2


@every_model
def test_every_combination_of_choices_has_a_price(model: Any) -> None:
    given = answers(model)
    for field in fields(model):
        for value in [*field.choices, *([True, False] if field.kind == Kind.BOOLEAN else [])]:
            low, high = pricing.price_range(model)
            assert low <= pricing.quote(model, given | {field.name: value}).price <= high


@every_model
def test_it_speaks_both_languages(model: Any) -> None:
    said = [("label", field.label_ru, field.label_en) for field in fields(model)]
    said += [("hint", field.hint_ru, field.hint_en) for field in fields(model) if field.hint_ru or field.hint_en]
    said += [("description", model.description["ru"], model.description["en"])]
    for what, ru, en in said:
        assert CYRILLIC.search(ru), (what, ru)
        assert LATIN_WORD.search(en), (what, en)
        assert not CYRILLIC.search(en), (what, en)
    assert not CYRILLIC.search(model.title["en"])
    assert len(model.description["ru"]) <= 300


@every_model
def test_its_title_and_price_fit_a_button(model: Any) -> None:
    for locale in ("ru", "en"):
        assert len(model.title[locale]) <= 42


@every_model
def test_examples_fill_the_main_text_in_the_language_of_the_person(model: Any) -> None:
    main = next((field for field in fields(model) if field.main), None)
    if main is None:
        assert model.examples == {"ru": [], "en": []}
        return
    assert 2 <= len(model.examples["ru"]) == len(model.examples["en"]) <= 3
    for ru, en in zip(model.examples["ru"], model.examples["en"], strict=True):
        assert main.parse(ru) == ru
        assert main.parse(en) == en
        assert CYRILLIC.search(ru)
        assert not CYRILLIC.search(en)


def test_z_image_takes_3_to_500_characters_in_five_proportions() -> None:
    prompt, ratio = fields(MODELS["z-image"])
    assert (prompt.min_length, prompt.max_length) == (3, 500)
    assert set(ratio.choices) == {"1:1", "16:9", "9:16", "4:3", "3:4"}


def test_nothing_is_sold_that_people_cannot_choose_and_nobody_needs() -> None:
    for model in MODELS.values():
        assert not {"nsfw_checker", "enable_safety_checker", "seed"} & set(model.input["properties"])
        assert "object" not in {spec["type"] for spec in model.input["properties"].values()}
