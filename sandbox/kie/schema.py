"""Checks an input against a model's JSON Schema (2020-12) and says what is wrong in KIE's words.

Codes as observed on the live service: a missing field and a value outside its options come as 500, the rest as 422.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from .envelope import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.protocols import Validator

    from .catalogue import Model

MISSING, OUT_OF_OPTIONS, INVALID = 500, 500, 422
_ARTICLED = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "array": "an array",
}


def _multiple_of(validator: Any, step: float, value: Any, schema: Any) -> Iterator[ValidationError]:
    """Decimal, not binary: 0.07 is a multiple of 0.01, which floats deny."""
    if validator.is_type(value, "number") and not isinstance(value, bool):
        try:
            off = Decimal(str(value)) % Decimal(str(step))
        except InvalidOperation:
            off = Decimal(1)
        if off:
            yield ValidationError(f"{value} is not a multiple of {step}")


def _span(_validator: Any, span: dict[str, Any], value: Any, _schema: Any) -> Iterator[ValidationError]:
    """KIE's pages say in words how long a stretch of a song may be; the catalogue says it so."""
    numbers = [value.get(span[end]) for end in ("from", "to")]
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        begins, ends = numbers
        if not span["least"] <= ends - begins <= span["most"]:
            yield ValidationError("too short or too long a stretch", path=[span["to"]])


_Checker = extend(Draft202012Validator, {"multipleOf": _multiple_of, "x-span": _span})  # type: ignore[no-untyped-call]  # its stub has no types


def validator(schema: dict[str, Any]) -> Validator:
    """A checker of one model's inputs."""
    return _Checker(schema)


def check(model: Model, given: dict[str, Any]) -> None:
    """Raise the Refusal that KIE would give; nothing happens when the input is fine. Unknown keys are ignored."""
    required = model.input.get("required", [])
    for name in required:
        if _blank(given.get(name)):
            raise Refusal(MISSING, f"{name} is required")
    errors = sorted(
        model.validator.iter_errors(given), key=lambda error: (len(error.path) == 0, list(map(str, error.path)))
    )
    if errors:
        raise _refusal(errors[0])


def _blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _refusal(error: ValidationError) -> Refusal:
    name = ".".join(str(part) for part in error.path) or "input"
    rule, bound = error.validator, cast("Any", error.validator_value)
    if rule == "required":
        missing = next((key for key in bound if key not in cast("Any", error.instance)), "a field")
        return Refusal(MISSING, f"{missing} is required")
    if rule in ("enum", "const", "pattern"):
        return Refusal(OUT_OF_OPTIONS, f"{name} is not within the range of allowed options")
    if rule in ("anyOf", "oneOf", "not"):
        return Refusal(INVALID, f"{name}: {_choices(error)}")
    return Refusal(INVALID, _sentence(name, str(rule), bound))


def _choices(error: ValidationError) -> str:
    """What anyOf or oneOf asks for, when it asks for fields."""
    options = error.validator_value if isinstance(error.validator_value, list) else []
    fields = [
        " and ".join(option["required"]) for option in options if isinstance(option, dict) and "required" in option
    ]
    return f"one of [{', '.join(fields)}] is required" if fields else "these values do not go together"


def _sentence(name: str, rule: str, bound: Any) -> str:
    sentences = {
        "maxLength": f"{name}: the text length cannot exceed the maximum limit of {bound} characters",
        "minLength": f"{name}: the text length must be at least {bound} characters",
        "maxItems": f"{name}: at most {bound} items are allowed",
        "minItems": f"{name}: at least {bound} items are required",
        "minimum": f"{name} must be greater than or equal to {bound}",
        "maximum": f"{name} must be less than or equal to {bound}",
        "exclusiveMinimum": f"{name} must be greater than {bound}",
        "exclusiveMaximum": f"{name} must be less than {bound}",
        "multipleOf": f"{name} must be a multiple of {bound}",
        "x-span": f"{name}: the section is too short or too long",
        "type": f"{name} must be {_ARTICLED.get(str(bound), str(bound))}",
    }
    return sentences.get(rule, f"{name} is invalid ({rule})")
