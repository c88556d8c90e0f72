"""KIE's answers: `{"code", "msg", "data"}`, mostly over HTTP 200 even when they say no."""

from __future__ import annotations

from typing import Any

from aiohttp import web

NO_KEY = "You do not have access permissions"
TOO_OFTEN = "Your call frequency is too high. Please try again later."
NO_MODEL = (
    "The model name you specified is not supported. "
    "Please verify your input and use one of the supported models provided by KIE."
)
NO_CREDITS = "Credits insufficient : Your current balance isn't enough to run this request. Please top up to continue."
NO_RECORD = "recordInfo is null"
UPLOAD_NO_KEY = "Authentication failed: Invalid API Key"


class Refusal(Exception):
    """KIE says no. `code` goes into the body; over HTTP it is 200 unless `http` says otherwise."""

    def __init__(self, code: int, msg: str, *, http: int = 200, upload: bool = False) -> None:
        super().__init__(msg)
        self.code, self.msg, self.http, self.upload = code, msg, http, upload

    def answer(self) -> web.Response:
        """The refusal as the API host spells it, or as the upload host does."""
        body: dict[str, Any] = {"code": self.code, "msg": self.msg}
        return web.json_response(
            {"success": False, **body} if self.upload else {**body, "data": None}, status=self.http
        )


class UploadRefusal(Refusal):
    """The upload host says no: a real HTTP status and `success: false`."""

    def __init__(self, status: int, msg: str) -> None:
        super().__init__(status, msg, http=status, upload=True)


def ok(data: Any) -> web.Response:
    """KIE's yes."""
    return web.json_response({"code": 200, "msg": "success", "data": data})
