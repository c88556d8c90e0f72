"""What the local KIE says of its models: catalogue API, feed of prices, documentation of both generations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
import yaml

from kie import registry_file
from kie.sync import run
from kie.sync.polite import Pace, Polite
from kie.sync.sources import Docs
from tests.sandbox.kie_side import DEADLINE_S, Kie

FENCE = re.compile(r"^(`{3,4})yaml[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)


def page(kie: Kie, path: str, **headers: str) -> requests.Response:
    return requests.get(kie.origin + path, headers=headers, timeout=DEADLINE_S)  # without a key


def specification(kie: Kie, path: str) -> dict:
    found = FENCE.search(page(kie, path).text)
    assert found, path
    return yaml.safe_load(found[2])


def test_the_catalogue_lists_models_by_kind_maker_and_words(kie):
    everything = kie.get("/api/v1/models")["data"]
    assert everything["total"] == len(everything["models"]) > 150
    speech = kie.get("/api/v1/models", taskType="Text to Speech,Music")["data"]["models"]
    assert {kind for model in speech for kind in model["taskType"]} == {"Text to Speech", "Music"}
    assert {model["provider"] for model in kie.get("/api/v1/models", provider="google")["data"]["models"]} == {"Google"}
    assert "z-image" in [model["model"] for model in kie.get("/api/v1/models", q="Z-IMAGE")["data"]["models"]]


def test_a_model_with_slashes_has_schema_price_and_success(kie):
    path = "/api/v1/models/kling-2.6/text-to-video"
    openapi = kie.get(f"{path}/schema")["data"]["openapi"]
    body = openapi["paths"]["/api/v1/jobs/createTask"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert openapi["openapi"] == "3.1.0"
    assert body["properties"]["model"]["enum"] == ["kling-2.6/text-to-video"]
    assert "prompt" in body["properties"]["input"]["required"]
    assert "credits" in kie.get(f"{path}/price")["data"]["pricingDesc"]
    assert len(kie.get(f"{path}/success-rate")["data"]["points"]) == 144


def test_limits_of_files_stand_in_prose_only(kie):
    openapi = kie.get("/api/v1/models/google/nano-banana-edit/schema")["data"]["openapi"]
    body = openapi["paths"]["/api/v1/jobs/createTask"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    about = str(body["properties"]["input"]["properties"]["image_urls"])
    assert "accepted types: image/jpeg" in about
    assert "x-media" not in about


def test_a_chat_model_is_asked_elsewhere(kie):
    openapi = kie.get("/api/v1/models/claude-opus-4-5/schema")["data"]["openapi"]
    assert list(openapi["paths"]) == ["/claude/v1/messages"]


@pytest.mark.parametrize("path", ["no/such/schema", "veo3/schema", "z-image/colour"])
def test_what_the_catalogue_does_not_know(kie, path):
    assert kie.get(f"/api/v1/models/{path}")["code"] == 404


def test_the_catalogue_answers_once_a_second(kie):
    kie.config(catalogue_per_s=1)
    codes = [kie.get("/api/v1/models", q="z-image")["code"] for _ in range(3)]
    assert 429 in codes


def test_the_feed_has_pages_of_rows_without_ids(kie):
    def asked(**wish) -> dict:
        return requests.post(kie.origin + "/client/v1/model-pricing/page", json=wish, timeout=DEADLINE_S).json()["data"]

    first = asked(pageNum=1, pageSize=100)
    rows = [row for number in range(first["pages"]) for row in asked(pageNum=number + 1, pageSize=100)["records"]]
    assert len(rows) == first["total"] == page(kie, "/client/v1/model-pricing/count").json()["data"]["total"]
    assert {"video", "image", "music", "chat"} == {row["interfaceType"] for row in rows}
    assert not any("model" in row for row in rows)
    (pro,) = asked(pageNum=1, pageSize=5, modelDescription="kontext pro")["records"]
    assert (pro["creditPrice"], pro["creditUnit"], pro["usdPrice"]) == ("5", " per image", "0.025")


def test_every_page_of_the_index_has_a_specification(kie):
    links = re.findall(r"\[[^\]]+\]\(([^)]+)\.md\)", page(kie, "/llms.txt").text)
    paths = [link.removeprefix(kie.origin) for link in links]
    assert len(paths) > 150
    assert not any("/old-model/" in path for path in paths)
    for path in paths[::10]:
        ((endpoint, operations),) = specification(kie, f"{path}.md")["paths"].items()
        assert endpoint.startswith("/")
        assert set(operations) <= {"get", "post"}


def test_the_former_page_of_an_address_that_the_unified_api_took_over(kie):
    today = page(kie, "/veo3-api/generate-veo-3-video.md").text
    assert ":::warning" in today
    assert "/old-model/veo3-api/generate-veo-3-video" in today
    (own,) = specification(kie, "/old-model/veo3-api/generate-veo-3-video.md")["paths"].values()
    schema = own["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["model"]["enum"] == ["veo3", "veo3_fast", "veo3_lite"]
    assert "callBackUrl" in schema["properties"]


def test_the_former_documentation_comes_in_two_dialects(kie):
    links = re.findall(r"\(([^)]+)\.md\)", page(kie, "/old-docs/llms.txt").text)
    dialects = {"path" in specification(kie, f"{link.removeprefix(kie.origin)}.md")["paths"] for link in links[:4]}
    assert dialects == {True, False}
    assert page(kie, f"{links[0].removeprefix(kie.origin)}.md").text.startswith("> ## Documentation Index")


def test_an_unchanged_page_is_not_sent_again(kie):
    first = page(kie, "/llms.txt")
    again = page(kie, "/llms.txt", **{"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_a_page_may_come_as_an_empty_shell(kie):
    kie.fault("docs", "shell")
    assert page(kie, "/llms.txt").text.startswith("<!doctype html>")
    assert page(kie, "/llms.txt").text.startswith("#")


def test_the_documentation_says_of_every_model_what_the_registry_says(kie: Kie, tmp_path: Path):
    documentation = Docs(Polite(tmp_path, Pace(every_s=0)), kie.origin)

    outcome = run.whole(documentation, registry_file.load())

    assert (outcome.aborted, outcome.differences, outcome.told.unreadable) == ("", [], [])
    assert len(outcome.told.models) > 190
