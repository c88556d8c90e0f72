"""The person's side: a page for each invoice, and what its buttons do; programs press them by the same addresses.

Crypto Bot knows no «no»: who declines has only left, and the invoice stays active until its time is up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.paypage import Button, by_browser, page

from . import course
from .invoices import ACTIVE, EXPIRED, Invoice
from .methods import shown
from .rates import plain

if TYPE_CHECKING:
    from .peer import Peer

Handler = Callable[[web.Request], Awaitable[web.Response]]
SHOP = "Crypto Pay (песочница)"
_SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€"}


def routes(peer: Peer) -> list[web.RouteDef]:
    """GET the page; POST /sandbox/invoices/{id}/pay/{asset} (or /pay: the first accepted one) and /decline; GET /sandbox/invoices."""
    return [
        web.get("/invoice/{hash}", _page(peer)),
        web.get("/sandbox/invoices", _all(peer)),
        web.post("/sandbox/invoices/{id}/pay", _press(peer)),
        web.post("/sandbox/invoices/{id}/pay/{asset}", _press(peer)),
        web.post("/sandbox/invoices/{id}/decline", _decline(peer)),
    ]


def _page(peer: Peer) -> Handler:
    async def show(request: web.Request) -> web.Response:
        invoice = peer.invoices.by_hash(request.match_info["hash"])
        if invoice is None:
            return page(shop=SHOP, amount="Нет такого счёта", lines=["Проверьте ссылку."], buttons=[], status=404)
        asked, buttons = invoice.asked, list[Button]()
        if invoice.status == ACTIVE:
            for asset in course.accepted(invoice):
                coins = plain(course.price(peer, invoice, asset)).replace(".", ",")
                path = f"/sandbox/invoices/{invoice.id}/pay/{asset}"
                buttons.append(Button(f"Оплатить {coins} {asset}", path, main=not buttons))
            buttons.append(Button("Отказаться", f"/sandbox/invoices/{invoice.id}/decline"))
        lines = [asked.get("description", ""), _state(invoice, declined="declined" in request.query)]
        amount = f"{_money(asked['amount'])}\u00a0{_SIGNS.get(invoice.currency, invoice.currency)}"
        return page(shop=SHOP, amount=amount, lines=lines, buttons=buttons, back=asked.get("paid_btn_url", ""))

    return show


def _press(peer: Peer) -> Handler:
    """Pay: 200 with the invoice, 409 if it cannot be paid, or not with this coin; a browser comes back to the page either way."""

    async def press(request: web.Request) -> web.Response:
        invoice = _found(peer, request)
        done = course.pay(peer, invoice, request.match_info.get("asset") or course.accepted(invoice)[0])
        return _after(peer, request, invoice.id, status=200 if done else 409)

    return press


def _decline(peer: Peer) -> Handler:
    async def press(request: web.Request) -> web.Response:
        return _after(peer, request, _found(peer, request).id, query="?declined=1")

    return press


def _after(peer: Peer, request: web.Request, invoice_id: int, *, status: int = 200, query: str = "") -> web.Response:
    invoice = peer.invoices.get(invoice_id)
    assert invoice is not None
    if by_browser(request):
        raise web.HTTPSeeOther(f"/invoice/{invoice.hash}{query}")
    return web.json_response(shown(peer, invoice), status=status)


def _found(peer: Peer, request: web.Request) -> Invoice:
    number = request.match_info["id"]
    invoice = peer.invoices.get(int(number)) if number.isdecimal() and len(number) < 19 else None
    if invoice is None:
        raise web.HTTPNotFound(text="There is no such invoice.")
    return invoice


def _all(peer: Peer) -> Handler:
    async def show(_request: web.Request) -> web.Response:
        told: list[dict[str, Any]] = [
            {**shown(peer, invoice), "notices": peer.notices.story(str(invoice.id))} for invoice in peer.invoices.all()
        ]
        return web.json_response({"invoices": told})

    return show


def _state(invoice: Invoice, *, declined: bool) -> str:
    if invoice.status == ACTIVE:
        return "Вы отказались. Пока счёт открыт, его ещё можно оплатить." if declined else ""
    return "Срок счёта истёк." if invoice.status == EXPIRED else "Оплачено. Спасибо!"


def _money(amount: str) -> str:
    number = Decimal(amount)
    digits = f"{number:,.2f}" if number == number.quantize(Decimal("0.01")) else f"{number:,f}"
    return digits.replace(",", "\u00a0").replace(".", ",")
