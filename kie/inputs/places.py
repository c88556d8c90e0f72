"""The places in an input where a file stands, or one of a person's own generations: nested as deep as the schema has them."""

from collections.abc import Callable, Mapping
from typing import Any

from kie.inputs import source
from kie.inputs import spec as specs
from kie.inputs.spec import Spec

PLACEHOLDER = "https://files.invalid/file"  # where a file stands that has no URL yet


def replaced(spec: Spec, value: Any, put: Callable[[Any], Any]) -> Any:
    """`value` with `put` of each file, or link to one, in its place."""
    if "x-media" in spec and not isinstance(value, list):
        return put(value)
    if isinstance(value, list):
        return [replaced(specs.item(spec), one, put) for one in value]
    if isinstance(value, dict) and "properties" in spec:
        known: Mapping[str, Spec] = spec["properties"]
        return {name: replaced(known[name], one, put) if name in known else one for name, one in value.items()}
    return value


def placed(properties: Mapping[str, Spec], input: Mapping[str, Any]) -> dict[str, Any]:
    """`input` as a validator can judge it: a placeholder for each file, and for what follows from an earlier generation."""
    plain = {name: _placed(properties.get(name, {}), value) for name, value in input.items()}
    filled = {hidden for hidden, visible in source.companions(properties).items() if visible in plain}
    return plain | dict.fromkeys(filled - plain.keys(), source.PLACEHOLDER)


def _placed(spec: Spec, value: Any) -> Any:
    if source.is_source(spec):
        return source.PLACEHOLDER if isinstance(value, dict) and "job" in value else value
    return replaced(spec, value, lambda one: PLACEHOLDER if isinstance(one, dict) and "file_id" in one else one)
