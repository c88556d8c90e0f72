"""What an HTTP error proves: whether a request can have left at all."""

import requests

BEFORE_ANYTHING_WAS_SENT = {"NewConnectionError", "NameResolutionError"}  # urllib3's words


def never_connected(trouble: BaseException) -> bool:
    """Whether the request cannot have left: the connection itself was refused, or never came about."""
    reason = getattr(trouble.args[0] if trouble.args else None, "reason", None)
    return isinstance(trouble, requests.ConnectTimeout) or type(reason).__name__ in BEFORE_ANYTHING_WAS_SENT
