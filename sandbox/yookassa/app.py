"""A local YooKassa: the table of contents.

`methods` is the API v3, judged by `asked` and `listing`, kept once by `once`, shown by `shown`; `payments` and `refunds` are the
state, `course` what happens to it, `notices` tells the shop; `person` is the page where one pays. `peer` holds the parts together.
It is what the official SDK (yookassa 3.13) speaks with, and yookassa.ru/developers/api and /using-api describe.

Not imitated: OAuth and partners, saved methods and autopayments, confirmation other than redirect, currencies but RUB, several
attempts at one payment (a declined one is canceled at once), split payments, deals, payouts, invoices, receipts of their own,
subscriptions to events (all four are sent), the source networks of notices. Descriptions of errors are ours, but for the
duplicated key and the missing receipt; codes, statuses and parameters are YooKassa's.
"""

from __future__ import annotations

import base64
import hmac
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox import control
from sandbox.faults import Fault
from sandbox.guard import no_sniffing, same_origin
from sandbox.serving import call, lives, params

from . import course, methods, person
from .errors import ApiError, bad
from .peer import CALL_FAULTS, Peer

_API = "/v3"
_RETRY_MS = 1800


def create_app(*, data: Path, public_url: str, shop_id: str, secret_key: str, notice_url: str) -> web.Application:
    """The peer as an aiohttp application. Its state lives in `data`; `public_url` is its origin in the URLs it hands out."""
    peer = Peer(data=data, public_url=public_url, shop_id=shop_id, secret_key=secret_key, notice_url=notice_url)
    app = web.Application(middlewares=[same_origin, _unknown_paths])
    app.add_routes(_api(peer))
    app.add_routes([*person.routes(peer), *peer.faults.routes(), control.journal(peer.journal)])
    app.add_routes(control.config(peer.db, peer.settings, peer.alarm.look))
    app.on_response_prepare.append(no_sniffing)
    lives(app, peer)
    return app


def _api(peer: Peer) -> list[web.RouteDef]:
    return [
        web.post(f"{_API}/payments", _call(peer, "createPayment", methods.create_payment)),
        web.get(f"{_API}/payments", _call(peer, "listPayments", methods.list_payments)),
        web.get(f"{_API}/payments/{{id}}", _call(peer, "getPayment", methods.get_payment)),
        web.post(f"{_API}/payments/{{id}}/capture", _call(peer, "capturePayment", methods.capture_payment)),
        web.post(f"{_API}/payments/{{id}}/cancel", _call(peer, "cancelPayment", methods.cancel_payment)),
        web.post(f"{_API}/refunds", _call(peer, "createRefund", methods.create_refund)),
        web.get(f"{_API}/refunds", _call(peer, "listRefunds", methods.list_refunds)),
        web.get(f"{_API}/refunds/{{id}}", _call(peer, "getRefund", methods.get_refund)),
        web.get(f"{_API}/me", _call(peer, "me", methods.me)),
    ]


def _call(peer: Peer, name: str, method: methods.Method) -> Any:
    """A call of the API: shop and key, what is due by now, the method's answer or its refusal, the journal."""

    async def answer(request: web.Request) -> web.Response:
        try:
            _check_shop(peer, request)
            course.expire(peer)
            body = await _body(request)
            asked = methods.Call(request.path, request.match_info.get("id", ""), request.query, request.headers, body)
            said, status = method(peer, asked), 200
        except ApiError as error:
            said, status = error.body, error.status
        peer.journal.add(name, await params(request), said)
        return web.json_response(said, status=status)

    return call(name, answer, _said, faults=peer.faults, known=CALL_FAULTS, journal=peer.journal)


def _said(fault: Fault) -> web.Response:
    """The faults that are answers of YooKassa's own."""
    if fault.name == "202":
        body = {
            "type": "processing",
            "description": "Request accepted, but not processed yet",
            "retry_after": _RETRY_MS,
        }
        return web.json_response(body, status=202)
    if fault.name == "429":
        return ApiError("too_many_requests", "Too many requests", retry_after=_RETRY_MS).answer()
    return ApiError("internal_server_error", "Internal server error", retry_after=_RETRY_MS).answer()


def _check_shop(peer: Peer, request: web.Request) -> None:
    """HTTP Basic: the shop's id and its secret key."""
    expected = base64.b64encode(f"{peer.shop_id}:{peer.secret_key}".encode())
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), b"Basic " + expected):
        raise ApiError("invalid_credentials", "Basic authentication failed", "Authorization")


async def _body(request: web.Request) -> dict[str, Any]:
    """The JSON object of a POST; none counts as an empty one. Raises ApiError."""
    if request.method != "POST" or not request.body_exists:
        return {}
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad("Request body is not a JSON object")
    return body


@web.middleware
async def _unknown_paths(request: web.Request, handler: Any) -> web.StreamResponse:
    """404 and 405 in YooKassa's form."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
        answer = ApiError("not_found", f"{request.method} {request.path} is not a path of this local YooKassa").answer()
        answer.set_status(error.status)
        return answer
