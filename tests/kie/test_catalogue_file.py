"""models/KIE_SOURCE_OF_TRUTH.json: every model of KIE stands in it, each that is sold has words, rules and a price."""

import re
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kie import bill, pricing, registry_file
from kie.catalogue import AIModel, ModelState
from kie.inputs import BadInput, check, complete, fields
from kie.markups import Markups
from kie.pricing import Numbers
from kie.variants import variants

REGISTRY = registry_file.load()
ENTRIES = {entry.key: entry for entry in REGISTRY.models}
MODELS = {
    key: SimpleNamespace(**REGISTRY.facts_of(entry), fixed_price=None) for key, entry in ENTRIES.items() if entry.sold
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
CYRILLIC, LATIN_WORD = re.compile("[а-яё]", re.IGNORECASE), re.compile("[a-z]{2,}", re.IGNORECASE)
RATE, MARKUP = Decimal("92.5"), Decimal("2.0")
BY = Numbers(rate=RATE, markups=Markups(MARKUP))
UNPRICED_CHOICES = {"grok-imagine/upscale"}  # KIE has no price for some sizes of the source: they are not offered
COUNTS = {"num_images", "max_images", "n", "nVariants"}  # of results


def sent_by_default(model: Any) -> dict[str, Any]:
    """What goes to KIE of a model where nobody has set anything."""
    return {
        name: spec["default"] for name, spec in model.input["properties"].items() if "default" in spec
    } | model.fixed


def cost_range(model: Any) -> tuple[Decimal, Decimal]:
    """The least and the most dollars that a choice costs."""
    costs = [quote.cost_usd for quote in pricing.quotes(model, BY)]
    return min(costs), max(costs)


def allowed(model: Any, chosen: dict[str, Any]) -> bool:
    """Whether the model's rules let a choice pass, whatever else is still to be answered."""
    schema = {name: part for name, part in model.input.items() if name != "required"}
    return Draft202012Validator(schema).is_valid(sent_by_default(model) | chosen)


def test_the_file_is_written_in_its_one_form() -> None:
    assert registry_file.PATH.read_text() == registry_file.text(REGISTRY)


def test_every_model_of_kie_is_in_it_and_177_are_sold() -> None:
    assert len(ENTRIES) == 239
    assert len(MODELS) == 177
    assert Counter(entry.family for entry in ENTRIES.values() if entry.sold) == {
        "market": 168,
        "veo": 6,
        "flux-kontext": 2,
        "4o-image": 1,
    }
    assert all(entry.note or entry.successor for entry in ENTRIES.values() if not entry.sold)


@pytest.mark.parametrize("entry", REGISTRY.models, ids=list(ENTRIES))
def test_it_projects(entry: registry_file.Model) -> None:
    model = AIModel(key=entry.key, facts=REGISTRY.facts_of(entry))
    model.project(None)
    states = {ModelState.SOLD} if entry.sold else {ModelState.UNPRICED, ModelState.RETIRED}
    assert model.state in states
    assert (model.vendor, model.kie_model, model.fixed) == (entry.vendor, entry.kie_model, entry.fixed)
    assert "callBackUrl" not in entry.input["properties"]
    assert not any(spec.get("deprecated") for spec in model.input["properties"].values())
    model.clean_fields(exclude=["id", "version", "wizard"])


def test_every_shelf_has_something_and_no_two_models_share_a_place() -> None:
    assert {model.category for model in MODELS.values()} == set(registry_file.CATEGORIES)
    orders = [entry.order for entry in REGISTRY.models]
    assert orders == sorted(set(orders))


def test_every_old_name_and_every_successor_leads_to_something_that_is_known() -> None:
    aliases = {alias: entry.key for entry in ENTRIES.values() for alias in entry.aliases}
    assert aliases == {
        "V4": "ai-music-api/generate",
        "kling/ai-avatar-v1-pro": "kling/ai-avatar-pro",
        "kling/v1-avatar-standard": "kling/ai-avatar-standard",
        "sora-2-pro-storyboard/index": "sora-2-pro-storyboard",
    }
    retired = [entry for entry in ENTRIES.values() if entry.family == "suno"]
    assert len(retired) == 26
    assert all(entry.successor and entry.successor.startswith("ai-music-api/") for entry in retired)


@every_model
def test_whatever_must_be_sent_is_asked_given_or_follows_from_a_choice(model: Any) -> None:
    asked, known = [words["name"] for words in model.wizard], model.input["properties"]
    assert len(asked) == len(set(asked))
    assert not set(asked) & set(model.fixed)
    for name in model.input["required"]:
        assert name in asked or name in sent_by_default(model) or known[name]["x-with"] in asked


@every_model
def test_what_comes_from_an_earlier_generation_names_models_that_are_sold(model: Any) -> None:
    for name, spec in model.input["properties"].items():
        if spec.get("x-source") and "x-with" in spec:
            assert model.input["properties"][spec["x-with"]]["x-gives"] == "task"
        elif spec.get("x-source"):
            assert name in [words["name"] for words in model.wizard]
            assert set(spec["x-of"]) <= set(MODELS)


@every_model
def test_it_has_a_price_whatever_is_chosen_of_what_kie_makes(model: Any) -> None:
    low, high = cost_range(model)
    for values in variants(model.input, model.pricing):
        try:
            assert low <= bill.cost_usd(model.pricing, values, {}) <= high
        except bill.NotForSale:
            chosen = {name: value for name, value in values.items() if not name.startswith("x-")}
            assert model.key in UNPRICED_CHOICES or not allowed(model, chosen)


@every_model
def test_how_many_are_made_is_billed_or_fixed(model: Any) -> None:
    looked_at = {name for row in model.pricing for name in (*bill.counted(row), *row["when"])}
    assert COUNTS & model.input["properties"].keys() <= looked_at | model.fixed.keys()


def counted_later(model: Any) -> str:
    """What an order's price waits for, where nothing is set: a file or a text that is asked for."""
    try:
        bill.cost_usd(model.pricing, sent_by_default(model), {})
    except bill.Unmeasured as unmeasured:
        return unmeasured.field
    return ""


def test_the_pictures_whose_sides_set_the_price_are_known() -> None:
    sized = {key for key, model in MODELS.items() for field in fields(model) if field.sized}
    assert sized == {"topaz/image-upscale", "qwen/image-to-image"}


@every_model
def test_what_nobody_has_set_is_priced_or_waits_for_what_is_asked(model: Any) -> None:
    if field := counted_later(model):
        assert field in model.input["required"]
        return
    cost, (low, high) = bill.cost_usd(model.pricing, sent_by_default(model), {}), cost_range(model)
    pictures = [row for row in model.pricing if row["unit"] == "input image"]  # of which none is given yet
    assert (0 if pictures else low) <= cost <= high


@every_model
def test_no_choice_is_sold_below_what_it_costs(model: Any) -> None:
    low, high = cost_range(model)
    cheapest, dearest = pricing.price_range(model, BY)
    assert cheapest >= max(low * RATE * MARKUP, Decimal("0.01"))
    assert dearest >= high * RATE * MARKUP
    assert low == 0 or cheapest - low * RATE > 0


@every_model
def test_it_speaks_both_languages(model: Any) -> None:
    said = [("label", words["label"]) for words in model.wizard]
    said += [("hint", words["hint"]) for words in model.wizard if "hint" in words]
    said += [("description", model.description)]
    for what, words in said:
        assert CYRILLIC.search(words["ru"]), (what, words)
        assert LATIN_WORD.search(words["en"]), (what, words)
        assert not CYRILLIC.search(words["en"]), (what, words)
    assert not CYRILLIC.search(model.title["en"])
    assert len(model.description["ru"]) <= 300


@pytest.mark.parametrize("entry", REGISTRY.models, ids=list(ENTRIES))
def test_its_title_and_price_fit_a_button(entry: registry_file.Model) -> None:
    assert max(len(entry.title.ru), len(entry.title.en)) <= 42


@every_model
def test_examples_are_prompts_in_the_language_of_the_person(model: Any) -> None:
    main = next((words["name"] for words in model.wizard if words["name"] in ("prompt", "text", "content")), None)
    assert len(model.examples["ru"]) == len(model.examples["en"]) <= 3
    for ru, en in zip(model.examples["ru"], model.examples["en"], strict=True):
        assert CYRILLIC.search(ru)
        assert not CYRILLIC.search(en)
        if main:
            assert max(len(ru), len(en)) <= model.input["properties"][main].get("maxLength", 5000)


RULES: list[tuple[str, dict[str, Any], bool]] = [
    ("hailuo/2-3-image-to-video-pro", {"resolution": "1080P", "duration": "10"}, False),
    ("hailuo/2-3-image-to-video-pro", {"resolution": "768P", "duration": "10"}, True),
    ("hailuo/02-image-to-video-standard", {"resolution": "768P", "duration": "6"}, False),
    ("gpt-image-2-text-to-image", {"aspect_ratio": "auto", "resolution": "2K"}, False),
    ("gpt-image-2-text-to-image", {"aspect_ratio": "16:9", "resolution": "2K"}, True),
    ("gpt-image-2-text-to-image", {"aspect_ratio": "5:4", "resolution": "2K"}, False),
    ("gpt-image-2-text-to-image", {"aspect_ratio": "1:1", "resolution": "4K"}, False),
    ("gpt-image-2-image-to-image", {"aspect_ratio": "16:9", "background": "opaque", "resolution": "2K"}, False),
    ("gpt-image-2-5-flare-text-to-image", {"aspect_ratio": "9:8", "resolution": "2K"}, False),
    ("nano-banana-2", {"aspect_ratio": "8:1", "resolution": "2K"}, False),
    ("nano-banana-2", {"aspect_ratio": "8:1", "resolution": "1K"}, True),
    ("qwen2-1/text-to-image", {"background": "transparent", "output_format": "jpeg"}, False),
    ("wan/2-7-image", {"n": 12}, False),
    ("wan/2-7-image", {"n": 12, "enable_sequential": True}, True),
    ("wan/2-7-image-pro", {"resolution": "4K", "enable_sequential": True}, False),
    ("runway", {"duration": 10, "quality": "1080p"}, False),
    ("runway", {"duration": 10, "quality": "720p"}, True),
    ("bytedance/seedance-2", {"last_frame_url": "https://a.b/c.png"}, False),
    ("bytedance/seedance-2", {"first_frame_url": "https://a.b/c", "reference_image_urls": ["https://a.b/c"]}, False),
    ("wan/2-7-image-to-video", {}, False),
    ("wan/2-7-image-to-video", {"first_clip_url": "https://a.b/c.mp4"}, True),
    ("wan/2-7-r2v", {}, False),
    ("wan/3-0-video", {"reference_audio_urls": ["https://a.b/c.mp3"]}, False),
    ("veo3", {"generationType": "FIRST_AND_LAST_FRAMES_2_VIDEO"}, False),
    ("flux-kontext-pro", {"inputImage": "https://a.b/c.png", "safetyTolerance": 5}, False),
    ("ai-music-api/upload-and-cover-audio", {"instrumental": True, "lyrics": "La"}, False),
    ("ai-music-api/separate-vocals", {}, False),
    ("grok-imagine/text-to-video", {"mode": "spicy"}, False),
    ("seedream/5-pro-layer-decomposition", {"size": "auto"}, False),
    ("veo-3-1", {"model": "veo3"}, False),
    ("veo-3-1", {"generation_type": "TEXT_2_VIDEO", "image_urls": ["https://a.b/1"]}, False),
    ("veo-3-1", {"generation_type": "FIRST_AND_LAST_FRAMES_2_VIDEO"}, False),
    ("veo-3-1", {"image_urls": ["https://a.b/1", "https://a.b/2"]}, True),
    ("veo-3-1", {"image_urls": ["https://a.b/1", "https://a.b/2", "https://a.b/3"]}, False),
    ("veo-3-1", {"image_urls": ["https://a.b/1"] * 3, "generation_type": "REFERENCE_2_VIDEO"}, True),
    ("wan/2-7-r2v", {"reference_image": ["https://a.b/1"] * 3, "reference_video": ["https://a.b/2"] * 2}, True),
    ("wan/2-7-r2v", {"reference_image": ["https://a.b/1"] * 3, "reference_video": ["https://a.b/2"] * 3}, False),
    ("kling-3.0-omni/reference-to-video", {"video_urls": ["https://a.b/1"], "aspect_ratio": "16:9"}, False),
    ("kling-3.0-omni/reference-to-video", {"video_urls": ["https://a.b/1"], "aspect_ratio": "auto"}, True),
    ("volcengine/video-to-video-lip-sync", {"mode": "basic"}, False),
]


@pytest.mark.parametrize(("key", "chosen", "passes"), RULES, ids=[f"{key} {chosen}" for key, chosen, _ in RULES])
def test_what_kie_does_not_make_is_refused_before_anybody_pays(key: str, chosen: dict[str, Any], passes: bool) -> None:
    assert allowed(MODELS[key], chosen) is passes


def test_what_is_sold_now_keeps_its_words_and_its_price() -> None:
    z_image = MODELS["z-image"]
    assert z_image.title == {"ru": "Z-Image: быстрая картинка", "en": "Z-Image: a quick picture"}
    assert pricing.quote(z_image, {"prompt": "кот"}, BY).price == Decimal("0.74")


LONG = {"file_id": "AgAC", "kind": "video", "mime": "video/mp4", "size": 1000}
TOTALS: list[tuple[str, dict[str, Any], bool]] = [
    ("bytedance/seedance-2", {"reference_video_urls": [8, 7]}, True),
    ("bytedance/seedance-2", {"reference_video_urls": [8, 8]}, False),
    ("bytedance/seedance-2-5", {"reference_video_urls": [8, 8]}, True),
    ("minimax-h3/reference-to-video", {"reference_video_urls": [8, 8]}, False),
    ("wan/3-0-video", {"reference_video_urls": [8, 7], "duration": 15}, True),
    ("wan/3-0-video", {"reference_video_urls": [8, 7], "duration": 16}, False),
    ("wan/3-0-video", {"duration": 30}, True),
    ("wan/3-0-video", {"reference_video_urls": [8, 7], "duration": -1}, True),
    ("kling-2.6/motion-control", {"video_urls": [20]}, True),
    ("kling-2.6/motion-control", {"video_urls": [20], "character_orientation": "image"}, False),
]


@pytest.mark.parametrize(("key", "chosen", "passes"), TOTALS, ids=[f"{key} {chosen}" for key, chosen, _ in TOTALS])
def test_files_that_are_too_long_together_are_refused(key: str, chosen: dict[str, Any], passes: bool) -> None:
    lengths = {
        name: [LONG | {"duration": one} for one in value] for name, value in chosen.items() if isinstance(value, list)
    }
    input = complete(MODELS[key], {"prompt": "A cat on a roof", **chosen, **lengths})
    try:
        check(MODELS[key], input)
        code = ""
    except BadInput as bad:
        code = bad.code
    assert (code not in {"lasts_too_long", "last_too_long"}) is passes


def test_what_one_mode_does_not_take_is_not_sent_with_it() -> None:
    whole = complete(MODELS["volcengine/video-to-video-lip-sync"], {"mode": "basic"})
    assert whole == {"mode": "basic", "separate_vocal": False, "open_scenedet": False}


def test_a_clip_alone_keeps_its_proportions() -> None:
    model = MODELS["kling-3.0-omni/reference-to-video"]
    assert complete(model, {"video_urls": [LONG]})["aspect_ratio"] == "auto"
    assert complete(model, {"image_urls": [LONG]})["aspect_ratio"] == "16:9"
