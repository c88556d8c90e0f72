"""The traps of KIE's documentation, each by its number in the list that a crawler learns them by."""

import json
import re

import pytest

from kie.sync.errors import Unreadable
from kie.sync.reading import Reading, gathered
from kie.sync.spec import specs
from tests.kie.sync.told import CREATE, document, field, fields, flattened, old_page, one, page


def reason(text: str) -> str:
    with pytest.raises(Unreadable) as refused:
        specs("a page", text)
    return refused.value.reason


def test_1_the_html_shell_is_no_page():
    assert "HTML shell" in reason("<!DOCTYPE html><html><body><script src='x.js'></script></body></html>")
    assert "HTML shell" in reason("https://docs.kie.ai/market/a\n<html></html>")


def test_2_a_fence_within_a_description_does_not_end_the_block():
    told = document(fields())
    told["paths"][CREATE]["post"]["description"] = 'So:\n\n```json\n{"a": 1}\n```\n\nand on.\n'
    assert one(page(told)).id == "acme/dream"


def test_3_bare_words_mean_what_yaml_1_2_says():
    text = page(document(fields(it={"type": "string", "enum": ["BARE"]})))
    text = re.sub(r"enum:\n +- BARE", "enum: [9:16, on, 1e3, 010]", text)
    assert one(text).input["properties"]["it"]["enum"] == ["9:16", "on", "1e3", "010"]


def test_4_anchors_are_put_in_and_bombs_are_not():
    text = page(document(fields(one={"type": "string", "enum": ["X"]}, two={"type": "string", "enum": ["Y"]})))
    anchored = re.sub(r"enum:\n +- X", "enum: &ref_0 [X]", re.sub(r"enum:\n +- Y", "enum: *ref_0", text))
    assert one(anchored).input["properties"]["two"]["enum"] == ["X"]
    bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "nodes" in reason(page(bomb + "paths: {}"))


def test_4_nothing_is_built_of_a_tag():
    assert "tag" in reason(page("paths: !!python/object/apply:os.system ['true']"))


def test_5_references_are_decoded_and_keep_their_spaces():
    told = document(
        fields(it={"$ref": "#/components/schemas/an%20image "}),
        components={"schemas": {"an image ": {"type": "string", "enum": ["a"]}}},
    )
    assert one(page(told)).input["properties"]["it"] == {"type": "string", "enum": ["a"]}
    assert "not there" in reason(page(document(fields(it={"$ref": "#/components/schemas/nothing"}))))


def test_5_a_reference_to_itself_ends():
    loop = {"schemas": {"a": {"$ref": "#/components/schemas/a"}}}
    assert "itself" in reason(page(document(fields(it={"$ref": "#/components/schemas/a"}), components=loop)))


def test_6_the_publishers_noise_is_left_out_but_its_order_and_references_count():
    told = fields(last={"type": "boolean"}, first={"type": "string", "enum": ["a"], "x-apidog-enum": [{"value": "a"}]})
    told |= {
        "x-apidog-orders": ["first", "prompt", "01KWKMHB0TTBF3NCABSPH30YV4"],
        "x-apidog-refs": {"01KWKMHB0TTBF3NCABSPH30YV4": {"$ref": "#/components/schemas/checker"}},
        "x-apidog-ignore-properties": ["checker"],
    }
    components = {"schemas": {"checker": {"type": "object", "properties": {"checker": {"type": "boolean"}}}}}
    spec = one(page(document(told, components=components)))
    assert list(spec.input["properties"]) == ["first", "prompt", "last", "checker"]
    assert "apidog" not in json.dumps(spec.input)
    assert spec.doubts == ()


def test_7_what_no_validator_takes_is_plain_data_here():
    told = document(fields(it={"type": ["string", "null"], "format": "enum", "enum": ["a"]}))
    told["components"] = {"securitySchemes": {"BearerAuth": {"type": "bearer"}}, "schemas": {"x": {"properties": {}}}}
    assert one(page(told)).input["properties"]["it"] == {"type": ["string", "null"], "enum": ["a"]}


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


def test_9_names_are_trimmed_and_remember_how_they_were_written():
    told = fields(**{"image_urls ": {"type": "array", "items": {"type": "string", "format": "uri"}}})
    told["required"] = ["prompt", "image_urls "]
    spec = one(page(document(told)))
    assert spec.input["properties"]["image_urls"]["x-name"] == "image_urls "
    assert spec.input["required"] == ["prompt", "image_urls"]


def test_9_two_names_that_trim_to_one_are_a_doubt():
    told = fields(**{"seed ": {"type": "string"}, "seed": {"type": "integer"}})
    assert any("there twice" in doubt for doubt in one(page(document(told))).doubts)


