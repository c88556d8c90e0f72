"""One AI model of the registry file: what KIE publishes of it, and what TRT makes of that."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args

from jsonschema import Draft202012Validator, SchemaError
from jsonschema import ValidationError as JsonSchemaError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kie.inputs.spec import kind

Category = Literal["image", "video", "audio", "music", "avatar", "upscale", "other"]
Format = Literal[
    "text-to-image",
    "image-to-image",
    "text-to-video",
    "image-to-video",
    "video-to-video",
    "text-to-speech",
    "speech-to-text",
    "text-to-audio",
    "audio-to-audio",
    "text-to-music",
    "audio-to-music",
    "text-to-text",
    "lip-sync",
    "upscale",
    "background-removal",
    "other",
]
CATEGORIES, FORMATS = get_args(Category), get_args(Format)
WITHIN = ("items", "oneOf", "anyOf", "allOf", "then", "else")  # words of a schema that hold schemas
UNSOLD_FAMILIES = ("suno", "luma", "chat")  # without an adapter: superseded, gone, billed by tokens
Family = Literal["market", "veo", "flux-kontext", "4o-image", "suno", "luma", "chat"]
Usd = Annotated[str, Field(pattern=r"^\d{1,4}(\.\d{1,8})?$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,79}$")]


def _object(schema: dict[str, Any]) -> dict[str, Any]:
    required, properties = schema.get("required", []), schema.get("properties")
    if schema.get("type") != "object" or not isinstance(properties, dict) or not properties:
        raise ValueError("input must be an object with properties")
    if not isinstance(required, list) or not all(isinstance(spec, dict) for spec in properties.values()):
        raise ValueError("input is no schema")
    return schema


Published = Annotated[dict[str, Any], AfterValidator(_object)]  # a JSON Schema of an object


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
    """A row of the price list; how it is read stands in kie.bill."""

    usd: Usd
    unit: Literal["task", "second", "output image", "input image", "megapixel", "1000 characters"]
    by: str | list[str] | None = None
    most: Annotated[int, Field(gt=0)] | None = None
    when: dict[str, str | int | bool] = {}

    @model_validator(mode="after")
    def _counts_something(self) -> "PriceRow":
        if (self.by is None and self.most is None) != (self.unit == "task"):
            raise ValueError(f"a price per {self.unit} " + ("counts nothing" if self.unit == "task" else "needs `by`"))
        return self


class Examples(Strict):
    """Prompts for the main text, each in the language of the person."""

    ru: list[str] = []
    en: list[str] = []


class Model(Strict):
    """One AI model.

    `input` is KIE's published schema, whole, without callBackUrl: what `kie_sync` compares. What TRT says differently
    stands beside it: `ours` (keywords put over those of a field: fewer choices, another default, null takes a keyword
    away), `rules` (what KIE's page says in words, as sub-schemas), `asked` (fields that a person must answer though KIE
    does not insist), `fixed` (values that are always sent). `wizard` lists the visible fields in order; what is in none
    of them, not required and without a default, is not sent.
    """

    key: Key
    aliases: list[Key] = []
    successor: Key | None = None  # of a retired one: what is sold instead
    family: Family
    kie_model: Key
    vendor: str
    tags: list[str] = []
    retired: bool = False  # gone from KIE's index; loaded, not sold
    note: str = ""  # for operators: why it is not sold, doubts about its price
    category: Category
    format: Format
    output: Literal["image", "video", "audio", "text"]
    order: int
    badge: Annotated[str, Field(max_length=8)] = ""
    title: Said
    short: Said | None = None  # the title on a button, where with badge and price the whole one does not fit
    description: Said
    examples: Examples = Examples()
    median_s: Annotated[int, Field(gt=0)]
    deadline_s: Annotated[int, Field(gt=0)]
    pricing: list[PriceRow] = []
    price_as_of: Annotated[date, Field(strict=False)] | None = None
    source_url: str
    input: Published
    ours: dict[str, dict[str, Any]] = {}
    rules: list[dict[str, Any]] = []
    asked: list[str] = []
    fixed: dict[str, Any] = {}
    wizard: list[str]
    words: dict[str, Words] = {}  # where the common words do not do

    @property
    def sold(self) -> bool:
        """Whether it goes on sale."""
        return bool(self.pricing) and not self.retired and self.family not in UNSOLD_FAMILIES

    @model_validator(mode="after")
    def _sound(self) -> "Model":
        """The schema is one, its defaults fit it, prices look at what exists, nothing that is required goes unsaid."""
        schema = sent_schema(self)
        _check_schema(schema, self.fixed)
        known = schema["properties"]
        counted = [name for row in self.pricing for name in names(row.by)]
        looked_at = [key for row in self.pricing for key in row.when]
        named = {*self.wizard, *self.words, *counted, *looked_at, *self.ours, *self.asked, *self.fixed}
        if strangers := {name for name in named if not name.startswith("x-")} - set(known):
            raise ValueError(f"no such input: {', '.join(sorted(strangers))}")
        if self.sold and (unsaid := [name for name in schema["required"] if not self._said(name, known[name])]):
            raise ValueError(f"neither asked nor given: {', '.join(unsaid)}")
        for name in self.wizard:
            kind(known[name])
        if self.median_s > self.deadline_s:
            raise ValueError("median_s is over deadline_s")
        if self.retired and self.successor is None and not self.note:
            raise ValueError("retired, and nobody knows why: write a note")
        return self

    def _said(self, name: str, spec: Mapping[str, Any]) -> bool:
        return name in self.wizard or name in self.fixed or "default" in spec or "x-with" in spec


def names(by: str | list[str] | None) -> tuple[str, ...]:
    """What a price row counts, in one form."""
    return () if by is None else (by,) if isinstance(by, str) else tuple(by)


def sent_schema(model: Model) -> dict[str, Any]:
    """The schema that TRT asks, checks and sends by: KIE's, with what is ours put over it, closed, without what is deprecated."""
    properties = {
        name: _laid_over(spec, model.ours.get(name, {}))
        for name, spec in model.input["properties"].items()
        if not spec.get("deprecated")
    }
    schema = {key: value for key, value in model.input.items() if key != "x-incomplete"}
    schema["properties"] = properties
    schema["required"] = [*dict.fromkeys([*model.input.get("required", []), *model.asked])]
    if model.rules:
        schema["allOf"] = [*model.input.get("allOf", []), *model.rules]
    return schema | {"additionalProperties": False}


