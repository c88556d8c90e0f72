"""A local Telegram: the table of contents.

`methods` is the Bot API, `delivery` its webhook and `hub` its getUpdates; `chats`, `files`, `stars`, `updates`, `queries` are the state;
`html`, `text`, `keyboard`, `intake`, `media` judge what is sent; `person`, `checkout` and `control` are the other side. `peer` holds
the parts together. Not imitated: groups, channels, inline mode, stickers, polls, reply keyboards (taken, not shown), MarkdownV2.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.faults import Fault, strike
from sandbox.guard import no_sniffing, same_origin
from sandbox.serving import lives

from .control import Control
from .errors import NOT_MODIFIED, WRONG_FILE, ApiError, bad, forbidden, too_many
from .params import Params, read
from .peer import CALL_FAULTS, Peer, canonical
from .person import Person

PAGE = Path(__file__).parent / "page"
LARGEST_BODY = 110 * 1024 * 1024  # an album; each file is measured on its own
_TOKEN = "/bot{token}"  # noqa: S105  a path


def create_app(*, data: Path, public_url: str, bot_token: str) -> web.Application:
    """The peer as an aiohttp application. Its state lives in `data`; `public_url` is its origin in the links it hands out."""
    peer = Peer(data=data, public_url=public_url, bot_token=bot_token)
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[same_origin])
    app.add_routes(
        [web.route("*", f"{_TOKEN}/{{method}}", _method(peer)), web.get(f"/file{_TOKEN}/{{path:.+}}", _file(peer))]
    )
    app.add_routes([*Person(peer).routes(), *Control(peer).routes(), *peer.faults.routes(), web.get("/", _page)])
    app.router.add_static("/static", PAGE)

    lives(app, peer)
    app.on_response_prepare.append(no_sniffing)
    return app


async def _page(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


def _method(peer: Peer) -> Any:
    """/bot<token>/<method>: token, parameters, faults, the answer."""

    async def serve(request: web.Request) -> web.Response:
        if not _genuine(peer, request):
            return _said(ApiError(401, "Unauthorized"))
        method = request.match_info["method"]
        try:
            params = await read(request)
        except ApiError as error:
            return _said(error)

        async def answer() -> web.Response:
            status, body = await peer.answer(method, params)
            return web.json_response(body, status=status)

        fault = _fault(peer, canonical(method) or method, params)
        if fault is None:
            return await answer()
        if fault.name != "answer_lost":
            refusal = _refusal(fault)
            shown = refusal.body() if refusal else {"fault": fault.name}
            peer.journal.add(canonical(method) or method, params.shown(), shown)
            if refusal:
                return _said(refusal)
        return await strike(fault, request, answer) or await answer()

    return serve


def _fault(peer: Peer, method: str, params: Params) -> Fault | None:
    """url_rejected waits for a call that names a URL, not_modified for an edit."""
    fitting = {name for name in CALL_FAULTS if name != "url_rejected" or params.urls()}
    if not method.startswith("edit"):
        fitting.discard("not_modified")
    return peer.faults.take(method, frozenset(fitting))


def _refusal(fault: Fault) -> ApiError | None:
    """The faults that are answers of Telegram's own."""
    said = {
        "429": lambda: too_many(int(fault.seconds("retry_after"))),
        "500": lambda: ApiError(500, "Internal Server Error"),
        "blocked": lambda: forbidden("bot was blocked by the user"),
        "not_modified": lambda: bad(NOT_MODIFIED),
        "url_rejected": lambda: bad(str(fault.params.get("description", WRONG_FILE))),
    }
    return said[fault.name]() if fault.name in said else None


def _file(peer: Peer) -> Any:
    """/file/bot<token>/<file_path>: what getFile pointed at."""

    async def serve(request: web.Request) -> web.StreamResponse:
        if not _genuine(peer, request):
            return _said(ApiError(401, "Unauthorized"))
        stored = peer.files.by_path(request.match_info["path"])
        if stored is None:
            return _said(ApiError(404, "Not Found"))
        return web.FileResponse(peer.files.disk(stored), headers={"Content-Type": "application/octet-stream"})

    return serve


def _genuine(peer: Peer, request: web.Request) -> bool:
    return hmac.compare_digest(request.match_info["token"].encode(), peer.token.encode())


def _said(error: ApiError) -> web.Response:
    headers = {"Retry-After": str(error.parameters["retry_after"])} if "retry_after" in error.parameters else None
    return web.json_response(error.body(), status=error.code, headers=headers)
