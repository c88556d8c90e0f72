"""What a file is against what its sender's programme said of it: prices are made by what is said, KIE's bill by what is.

Telegram passes on the length and the sides that a client declares, and does not look.
"""

from collections.abc import Mapping
from typing import Any

from kie import bill, contents, lasting
from kie.catalogue import AIModel
from kie.inputs import Field, complete, places

OFF_S, OFF = 1.0, 1.03  # whole seconds are declared, and players differ by a frame or two
TIMED = ("audio/", "video/")


class Dearer(Exception):
    """The file costs more than it was sold for, or nobody can tell."""


def facts(field: Field, answer: Mapping[str, Any], content: bytes, mime: str) -> dict[str, Any]:
    """What the bytes say: type, size, sides, and the length where it is over the declared one. Raises contents.Unknown, and
    Dearer where the price goes by a length that cannot be told."""
    found = {"mime": mime, "size": len(content), **contents.sides(content, mime)}
    length = lasting.seconds(content) if mime.startswith(TIMED) else None
    declared = answer.get("duration", 0.0)
    if length is not None and length > max(declared + OFF_S, declared * OFF):
        return found | {"duration": length}
    if field.measured and length is None:
        raise Dearer("its length sets the price, and its bytes do not tell it")
    return found


def check_price(model: AIModel, input: Mapping[str, Any], field: Field, answer: Any, found: Mapping[str, Any]) -> None:
    """Hold the bill of `input` with `answer` as it was said against the bill with what is `found` of it. Raises Dearer.

    Of what nobody has said (the sides of a document that could not be looked at in time) the rows have a count of their own, and that stands.
    """
    said = {name: value for name, value in found.items() if name in answer}
    spec = model.input["properties"][field.name]
    truly = places.replaced(spec, input[field.name], lambda one: {**one, **said} if one is answer else one)
    try:
        sold = _cost(model, input)
    except bill.NotForSale:
        return  # it was sold by other rows, which are no more
    try:
        costs = _cost(model, {**input, field.name: truly})
    except bill.NotForSale as why:
        raise Dearer(str(why)) from why
    if costs > sold:
        raise Dearer(
            f"sold as ${sold:f}, it costs ${costs:f}: {', '.join(f'{name} {one}' for name, one in said.items())}"
        )


def _cost(model: AIModel, input: Mapping[str, Any]) -> Any:
    whole = complete(model, input)
    return bill.cost_usd(model.pricing, whole, bill.facts_of(model.input, whole))
