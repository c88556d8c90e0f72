"""What can come of asking KIE, as our own words. The tree:

KieError
├── NothingMade   createTask did nothing for certain: it may be tried again
│   └── NoCredits KIE's account is empty
├── Refused       KIE said no to this input: trying again is useless
├── NoAnswer      createTask may have made a task or not: never ask again, the callback or the deadline decides
└── Unread        a read failed: the truth is there, ask later
"""

from types import MappingProxyType
from typing import Final


class KieError(Exception):
    """Says what happened in KIE's words, for the log and the operator; `code` is KIE's body code, 0 where there is none."""

    def __init__(self, message: str, *, code: int = 0) -> None:
        super().__init__(f"{code}: {message}" if code else message)
        self.code = code


class NothingMade(KieError):
    """Proof that no task was made: a refused connection, codes 401, 402, 429, 433, 455, 550."""


class NoCredits(NothingMade):
    """402, or the words of 402 under another code: the operator has to top up KIE."""


class Refused(KieError):
    """KIE said no to this input: 400, 422, 451 and the like."""

    @property
    def error_code(self) -> str:
        """The reason as a person is told it."""
        found = failure_code(str(self.code), str(self))
        judged = self.code == 500 or str(self.code) not in REASONS  # a 500 is taken for a no by its words alone
        return "bad_input" if judged and found == "provider_down" else found

    @property
    def model_is_off(self) -> bool:
        """Whether KIE does not make anything with this model any more, whatever the input: 505, or its words for a model that it
        does not know."""
        return self.code == 505 or (
            self.code in {404, 422} and any(part in str(self).lower() for part in NO_SUCH_MODEL)
        )


class NoAnswer(KieError):
    """Sent, and nothing certain came back."""


class Unread(KieError):
    """A record could not be read just now."""


NO_CREDITS: Final = "credits insufficient"
NO_SUCH_MODEL: Final = ("model name you specified is not supported", "model not found")
MODERATION: Final = ("policy", "sensitive", "moderation", "nsfw", "safety", "prohibited", "violat")
UNFETCHED: Final = ("failed to fetch", "unable to fetch", "cannot access the image", "unreadable image")

# Every code of KIE's (its documentation's table of `code`, failCode's included) as a person is told it.
REASONS: Final = MappingProxyType({
    "400": "bad_input",
    "401": "provider_key",
    "402": "provider_credits",
    "404": "model_off",  # no such path, no such model
    "405": "busy",  # the rate limit of lyrics
    "408": "timeout",  # upstream gave nothing for ten minutes
    "409": "made_already",  # a WAV, a cover: once for each track
    "413": "protected",  # uploaded audio that matches somebody's work
    "422": "bad_input",
    "429": "busy",
    "430": "busy",  # lyrics, called too often
    "433": "provider_cap",
    "451": "file",  # could not be fetched
    "455": "maintenance",
    "500": "provider_down",
    "501": "provider_down",
    "505": "model_off",
    "531": "provider_down",  # failed, its credits are back
    "550": "busy",  # the queue is full
})  # fmt: skip


def failure_code(fail_code: str, fail_msg: str) -> str:
    """Why a task failed, or a create was refused, as a person is told it. Words are asked before codes: one code has several
    meanings, and many failures come as 500."""
    said = f"{fail_code} {fail_msg}".lower()
    if NO_CREDITS in said:
        return "provider_credits"
    if any(word in said for word in MODERATION):
        return "moderation"
    if any(part in said for part in NO_SUCH_MODEL):
        return "model_off"
    if any(part in said for part in UNFETCHED):
        return "file"
    if fail_code == "413" and "long" in said:  # of lyrics
        return "bad_input"
    if fail_code == "429" and "credit" in said:  # of lyrics
        return "provider_credits"
    if "timeout" in said or "timed out" in said:
        return "timeout"
    return REASONS.get(fail_code, "provider_down")
