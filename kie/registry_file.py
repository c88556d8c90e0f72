"""The schema of models/KIE_SOURCE_OF_TRUTH.json: what developers say of every AI model, checked before anybody sees it."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from jsonschema import Draft202012Validator, SchemaError
from jsonschema import ValidationError as JsonSchemaError
from pydantic import BaseModel, ConfigDict, Field, model_validator

from kie.inputs import whole

PATH = Path(__file__).resolve().parent.parent / "models" / "KIE_SOURCE_OF_TRUTH.json"
WIDTH = 150  # up to which a value stands in one line
CATEGORIES = ("image", "video", "audio", "music", "avatar", "upscale", "other")
Category = Literal["image", "video", "audio", "music", "avatar", "upscale", "other"]
PLAIN = re.compile(r"[\d:./×xKkPp +-]+|[A-Z][a-z]+")  # choices that need no words: 16:9, 1080p, 2K, Rachel
Usd = Annotated[str, Field(pattern=r"^\d{1,4}(\.\d{1,8})?$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,79}$")]


class Strict(BaseModel):
    """No unknown fields, nothing coerced: a slip of the pen is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Said(Strict):
    """The same in both languages."""

    ru: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Words(Strict):
    """What people read about an input: its name, what helps to answer, and the values that do not speak for themselves."""

    label: Said
    hint: Said | None = None
    choices: dict[str, Said] = {}


class PriceRow(Strict):
    """A row of the price list (kie.bill). `by` names what is counted, for every unit but "task"."""

    usd: Usd
    unit: Literal["task", "second", "output image", "input image", "megapixel", "1000 characters"]
    by: str | None = None
    when: dict[str, str | int | bool] = {}

    @model_validator(mode="after")
    def _counts_something(self) -> "PriceRow":
        if (self.by is None) != (self.unit == "task"):
            raise ValueError(f"a price per {self.unit} " + ("counts nothing" if self.by else "needs `by`"))
        return self


class Examples(Strict):
    """Prompts for the main text, each in the language of the person."""

    ru: list[str] = []
    en: list[str] = []


class Model(Strict):
    """One AI model. `input` is the JSON Schema we send by, cut to what we sell; `wizard` its visible fields in order."""

    key: Key
    aliases: list[Key] = []
    family: Literal["market"]
    kie_model: Key
    category: Category
    format: str
    output: Literal["image", "video", "audio", "text"]
    order: int
    badge: Annotated[str, Field(max_length=8)] = ""
    title: Said
    short: Said | None = None  # the title on a button, where with badge and price the whole one does not fit
    description: Said
    examples: Examples
    median_s: Annotated[int, Field(gt=0)]
    deadline_s: Annotated[int, Field(gt=0)]
    pricing: list[PriceRow]
    price_as_of: Annotated[date, Field(strict=False)] | None = None
    source_url: str
    input: dict[str, Any]
    wizard: list[str]
    words: dict[str, Words] = {}  # where the common words do not do

    @model_validator(mode="after")
    def _sound(self) -> "Model":
        """The schema is one, its defaults fit it, prices look at what exists."""
        _check_schema(self.input)
        known = self.input["properties"]
        counted = [row.by for row in self.pricing if row.by is not None]
        looked_at = [key for row in self.pricing for key in row.when]
        named = {*self.wizard, *self.words, *counted, *looked_at}
        if strangers := {name for name in named if not name.startswith("x-")} - set(known):
            raise ValueError(f"no such input: {', '.join(sorted(strangers))}")
        if hidden := [name for name, spec in known.items() if name not in self.wizard and "default" not in spec]:
            raise ValueError(f"neither asked nor given: {', '.join(hidden)}")
        if self.median_s > self.deadline_s:
            raise ValueError("median_s is over deadline_s")
        return self


def _check_schema(schema: dict[str, Any]) -> None:
    """A closed object whose every part the wizard can ask and whose defaults fit. Raises ValueError."""
    try:
        Draft202012Validator.check_schema(schema)
        if (
            schema.get("type") != "object"
            or schema.get("additionalProperties") is not False
            or not schema.get("properties")
        ):
            raise ValueError("input must be an object with properties and without additional ones")
        for spec in schema["properties"].values():
            whole.kind(spec)
            if "default" in spec:
                Draft202012Validator(spec).validate(spec["default"])
    except (SchemaError, JsonSchemaError) as fault:
        raise ValueError(f"input: {fault.message}") from fault


class Registry(Strict):
    """The whole file. `version` grows with every change: major where models go, minor where they come, patch else."""

    version: Annotated[str, Field(pattern=r"^\d{1,4}\.\d{1,4}\.\d{1,4}$")]
    words: dict[str, Words]
    models: list[Model]

    @model_validator(mode="after")
    def _agrees(self) -> "Registry":
        keys = [key for model in self.models for key in (model.key, *model.aliases)]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"named twice: {', '.join(sorted(twice))}")
        for model in self.models:
            self.wizard_of(model)
        return self

    def facts_of(self, model: Model) -> dict[str, Any]:
        """All that AIModel keeps of a model, with the common words put in."""
        return model.model_dump(mode="json") | {"wizard": self.wizard_of(model)}

    def wizard_of(self, model: Model) -> list[dict[str, Any]]:
        """The visible fields with their words, as AIModel keeps them. Raises ValueError where words are missing."""
        return [{"name": name, **self._words_of(model, name).model_dump(exclude_none=True)} for name in model.wizard]

    def _words_of(self, model: Model, name: str) -> Words:
        words = model.words.get(name) or self.words.get(name)
        if words is None:
            raise ValueError(f"{model.key}: {name} has no words")
        spec = model.input["properties"][name]
        values = [str(value) for value in (spec.get("items") or spec).get("enum", ())]
        if dumb := [value for value in values if value not in words.choices and not PLAIN.fullmatch(value)]:
            raise ValueError(f"{model.key}: {name} has no words for {', '.join(dumb)}")
        return words.model_copy(
            update={"choices": {value: words.choices[value] for value in values if value in words.choices}}
        )


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