def test_10_what_is_required_and_not_there_is_a_doubt_and_not_required():
    told = fields() | {"required": ["prompt", "watermark"]}
    spec = one(page(document(told)))
    assert spec.input["required"] == ["prompt"]
    assert any("watermark is required and is not there" in doubt for doubt in spec.doubts)


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({"type": "string", "description": "Text (Max length: 5000 characters)"}, {"maxLength": 5000}),
        ({"type": "string", "description": "Required, maximum 20,000 characters."}, {"maxLength": 20000}),
        ({"type": "string", "description": "提示词，最多 800 个字符"}, {"maxLength": 800}),
        ({"type": "string", "description": "V4: max 3000 characters; V5: max 5000 characters"}, {}),
        ({"type": "integer", "description": "Value range: 10000-99999."}, {"minimum": 10000, "maximum": 99999}),
        ({"type": "integer", "description": "Range: [1, 15]. Default: 8"}, {"minimum": 1, "maximum": 15}),
        (
            {"type": "integer", "description": "4-15 seconds or -1"},
            {"anyOf": [{"const": -1}, {"minimum": 4, "maximum": 15}]},
        ),
        ({"type": "array", "items": {"type": "string"}, "description": "up to 8 images"}, {"maxItems": 8}),
    ],
)
def test_11_limits_in_prose_are_read(given, limits):
    read = field(given)
    assert {name: value for name, value in read.items() if name not in {"type", "description", "items"}} == limits


def test_11_what_is_ignored_may_be_sent():
    given = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Only 1 image is supported, rest will be ignored",
    }
    assert "maxItems" not in field(given, "reference_image_urls")


def test_11_of_two_limits_the_stricter_holds_and_both_are_kept():
    read = field({"type": "string", "maxLength": 5000, "description": "Max length: 3000 characters"})
    assert (read["maxLength"], read["x-said"]) == (3000, {"maxLength": 3000})
    read = field({"type": "string", "maxLength": 800, "description": "Max length: 3000 characters"})
    assert (read["maxLength"], read["x-said"]) == (800, {"maxLength": 3000})


def test_11_a_limit_that_the_default_breaks_was_misread():
    read = field({"type": "integer", "default": 20, "description": "Range: 1 to 10"})
    assert "maximum" not in read


def test_11_what_a_file_may_be():
    text = (
        "File URL after upload, not file content; accepted types: image/jpeg, image/png, image/webp. Max size: 10.0MB"
    )
    read = field({"type": "string", "description": text}, "image_url")
    kinds = ["image/jpeg", "image/png", "image/webp"]
    assert (read["x-media"], read["x-max-mb"], read["x-accept"], read["format"]) == ("image", 10, kinds, "uri")


def test_12_a_file_typed_as_an_object_is_sent_as_an_address():
    read = field({"type": "object", "description": "URL of the mask image"}, "mask")
    assert (read["type"], read["x-media"], read["x-type"]) == ("string", "image", "object")


def test_12_numbers_as_text_stay_text():
    assert field({"type": "string", "enum": [5, 10], "default": 5}) == {
        "type": "string",
        "enum": ["5", "10"],
        "default": "5",
    }
    assert field({"type": "string", "enum": ["4k", "4K"]})["enum"] == ["4k", "4K"]
    assert field({"type": "integer", "enum": ["5", "10"], "default": "5"}) == {
        "type": "integer",
        "enum": [5, 10],
        "default": 5,
    }


@pytest.mark.parametrize(
    ("name", "media"),
    [
        *dict.fromkeys(
            [("image_url", "image"), ("image", "image"), ("first_frame_url", "image"), ("tail_image_url", "image"), ("inputImage", "image"), ("maskUrl", "image")]
        ),
        *[("video_url", "video"), ("first_clip_url", "video"), ("videoUrl", "video"), ("driving_audio_url", "audio"), ("reference_voice", "audio")],
        *[("prompt", None), ("voice", None), ("image_size", None), ("callback_image", None), ("num_images", None), ("sound", None)],
    ],
)  # fmt: skip
def test_13_files_are_known_by_their_names(name, media):
    given = {"type": "string", "description": "A URL"} if media else {"type": "string", "description": "Said"}
    assert field(given, name).get("x-media") == media


def test_13_a_name_without_a_kind_is_told_by_the_text():
    given = {"type": "array", "items": {"type": "string", "format": "uri"}}
    assert field(given | {"description": "Image URLs"}, "input_urls")["items"]["x-media"] == "image"
    assert field(given | {"description": "Audio to extend"}, "filesUrl")["items"]["x-media"] == "audio"


