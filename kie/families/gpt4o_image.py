"""GPT-4o image. Source: docs.kie.ai/4o-image-api/…; its create may say 550, queue full: nothing was made."""

from typing import Any

from kie.families import dedicated, reading
from kie.record import TaskRecord

API = "/api/v1/gpt4o-image"


def create(model_value: str, sent: dict[str, Any], *, callback_url: str) -> str:
    """POST generate; the API has one model, so its name is not sent. Raises NothingMade, Refused, NoAnswer."""
    return dedicated.create(f"{API}/generate", sent, callback_url=callback_url)


def query(task_id: str, *, output: str) -> TaskRecord:
    """GET record-info. Raises Unread, Refused."""
    return dedicated.query(
        f"{API}/record-info",
        task_id,
        lambda response: [reading.file(link, output) for link in reading.links(response.get("resultUrls"))],
    )
