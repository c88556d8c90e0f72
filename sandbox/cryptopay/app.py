"""A local Crypto Pay: the table of contents.

`methods` is the API, judged by `asked`; `invoices` and `transfers` are the state, `rates` what a coin costs, `course` a payment,
`updates` tells the app; `person` is the page where one pays. `peer` holds the parts together. After help.crypt.bot/crypto-pay-api (1.5.2).

Not imitated: checks, getStats, getCurrencies, swap_to, the allowlist of addresses, a webhook that is switched off after the last
attempt. Names of errors that the documentation does not tell are ours: NAME_REQUIRED, NAME_INVALID.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox import control
from sandbox.faults import Fault
from sandbox.guard import no_sniffing, same_origin
from sandbox.serving import call, lives, params

from . import person
from .asked import Asked
from .errors import ApiError
from .methods import METHODS
from .peer import CALL_FAULTS, Peer

TOKEN_HEADER = "Crypto-Pay-API-Token"  # noqa: S105  the header's name


def create_app(*, data: Path, public_url: str, token: str, notice_url: str) -> web.Application:
    """The peer as an aiohttp application. Its state lives in `data`; `public_url` is its origin in the URLs it hands out."""
    peer = Peer(data=data, public_url=public_url, token=token, notice_url=notice_url)
    app = web.Application(middlewares=[same_origin, _unknown_paths])
    for name in METHODS:
        app.router.add_route("GET", f"/api/{name}", _call(peer, name))
        app.router.add_route("POST", f"/api/{name}", _call(peer, name))
    app.add_routes([*person.routes(peer), *peer.faults.routes(), control.journal(peer.journal)])
    app.add_routes(control.config(peer.db, peer.settings))
    app.on_response_prepare.append(no_sniffing)
    lives(app, peer)
    return app


def _call(peer: Peer, name: str) -> Any:
    """A call of the API: token, the method's result or its refusal, the journal."""

    async def answer(request: web.Request) -> web.Response:
        given = await params(request)
        try:
            if not hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), peer.token.encode()):
                raise ApiError("UNAUTHORIZED", 401)
            said, status = {"ok": True, "result": METHODS[name](peer, Asked(given))}, 200
        except ApiError as error:
            said, status = error.body, error.code
        peer.journal.add(name, given, said)
        return web.json_response(said, status=status)

    return call(name, answer, _said, faults=peer.faults, known=CALL_FAULTS, journal=peer.journal)


def _said(fault: Fault) -> web.Response:
    """The faults that are answers of Crypto Pay's own."""
    if fault.name == "code":
        return ApiError(str(fault.params.get("name", "BAD_REQUEST")), int(fault.params.get("code", 400))).answer()
    return (ApiError("TOO_MANY_REQUESTS", 429) if fault.name == "429" else ApiError("INTERNAL_ERROR", 500)).answer()


@web.middleware
async def _unknown_paths(request: web.Request, handler: Any) -> web.StreamResponse:
    """405 for an unknown method, as Crypto Pay says it."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if request.path.startswith("/api/"):
            return ApiError("METHOD_NOT_FOUND", 405).answer()
        raise
