"""The models that this peer knows: models.json, one a line, with the published input schemas and prices (October 2026).

Those of family `market` are createTask's; the others have an `endpoint` of their own, several of them perhaps the same one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.protocols import Validator

USUAL = {"veo3_fast", "flux-kontext-pro", "suno/generate/V5"}  # where a dedicated endpoint is told no model
SOURCE = Path(__file__).with_name("models.json")


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model. `output` is image, video, audio, text or json; `pricing` as in models.json."""

    id: str
    category: str
    output: str
    input: dict[str, Any]
    title: str = ""
    aliases: tuple[str, ...] = ()
    pricing: list[dict[str, Any]] = field(default_factory=list)
    family: str = "market"
    endpoint: str = "/api/v1/jobs/createTask"
    status: str = ""  # where records of a dedicated API are asked for; "" there: it answers at once, or by itself
    needs_callback: bool = False
    page: str = ""  # of the documentation

    @cached_property
    def validator(self) -> Validator:
        """Made at the first use: 179 compiled schemas are of no use to a peer that is asked for three."""
        from .schema import validator  # noqa: PLC0415

        return validator(self.input)

    def filled(self, given: dict[str, Any]) -> dict[str, Any]:
        """The input with the schema's defaults where nothing is given."""
        properties = self.input.get("properties", {})
        return {name: spec["default"] for name, spec in properties.items() if "default" in spec} | given

    def media(self, given: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(field, URL, its schema) of every media URL in the input, in the schema's order, nested ones too."""
        return _media(self.input, given, "")


def _media(schema: dict[str, Any], value: Any, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if "x-media" in schema and isinstance(value, str):
        yield name, value, schema
    elif isinstance(value, dict):
        for key, spec in schema.get("properties", {}).items():
            if value.get(key) is not None:
                yield from _media(spec, value[key], key)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        about = {key: rule for key, rule in schema.items() if key.startswith("x-")}  # said of the list, meant of each
        for item in value:
            yield from _media(about | schema["items"], item, name)


class Catalogue:
    """All models by id, by older id, and by the endpoint that makes their tasks."""

    def __init__(self, source: Path = SOURCE) -> None:
        self.models = [Model(**row) for row in json.loads(source.read_text("utf-8"))]
        self._known = {name: model for model in self.models for name in (*model.aliases, model.id)}
        self.endpoints: dict[str, list[Model]] = {}
        for model in self.models:
            self.endpoints.setdefault(model.endpoint, []).append(model)

    def find(self, name: object) -> Model | None:
        """The model that createTask means by `name`, None when there is none."""
        model = self.named(name)
        return model if model is not None and model.family == "market" else None

    def named(self, name: object) -> Model | None:
        """The model of that id, or older id, of whatever family."""
        return self._known.get(name) if isinstance(name, str) else None

    def at(self, endpoint: str, value: object) -> Model | None:
        """The model that a dedicated endpoint means by its field `model`, None when it takes no such value."""
        here = self.endpoints.get(endpoint, [])
        if len(here) == 1 or value is None:
            return next((model for model in here if model.id in USUAL), here[0]) if here else None
        return next((model for model in here if value in model.input["properties"]["model"]["enum"]), None)
