"""YooKassa's no. Source: yookassa.ru/developers/using-api/response-handling (http-codes, response-format)."""

from __future__ import annotations

import uuid
from typing import Any

from aiohttp import web

_HTTP = {
    "invalid_request": 400,
    "invalid_credentials": 401,
    "forbidden": 403,
    "not_found": 404,
    "too_many_requests": 429,
    "internal_server_error": 500,
}


class ApiError(Exception):
    """An error body; its HTTP status follows from its code. `parameter` is the one that is wrong."""

    def __init__(self, code: str, description: str, parameter: str = "", **more: Any) -> None:
        super().__init__(description)
        self.status = _HTTP[code]
        self.body = {"type": "error", "id": str(uuid.uuid4()), "code": code, "description": description, **more}
        if parameter:
            self.body["parameter"] = parameter

    def answer(self) -> web.Response:
        """As it goes out."""
        return web.json_response(self.body, status=self.status)


def bad(description: str, parameter: str = "") -> ApiError:
    """400."""
    return ApiError("invalid_request", description, parameter)


def unknown(kind: str, parameter: str) -> ApiError:
    """404 for an id that no object has."""
    return ApiError("not_found", f"{kind} doesn't exist or access denied", parameter)
