"""The unified jobs API: createTask and recordInfo. Source: docs.kie.ai/market/quickstart, …/market/common/get-task-detail."""

import json
from decimal import Decimal
from typing import Any

from kie import client
from kie.errors import Unread
from kie.record import TaskRecord, storable

STATES = {"waiting": "running", "queuing": "running", "generating": "running", "success": "success", "fail": "fail"}


def create(kie_model: str, sent: dict[str, Any], *, callback_url: str) -> str:
    """POST /api/v1/jobs/createTask. Raises NothingMade, Refused, NoAnswer."""
    payload: dict[str, Any] = {"model": kie_model, "input": sent}
    if callback_url:
        payload["callBackUrl"] = callback_url  # capital B, as KIE spells it
    return client.create("/api/v1/jobs/createTask", payload)


def query(task_id: str, *, output: str) -> TaskRecord:
    """GET /api/v1/jobs/recordInfo. Raises Unread, Refused (422 «recordInfo is null»: unknown, or not there yet)."""
    data = client.read("/api/v1/jobs/recordInfo", taskId=task_id)
    state = STATES.get(str(data.get("state"))) if isinstance(data, dict) else None
    if state is None:
        raise Unread(f"a record without a known state: {str(data)[:200]}")
    results = unpacked(data.get("resultJson")) or unpacked(data.get("response"))
    return TaskRecord(
        state=state,  # type: ignore[arg-type]  # a literal of STATES
        files=files(results, output),
        text=text(results),
        fail_code=storable(str(data.get("failCode") or "")),
        fail_msg=storable(str(data.get("failMsg") or "")),
        callback_url=str(unpacked(data.get("param")).get("callBackUrl") or ""),
        credits=credits(data.get("creditsConsumed")),
    )


def credits(value: Any) -> Decimal | None:
    """A number of credits, fractions and all; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return Decimal(str(value))


def unpacked(value: Any) -> dict[str, Any]:
    """A JSON object that may come as itself, as its text, or as the text of its text; {} if it is none of these."""
    for _ in range(3):
        if not isinstance(value, str) or not value:
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):  # broken, or nested to kill
            return {}
    return value if isinstance(value, dict) else {}


def files(results: dict[str, Any], output: str) -> list[dict[str, str]]:
    """Every result file, not only the first: `resultUrls` of most models, `data[].audio_url` of music."""
    urls, tracks = _listed(results.get("resultUrls")), _listed(results.get("data"))
    urls = urls or [track.get("audio_url") for track in tracks if isinstance(track, dict)]
    fetchable = [url for url in urls if isinstance(url, str) and url.startswith(("http://", "https://"))]
    return [{"url": storable(url), "kind": output} for url in fetchable]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def text(results: dict[str, Any]) -> str | None:
    """The text of models that answer in words (`resultObject`)."""
    found = results.get("resultObject")
    if isinstance(found, dict):
        found = found.get("text") or json.dumps(found, ensure_ascii=False, indent=1)
    return storable(str(found)) if found else None
