"""The schema of models/KIE_SOURCE_OF_TRUTH.json: what developers say of every AI model, checked before anybody sees it."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from kie.registry_entry import CATEGORIES, FORMATS, Model, PriceRow, Said, Strict, Words, sent_schema

__all__ = [
    "CATEGORIES",
    "FORMATS",
    "Model",
    "PriceRow",
    "Registry",
    "Said",
    "Words",
    "as_data",
    "load",
    "number",
    "text",
]

PATH = Path(__file__).resolve().parent.parent / "models" / "KIE_SOURCE_OF_TRUTH.json"
WIDTH = 150  # up to which a value stands in one line
VERSION = re.compile(r"^\d{1,4}\.\d{1,4}\.\d{1,4}$")
PLAIN = re.compile(r"[\d:./×xKkPp +-]+|[A-Z][a-z]+")  # choices that need no words: 16:9, 1080p, 2K, Rachel


class Registry(Strict):
    """The whole file. `version` grows with every change: major where models go, minor where they come, patch else."""

    version: Annotated[str, Field(pattern=VERSION)]
    words: dict[str, Words]
    models: list[Model]

    @model_validator(mode="after")
    def _agrees(self) -> "Registry":
        keys = [key for model in self.models for key in (model.key, *model.aliases)]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"named twice: {', '.join(sorted(twice))}")
        known = {model.key for model in self.models}
        if lost := {model.successor for model in self.models if model.successor} - known:
            raise ValueError(f"no such successor: {', '.join(sorted(lost))}")
        for model in self.models:
            self.wizard_of(model)
        return self

    def facts_of(self, model: Model) -> dict[str, Any]:
        """All that AIModel keeps of a model, with the common words put in."""
        return model.model_dump(mode="json") | {
            "wizard": self.wizard_of(model),
            "input": sent_schema(model),
            "sold": model.sold,
        }

    def wizard_of(self, model: Model) -> list[dict[str, Any]]:
        """The visible fields with their words, as AIModel keeps them. Raises ValueError where words are missing."""
        return [{"name": name, **self._words_of(model, name).model_dump(exclude_none=True)} for name in model.wizard]

    def _words_of(self, model: Model, name: str) -> Words:
        words = model.words.get(name) or self.words.get(name)
        if words is None:
            raise ValueError(f"{model.key}: {name} has no words")
        spec = model.input["properties"][name] | model.ours.get(name, {})
        one = spec.get("items") or spec
        values = [str(value) for value in one.get("enum", ())]
        inside = [str(value) for part in one.get("properties", {}).values() for value in part.get("enum", ())]
        if dumb := [value for value in values if value not in words.choices and not PLAIN.fullmatch(value)]:
            raise ValueError(f"{model.key}: {name} has no words for {', '.join(dumb)}")
        return words.model_copy(
            update={"choices": {value: words.choices[value] for value in values + inside if value in words.choices}}
        )


def unchecked(path: Path | None = None) -> dict[str, Any]:
    """The file as it is written. Raises ValueError where it is not even JSON with a version."""
    written: dict[str, Any] = json.loads((path or PATH).read_bytes())
    if not VERSION.fullmatch(str(written.get("version"))):
        raise ValueError("the registry file says no version")
    return written


def load(path: Path | None = None) -> Registry:
    """The file, checked. Raises pydantic's ValidationError with every fault in it."""
    return Registry.model_validate_json((path or PATH).read_bytes())


def number(version: str) -> tuple[int, ...]:
    """A version as it compares: 1.10.0 is newer than 1.9.3."""
    return tuple(int(part) for part in version.split("."))


def as_data(part: BaseModel) -> dict[str, Any]:
    """As the file has it: what is not said is left out."""
    return part.model_dump(mode="json", exclude_defaults=True)


def text(registry: Registry) -> str:
    """The file in its one form, a field a line, so that diffs read well."""
    return _written(as_data(registry), 0) + "\n"


def _written(value: Any, depth: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or (depth > 2 and depth + len(flat) <= WIDTH):
        return flat
    inside, outside = " " * (depth + 1), " " * depth
    if isinstance(value, dict):
        parts = [f"{json.dumps(name, ensure_ascii=False)}: {_written(part, depth + 1)}" for name, part in value.items()]
        opening, closing = "{}"
    else:
        parts = [_written(part, depth + 1) for part in value]
        opening, closing = "[]"
    return opening + "\n" + ",\n".join(inside + part for part in parts) + "\n" + outside + closing
