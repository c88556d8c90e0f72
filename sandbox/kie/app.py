"""A local KIE: the table of contents.

`jobs` is the unified API, `dedicated` and `hd` are those of single families, `uploads` is the upload host, `published` and
`docs` are what KIE says of its models. `runner` brings tasks to their end with `results` and `media`, `callbacks` tells of it;
`schema`, `sources` and `price` judge an input; `control` and `page` are for the operator. `peer` holds the parts together.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.faults import Fault, strike
from sandbox.serving import call, lives, params

from . import control, dedicated, docs, hd, jobs, page, published, uploads
from .envelope import NO_KEY, TOO_OFTEN, UPLOAD_NO_KEY, Refusal, UploadRefusal
from .files import PREFIX
from .peer import CALL_FAULTS, Peer

Handler = Callable[[Peer, web.Request], Awaitable[web.Response]]
LARGEST_BODY = 200 * 1024 * 1024
_API = "/api/v1"


def create_app(*, data: Path, public_url: str, api_key: str, hmac_key: str | None) -> web.Application:
    """The peer as an aiohttp application. Its state lives in `data`; `public_url` is its origin in the URLs it hands out."""
    peer = Peer(data=data, public_url=public_url, api_key=api_key, hmac_key=hmac_key)
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_unknown_paths])
    app.add_routes([*_api(peer), *_dedicated(peer), *_published(peer)])
    app.add_routes([web.get(f"{PREFIX}{{path:.+}}", _file(peer)), web.get("/", page.shown(peer))])
    app.add_routes([*peer.faults.routes(), *control.routes(peer)])

    lives(app, peer)
    return app


def _api(peer: Peer) -> list[web.RouteDef]:
    return [
        web.post(f"{_API}/jobs/createTask", _call(peer, "createTask", jobs.create_task)),
        web.get(f"{_API}/jobs/recordInfo", _call(peer, "recordInfo", jobs.record_info)),
        web.get(f"{_API}/chat/credit", _call(peer, "credit", jobs.credit)),
        web.post(f"{_API}/common/download-url", _call(peer, "downloadUrl", jobs.download_url)),
        web.post("/api/file-stream-upload", _call(peer, "upload", uploads.stream)),
        web.post("/api/file-base64-upload", _call(peer, "upload", uploads.from_base64)),
        web.post("/api/file-url-upload", _call(peer, "upload", uploads.from_url)),
    ]


def _dedicated(peer: Peer) -> list[web.RouteDef]:
    creates = [web.post(path, _call(peer, "createTask", dedicated.create)) for path in dedicated.create_paths(peer)]
    records = [web.get(path, _call(peer, "recordInfo", dedicated.record)) for path in dedicated.record_paths()]
    return [
        *creates,
        *records,
        web.get(f"{_API}/veo/get-1080p-video", _call(peer, "hd", hd.in_1080p)),
        web.post(f"{_API}/veo/get-4k-video", _call(peer, "hd", hd.in_4k)),
        web.post(f"{_API}/gpt4o-image/download-url", _call(peer, "downloadUrl", jobs.download_url)),
    ]


def _published(peer: Peer) -> list[web.RouteDef]:
    """Without a key: the price feed and the documentation."""
    return [
        web.get(f"{_API}/models", _call(peer, "catalogue", published.models)),
        web.get(
            f"{_API}/models/{{id:.+}}/{{about:schema|price|success-rate}}", _call(peer, "catalogue", published.about)
        ),
        web.post("/client/v1/model-pricing/page", published.prices(peer)),
        web.get("/client/v1/model-pricing/count", published.price_count(peer)),
        *docs.routes(peer),
    ]


def _call(peer: Peer, method: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A public call: key, faults, the handler's answer or its refusal, the journal."""

    async def answer(request: web.Request) -> web.Response:
        try:
            _check_key(peer, request, upload=method == "upload")
            response = await handler(peer, request)
        except Refusal as refusal:
            response = refusal.answer()
        peer.journal.add(method, await _params(request), json.loads(response.text or "null"))
        return response

    def said(fault: Fault) -> web.Response:
        return _said(fault, upload=method == "upload")

    return call(method, answer, said, faults=peer.faults, known=CALL_FAULTS, journal=peer.journal, shown=_params)


def _said(fault: Fault, *, upload: bool) -> web.Response:
    """The faults that answer as KIE does: over HTTP 200 unless `http` is true, but 500 as a real one."""
    if fault.name == "500":
        return Refusal(500, "Internal Error, Please try again later.", http=500, upload=upload).answer()
    code = int(fault.params.get("code", 500)) if fault.name == "code" else 429
    msg = str(fault.params.get("msg", TOO_OFTEN if code == 429 else "Sandbox fault"))
    response = Refusal(code, msg, http=code if upload or fault.params.get("http") else 200, upload=upload).answer()
    if "retry_after" in fault.params:
        response.headers["Retry-After"] = str(fault.params["retry_after"])
    return response


def _check_key(peer: Peer, request: web.Request, *, upload: bool) -> None:
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {peer.api_key}".encode()):
        raise UploadRefusal(401, UPLOAD_NO_KEY) if upload else Refusal(401, NO_KEY)


async def _params(request: web.Request) -> dict[str, Any]:
    """What the journal keeps of a call: of files the size only."""
    if request.content_type.startswith("multipart/"):
        return dict(request.query) | {"bytes": request.content_length}
    kept = await params(request)
    if isinstance(kept.get("base64Data"), str):
        kept["base64Data"] = f"{len(kept['base64Data'])} characters"
    return kept


def _file(peer: Peer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """GET /files/…: needs no key, as KIE's temporary addresses do not; 404 when the file has expired."""

    async def serve(request: web.Request) -> web.StreamResponse:
        fault = peer.faults.take("files", {**CALL_FAULTS, "result_expired": ""})
        stored = peer.files.get(request.match_info["path"])
        if stored is None or (fault is not None and fault.name == "result_expired"):
            return web.json_response(
                {"code": 404, "msg": "The file does not exist or has expired", "data": None}, status=404
            )

        async def nothing() -> None:
            """A file is not work: answer_lost is a dropped connection."""

        if fault is not None:
            return await strike(fault, request, nothing) or _said(fault, upload=True)
        return web.FileResponse(stored.disk, headers={"Content-Type": stored.mime, "X-Content-Type-Options": "nosniff"})

    return serve


@web.middleware
async def _unknown_paths(request: web.Request, handler: Any) -> web.StreamResponse:
    """404 and 405 in KIE's envelope, with a hint."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
        msg = f"{request.method} {request.path} is not a path of this local KIE; GET / says what is"
        return web.json_response({"code": error.status, "msg": msg, "data": None}, status=error.status)
