"""Every form that a page of KIE's documentation comes in says the same; one without a model is no trouble, a broken one says why."""

import json

import pytest

from kie.sync.spec import specs
from tests.kie.sync.told import CREATE, document, fields, flattened, old_page, one, page, reason


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


def test_work_that_is_asked_in_another_way_is_no_query_but_a_broken_page():
    told = document(fields())
    told["paths"][CREATE] = {"get": told["paths"][CREATE]["post"]}
    assert reason(page(told)) == f"{CREATE} stands under get, not under post"
    told["paths"][CREATE] = {"post": {"summary": "Acme - Dream"}}
    assert reason(page(told)) == f"{CREATE} has no JSON body"


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


@pytest.mark.parametrize("info", ["", "yml", "openapi", "YAML title=x", "json"])
def test_a_document_is_one_whatever_its_fence_is_called(info):
    second = document(fields(), model={"type": "string", "enum": ["acme/second"]}, example={"model": "acme/second"})
    bare = page(second).replace("```yaml", f"```{info}").replace("## OpenAPI Specification\n", "")
    if info == "json":
        bare = f"# Acme\n\n```json\n{json.dumps(second, indent=2)}\n```\n"
    assert [one.id for one in specs("p", page(document(fields())) + bare)] == ["acme/dream", "acme/second"]
    assert [one.id for one in specs("p", bare)] == ["acme/second"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"code": 429, "msg": "Too many requests"}', "code 429"),
        ('{"code": 401, "msg": "no", "data": null}', "code 401"),
        ('{"msg": "hello"}', "without data"),
        ('{"code": 200, "data": {"models": []}}', "without data"),
        ("# Page Not Found\n\nThis page does not exist.\n", "an error"),
        ("# 429 Too Many Requests\n", "an error"),
        ("# Acme\n\n### OpenAPI Specification\n", "has none"),
        ("# Acme\n\n   ```yaml\n   openapi: 3.0.1\n   ```\n", "without its fence"),
        ('{"paths": {"/a": ' + "1" * 50 + "}}", "too long"),
    ],
)
def test_what_came_instead_of_a_page_is_no_page_without_a_model(text, why):
    assert why in reason(text)


def test_a_page_that_ends_with_its_request_is_doubted():
    told = document(fields(seed={"type": "integer"}))
    del told["paths"][CREATE]["post"]["responses"]
    assert one(page(told)).doubts == ("its answers are missing: the page may be cut off",)
    flat = flattened(fields(model={"type": "string", "enum": ["veo3"]}))
    del flat["paths"]["type"]
    text = old_page(flat, info="yaml veo3-api/veo3-api.json post /api/v1/veo/generate")
    assert "its answers are missing: the page may be cut off" in one(text).doubts


def test_a_kind_of_content_may_say_its_encoding():
    told = page(document(fields())).replace("application/json:", "application/json; charset=utf-8:")
    assert one(told).id == "acme/dream"


@pytest.mark.parametrize(
    "text",
    [
        "# Guide\n\nProse only.\n\n```yaml\nretries: 3\n```\n",
        "> ## Documentation Index\n\n# Callbacks\n\n```json\n{}\n```\n",
        "# Guide\n\n```python\npaths: list[str] = []\n```\n\n```\nretries: 3\n```\n",
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
