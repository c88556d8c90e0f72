"""The person's side: the page behind confirmation_url, and what its buttons do; programs press them by the same addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.paypage import Button, by_browser, page

from . import course, shown
from .payments import CANCELED, PENDING, WAITING, Payment

if TYPE_CHECKING:
    from .peer import Peer

Handler = Callable[[web.Request], Awaitable[web.Response]]
SHOP = "ЮKassa (песочница)"
PAYMENTS_SHOWN = 500
_DONE = {WAITING: "Деньги удержаны: магазин подтвердит оплату.", CANCELED: "Платёж отменён. Деньги не списаны."}


def routes(peer: Peer) -> list[web.RouteDef]:
    """GET the page; POST /sandbox/payments/{id}/pay and /decline; GET /sandbox/payments."""
    return [
        web.get(shown.PAGE, _page(peer)),
        web.get("/sandbox/payments", _all(peer)),
        web.post("/sandbox/payments/{id}/pay", _press(peer, course.pay)),
        web.post("/sandbox/payments/{id}/decline", _press(peer, course.decline)),
    ]


def _page(peer: Peer) -> Handler:
    async def show(request: web.Request) -> web.Response:
        course.expire(peer)
        payment = peer.payments.get(request.query.get("orderId", ""))
        if payment is None:
            return page(shop=SHOP, amount="Нет такого платежа", lines=["Проверьте ссылку."], buttons=[], status=404)
        amount = f"{payment.minor // 100:,}".replace(",", "\u00a0") + f",{payment.minor % 100:02d}\u00a0₽"
        path, open_ = f"/sandbox/payments/{payment.id}", payment.status == PENDING
        buttons = (
            [Button("Оплатить", f"{path}/pay", main=True), Button("Отказаться", f"{path}/decline")] if open_ else []
        )
        state = "" if open_ else _DONE.get(payment.status, "Оплачено. Спасибо!")
        lines = [payment.description or "", state]
        return page(shop=SHOP, amount=amount, lines=lines, buttons=buttons, back=payment.return_url)

    return show


def _press(peer: Peer, do: Callable[[Peer, Payment], bool]) -> Handler:
    """A button: 200 with the payment, 409 if it is no longer pending; a browser comes back to the page either way."""

    async def press(request: web.Request) -> web.Response:
        course.expire(peer)
        payment = peer.payments.get(request.match_info["id"])
        if payment is None:
            return web.json_response({"error": "There is no such payment."}, status=404)
        done = do(peer, payment)
        if by_browser(request):
            raise web.HTTPSeeOther(f"{shown.PAGE}?orderId={payment.id}")
        now = shown.payment(peer, peer.payments[payment.id])
        return web.json_response(now, status=200 if done else 409)

    return press


def _all(peer: Peer) -> Handler:
    async def show(_request: web.Request) -> web.Response:
        rows = peer.payments.select(most=PAYMENTS_SHOWN)
        told = [{**shown.payment(peer, row), "notices": peer.notices.story(row.id)} for row in rows]
        refunds = [
            {**shown.refund(peer, row), "notices": peer.notices.story(row.id)}
            for row in peer.refunds.select(most=PAYMENTS_SHOWN)
        ]
        return web.json_response({"payments": told, "refunds": refunds})

    return show
