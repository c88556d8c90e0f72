"""What the dedicated APIs of KIE share: a flat body to create, and a record with flag, error code, and the body it was made of."""

from collections.abc import Callable
from typing import Any

from kie import client
from kie.errors import Unread
from kie.families import reading
from kie.record import TaskRecord

Files = Callable[[dict[str, Any]], list[dict[str, str]]]


def create(path: str, body: dict[str, Any], *, callback_url: str) -> str:
    """POST a flat body. Raises NothingMade, Refused, NoAnswer."""
    return client.create(path, body | ({"callBackUrl": callback_url} if callback_url else {}))


def query(path: str, task_id: str, files: Files) -> TaskRecord:
    """GET a record; `files` reads its `response`. Raises Unread, Refused (no such record, or not yet).

    Whose task it is stands in the body that KIE keeps with it. A record without one proves nothing: callback_url is "".
    """
    data = client.read(path, taskId=task_id)
    data = data if isinstance(data, dict) else {}
    state = reading.state(data.get("status"), data.get("successFlag"))
    if state is None:
        raise Unread(f"a record without a known state: {str(data)[:200]}")
    if state == "running" and _failed(data.get("errorCode")):  # a flag of 0 may stand beside an error
        state = "fail"
    response = reading.unpacked(data.get("response"))
    return TaskRecord(
        state=state,
        files=files(response) if state == "success" else [],
        fail_code=reading.words(data.get("errorCode") or (data.get("status") if state == "fail" else "")),
        fail_msg=reading.words(data.get("errorMessage")),
        callback_url=reading.words(reading.unpacked(data.get("paramJson")).get("callBackUrl")),
        credits=reading.credits(data.get("creditsConsumed")),
    )


def _failed(error_code: Any) -> bool:
    return reading.words(error_code) not in {"", "0", "200"}
