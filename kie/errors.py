"""What can come of asking KIE, as our own words. The tree:

KieError
├── NothingMade   createTask did nothing for certain: it may be tried again
│   └── NoCredits KIE's account is empty
├── Refused       KIE said no to this input: trying again is useless
├── NoAnswer      createTask may have made a task or not: never ask again, the callback or the deadline decides
└── Unread        a read failed: the truth is there, ask later
"""


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
        words = str(self).lower()
        if any(word in words for word in MODERATION):
            return "moderation"
        return "file" if self.code == 451 else "bad_input"


class NoAnswer(KieError):
    """Sent, and nothing certain came back."""


class Unread(KieError):
    """A record could not be read just now."""


MODERATION = ("policy", "sensitive", "moderation", "nsfw", "safety", "prohibited", "violat")


def failure_code(fail_code: str, fail_msg: str) -> str:
    """The reason of a failed task as a person is told it, from the record's failCode and failMsg."""
    words = f"{fail_code} {fail_msg}".lower()
    if any(word in words for word in MODERATION):
        return "moderation"
    if "402" in words or "credits insufficient" in words:
        return "provider_credits"
    if "timeout" in words or fail_code == "408":
        return "timeout"
    return "bad_input" if fail_code in {"400", "422"} else "provider_down"