def test_14_branches_keep_what_is_theirs():
    branches = [
        {"title": "text", "type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]},
        {"title": "image", "type": "object", "properties": {"image_url": {"type": "string", "format": "uri"}}, "required": ["image_url"]},
    ]  # fmt: skip
    read = one(page(document({"oneOf": branches}, example={"model": "acme/dream"}))).input
    assert "properties" not in read
    assert [branch["required"] for branch in read["oneOf"]] == [["prompt"], ["image_url"]]
    assert read["oneOf"][1]["properties"]["image_url"]["x-media"] == "image"


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


@pytest.mark.parametrize("endpoint", ["/api/file-stream-upload", "/api/v1/common/download-url"])
def test_16_uploads_and_helpers_are_no_models(endpoint):
    assert specs("p", page(document(fields(), endpoint=endpoint))) == []


def test_17_a_default_that_the_text_denies_is_unknown():
    read = field({"type": "boolean", "default": False, "description": "Translate. Default value is true."})
    assert "default" not in read
    assert read["x-default"] == [False, True]


def test_18_deprecated_fields_say_so_and_operation_ids_do_not_matter():
    told = document(fields(it={"type": "string", "deprecated": True}))
    told["paths"][CREATE]["post"]["operationId"] = "playground_252"
    assert one(page(told)).input["properties"]["it"]["deprecated"] is True


def test_20_a_page_may_not_be_large():
    assert "characters" in reason(page(document(fields())) + "x" * 700_000)


def test_20_a_property_that_lost_its_name_is_noticed():
    assert "is no property" in reason(
        page(document({"type": "object", "properties": {"type": "string", "title": "x"}}))
    )
    swallowed = {"type": "string", "seed": {"type": "integer"}}
    assert "'seed' is no word of a schema" in reason(page(document(fields(it=swallowed))))


def test_the_old_form_is_read_by_its_four_backticks():
    told = document(fields())
    told["paths"][CREATE]["post"]["description"] = "```\nx\n```\n"
    assert one(old_page(told)).id == "acme/dream"


def test_an_aggregate_of_pages_tells_of_each():
    other = document(fields(), model={"type": "string", "enum": ["acme/other"]}, example={"model": "acme/other"})
    info = f"yaml https://docs.kie.ai/acme.json POST {CREATE} theme={{null}}"
    text = page(document(fields())) + "\n***\n\n" + old_page(other, info=info)
    assert [one.id for one in specs("p", text)] == ["acme/dream", "acme/other"]


def test_line_ends_of_another_system_change_nothing():
    text = page(document(fields(it={"type": "string", "enum": ["a"]})))
    assert specs("p", "\ufeff" + text.replace("\n", "\r\n")) == specs("p", text)


def test_a_fence_that_says_another_endpoint_is_not_believed():
    assert "fence says" in reason(old_page(document(fields()), info="yaml market/x.json post /api/v1/veo/generate"))


def test_the_flattened_dialect_says_the_same():
    model = {"type": "string", "enum": ["veo3", "veo3_fast"], "default": "veo3"}
    told = fields(model=model, seeds={"type": "integer", "minimum": 10000, "maximum": 99999})
    plain = specs("p", page(document(told, endpoint="/api/v1/veo/generate", example={"prompt": "x"})))
    flat = specs("p", old_page(flattened(told), info="yaml veo3-api/veo3-api.json post /api/v1/veo/generate"))
    assert [one.id for one in flat] == ["veo3", "veo3_fast"]
    assert [one.input for one in flat] == [one.input for one in plain]


def test_a_catalogue_answer_is_the_same_document():
    told = document(fields(it={"type": "string", "enum": ["9:16"]}))
    answer = json.dumps({"code": 200, "msg": "success", "data": {"model": "acme/dream", "openapi": told}})
    assert specs("a page", answer) == specs("a page", page(told))
    assert specs("p", json.dumps({"code": 200, "data": {"model": "chat", "openapi": None}})) == []


@pytest.mark.parametrize(
    "text",
    [
        "# Guide\n\nProse only.\n\n```yaml\nretries: 3\n```\n",
        "> ## Documentation Index\n\n# Callbacks\n\n```json\n{}\n```\n",
        page({"openapi": "3.0.1", "paths": {"/api/v1/jobs/recordInfo": {"get": {"parameters": []}}}}),
    ],
)
def test_a_page_without_a_model_is_no_trouble(text):
    assert specs("p", text) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text[: text.index("input:")], "cut off"),
        (lambda text: text.replace("```yaml\n", ""), "without its fence"),
        (lambda text: text[: text.index("```yaml")], "has none"),
        (lambda text: text.replace("type: string", "type: sting"), "no type"),
        (lambda text: text.replace("paths:\n", "path:\n", 1), "no paths"),
        (lambda text: text.replace("maxLength: 3000", "maxLength: many"), "no number"),
        (lambda text: "random words", "neither # nor >"),
    ],
)
def test_a_broken_page_is_unreadable_with_its_reason(change, why):
    text = page(document(fields()))
    assert change(text) != text
    assert why in reason(change(text))
