"""From a model's schema to the fields of its wizard, and back: from answers to a checked input."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from kie import bill
from kie.inputs import files, source
from kie.inputs.bad import BadInput
from kie.inputs.field import Field, Kind

LONG_TEXT = 200  # characters: what is longer is written in a message, not in a line
INPUT_BYTES = 10_000_000
MAIN = ("prompt", "text")
PLACEHOLDER = "https://files.invalid/file"  # where a file stands that has no URL yet


class Asks(Protocol):
    """The part of a model that this package reads."""

    input: dict[str, Any]
    wizard: list[dict[str, Any]]
    pricing: list[dict[str, Any]]
    fixed: dict[str, Any]  # values that are always sent


class Unaskable(ValueError):
    """The wizard has no question for this part of a schema."""


def fields(model: Asks) -> list[Field]:
    """What people see, in asking order: questions (files, then the main text, then the rest), then settings as listed.

    A required field without a default is a question, any other a setting. What leaves no choice is not shown:
    `complete` fills it in. Raises Unaskable.
    """
    known = model.input["properties"]
    shown = [_field(model, words, known) for words in model.wizard]
    return sorted(shown, key=_asking_order)  # stable: the list decides within a group


def _asking_order(field: Field) -> int:
    if not field.required:
        return 3
    return 0 if field.media or field.kind == Kind.SOURCE else 1 if field.main else 2


def _field(model: Asks, words: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> Field:
    name: str = words["name"]
    spec = known[name]
    item = spec["items"] if spec.get("type") == "array" else spec
    media = None if source.is_source(spec) else item.get("x-media")
    hint = words.get("hint") or {"ru": "", "en": ""}
    measured_by = {counted for row in model.pricing if row["unit"] == "second" for counted in bill.counted(row)}
    return Field(
        name=name,
        kind=kind(spec),
        required=name in model.input.get("required", ()) and "default" not in spec,
        label_ru=words["label"]["ru"],
        label_en=words["label"]["en"],
        hint_ru=hint["ru"],
        hint_en=hint["en"],
        default=spec.get("default"),
        choices=tuple(item.get("enum", ())),
        named=words.get("choices") or {},
        minimum=item.get("minimum"),
        maximum=item.get("maximum"),
        min_length=item.get("minLength", 0),
        max_length=item.get("maxLength"),
        media=media,
        min_items=max(1, spec.get("minItems", 1)),
        max_items=spec.get("maxItems", 1),
        sets_price=_sets_price(model, name, media),
        measured=bool(media) and name in measured_by,
        main=name in MAIN,
        of=tuple(spec.get("x-of", ())),
        gives=spec.get("x-gives", ""),
        by_track=source.is_source(spec) and source.by_track(known, name),
        **_file_limits(media, item),
    )


def _sets_price(model: Asks, name: str, media: str | None) -> bool:
    """Whether a row counts it, looks at it, or looks at a fact that follows from it (kie.bill.facts_of)."""
    looked_at = {key for row in model.pricing for key in (*row["when"], *bill.counted(row))}
    facts = any(str(key).startswith("x-") for key in looked_at)
    return name in looked_at or (facts and (bool(media) or name == "upscale_factor"))


def _file_limits(media: str | None, item: Mapping[str, Any]) -> dict[str, Any]:
    if media is None:
        return {}
    upload_mb = files.PHOTO_MB if media == "image" else files.TELEGRAM_MB
    return {
        "max_mb": min(upload_mb, item.get("x-max-mb", upload_mb)),
        "max_mb_link": item.get("x-max-mb"),
        "max_seconds": item.get("x-max-seconds"),
        "accept": tuple(item.get("x-accept", ())),
        "min_side_px": item.get("x-min-side-px"),
        "max_side_px": item.get("x-max-side-px"),
        "max_megapixels": item.get("x-max-megapixels"),
    }


def kind(spec: Mapping[str, Any]) -> Kind:
    """How an answer to this part of a schema is given. Raises Unaskable."""
    type_, media = spec.get("type"), spec.get("x-media")
    if source.is_source(spec):
        return Kind.SOURCE
    if type_ == "array":
        return _kind_of_several(spec["items"])
    if media:
        return Kind(media)
    if "enum" in spec and type_ in {"string", "integer", "number"}:
        return Kind.CHOICE
    if type_ == "string":
        if spec.get("format") == "uri":
            return Kind.LINK
        return Kind.LONG_TEXT if spec.get("maxLength", LONG_TEXT + 1) > LONG_TEXT else Kind.TEXT
    if type_ in {"integer", "number", "boolean"}:
        return Kind(type_)
    raise Unaskable(f"no question for {type_}")


def _kind_of_several(item: Mapping[str, Any]) -> Kind:
    if item.get("x-media") == "image":
        return Kind.IMAGES
    if "enum" in item:
        return Kind.MANY
    raise Unaskable(f"no question for a list of {item.get('x-media') or item.get('type')}")


def complete(model: Asks, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers and defaults: the input that is priced, checked and sent. Answers to fields that are no more are left out."""
    known = model.input["properties"]
    given = {name: value for name, value in answers.items() if name in known and value is not None and value != []}
    return {name: spec["default"] for name, spec in known.items() if "default" in spec} | given | model.fixed


