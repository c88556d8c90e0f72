"""How much of a body the web process reads at all: Django keeps a whole body on disk before any view may refuse it."""

from collections.abc import Mapping
from typing import Any, Final

from kie import callback
from payments import paying
from trt.lane import App, Receive, Scope, Send

MOST_BYTES: Final[Mapping[str, int]] = {"/callbacks/": callback.MAX_BYTES, "/payments/": paying.MAX_BYTES}
ELSE_BYTES: Final = 50_000_000  # the admin's forms


def bounded(app: App) -> App:
    """`app` with 413 for a body over the limit of its path, before the rest of it is read."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        most = next((most for start, most in MOST_BYTES.items() if scope["path"].startswith(start)), ELSE_BYTES)
        too_large = _declared(scope) > most
        size = 0

        async def counted() -> Any:
            nonlocal size, too_large
            message = await receive()
            size += len(message.get("body", b""))
            too_large = too_large or size > most
            return {"type": "http.disconnect"} if too_large else message  # Django stops, and says nothing

        if not too_large:
            await app(scope, counted, send)
        if too_large:
            await _refuse(send)

    return serve


def _declared(scope: Scope) -> int:
    written = dict(scope["headers"]).get(b"content-length", b"")
    return int(written[:20]) if written.isdigit() else 0


async def _refuse(send: Send) -> None:
    body = b'{"error_code": "TOO_LARGE", "fix_hint": ""}'
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
