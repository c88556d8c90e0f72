"""JSON Schema (2020-12) as KIE's pages use it, with decimal steps: 0.07 is a multiple of 0.01, which binary fractions deny.

One word is ours: `x-span`, the stretch between two numbers, with `from`, `to`, and how long it may be (`least`, `most`).
"""

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


def ending(span: Mapping[str, Any], begins: float) -> dict[str, float]:
    """The limits of where an `x-span` ends, by where it begins."""
    return {"minimum": begins + span["least"], "maximum": begins + span["most"]}


def _span(validator: Any, span: Mapping[str, Any], value: Any, schema: Any) -> Iterator[ValidationError]:
    """The end is to blame: it is answered last."""
    begins, ends = value.get(span["from"]), value.get(span["to"])
    if all(validator.is_type(one, "number") for one in (begins, ends)):
        yield from validator.descend(ends, ending(span, begins), path=span["to"])


_Judge = extend(Draft202012Validator, {"multipleOf": _multiple_of, "x-span": _span})  # type: ignore[no-untyped-call]  # its stub has no types


def worst(schema: Mapping[str, Any], value: Any) -> ValidationError | None:
    """What is most amiss, of the whole rather than of its parts; None where all fits."""
    return max(_Judge(dict(schema)).iter_errors(value), key=relevance, default=None)


def fits(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether all fits."""
    return bool(_Judge(dict(schema)).is_valid(value))
