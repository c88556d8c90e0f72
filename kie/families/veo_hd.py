"""1080p and 4K versions of a Veo video. KIE makes no task of them: one asks by the task of the video until they are there.

So ours have a name of their own, `<task>#<version>.<index>.<nonce>`, unique however often somebody orders the same. To ask
once more is harmless by KIE's own words (a repeat is answered by what there is), so a lost answer is no doubt here.
Source: docs.kie.ai/veo3-api/get-veo-3-1080-p-video, …/get-veo-3-4k-video.
"""

from typing import Any, Final

from kie import client
from kie.client import Answer
from kie.errors import NoAnswer, Unread
from kie.families import reading
from kie.record import OURS, TaskRecord
from reliability import clock

API: Final = "/api/v1/veo"
VERSIONS: Final = {"veo/get-1080p-video": "1080p", "veo/get-4k-video": "4k"}  # model → its name in ours
FETCHED: Final = frozenset({"veo/get-1080p-video"})  # nobody is called back when it is there
NOT_YET: Final = {200, 400, 422, 500}  # of 1080p; all of them mean that it is being made
FAILED: Final = 501


def is_one(task_id: str) -> bool:
    """Whether a task's id is one of ours."""
    return OURS in task_id


def create(model_value: str, sent: dict[str, Any], *, callback_url: str) -> str:
    """Ask for a version of `sent["taskId"]`; our name of it. Raises NothingMade, Refused.

    1080p is only fetched, so there is nothing to begin.
    """
    version, source, index = VERSIONS[model_value], str(sent["taskId"]), int(sent.get("index", 0))
    if version == "4k":
        _begin(source, index, callback_url)
    return f"{source}{OURS}{version}.{index}.{clock.uuid7().hex[-12:]}"


def _begin(source: str, index: int, callback_url: str) -> None:
    try:
        answer = _ask_4k(source, index, callback_url)
    except Unread:
        return  # begun or not: the next look asks the same
    no = client.refusal(answer)
    if not _in_hand(answer) and not isinstance(no, NoAnswer):
        raise no


def query(task_id: str, *, output: str) -> TaskRecord:
    """How far a version is. Raises Unread."""
    source, _, asked = task_id.partition(OURS)
    version, index, _ = asked.split(".")
    answer = _ask_4k(source, int(index)) if version == "4k" else _ask_1080p(source, int(index))
    data = answer.data if isinstance(answer.data, dict) else {}
    found = reading.links(data.get("resultUrl")) or reading.links(data.get("resultUrls"))
    if found:  # 4K: under 422, too
        return TaskRecord(state="success", files=[reading.file(link, output) for link in found])
    if answer.code == FAILED:
        return TaskRecord(state="fail", fail_code=str(FAILED), fail_msg=answer.words)
    if (version == "4k" and _in_hand(answer)) or (version == "1080p" and answer.code in NOT_YET):
        return TaskRecord(state="running")
    raise Unread(answer.words, code=answer.code)


def _ask_1080p(source: str, index: int) -> Answer:
    return client.exchange("GET", f"{API}/get-1080p-video", params={"taskId": source, "index": index})


def _ask_4k(source: str, index: int, callback_url: str = "") -> Answer:
    body = {"taskId": source, "index": index} | ({"callBackUrl": callback_url} if callback_url else {})
    return client.exchange("POST", f"{API}/get-4k-video", json=body)


def _in_hand(answer: Answer) -> bool:
    """Whether KIE makes it, or has made it: a repeat comes as 422, but with data. A refusal has none."""
    return answer.code == 200 or (answer.code == 422 and isinstance(answer.data, dict))
