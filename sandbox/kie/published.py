"""What KIE says of its models: the catalogue API for agents, and the public feed of prices, whose rows name no model's id.

Source: docs.kie.ai/ai-agent/overview; the feed as kie.ai/pricing asks it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import openapi
from .clock import now_ms
from .envelope import Refusal, ok
from .jobs import json_body

if TYPE_CHECKING:
    from .catalogue import Model
    from .peer import Peer

Handler = Callable[[web.Request], Awaitable[web.Response]]
BUCKET_MS, BUCKETS = 600_000, 144  # of the success rate: ten minutes, a day
LARGEST_PAGE = 100
LISTED = {"market", "chat"}  # families of the catalogue API
PRICED = {"market", "chat", "veo", "flux-kontext", "4o-image"}  # of the feed: what is superseded has left it
_MAKERS = {"veo3-api": "Google", "4o-image-api": "OpenAI", "flux-kontext-api": "Black Forest Labs"}
_FEED_KINDS = {"image": "image", "video": "video", "audio": "music"}


async def models(peer: Peer, request: web.Request) -> web.Response:
    """GET /api/v1/models?taskType=&provider=&q=: all that fit, not paginated."""
    _within_budget(peer)
    wanted = {kind.strip() for kind in request.query.get("taskType", "").split(",") if kind.strip()}
    maker, words = request.query.get("provider", "").lower(), request.query.get("q", "").lower()
    found = [
        _listed(model)
        for model in peer.catalogue.models
        if model.family in LISTED
        and (not wanted or _task_type(model) in wanted)
        and (not maker or provider(model).lower() == maker)
        and words in f"{model.id} {model.title}".lower()
    ]
    return ok({"total": len(found), "models": found})


async def about(peer: Peer, request: web.Request) -> web.Response:
    """GET /api/v1/models/{id}/schema, /price, /success-rate. The slashes of an id stay as they are."""
    _within_budget(peer)
    model = peer.catalogue.named(request.match_info["id"])
    if model is None or model.family not in LISTED:
        raise Refusal(404, "Model not found")
    told: dict[str, Callable[[Model], dict[str, Any]]] = {
        "schema": lambda model: {"openapi": openapi.document([model], version="3.1.0")},
        "price": lambda model: {"pricingDesc": _prose(model)},
        "success-rate": lambda _model: {"points": _points()},
    }
    return ok({"model": model.id, **told[request.match_info["about"]](model)})


def _within_budget(peer: Peer) -> None:
    peer.questions.pass_or_refuse("account", int(peer.settings["catalogue_per_s"]))


def _listed(model: Model) -> dict[str, Any]:
    return {
        "model": model.id,
        "slug": slug(model),
        "title": model.title,
        "provider": provider(model),
        "taskType": [_task_type(model)],
        "description": None,
        "pricingDesc": _prose(model),
    }


def slug(model: Model) -> str:
    """The last part of its page's address: not its id."""
    return model.page.rpartition("/")[2] or model.id.replace("/", "-")


def provider(model: Model) -> str:
    """Who made it, as far as its page's address tells."""
    folder, _, rest = model.page.strip("/").partition("/")
    return (
        rest.partition("/")[0].title()
        if folder == "market"
        else _MAKERS.get(folder, folder.removesuffix("-api").title())
    )


def _task_type(model: Model) -> str:
    return " ".join(word if word == "to" else word.title() for word in model.category.split("-"))


def _prose(model: Model) -> str | None:
    """Prices in words; None where nobody has published one."""
    said = [
        f"{row['credits']:g} credits (${row['usd']:g}) {_unit(model, row)}"
        + (f" for {_choice(row)}" if row["when"] else "")
        for row in model.pricing
    ]
    return "; ".join(said) or None


def _choice(row: dict[str, Any]) -> str:
    return ", ".join(f"{name.removeprefix('x-')} {value}" for name, value in row["when"].items())


def _unit(model: Model, row: dict[str, Any]) -> str:
    unit = str(row["unit"])
    if unit == "task":
        return {"video": "per video", "image": "per image"}.get(model.output, "per request")
    return f"per {unit.removeprefix('output ').replace('1M', 'million')}"


def _points() -> list[dict[str, Any]]:
    """A day of tens of minutes in which nothing failed."""
    end = now_ms() // BUCKET_MS * BUCKET_MS
    starts = range(end - BUCKETS * BUCKET_MS, end, BUCKET_MS)
    return [
        {"start": start, "end": start + BUCKET_MS, "successRate": 1.0, "errorRate": 0.0, "isNormal": True}
        for start in starts
    ]


def prices(peer: Peer) -> Handler:
    """POST /client/v1/model-pricing/page: pages of the feed, without a key."""
    rows = list(_rows(peer.catalogue.models))

    async def page(request: web.Request) -> web.Response:
        try:
            wish = await json_body(request)
        except Refusal as refusal:
            return refusal.answer()
        size = max(1, min(LARGEST_PAGE, int(wish.get("pageSize") or 20)))
        kind, words = wish.get("interfaceType"), str(wish.get("modelDescription") or "").lower()
        found = [
            row for row in rows if kind in (None, "", row["interfaceType"]) and words in row["modelDescription"].lower()
        ]
        start = (max(1, int(wish.get("pageNum") or 1)) - 1) * size
        return ok({"records": found[start : start + size], "total": len(found), "pages": -(-len(found) // size)})

    return page


def price_count(peer: Peer) -> Handler:
    """GET /client/v1/model-pricing/count: how many rows of each kind."""
    rows = list(_rows(peer.catalogue.models))

    async def count(_request: web.Request) -> web.Response:
        kinds = [row["interfaceType"] for row in rows]
        return ok({kind: kinds.count(kind) for kind in sorted(set(kinds))} | {"total": len(rows)})

    return count


def _rows(models: list[Model]) -> Iterator[dict[str, Any]]:
    for model in models:
        for row in model.pricing if model.family in PRICED else []:
            choice = f", {_choice(row)}" if row["when"] else ""
            yield {
                "modelDescription": f"{model.title}, {_task_type(model).lower()}{choice}",
                "interfaceType": "chat" if model.family == "chat" else _FEED_KINDS.get(model.output, "music"),
                "provider": provider(model),
                "creditPrice": f"{row['credits']:g}",
                "creditUnit": f" {_unit(model, row)}",
                "usdPrice": f"{row['usd']:g}",
                "falPrice": "",
                "discountRate": 0,
                "anchor": f"https://kie.ai/{slug(model)}",
                "discountPrice": False,
            }
