"""Publishing: once for each version, newer ones only, and what leaves the file is retired, never deleted."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pydantic import ValidationError
from structlog.testing import capture_logs

from kie import registry, registry_file
from kie.catalogue import AIModel, ModelState, Override, RegistryVersion

pytestmark = pytest.mark.django_db
CONTENT = json.loads(registry_file.PATH.read_text())
SOLD = {model.key for model in registry_file.load().models if model.sold}


@pytest.fixture(autouse=True)
def _nothing_published() -> None:
    AIModel.objects.all().delete()
    RegistryVersion.objects.all().delete()


@pytest.fixture
def file(tmp_path) -> Any:
    """Writes a registry file with `version` and only those models of the real one for which `keep` is true, changed by `change`."""

    def write(version: str, *, keep=lambda key: True, change=lambda model: None) -> Any:
        content = json.loads(json.dumps(CONTENT)) | {"version": version}
        content["models"] = [model for model in content["models"] if keep(model["key"])]
        for model in content["models"]:
            change(model)
        path = tmp_path / f"{version}.json"
        path.write_text(json.dumps(content))
        return path

    return write


def few(key: str) -> bool:
    return key in {"z-image", "google/nano-banana"}


def test_the_file_becomes_the_current_version_and_its_models_go_on_sale():
    version = registry.publish_file()
    assert version is not None
    assert RegistryVersion.objects.current() == version
    assert {model.key for model in AIModel.objects.on_sale()} == SOLD
    assert set(version.diff["added"]) == {model["key"] for model in CONTENT["models"]}
    z_image = AIModel.objects.get(key="z-image")
    assert (z_image.kie_model, z_image.output, z_image.version_label) == ("z-image", "image", version.version)
    assert [words["name"] for words in z_image.wizard] == ["prompt", "aspect_ratio"]


def test_publishing_again_changes_nothing(file):
    first = registry.publish_file(file("1.0.0", keep=few))
    before = list(AIModel.objects.order_by("pk").values())
    assert registry.publish_file(file("1.0.0", keep=few)) is None
    assert RegistryVersion.objects.get() == first
    assert list(AIModel.objects.order_by("pk").values()) == before


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_at_once_publish_once(file):
    path = file("1.0.0", keep=few)

    def start(_: int) -> RegistryVersion | None:
        try:
            return registry.publish_file(path)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as starts:
        published = [version for version in starts.map(start, range(6)) if version]
    assert published == [RegistryVersion.objects.get()]


def test_a_newer_version_is_published_with_its_diff_and_keeps_the_rows(file):
    registry.publish_file(file("1.9.0", keep=few))
    ids = dict(AIModel.objects.values_list("key", "pk"))

    def dearer(model: dict[str, Any]) -> None:
        if model["key"] == "z-image":
            model["pricing"][0]["usd"] = "0.005"

    version = registry.publish_file(file("1.10.0", keep=few, change=dearer))
    assert version is not None
    row = {"usd": "0.004", "unit": "task"}
    assert version.diff == {
        "added": [],
        "gone": [],
        "changed": {"z-image": {"pricing": [[row], [row | {"usd": "0.005"}]]}},
    }
    assert dict(AIModel.objects.values_list("key", "pk")) == ids
    assert AIModel.objects.get(key="z-image").pricing[0]["usd"] == "0.005"
    assert list(RegistryVersion.objects.filter(current=True)) == [version]


def test_a_repeat_asks_the_database_three_questions_and_does_not_check_the_file(file):
    path = file("1.0.0", keep=few)
    registry.publish_file(path)
    path.write_text(path.read_text().replace('"family": "market"', '"family": "of tomorrow"'))
    with CaptureQueriesContext(connection) as asked:
        assert registry.publish_file(path) is None
    questions = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(questions) == 3, questions


def test_a_file_that_is_changed_under_its_version_is_told_of(file):
    registry.publish_file(file("1.0.0", keep=few))
    with capture_logs() as told:
        registry.publish_file(file("1.0.0", keep=few))
        registry.publish_file(file("1.0.0", keep=lambda key: key == "z-image"))
    assert [line["event"] for line in told] == ["registry.changed_without_version"]


def test_whoever_asks_for_a_retired_model_gets_what_has_taken_its_place(file):
    registry.publish_file(file("1.0.0", keep=lambda key: key.startswith(("ai-music-api/", "suno/"))))
    heir = AIModel.objects.named("suno/generate/V5")
    assert heir is not None
    assert heir.key == "ai-music-api/generate"
    gone = AIModel.objects.get(key="suno/generate/V5")
    assert (gone.state, gone.facts["note"]) == (
        ModelState.RETIRED,
        "superseded by ai-music-api/* of the unified API",
    )


def test_an_older_version_is_not_published(file):
    registry.publish_file(file("1.10.0", keep=few))
    assert registry.publish_file(file("1.9.0", keep=lambda key: key == "z-image")) is None
    assert AIModel.objects.on_sale().count() == 2


def test_a_start_does_not_undo_a_rollback(file):
    registry.publish_file(file("1.0.0", keep=few))
    registry.publish_file(file("1.1.0", keep=few))
    RegistryVersion.objects.filter(version="1.1.0").update(current=False)
    RegistryVersion.objects.filter(version="1.0.0").update(current=True)
    assert registry.publish_file(file("1.1.0", keep=few)) is None
    current = RegistryVersion.objects.current()
    assert current is not None
    assert current.version == "1.0.0"


def test_a_model_gone_from_the_file_is_retired_and_comes_back(file):
    registry.publish_file(file("1.0.0", keep=few))
    registry.publish_file(file("2.0.0", keep=lambda key: key == "google/nano-banana"))
    assert AIModel.objects.get(key="z-image").state == ModelState.RETIRED
    assert not AIModel.objects.on_sale().filter(key="z-image").exists()
    registry.publish_file(file("2.1.0", keep=few))
    assert AIModel.objects.get(key="z-image").state == ModelState.SOLD


def test_a_model_without_a_price_is_loaded_and_not_sold(file):
    registry.publish_file(
        file("1.0.0", keep=few, change=lambda model: model.update(pricing=[]) if model["key"] == "z-image" else None)
    )
    assert AIModel.objects.get(key="z-image").state == ModelState.UNPRICED
    assert [model.key for model in AIModel.objects.on_sale()] == ["google/nano-banana"]


def test_an_override_outlives_a_new_version(file):
    registry.publish_file(file("1.0.0", keep=few))
    Override.objects.create(
        model=AIModel.objects.get(key="z-image"), off=True, reason="complaints", title_ru="Своё имя"
    )
    registry.publish_file(file("1.1.0", keep=few))
    model = AIModel.objects.get(key="z-image")
    assert (model.state, model.title_ru, model.title_en) == (ModelState.OFF, "Своё имя", "Z-Image: a quick picture")


def test_the_facts_of_a_published_version_cannot_be_changed(file):
    registry.publish_file(file("1.0.0", keep=few))
    changes: list[dict[str, Any]] = [{"content": {}}, {"diff": {}}, {"version": "9.0.0"}, {"by": "me"}]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            RegistryVersion.objects.update(**change)


def test_two_versions_cannot_be_current(file):
    registry.publish_file(file("1.0.0", keep=few))
    registry.publish_file(file("1.1.0", keep=few))
    with pytest.raises(IntegrityError, match="registry_one_current"), transaction.atomic():
        RegistryVersion.objects.update(current=True)


def test_a_version_cannot_be_published_twice(file):
    registry.publish_file(file("1.0.0", keep=few))
    with pytest.raises(IntegrityError), transaction.atomic():
        registry.publish(registry_file.load(file("1.0.0", keep=few)), by="operator")


def test_a_faulty_file_publishes_nothing(file):
    registry.publish_file(file("1.0.0", keep=few))
    with pytest.raises(ValidationError):
        registry.publish_file(file("1.1.0", keep=few, change=lambda model: model.update(output="hologram")))
    assert RegistryVersion.objects.get().version == "1.0.0"


def _breaking(**changes: Any) -> Any:
    return lambda model: model.update(changes)


FAULTS = {
    "an unknown field": _breaking(colour="red"),
    "a price as a number": lambda model: model["pricing"][0].update(usd=0.004),
    "a negative price": lambda model: model["pricing"][0].update(usd="-0.004"),
    "a price that counts nothing": lambda model: model["pricing"][0].update(unit="second"),
    "a price that counts a stranger": lambda model: model["pricing"][0].update(unit="second", by="length"),
    "a price that looks at a stranger": lambda model: model["pricing"][0].update(when={"resolution": "1K"}),
    "no Russian title": _breaking(title={"en": "Z", "ru": ""}),
    "a category that the menu does not have": _breaking(category="misc"),
    "a family that KIE does not have": _breaking(family="dalle"),
    "a wizard that asks for a stranger": _breaking(wizard=["prompt", "aspect_ratio", "mood"]),
    "a field that is neither asked nor given": lambda model: model["wizard"].remove("prompt"),
    "a default that is not allowed": lambda model: model["input"]["properties"]["aspect_ratio"].update(default="7:5"),
    "a choice of another type than its field's": lambda model: model["input"]["properties"].update(
        size={"type": "integer", "enum": ["1", "2"]}
    ),
    "such a choice within a list": lambda model: model["input"]["properties"].update(
        sizes={"type": "array", "items": {"type": "string", "const": 1}}
    ),
    "a schema that is none": lambda model: model["input"].update(required="prompt"),
    "a question that the wizard does not have": lambda model: model["input"]["properties"].update(
        prompt={"type": "object"}
    ),
    "a schema of no object": lambda model: model["input"].update(type="array"),
    "what is ours over a stranger": _breaking(ours={"mood": {"default": "calm"}}),
    "a default of ours that is not allowed": _breaking(ours={"aspect_ratio": {"default": "7:5"}}),
    "a fixed value that is not allowed": _breaking(fixed={"aspect_ratio": "7:5"}),
    "a rule that is no schema": _breaking(rules=[{"required": "prompt"}]),
    "a successor that there is not": _breaking(successor="z-image-9"),
    "a retirement without a word why": _breaking(retired=True),
    "a choice without words": lambda model: model["input"]["properties"]["aspect_ratio"]["enum"].append("golden_ratio"),
    "a deadline before the typical time": _breaking(median_s=500),
    "an alias that is a key": _breaking(aliases=["google/nano-banana"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_is_refused_for(file, fault):
    def change(model: dict[str, Any]) -> None:
        if model["key"] == "z-image":
            FAULTS[fault](model)

    with pytest.raises(ValidationError):
        registry_file.load(file("1.0.0", keep=few, change=change))


def test_every_price_of_the_file_is_exact_text():
    assert all(isinstance(row["usd"], str) for model in CONTENT["models"] for row in model.get("pricing", []))
