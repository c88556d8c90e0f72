"""What the answers of an order point to, looked at before KIE is asked: links that give a file, files that are what they say,
generations that are the person's own.

KIE takes an order with a dead link or a damaged file all the same, and says no minutes later in words that blame nothing.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from kie import contents, fetch, measured, own, peers, uploads
from kie.catalogue import AIModel
from kie.errors import Refused, Unread
from kie.inputs import BadInput, Field, Kind, fields, files, places, source
from payments.models import Customer
from reliability.files import FileGone, opened

LINKS_S = 20.0  # for all links of an order: a worker's time
LINK_MB = 100  # where the model states no limit of its own


class Unfit(Exception):
    """A source that KIE could not use: `error_code` says of which kind, `field` names the answer to blame."""

    error_code = "file"

    def __init__(self, field: str, why: object) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


class BadLink(Unfit):
    """Proved: the link gives no file, or none that the field takes."""

    error_code = "link"


class SilentLink(Unfit):
    """Not proved: the link's host does not answer just now."""

    error_code = "link_away"


class NoSource(Unfit):
    """The generation that this one should go on with is not theirs, or too old for KIE."""

    error_code = "source"


class Dearer(Unfit):
    """The file is longer or larger than it was said to be when its price was made."""

    error_code = "dearer"


def gathered(model: AIModel, input: dict[str, Any], customer: Customer) -> dict[str, Any]:
    """`input` as KIE takes it: every file answered by file_id is looked at, uploaded, and stands as a URL; a generation of
    `customer` stands as its ids at KIE; links stay.

    Links are looked at first, so that nothing goes up in vain. A repeat uploads again. Raises Unfit, and Unread when
    KIE's uploads or Telegram are away just now.
    """
    known = model.input["properties"]
    input = input | _generations(model, input, customer)
    asked = {field.name: field for field in fields(model) if field.media and field.name in input}
    until = time.monotonic() + LINKS_S

    def look(field: Field) -> Callable[[Any], Any]:
        return lambda one: _look_at(field, one, until) if isinstance(one, str) else None

    for name, field in asked.items():
        places.replaced(known[name], input[name], look(field))
    return input | {
        name: places.replaced(known[name], input[name], partial(_uploaded, model, input, field))
        for name, field in asked.items()
    }


def _generations(model: AIModel, input: dict[str, Any], customer: Customer) -> dict[str, str]:
    """What stands at KIE for each chosen generation, in its field and in the hidden ones that go with it."""
    known = model.input["properties"]
    found: dict[str, str] = {}
    for field in fields(model):
        answer = input.get(field.name)
        if field.kind != Kind.SOURCE or answer is None:
            continue
        filled = [field.name, *(hidden for hidden, with_ in source.companions(known).items() if with_ == field.name)]
        try:
            job = own.chosen(customer, field, field.parse(answer))
            found |= {name: own.at_kie(job, known[name]["x-gives"], answer.get("track", 0)) for name in filled}
        except (own.NotUsable, BadInput) as why:
            raise NoSource(field.name, why) from why
    return found


def _look_at(field: Field, link: str, until: float) -> None:
    """The first bytes behind a link. KIE fetches it itself later; what it finds then is its own to judge."""
    most_bytes = (field.max_mb_link or LINK_MB) * files.MB
    if time.monotonic() > until:
        raise SilentLink(field.name, "no time left for this link")
    try:
        head = fetch.head(link, most_bytes=most_bytes, peer=peers.at_origin(link), until=until)
        contents.mime(field, head)
    except fetch.Away as silence:
        raise SilentLink(field.name, silence) from silence
    except (fetch.Dead, contents.Unknown) as why:
        raise BadLink(field.name, why) from why


def _uploaded(model: AIModel, input: dict[str, Any], field: Field, answer: Any) -> Any:
    if not isinstance(answer, dict):
        return answer  # a link
    try:
        content = opened(answer["file_id"])
        mime = contents.mime(field, content, answer["mime"])
        found = measured.facts(field, answer, content, mime)
        measured.check_price(model, input, field, answer, found)
        field.parse(answer | found)  # the same limits, by what the file is and not by what was said of it
        return uploads.uploaded(content, mime)
    except ConnectionError as silence:  # what the bot raises while Telegram is away
        raise Unread(f"{field.name}: {silence}") from silence
    except measured.Dearer as why:
        raise Dearer(field.name, why) from why
    except (FileGone, Refused, BadInput, contents.Unknown) as why:
        raise Unfit(field.name, why) from why