def _laid_over(spec: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    laid = spec | ours
    return {keyword: value for keyword, value in laid.items() if value is not None}


def _check_schema(schema: dict[str, Any], fixed: Mapping[str, Any]) -> None:
    """A JSON Schema whose defaults fit, and the fixed values. Raises ValueError."""
    try:
        _is_schema(json.dumps(schema, sort_keys=True))
        for name, spec in schema["properties"].items():
            for given in (spec.get("default"), fixed.get(name)):
                if given is not None:
                    Draft202012Validator(spec).validate(given)
    except (SchemaError, JsonSchemaError) as fault:
        raise ValueError(f"input: {fault.message}") from fault
    if denied := [
        f"{where} offers {value!r}, which it does not take itself" for where, value in _denied(schema, "input")
    ]:
        raise ValueError("; ".join(denied[:3]))


@lru_cache(maxsize=1000)
def _is_schema(written: str) -> None:
    """Raises SchemaError. A whole registry, read once more, differs in few of its schemas, and the check is most of the reading."""
    Draft202012Validator.check_schema(json.loads(written))


def _denied(schema: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Choices of a schema or of one within it that its other words refuse: who picked one would never be let through."""
    if isinstance(schema, list):
        for number, part in enumerate(schema, 1):
            yield from _denied(part, f"{where} {number}")
    if not isinstance(schema, dict):
        return
    choices = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    if choices:
        judge = Draft202012Validator(schema)
        yield from ((where, value) for value in choices if not judge.is_valid(value))
    for name, part in schema.get("properties", {}).items():
        yield from _denied(part, f"{where}.{name}")
    for word in WITHIN:
        yield from _denied(schema.get(word), where)