def check(model: Asks, input: Mapping[str, Any]) -> None:
    """The whole input against the schema, each file against its limits. Raises BadInput for what is most amiss, and nothing else."""
    shown = fields(model)
    for field in shown:
        _check_files(field, input.get(field.name))
    media = {field.name for field in shown if field.media}
    plain = source.placed(model.input["properties"], input)
    plain = {name: _placed(value) if name in media else value for name, value in plain.items()}
    error = best_match(Draft202012Validator(model.input).iter_errors(plain))
    if error is not None:
        raise _as_bad_input(error)
    try:
        size = len(json.dumps(plain, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError):
        raise BadInput("unknown") from None
    if size > INPUT_BYTES:
        raise BadInput("input_too_big", most_mb=INPUT_BYTES // files.MB)


def _check_files(field: Field, value: Any) -> None:
    for one in value if isinstance(value, list) else [value]:
        if (field.media or field.kind == Kind.SOURCE) and one is not None:
            field.parse(one)


def _placed(value: Any) -> Any:
    """The value with a placeholder for each file."""
    if isinstance(value, list):
        return [_placed(one) for one in value]
    return PLACEHOLDER if isinstance(value, dict) and "file_id" in value else value


_MEANING: dict[str, tuple[str, str]] = {  # JSON Schema's word → our code, and the fact that holds the limit
    "enum": ("not_in_list", "choices"),
    "const": ("not_in_list", "choices"),
    "minLength": ("too_short", "least"),
    "maxLength": ("too_long", "most"),
    "minimum": ("too_small", "least"),
    "maximum": ("too_big", "most"),
    "minItems": ("too_few", "least"),
    "maxItems": ("too_many", "most"),
}


def _as_bad_input(error: ValidationError) -> BadInput:
    where = {"field": str(error.absolute_path[0])} if error.absolute_path else {}
    rule, limit, given = str(error.validator), error.validator_value, error.instance
    if rule in _MEANING:
        code, fact = _MEANING[rule]
        size = (
            {"length": len(given)}
            if isinstance(given, str)
            else {"items": len(given)}
            if isinstance(given, list)
            else {}
        )
        return BadInput(code, **where, **{fact: [limit] if rule == "const" else limit}, **size)
    if rule == "type":
        return BadInput("wrong_type", **where, expected=str(limit), got=type(given).__name__)
    if rule == "required" and isinstance(given, dict) and isinstance(limit, list):
        missing = next((name for name in limit if name not in given), "")
        return BadInput("missing", **({"field": missing} if missing else {}))
    return BadInput({"additionalProperties": "unknown", "uniqueItems": "twice"}.get(rule, "not_together"), **where)
