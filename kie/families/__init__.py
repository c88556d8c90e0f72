"""KIE's API families: one module each with the same two functions, so that a job need not know which it is.

A further family is one more file here, and its line in FAMILIES. What several spell alike is read in `reading` and
`dedicated`. A task's id is KIE's own, or begins with it (kie.record.kies_own).
"""

from types import MappingProxyType
from typing import Any, Final, Protocol

from kie.families import flux_kontext, gpt4o_image, market, veo, veo_hd
from kie.record import TaskRecord


class Family(Protocol):
    """One generation of KIE's API."""

    def create(self, model_value: str, sent: dict[str, Any], *, callback_url: str) -> str:
        """Start a task and return its id. `callback_url` "" means none. Raises NothingMade, Refused, NoAnswer."""
        ...

    def query(self, task_id: str, *, output: str) -> TaskRecord:
        """KIE's record of a task; `output` is the kind of file its model makes. Raises Unread, Refused (no such record)."""
        ...


UNTOLD: Final = veo_hd.FETCHED  # models, as KIE calls them, of whose end it tells nobody

FAMILIES: MappingProxyType[str, Family] = MappingProxyType(
    {"market": market, "veo": veo, "flux-kontext": flux_kontext, "4o-image": gpt4o_image}
)
