"""JSON Schema (2020-12) as KIE's pages use it, with decimal steps: 0.07 is a multiple of 0.01, which binary fractions deny."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import relevance
from jsonschema.validators import extend


def is_multiple(value: Any, step: Any) -> bool:
    """Whether a number is a multiple of `step`, by what is written of both."""
    try:
        return not Decimal(str(value)) % Decimal(str(step))
    except InvalidOperation:  # an infinity, or NaN
        return False


def _multiple_of(validator: Any, step: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "number") and not is_multiple(value, step):
        yield ValidationError(f"{value} is not a multiple of {step}")


_Judge = extend(Draft202012Validator, {"multipleOf": _multiple_of})  # type: ignore[no-untyped-call]  # its stub has no types


def worst(schema: Mapping[str, Any], value: Any) -> ValidationError | None:
    """What is most amiss, of the whole rather than of its parts; None where all fits."""
    return max(_Judge(dict(schema)).iter_errors(value), key=relevance, default=None)


def fits(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether all fits."""
    return bool(_Judge(dict(schema)).is_valid(value))
