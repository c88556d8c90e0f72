"""A task as KIE records it, the same for all families: the truth about a job."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal


def storable(words: str) -> str:
    """What PostgreSQL can keep of a stranger's text: no NUL, no halves of surrogate pairs."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """What KIE's record says. `callback_url` is the one the task was created with: it proves whose task it is."""

    state: Literal["running", "success", "fail"]
    files: list[dict[str, str]] = field(default_factory=list)  # {"url", "kind": image | video | audio}
    text: str | None = None
    fail_code: str = ""
    fail_msg: str = ""
    callback_url: str = ""
    credits: Decimal | None = None  # what KIE took for it; None: the record does not say

    def as_result(self) -> dict[str, Any]:
        """The form in which Job.result keeps it."""
        return {"files": self.files, "text": self.text}
