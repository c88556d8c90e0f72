"""The one cable: where our libraries would open a socket, a simulated peer answers.

Telegram is reached through pyTelegramBotAPI's own hook, KIE through requests' transport, its files through the session
that opens strangers' addresses. A peer's answer is (status, body), of files bytes, or the exception that the library would raise for a broken connection.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import requests
from requests import adapters, sessions
from telebot import apihelper
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot import gateway
from kie import fetch

Reply = tuple[int, Any]
Peer = Callable[[str, dict[str, Any]], Reply]  # (the path's last word, parameters)


def refused() -> requests.ConnectionError:
    """Nobody listens: the request cannot have left."""
    nobody = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
    return requests.ConnectionError(MaxRetryError(None, "/", nobody))  # type: ignore[arg-type]


def silence() -> requests.ReadTimeout:
    """No answer: perhaps done."""
    return requests.ReadTimeout("Read timed out.")


@contextmanager
def plugged(
    *, telegram: Peer, telegram_file: Callable[[str], Reply], kie: Peer, file: Callable[[str], tuple[int, bytes]]
) -> Iterator[None]:
    """Within the block all that leaves this process goes to these two. `file` answers for an address of KIE's files,
    `telegram_file` for one of what people have sent."""

    def send_to_telegram(method: str, url: str, *, params: Any = None, **_: Any) -> requests.Response:
        return _response(url, *telegram(url.rpartition("/")[2], dict(params or {})))

    class Transport(adapters.HTTPAdapter):
        def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
            parts = urlsplit(request.url or "")
            params: dict[str, Any] = dict(parse_qsl(parts.query))
            if isinstance(request.body, bytes) and request.headers["Content-Type"] == "application/json":
                params |= json.loads(request.body)
            return _response(request.url or "", *kie(parts.path.rpartition("/")[2], params))

    def open_file(_: Any, request: requests.PreparedRequest, **__: Any) -> requests.Response:
        url = request.url or ""
        return _downloaded(url, *file(url))

    class Downloads(requests.Session):
        def get(self, url: str | bytes, **_: Any) -> requests.Response:
            return _downloaded(str(url), *telegram_file(str(url)))

    before = apihelper.CUSTOM_REQUEST_SENDER, sessions.HTTPAdapter
    apihelper.CUSTOM_REQUEST_SENDER, sessions.HTTPAdapter = send_to_telegram, Transport  # type: ignore[misc]
    try:
        downloads = Downloads()
        with patch.object(fetch._Session, "send", open_file), patch.object(gateway, "_session", lambda: downloads):
            yield
    finally:
        apihelper.CUSTOM_REQUEST_SENDER, sessions.HTTPAdapter = before  # type: ignore[misc]


def _downloaded(url: str, status: int, content: bytes) -> requests.Response:
    response = requests.Response()
    response.url, response.status_code, response.raw = url, status, BytesIO(content)
    return response


def _response(url: str, status: int, body: Any) -> requests.Response:
    response = requests.Response()
    response.url, response.status_code, response.raw = url, status, BytesIO()
    response._content = json.dumps(body).encode()
    return response
