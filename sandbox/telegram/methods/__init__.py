"""The Bot API's methods, by name. Each is `async (peer, params) -> result` and raises ApiError; a chat changes in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from . import albums, edits, files, messages, payments, profile, webhook

Method = Callable[..., Awaitable[Any]]

METHODS: Mapping[str, Method] = {
    **webhook.METHODS,
    **messages.METHODS,
    **files.METHODS,
    **albums.METHODS,
    **edits.METHODS,
    **payments.METHODS,
    **profile.METHODS,
}
