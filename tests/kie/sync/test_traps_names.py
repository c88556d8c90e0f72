"""The traps of KIE's documentation, by their numbers: what a model is called, and which of its pages is believed."""

import pytest

from kie.sync.reading import Reading, gathered
from kie.sync.spec import specs
from tests.kie.sync.told import CREATE, document, fields, one, page, reason


def named(listed: str, shown: str, text: str = "") -> dict:
    model = {"type": "string", "enum": [listed], "default": listed, "description": text}
    return document(fields(), model=model, example={"model": shown, "input": {"prompt": "x"}})


def test_8_where_ids_conflict_the_example_counts_more_than_the_list_and_it_is_a_doubt():
    spec = one(page(named("kling/v2-1-master", "kling/v2-5-turbo")))
    assert spec.id == "kling/v2-5-turbo"
    assert any("kling/v2-1-master" in doubt for doubt in spec.doubts)


def test_8_the_catalogue_counts_more_than_the_example():
    assert one(page(named("a/one", "b/two")), catalogue="c/three").id == "c/three"


def test_8_the_text_alone_only_raises_a_doubt():
    spec = one(page(named("qwen2/image-edit", "qwen2/image-edit", "Must be `qwen2/text-to-image` here")))
    assert spec.id == "qwen2/image-edit"
    assert any("the text says qwen2/text-to-image" in doubt for doubt in spec.doubts)


def test_8_placeholders_are_no_ids():
    assert one(page(named("a/one", "custom_4o"))).doubts == ()


def test_8_an_example_that_is_no_id_says_nothing():
    assert one(page(named("a/one", "Acme Dream, the best"))).doubts == ()


@pytest.mark.parametrize("listed", [2.5, "V5", "2.5"])
def test_8_a_version_is_no_id_of_a_task(listed):
    model = {"type": "string", "enum": [listed]}
    told = page(document(fields(), model=model, example={"input": {}}))
    assert reason(told) == f"model: {listed} is a version, and nobody says of what"
    assert one(told, catalogue="acme/dream").id == "acme/dream"


def test_15_one_page_may_tell_of_several_models():
    model = {"type": "string", "enum": ["a/one", "a/two"]}
    found = specs("p", page(document(fields(), model=model, example={"model": "a/two", "input": {}})))
    assert [(one.id, one.shared, one.doubts) for one in found] == [("a/one", True, ()), ("a/two", True, ())]


def test_15_of_two_pages_of_one_model_the_richer_is_kept():
    poor = specs("poor", page(document(fields())))
    rich = specs("rich", page(document(fields(seed={"type": "integer"}))))
    told = gathered([Reading(page="poor", found=tuple(poor)), Reading(page="rich", found=tuple(rich))])
    assert (told.models["acme/dream"].page, told.models["acme/dream"].pages) == ("rich", ("poor",))
    assert "said differently by poor" in told.models["acme/dream"].doubts


def test_15_an_english_page_goes_before_its_translation():
    english = specs("en", page(document(fields())))
    chinese = specs("cn", page(document(fields(seed={"type": "integer", "description": "随机种子"}))))
    told = gathered([Reading(page="cn", found=tuple(chinese)), Reading(page="en", found=tuple(english))])
    assert told.models["acme/dream"].page == "en"


def test_8_a_constant_is_no_copy_whatever_the_example_says():
    told = document(fields(), model={"const": "acme/dream"}, example={"model": "other/thing", "input": {}})
    spec = one(page(told))
    assert spec.id == "acme/dream"
    assert spec.doubts == ("model: the example says other/thing, not acme/dream",)
    told = document(fields(), model={"type": "string", "const": "acme/dream"})
    assert one(page(told)).doubts == ()


def test_8_an_example_does_not_win_over_a_lone_default_in_silence():
    told = document(fields(), model={"default": "acme/dream"}, example={"model": "other/thing", "input": {}})
    assert any("other/thing" in doubt for doubt in one(page(told)).doubts)
    told = document(fields(), model={"examples": ["acme/dream"]}, example={"model": "other/thing", "input": {}})
    assert any("acme/dream" in doubt for doubt in one(page(told)).doubts)


def test_15_a_constant_in_each_branch_is_a_list():
    found = specs("p", page(document(fields(), model={"oneOf": [{"const": "a/one"}, {"const": "a/two"}]}, example={})))
    assert [one.id for one in found] == ["a/one", "a/two"]


@pytest.mark.parametrize("endpoint", ["/api/v2/jobs/createTask", "/api/v1/playground/createTask"])
def test_the_unified_form_at_a_place_that_nobody_knows_keeps_its_model_and_is_a_doubt(endpoint):
    told = document(fields())
    told["paths"] = {endpoint: told["paths"][CREATE]}
    spec = one(page(told))
    assert (spec.id, spec.endpoint, list(spec.input["properties"])) == ("acme/dream", endpoint, ["prompt"])
    assert spec.doubts == (f"{endpoint} is an endpoint that nobody knows",)


def test_a_slash_at_the_end_makes_no_other_endpoint():
    told = document(fields())
    told["paths"] = {f"{CREATE}/": told["paths"][CREATE]}
    assert one(page(told)) == one(page(document(fields())))


def test_a_dedicated_family_that_nobody_knows_has_the_ids_of_its_models():
    model = {"type": "string", "enum": ["mj-v7", "mj-niji"], "default": "mj-v7"}
    found = specs("p", page(document(fields(model=model), endpoint="/api/v1/mj/generate", example={"prompt": "a"})))
    assert [one.id for one in found] == ["mj-v7", "mj-niji"]
    assert all("nobody knows" in one.doubts[0] for one in found)
    versions = {"type": "string", "enum": ["V6", "V7"]}
    told = document(fields(model=versions), endpoint="/api/v1/tune/generate", example={"prompt": "a"})
    assert [one.id for one in specs("p", page(told))] == ["tune/generate/V6", "tune/generate/V7"]
