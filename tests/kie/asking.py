"""A model that asks for something of every kind, and good answers to it."""

from types import SimpleNamespace
from typing import Any

import pytest

from kie.inputs import BadInput, fields

IMAGE = {
    "type": "string",
    "format": "uri",
    "x-media": "image",
    "x-max-mb": 5,
    "x-accept": ["image/jpeg", "image/png"],
    "x-min-side-px": 256,
}
SOUND = {
    "type": "string",
    "format": "uri",
    "x-media": "audio",
    "x-max-mb": 100,
    "x-accept": ["audio/ogg", "audio/mpeg"],
    "x-max-seconds": 60,
}
PROPERTIES: dict[str, Any] = {
    "style": {"type": "string", "enum": ["plain", "bold"]},
    "prompt": {"type": "string", "minLength": 3, "maxLength": 300},
    "photos": {"type": "array", "items": IMAGE, "minItems": 1, "maxItems": 2},
    "voice": SOUND,
    "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "uniqueItems": True},
    "steps": {"type": "integer", "minimum": 1, "maximum": 50, "default": 20},
    "scale": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
    "hd": {"type": "boolean", "default": False},
    "page": {"type": "string", "format": "uri"},
    "hidden": {"type": "string", "enum": ["only"], "default": "only"},
}
SHOWN = [name for name in PROPERTIES if name != "hidden"]
PHOTO = {"file_id": "AgAC", "kind": "photo", "size": 1000, "width": 800, "height": 600}
VOICE = {"file_id": "AwAC", "kind": "voice", "mime": "audio/ogg", "size": 1000, "duration": 5}


def words(name: str) -> dict[str, Any]:
    choices = {"plain": {"ru": "простой", "en": "simple"}} if name == "style" else {}
    return {"name": name, "label": {"ru": f"«{name}»", "en": name}, "choices": choices}


MODEL: Any = SimpleNamespace(
    fixed={},
    input={
        "type": "object",
        "properties": PROPERTIES,
        "required": ["style", "prompt", "photos", "voice", "steps"],
        "additionalProperties": False,
    },
    wizard=[words(name) for name in SHOWN],
    pricing=[{"usd": "0.1", "unit": "second", "by": "voice", "when": {"hd": False}}],
)
FIELDS = {field.name: field for field in fields(MODEL)}
GOOD = {"style": "bold", "prompt": "рыжий кот", "photos": [PHOTO], "voice": VOICE}


def refused(name: str, raw: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        FIELDS[name].parse(raw)
    assert caught.value.field == name
    return caught.value
