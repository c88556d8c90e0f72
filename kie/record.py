"""A task as KIE records it, the same for all families: the truth about a job."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal


def storable(words: str) -> str:
    """What PostgreSQL can keep of a stranger's text: no NUL, no halves of surrogate pairs."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


OURS = "#"  # between KIE's id of a task and what we add where one task is asked for several things; in no id of KIE's


def kies_own(task_id: str) -> str:
    """The id under which KIE knows a task of ours."""
    return task_id.partition(OURS)[0]


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """What KIE's record says. `callback_url` is the one the task was created with: it proves whose task it is; "" where
    the record does not say, and then nothing proves it.

    A file is {"url", "kind": image | video | audio}, and where KIE says it: "id" (a track's, for what follows up on it),
    "title", "cover" (a link).
    """

    state: Literal["running", "success", "fail"]
    files: list[dict[str, str]] = field(default_factory=list)
    text: str | None = None
    fail_code: str = ""
    fail_msg: str = ""
    callback_url: str = ""
    credits: Decimal | None = None  # what KIE took for it; None: the record does not say

    def as_result(self) -> dict[str, Any]:
        """The form in which Job.result keeps it."""
        return {"files": self.files, "text": self.text}
