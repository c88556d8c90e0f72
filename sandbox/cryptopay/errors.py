"""Crypto Pay's no: `{"ok": false, "error": {"code", "name"}}` over the HTTP status that is the code."""

from __future__ import annotations

from typing import Any

from aiohttp import web


class ApiError(Exception):
    """A refusal by its name."""

    def __init__(self, name: str, code: int = 400) -> None:
        super().__init__(name)
        self.name, self.code = name, code

    @property
    def body(self) -> dict[str, Any]:
        """The JSON."""
        return {"ok": False, "error": {"code": self.code, "name": self.name}}

    def answer(self) -> web.Response:
        """As it goes out."""
        return web.json_response(self.body, status=self.code)
