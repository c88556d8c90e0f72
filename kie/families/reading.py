"""What KIE's APIs spell in their several ways, read in one place: states, objects in wrappings, lists of links, credits."""

import json
import re
from decimal import Decimal
from typing import Any, Literal

from kie.record import storable

State = Literal["running", "success", "fail"]
STATES: dict[str, State] = {  # unified, Suno, Runway, 4o, Veo and Kontext together: no word means two things
    **dict.fromkeys(("waiting", "wait", "queuing", "queueing", "generating", "pending", "processing"), "running"),
    **dict.fromkeys(("text_success", "first_success", "0"), "running"),
    **dict.fromkeys(("success", "1"), "success"),
    "callback_exception": "success",  # the result is there, only KIE's word of it did not arrive
    **dict.fromkeys(("fail", "failed", "2", "3"), "fail"),
}
LONGEST = 2_000  # characters of an id, a title or a link to a cover
NEXT_LINK = re.compile(r",\s*(?=https?://)")


def state(*said: Any) -> State | None:
    """What the first of these that means anything says of a task; a flag may come as number or text. None: none of them does."""
    for one in said:
        word = str(one).strip().lower().removesuffix(".0") if isinstance(one, str | int | float) else ""
        if word in STATES:
            return STATES[word]
        if word.startswith("success-"):  # observed: with something behind it
            return "success"
        if word.endswith(("_failed", "_error")):
            return "fail"
    return None


def unpacked(value: Any) -> dict[str, Any]:
    """A JSON object that may come as itself, as its text, or as the text of its text; {} if it is none of these."""
    for _ in range(3):
        if not isinstance(value, str) or not value:
            break
        value = _parsed(value)
    return value if isinstance(value, dict) else {}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # broken, or nested to kill
        return None


def links(value: Any) -> list[str]:
    """Every http(s) link of what should be a list of them: an array, one in JSON's text, `[http…, http…]` bare, or one link."""
    if isinstance(value, str):
        parsed = _parsed(value)
        value = parsed if isinstance(parsed, list) else NEXT_LINK.split(value.strip().strip("[]"))
    found = [one.strip() for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return [storable(one) for one in found if one.startswith(("http://", "https://"))]


def file(link: str, kind: str, **about: Any) -> dict[str, str]:
    """One file of a result: {"url", "kind"} and what is known `about` it (id, title, cover); what is no text is left out."""
    return {"url": link, "kind": kind} | {
        name: storable(said)[:LONGEST] for name, said in about.items() if isinstance(said, str) and said.strip()
    }


def words(value: Any) -> str:
    """A stranger's words as PostgreSQL can keep them; "" for nothing."""
    return storable(str(value)) if value else ""


def credits(value: Any) -> Decimal | None:
    """A number of credits, fractions and all; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return Decimal(str(value))
