"""Answers that name one of the person's own generations: {"job": its public id, "track": which of its files, from 0}.

In a schema: `x-source: job` marks the field, `x-of` lists the models whose generations will do, `x-gives` says what stands
there at KIE: its task, the track's own id, or the file. A hidden companion (`x-with`) is filled by the same choice. Whether
the generation is there, and theirs, is looked at by kie.own.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kie.inputs.bad import BadInput

if TYPE_CHECKING:
    from kie.inputs.field import Field

TRACKS = 100  # no generation has more files
PLACEHOLDER = "chosen"  # where a generation stands whose id at KIE is not asked for yet


def is_source(spec: Mapping[str, Any]) -> bool:
    """Whether people choose a generation of theirs here. A companion is filled, not asked for."""
    return spec.get("x-source") == "job" and "x-with" not in spec


def companions(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Hidden fields, each with the visible one whose choice fills it."""
    return {name: spec["x-with"] for name, spec in properties.items() if "x-with" in spec}


def by_track(properties: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    """Whether it matters which file of the generation is meant."""
    filled = [name, *(hidden for hidden, visible in companions(properties).items() if visible == name)]
    return any(properties[one].get("x-gives") in ("track", "file") for one in filled)


def parse(field: "Field", raw: Any) -> dict[str, Any]:
    """The answer with only what we know: beside the choice what was known of the generation when it was made, its `name` to
    people and the `resolution` that prices may go by. Raises BadInput."""
    try:
        answer = {"job": str(UUID(raw["job"])), "track": raw.get("track", 0)}
    except (TypeError, KeyError, ValueError, AttributeError):
        answer = {}
    if not isinstance(answer.get("track"), int) or not 0 <= answer["track"] < TRACKS:
        raise BadInput("wrong_type", field=field.name, expected=str(field.kind), got=type(raw).__name__)
    known = {name: raw.get(name) for name in ("name", "resolution")}
    return answer | {
        name: said[:100] for name, said in known.items() if isinstance(said, str) and said and said.isprintable()
    }
