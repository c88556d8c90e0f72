"""A small registry of the test's own: a model of each family, and models that go on with their results."""

from __future__ import annotations

from typing import Any

import pytest

from kie.catalogue import AIModel

FORMATS = {
    "own/veo-extend": "video-to-video",
    "own/veo-1080p": "upscale",
    "own/veo-4k": "upscale",
    "own/stems": "audio-to-audio",
    "own/longer": "audio-to-music",
    "own/cover": "audio-to-music",
}
TEXT = {"type": "string", "minLength": 1}
FILMS, SONGS = ("own/veo3_fast", "own/veo3", "own/veo-extend"), ("own/music",)


def _task(of: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "x-source": "job", "x-of": list(of), "x-gives": "task"}


def _with(visible: str, gives: str = "track") -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "x-source": "job", "x-gives": gives, "x-with": visible}


# key → family, model at KIE, output, properties, required
MODELS: dict[str, tuple[str, str, str, dict[str, Any], list[str]]] = {
    "own/veo3": ("veo", "veo3", "video", {"prompt": TEXT}, ["prompt"]),
    "own/veo3_fast": ("veo", "veo3_fast", "video", {"prompt": TEXT}, ["prompt"]),
    "own/veo-extend": (
        "veo",
        "veo/extend",
        "video",
        {
            "taskId": _task(FILMS),
            "prompt": TEXT,
            "model": {"type": "string", "enum": ["fast", "quality"], "default": "fast"},
        },
        ["taskId", "prompt"],
    ),
    "own/veo-1080p": ("veo", "veo/get-1080p-video", "video", {"taskId": _task(FILMS)}, ["taskId"]),
    "own/veo-4k": ("veo", "veo/get-4k-video", "video", {"taskId": _task(FILMS)}, ["taskId"]),
    "own/kontext": ("flux-kontext", "flux-kontext-max", "image", {"prompt": TEXT}, ["prompt"]),
    "own/4o": (
        "4o-image",
        "4o-image",
        "image",
        {"prompt": TEXT, "size": {"type": "string", "enum": ["1:1"], "default": "1:1"}},
        ["prompt", "size"],
    ),
    "own/music": (
        "market",
        "ai-music-api/generate",
        "audio",
        {
            "prompt": TEXT,
            "custom_mode": {"type": "boolean", "default": False},
            "instrumental": {"type": "boolean", "default": True},
            "model": {"type": "string", "enum": ["V5"], "default": "V5"},
        },
        ["prompt"],
    ),
    "own/stems": (
        "market",
        "ai-music-api/separate-vocals",
        "audio",
        {"task_id": _task(SONGS), "audio_id": _with("task_id")},
        ["task_id", "audio_id"],
    ),
    "own/longer": (
        "market",
        "ai-music-api/extend",
        "audio",
        {
            "audio_id": _task(SONGS) | {"x-gives": "track"},
            "model": {"type": "string", "enum": ["V5"], "default": "V5"},
        },
        ["audio_id"],
    ),
    "own/cover": (
        "market",
        "ai-music-api/upload-and-cover-audio",
        "audio",
        {
            "upload_url": {"type": "string", "format": "uri", "x-media": "audio"}
            | {"x-source": "job", "x-of": list(SONGS), "x-gives": "file"},
            "model": {"type": "string", "enum": ["V5"], "default": "V5"},
            "instrumental": {"type": "boolean", "default": True},
            "custom_mode": {"type": "boolean", "default": False},
        },
        ["upload_url"],
    ),
}


def put_on_sale() -> dict[str, AIModel]:
    """Every model of MODELS beside the registry's; at ten cents, for a minute."""
    found = {}
    for number, (key, (family, kie_model, output, properties, required)) in enumerate(MODELS.items()):
        model = AIModel.objects.get(key="z-image")
        model.pk = None
        model._state.adding = True
        model.key, model.family, model.kie_model, model.output = key, family, kie_model, output
        model.format = FORMATS.get(key, "text-to-image")
        model.order, model.title_en, model.title_ru = 9000 + number, f"Own: {key[4:]}", f"Своя: {key[4:]}"
        model.input = {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
        shown = [name for name, spec in properties.items() if "x-with" not in spec]
        model.wizard = [{"name": name, "label": {"ru": name, "en": name}} for name in shown]
        model.pricing = [{"usd": "0.1", "unit": "task", "when": {}}]
        model.median_s, model.deadline_s = 60, 900
        model.save()
        found[key] = model
    return found


@pytest.fixture
def own_models(on_sale: None) -> dict[str, AIModel]:
    """The test's own models, on sale."""
    return put_on_sale()
