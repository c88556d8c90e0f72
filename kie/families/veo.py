"""Veo 3.1: the tier that the unified form cannot choose, extension, and HD versions (kie.families.veo_hd).

Source: docs.kie.ai/veo3-api/generate-veo-3-video, …/get-veo-3-video-details, …/extend-video.
"""

from typing import Any

from kie.families import dedicated, reading, veo_hd
from kie.record import TaskRecord

API = "/api/v1/veo"
EXTEND = "veo/extend"


def create(model_value: str, sent: dict[str, Any], *, callback_url: str) -> str:
    """Start what `model_value` names: a tier, the extension, or an HD version. Raises NothingMade, Refused, NoAnswer."""
    if model_value in veo_hd.VERSIONS:
        return veo_hd.create(model_value, sent, callback_url=callback_url)
    if model_value == EXTEND:  # its `model` is a choice of its own: fast, quality, lite
        return dedicated.create(f"{API}/extend", sent, callback_url=callback_url)
    return dedicated.create(f"{API}/generate", sent | {"model": model_value}, callback_url=callback_url)


def query(task_id: str, *, output: str) -> TaskRecord:
    """KIE's record, or how far an HD version is. Raises Unread, Refused."""
    if veo_hd.is_one(task_id):
        return veo_hd.query(task_id, output=output)
    return dedicated.query(f"{API}/record-info", task_id, lambda response: _films(response, output))


def _films(response: dict[str, Any], output: str) -> list[dict[str, str]]:
    """The whole film of an extension, not its new end alone; else what was made."""
    found = reading.links(response.get("fullResultUrls")) or reading.links(response.get("resultUrls"))
    return [reading.file(link, output) for link in found]
