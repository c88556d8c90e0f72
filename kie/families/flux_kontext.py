"""Flux Kontext, pro and max: the unified form cannot choose between them. Source: docs.kie.ai/flux-kontext-api/…"""

from typing import Any

from kie.families import dedicated, reading
from kie.record import TaskRecord

API = "/api/v1/flux/kontext"


def create(model_value: str, sent: dict[str, Any], *, callback_url: str) -> str:
    """POST generate: with `inputImage` it edits. Raises NothingMade, Refused, NoAnswer."""
    return dedicated.create(f"{API}/generate", sent | {"model": model_value}, callback_url=callback_url)


def query(task_id: str, *, output: str) -> TaskRecord:
    """GET record-info. Raises Unread, Refused."""
    return dedicated.query(
        f"{API}/record-info",
        task_id,
        lambda response: [reading.file(link, output) for link in reading.links(response.get("resultImageUrl"))],
    )
