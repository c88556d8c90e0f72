"""A person's files by Telegram's `file_id`: who needs the bytes asks here, the bot opens them, for only its gateway calls Telegram."""

from collections.abc import Callable

Opener = Callable[[str], bytes]  # file_id → bytes; raises FileGone
_opener: list[Opener] = []


class FileGone(Exception):
    """Telegram does not give the file any more, or never would (over 20 MB)."""


def register_opener(opener: Opener) -> None:
    """Say who opens a file_id. A repeat replaces the first."""
    _opener[:] = [opener]


def opened(file_id: str) -> bytes:
    """The bytes of a person's file, over the network: never inside a transaction.

    Raises FileGone, and what the bot raises when Telegram is away.
    """
    content = _opener[0](file_id)
    if not content:
        raise FileGone("the file is empty")
    return content
