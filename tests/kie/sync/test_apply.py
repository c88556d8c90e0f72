"""What is taken becomes the next version, whole or not at all; nothing leaves the registry."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction

from kie import registry, registry_file
from kie.catalogue import AIModel, ModelState, RegistryVersion
from kie.registry_file import Registry
from kie.sync import apply, diff
from kie.sync.diff import Change, Difference
from tests.kie.sync.book import FEW, spec, told
from tests.kie.sync.book import registry as book

BOOK = book()


def differences(*specs, listed=None):
    return diff.differences(BOOK, told(*specs), listed=listed)


def entry(made: Registry, key: str):
    return next(one for one in made.models if one.key == key)


SHORTER = {"type": "string", "maxLength": 900}


def test_a_change_is_put_in_its_place_and_raises_the_patch():
    made = apply.plan(BOOK, differences(spec(BOOK, "z-image", prompt=SHORTER)))
    assert made.taken == ["z-image"]
    assert entry(made.registry, "z-image").input["properties"]["prompt"]["maxLength"] == 900
    assert registry_file.number(made.registry.version) > registry_file.number(BOOK.version)
    assert made.registry.version.split(".")[:2] == BOOK.version.split(".")[:2]
    assert entry(BOOK, "z-image").input["properties"]["prompt"]["maxLength"] == 1000


def test_applied_differences_are_gone():
    pages = [
        spec(BOOK, "z-image", prompt=SHORTER, nsfw_checker=None, seed={"type": "integer", "description": "Said"}),
        spec(BOOK, "kling-2.6/image-to-video", duration={"type": "string", "enum": ["5", "10", "15"], "default": "10"}),
    ]
    made = apply.plan(BOOK, differences(*pages))
    assert (len(made.taken), made.refused) == (2, {})
    assert diff.differences(made.registry, told(*pages), listed=None) == []


def test_a_new_model_comes_unsold_and_raises_the_minor():
    new = replace(
        spec(BOOK, "z-image"), id="acme/dream-video", title="Acme - Dream", page="https://docs.kie.ai/market/acme/dream"
    )
    made = apply.plan(BOOK, differences(new))
    added = entry(made.registry, "acme/dream-video")
    assert (added.sold, added.output, added.vendor, added.source_url) == (False, "video", "Acme", new.page)
    assert made.registry.version.split(".")[2] == "0"


def test_a_model_whose_endpoint_nobody_speaks_to_is_refused_alone():
    new = replace(spec(BOOK, "z-image"), id="mj/generate", endpoint="/api/v1/mj/generate")
    made = apply.plan(BOOK, differences(new, spec(BOOK, "z-image", prompt=SHORTER)))
    assert made.taken == ["z-image"]
    assert "no adapter" in made.refused["mj/generate"]


def test_what_would_not_be_a_sound_registry_is_refused_alone():
    nobody_asks = spec(BOOK, "google/nano-banana-edit", mood={"type": "string"})
    needed = replace(nobody_asks, input=nobody_asks.input | {"required": ["prompt", "image_urls", "mood"]})
    made = apply.plan(BOOK, differences(needed, spec(BOOK, "z-image", prompt=SHORTER)))
    assert made.taken == ["z-image"]
    assert "mood" in made.refused["google/nano-banana-edit"]


def test_a_field_that_no_answer_can_satisfy_is_refused_alone():
    denied = spec(BOOK, "google/nano-banana-edit", mood={"type": "string", "enum": [1, 2]})
    made = apply.plan(BOOK, differences(denied, spec(BOOK, "z-image", prompt=SHORTER)))
    assert made.taken == ["z-image"]
    why = "input.mood offers 1, which it does not take itself; input.mood offers 2, which it does not take itself"
    assert made.refused == {"google/nano-banana-edit": why}


GONE = Difference(kind="gone", key="z-image", page="p")


def test_a_model_missing_once_is_only_marked():
    made = apply.plan(BOOK, [GONE])
    assert made.taken == []
    assert "missing once" in made.refused["z-image"]
    assert made.registry == BOOK


def test_a_proven_end_retires_and_raises_the_major():
    made = apply.plan(BOOK, [GONE], proof=lambda key: "")
    assert entry(made.registry, "z-image").retired
    assert made.registry.version == f"{int(BOOK.version.split('.')[0]) + 1}.0.0"


def test_a_price_is_put_in_exactly_with_its_day():
    price = Difference(
        kind="price", key="z-image", changes=(Change(("pricing", 0, "usd"), "0.004", "0.005", risky=True),)
    )
    made = apply.plan(BOOK, [price])
    assert Decimal(entry(made.registry, "z-image").pricing[0].usd) == Decimal("0.005")
    stale = replace(price, changes=(Change(("pricing", 0, "usd"), "0.003", "0.005", risky=True),))
    assert "not as it was compared" in apply.plan(BOOK, [stale]).refused["z-image"]


def test_the_version_comes_after_all_that_were_published():
    made = apply.plan(BOOK, differences(spec(BOOK, "z-image", prompt=SHORTER)), known=["3.1.4", "2.9.9"])
    assert made.registry.version == "3.1.5"


@pytest.fixture
def published(db) -> RegistryVersion:
    AIModel.objects.all().delete()
    RegistryVersion.objects.all().delete()
    return registry.publish(BOOK, by="test")


def planned():
    return apply.plan(BOOK, differences(spec(BOOK, "z-image", prompt=SHORTER)))


def test_the_file_and_the_version_are_the_same(published, tmp_path):
    file = tmp_path / "registry.json"
    version = apply.publish(planned(), by="test", write=file)
    assert RegistryVersion.objects.current() == version
    assert registry_file.as_data(registry_file.load(file)) == version.content
    assert AIModel.objects.get(key="z-image").input["properties"]["prompt"]["maxLength"] == 900


def test_nothing_is_published_where_the_file_cannot_be_written(published, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        apply.publish(planned(), by="test", write=tmp_path / "nowhere" / "registry.json")
    assert RegistryVersion.objects.current() == published


class Killed(BaseException):
    """The process died."""


def test_who_dies_between_file_and_version_leaves_what_the_next_start_publishes(published, tmp_path):
    """The database undoes what was not committed; the file is there already."""
    file = tmp_path / "registry.json"

    @transaction.atomic
    def die() -> None:
        apply.publish(planned(), by="test", write=file)
        raise Killed

    with pytest.raises(Killed):
        die()
    assert RegistryVersion.objects.current() == published
    version = registry.publish_file(file)
    assert version is not None
    assert version.content == json.loads(json.dumps(registry_file.as_data(planned().registry)))
    assert RegistryVersion.objects.current() == version


def test_a_retired_model_keeps_its_row(published):
    pk = AIModel.objects.get(key="z-image").pk
    apply.publish(apply.plan(BOOK, [GONE], proof=lambda key: ""), by="test")
    model = AIModel.objects.get(key="z-image")
    assert (model.pk, model.state) == (pk, ModelState.RETIRED)
    assert AIModel.objects.count() == len(FEW)
