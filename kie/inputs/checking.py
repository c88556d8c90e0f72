"""The last look at a whole input before anybody pays: against the schema, each file against its limits."""

import json
from collections.abc import Mapping
from typing import Any

from jsonschema.exceptions import ValidationError, best_match

from kie.inputs import conditions, files, judge, lines, places, whole, wrapping
from kie.inputs import spec as specs
from kie.inputs.bad import BadInput
from kie.inputs.field import Field
from kie.inputs.spec import Kind
from kie.inputs.whole import Asks

INPUT_BYTES = 10_000_000


def check(model: Asks, input: Mapping[str, Any]) -> None:
    """The whole input against the schema, each file against its limits. Raises BadInput for what is most amiss, and nothing else."""
    known = model.input["properties"]
    if strangers := input.keys() - known.keys():
        raise BadInput("unknown", field=min(strangers))
    for field in whole.fields(model):
        _check_field(field, wrapping.unwrapped(known[field.name], input.get(field.name)))
    plain = places.placed(known, input)
    for total in conditions.demands(model.input, plain).totals:
        _check_total(total, input)
    error = judge.worst(model.input, plain)
    if error is not None:
        raise _as_bad_input(model, plain, error)
    if empty := [name for name in model.input.get("required", ()) if is_blank(plain.get(name))]:
        raise BadInput("missing", field=empty[0])
    try:
        size = len(json.dumps(plain, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError):
        raise BadInput("unknown") from None
    if size > INPUT_BYTES:
        raise BadInput("input_too_big", most_mb=INPUT_BYTES // files.MB)


def is_blank(value: Any) -> bool:
    """Whether KIE takes it for no answer: nothing, an empty list, blanks."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _check_field(field: Field, value: Any) -> None:
    if field.kind == Kind.SOURCE and not is_blank(value):
        field.parse(value)
    for one in value if isinstance(value, list) else [value]:
        if field.media and one is not None:
            field.parse(one)
    if field.kind == Kind.LINES and isinstance(value, list):
        name = specs.inner({"type": "array", "items": field.item})
        said = [one.get(name) if isinstance(one, dict) else one for one in value]
        lines.check_total(field, [one for one in said if isinstance(one, str)])


def _check_total(total: Mapping[str, Any], input: Mapping[str, Any]) -> None:
    """Files one by one within their limits may be too long together, or with what is asked for."""
    parts = [part for name in total["of"] for part in _lengths(input.get(name))]
    if sum(parts) > total["most"]:
        code = "last_too_long" if len(parts) > 1 else "lasts_too_long"
        raise BadInput(code, field=total["of"][0], most_s=total["most"], seconds=sum(parts))


def _lengths(value: Any) -> list[float]:
    """Seconds of each file, or as many as a number says; what is not known counts nothing."""
    if isinstance(value, list):
        return [length for one in value for length in _lengths(one)]
    length = value.get("duration") if isinstance(value, dict) else value
    return [length] if isinstance(length, int | float) and length > 0 else []


_MEANING: dict[str, tuple[str, str]] = {  # JSON Schema's word → our code, and the fact that holds the limit
    "enum": ("not_in_list", "choices"),
    "const": ("not_in_list", "choices"),
    "minLength": ("too_short", "least"),
    "maxLength": ("too_long", "most"),
    "minimum": ("too_small", "least"),
    "exclusiveMinimum": ("not_above", "least"),
    "maximum": ("too_big", "most"),
    "exclusiveMaximum": ("not_below", "most"),
    "multipleOf": ("not_a_step", "step"),
    "pattern": ("wrong_form", "pattern"),
    "minItems": ("too_few", "least"),
    "maxItems": ("too_many", "most"),
}


def _as_bad_input(model: Asks, plain: Mapping[str, Any], error: ValidationError) -> BadInput:
    if not error.absolute_path and error.validator in {"anyOf", "oneOf", "not"}:
        return _not_together(model, plain)
    if error.validator == "anyOf" and (values := specs.choices(_spec_at(model, error))):
        return BadInput("not_in_list", field=str(error.absolute_path[0]), choices=list(values))
    return _of_one(best_match([error]) if error.context else error)


def _spec_at(model: Asks, error: ValidationError) -> Mapping[str, Any]:
    name = str(error.absolute_path[0]) if error.absolute_path else ""
    spec: Mapping[str, Any] = model.input["properties"].get(name, {})
    return spec if len(error.absolute_path) == 1 else {}


def _not_together(model: Asks, plain: Mapping[str, Any]) -> BadInput:
    """Which answer to blame where it is not one alone: what is missing, one of several, or what must not be there."""
    needs = conditions.demands(model.input, plain)
    asked = [words["name"] for words in model.wizard]
    for name in sorted(needs.required - plain.keys()):
        return BadInput("missing", field=name)
    for names in needs.open:
        shown = [name for name in names if name in asked] or names
        return BadInput("one_of", field=shown[0], fields=shown)
    excluded = [name for name in plain if name in _excluded(model, plain, name)]
    return BadInput("not_together", **({"field": excluded[-1], "fields": excluded} if excluded else {}))


def _excluded(model: Asks, plain: Mapping[str, Any], name: str) -> set[str]:
    """What must not come beside the others, where `name` is taken away for a look."""
    return conditions.demands(model.input, {one: value for one, value in plain.items() if one != name}).forbidden


def _of_one(error: ValidationError | None) -> BadInput:
    """An error within one answer, or of the whole where a field is missing."""
    assert error is not None
    where = {"field": str(error.absolute_path[0])} if error.absolute_path else {}
    rule, limit = str(error.validator), error.validator_value
    given: Any = error.instance
    if rule in _MEANING:
        code, fact = _MEANING[rule]
        return BadInput(code, **where, **{fact: [limit] if rule == "const" else limit}, **_size_of(given))
    if rule == "type":
        return BadInput("wrong_type", **where, expected=str(limit), got=type(given).__name__)
    if rule == "required" and not where and isinstance(limit, list):
        missing = next((name for name in limit if name not in given), "")
        return BadInput("missing", **({"field": missing} if missing else {}))
    return BadInput({"additionalProperties": "unknown", "uniqueItems": "twice"}.get(rule, "not_together"), **where)


def _size_of(given: Any) -> dict[str, int]:
    if isinstance(given, str):
        return {"length": len(given)}
    return {"items": len(given)} if isinstance(given, list) else {}
