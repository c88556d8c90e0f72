"""The documentation as a crawler sees it: llms.txt and the .md twin of every page, today's form and, under /old-docs, the former.

A page of today is one YAML fence; where the unified API has taken over an address, the dedicated form is at /old-model/…
The former form has a fence of four backticks, every second one flattened. Source of the forms: docs.kie.ai, old-docs.kie.ai.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.faults import strike

from . import openapi
from .envelope import TOO_OFTEN, Refusal
from .published import PRICED

if TYPE_CHECKING:
    from .catalogue import Catalogue, Model
    from .peer import Peer

OLD = "/old-docs"
SHELL = "<!doctype html><html><head><title>kie.ai</title></head><body><div id='root'></div><script src='/app.js'></script></body></html>"
WARNING = ":::warning\nThis page describes the unified API. The former one: [{path}]({path})\n:::\n\n"
TODAY = "# {title}\n\n{warning}## OpenAPI Specification\n\n```yaml\n{yaml}```\n"
FORMER = (
    "> ## Documentation Index\n> Fetch the complete documentation index at: {origin}/old-docs/llms.txt\n\n"
    "# {title}\n\n> {title} by API\n\n## OpenAPI\n\n````yaml {file}.json {method} {path}\n{yaml}````\n"
)
Pages = dict[str, list["Model"]]


def routes(peer: Peer) -> list[web.RouteDef]:
    """GET /llms.txt and every page, of both generations; no key is needed."""
    pages = of_today(peer.catalogue)
    served = {
        "/llms.txt": partial(_index, peer.public_url, {path: of for path, of in pages.items() if _is_listed(path, of)}),
        f"{OLD}/llms.txt": partial(_index, peer.public_url + OLD, pages),
    }
    for number, (path, models) in enumerate(pages.items()):
        served[f"{path}.md"] = partial(_today, models, f"/old-model{path}" if f"/old-model{path}" in pages else "")
        served[f"{OLD}{path}.md"] = partial(_former, peer.public_url, path, models, flat=number % 2 == 1)
    return [web.get(path, _serving(peer, text)) for path, text in served.items()]


def _is_listed(path: str, models: list[Model]) -> bool:
    """What nothing of is sold any more keeps its page, and is found only by who knows it."""
    return "/old-model/" not in path and any(model.family in PRICED for model in models)


def of_today(catalogue: Catalogue) -> Pages:
    """Address → the models it describes. Where both APIs share one, the dedicated form has moved to /old-model."""
    shared: Pages = {}
    for model in catalogue.models:
        if model.page:
            shared.setdefault(model.page, []).append(model)
    pages: Pages = {}
    for path, models in shared.items():
        unified = [model for model in models if model.family == "market"]
        own = [model for model in models if model.family != "market"]
        pages |= {path: unified or own} | ({f"/old-model{path}": own} if unified and own else {})
    return pages


def _serving(peer: Peer, text: Callable[[], str]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        fault = peer.faults.take("docs", peer.faults.methods["docs"])
        if fault is not None and fault.name == "shell":  # what too many questions at once are answered with
            return web.Response(text=SHELL, content_type="text/html")
        if fault is not None:
            struck = await strike(fault, request, _nothing)
            return struck or Refusal(500, TOO_OFTEN, http=500).answer()
        body = text()
        etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(text=body, content_type="text/markdown", headers={"ETag": etag})

    return serve


async def _nothing() -> None:
    """A page is not work: an answer lost after it is a dropped connection."""


def _index(origin: str, pages: Pages) -> str:
    lines = [
        f"- {of[0].output.title()} Models > {of[0].title.split()[0]} [{of[0].title}]({origin}{path}.md): {of[0].category}"
        for path, of in pages.items()
    ]
    return "# Kie.ai\n\n## Docs\n\n" + "\n".join(lines) + "\n"


def _today(models: list[Model], former: str) -> str:
    warning = WARNING.format(path=former) if former else ""
    return TODAY.format(title=models[0].title, warning=warning, yaml=openapi.yaml(openapi.document(models)))


def _former(origin: str, path: str, models: list[Model], *, flat: bool) -> str:
    document = openapi.document(models, version="3.0.0")
    ((api_path, operations),) = document["paths"].items()
    method = next(iter(operations))
    shown = _flattened(models, api_path, method) if flat and method == "post" else document
    return FORMER.format(
        origin=origin,
        title=models[0].title,
        file=path.strip("/"),
        method=method,
        path=api_path,
        yaml=openapi.yaml(shown),
    )


def _flattened(models: list[Model], path: str, method: str) -> dict[str, Any]:
    """The second dialect of the former documentation: no map of paths, every property within allOf."""
    schema = openapi.body_schema(models)
    wrapped = {name: {"allOf": [spec]} for name, spec in schema["properties"].items()}
    body = {
        "schemaArray": [
            {"type": "object", "properties": wrapped, "requiredProperties": schema.get("required", [])},
        ],
        "examples": {"example": {"value": openapi.example(models)}},
    }
    request = {"security": [], "body": {"application/json": body}}
    return {"paths": {"path": path, "method": method, "request": request, "deprecated": False, "type": "path"}}
