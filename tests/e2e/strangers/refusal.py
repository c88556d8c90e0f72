"""A refusal in Telegram's own words, and arguments read with them."""

from tests.e2e.strangers.web import Request


class Refusal(Exception):
    """`ok: false` with this description and code."""

    def __init__(self, words: str, code: int = 400, *, retry_after: int = 0) -> None:
        super().__init__(words)
        self.words, self.code, self.retry_after = words, code, retry_after


def needed(request: Request, name: str) -> str:
    """An argument that must be there. Raises Refusal."""
    if not request.args.get(name):
        raise Refusal(f'Bad Request: parameter "{name}" is required')
    return request.args[name]


def whole(request: Request, name: str, default: int) -> int:
    """A whole number; the server takes what is none for nought."""
    raw = request.args.get(name, str(default))
    return int(raw) if raw.lstrip("-").isdigit() else 0


def flag(request: Request, name: str) -> bool:
    """A Boolean as the server reads it: of any case, and 1 is true."""
    return request.args.get(name, "").lower() in {"true", "yes", "1"}
