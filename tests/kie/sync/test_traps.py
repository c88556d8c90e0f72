"""The traps of KIE's documentation, each by its number in the list that a crawler learns them by: the page and its YAML."""

import json
import re

import pytest

from kie.sync.spec import specs
from tests.kie.sync.told import CREATE, document, fields, one, page, reason


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


def test_14_branches_keep_what_is_theirs():
    branches = [
        {"title": "text", "type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]},
        {"title": "image", "type": "object", "properties": {"image_url": {"type": "string", "format": "uri"}}, "required": ["image_url"]},
    ]  # fmt: skip
    read = one(page(document({"oneOf": branches}, example={"model": "acme/dream"}))).input
    assert "properties" not in read
    assert [branch["required"] for branch in read["oneOf"]] == [["prompt"], ["image_url"]]
    assert read["oneOf"][1]["properties"]["image_url"]["x-media"] == "image"


def test_14_a_bare_string_in_a_branch_is_no_second_type_of_a_list():
    stub = lambda name: {"type": "object", "required": [name], "properties": {name: {"type": "string"}}}  # noqa: E731
    urls = {"type": "array", "items": {"type": "string", "format": "uri"}}
    input = fields(image_urls=urls, video_urls=urls) | {"allOf": [{"anyOf": [stub("image_urls"), stub("video_urls")]}]}

    read = one(page(document(input)))

    assert (read.input["anyOf"], read.doubts) == ([{"required": ["image_urls"]}, {"required": ["video_urls"]}], ())


def test_14_what_a_branch_really_says_otherwise_is_a_doubt():
    branches = [{"required": ["it"], "properties": {"it": {"type": "integer", "minimum": 4}}}, {"required": ["prompt"]}]
    read = one(page(document(fields(it={"type": "string"}) | {"anyOf": branches})))
    assert read.input["anyOf"] == [{"required": ["it"]}, {"required": ["prompt"]}]
    assert "input: it is of another type in a branch" in read.doubts


@pytest.mark.parametrize("endpoint", ["/api/file-stream-upload", "/api/v1/common/download-url"])
def test_16_uploads_and_helpers_are_no_models(endpoint):
    assert specs("p", page(document(fields(), endpoint=endpoint))) == []


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
