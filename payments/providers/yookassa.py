"""YooKassa: cards and СБП through the official SDK. Source: yookassa.ru/developers/api.

Of the SDK we take its client's paths, headers and checks of a request. Its state is global, its retries repeat what may
have been done, it waits without end, and it rounds amounts through floats: so each call makes a client of its own, sends by
`wire`, and reads the answer as it came.
"""

import hashlib
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, ClassVar, Final

from django.conf import settings
from yookassa.client import ApiClient
from yookassa.domain.common import HttpVerb, RequestObject, SecurityHelper, UserAgent
from yookassa.domain.request import PaymentRequest
from yookassa.domain.request.refund_request import RefundRequest

from payments import providers
from payments.providers import Forged, Invoice, Notice, Price, Reached, Refused, Unavailable, wire
from payments.refund import Refund
from payments.topup import TopUp
from reliability import clock

NAME: Final = "yookassa"
PAGE: Final = 100
SHORTEST: Final = timedelta(minutes=1)  # a slice of a list
REFUNDS_TAKE: Final = timedelta(
    days=7
)  # a return may be under way for days, and the list knows only when it was asked for
NEWS: Final[Mapping[str, Any]] = {"succeeded": "paid", "canceled": "cancelled"}  # else it waits
DECLINED: Final[Mapping[str, str]] = {  # cancellation_details.reason → Notice.declined; what is not here is the service's own trouble
    "expired_on_confirmation": "", "expired_on_capture": "", "insufficient_funds": "funds", "card_expired": "card",
    "invalid_card_number": "card", "invalid_csc": "card", "general_decline": "bank", "call_issuer": "bank", "issuer_unavailable": "bank",
    "3d_secure_failed": "check", "fraud_suspected": "check", "identification_required": "check", "payment_method_limit_exceeded": "limit",
    "country_forbidden": "forbidden", "payment_method_restricted": "forbidden", "unsupported_mobile_operator": "forbidden",
    "canceled_by_merchant": "withdrawn", "permission_revoked": "withdrawn",
}  # fmt: skip
DONE_NOTHING: Final = frozenset({400, 401, 403, 404, 405, 410, 415})  # a definite no; 202, 429 and 5xx are none
ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EVENT: Final = re.compile(r"(payment|refund)\.[a-z_]+")


class YooKassa:
    """The provider. A notice has no signature: it says which payment to ask for, and nothing else of it is believed."""

    name: ClassVar[str] = NAME
    invoices: ClassVar[bool] = True
    partial: ClassVar[bool] = True

    def ready(self) -> bool:
        """With the shop's id and its key."""
        return bool(settings.YOOKASSA_SHOP_ID and settings.YOOKASSA_SECRET_KEY)

    def price(self, rubles: Decimal) -> Price:
        """Kopecks."""
        return providers.in_kopecks(rubles)

    def create(self, topup: TopUp) -> Invoice:
        """One payment an offer: its Idempotence-Key is the offer's id, which YooKassa remembers longer than an offer lasts."""
        asked = {
            "amount": _amount(topup.minor_amount),
            "capture": True,
            "confirmation": {"type": "redirect", "return_url": providers.comes_back_to()},
            "description": wire.description(topup)[:128],
            "metadata": {"offer": topup.payload},
            **_receipt(topup, topup.minor_amount),
        }
        made = _ask(HttpVerb.POST, "/payments", key=topup.payload, body=PaymentRequest(asked))
        with wire.understood():  # one that is paid already, though our row did not know of it, has no page any more
            return Invoice(str(made["id"]), str((made.get("confirmation") or {}).get("confirmation_url", "")))

    def parse(self, body: bytes, headers: Mapping[str, str]) -> str:
        """The payment's id, of a notice of a payment or of a refund."""
        _admit(headers)
        try:
            said = json.loads(body)
            kind = EVENT.fullmatch(said["event"])
            found = said["object"]["payment_id" if kind and kind[1] == "refund" else "id"]
        except (ValueError, RecursionError, LookupError, TypeError):
            raise Forged("not a notice") from None
        if kind is None or not isinstance(found, str) or not ID.fullmatch(found):
            raise Forged("speaks of no payment")
        return found

    def query(self, topup: TopUp) -> Notice:
        """As the payment stands. Where nobody has paid, `waiting` or `cancelled`."""
        try:
            said = _ask(HttpVerb.GET, f"/payments/{topup.invoice_id}")
        except Refused as no:
            raise Unavailable(str(no)) from no
        return _payment(said)

    def refund(self, refund: Refund) -> str:
        """All of a payment, or a part. YooKassa's own list is looked at first: it knows a return longer than its key, which is a day."""
        made = _known_refund(refund)
        if made is None:
            asked = {
                "payment_id": refund.topup.external_id,
                "amount": _amount(refund.minor_amount),
                "metadata": {"ref": _key(refund)},
                **_receipt(refund.topup, refund.minor_amount),
            }
            made = _ask(HttpVerb.POST, "/refunds", key=_key(refund), body=RefundRequest(asked))
        with wire.understood():
            if made["status"] == "canceled":
                raise Refused(f"canceled: {made.get('cancellation_details', {}).get('reason', 'no reason given')}")
            if made["status"] != "succeeded":
                raise Unavailable(f"the return is {made['status']}")
            return str(made["id"])

    def reconcile(self, since: datetime, place: int) -> Iterator[Notice | Reached]:
        """What was paid since then, and what was returned: of returns also those that were asked for a week before.

        In slices of time, the oldest first. `place` is how far the returns were read, in minutes, while a reading lasts:
        payments, which are read before them, move `since` on meanwhile.
        """
        now = clock.now()
        back = datetime.fromtimestamp(place * 60, UTC) if place else since - REFUNDS_TAKE
        for end, slice_ in _slices("/payments", "captured_at", since, now):
            for said in slice_:
                if (notice := _payment(said)).minor_amount > 0:
                    yield notice
            yield Reached(_minutes(back), until=end)
        for end, slice_ in _slices("/refunds", "created_at", back, now):
            for said in slice_:
                yield _return(said)
            yield Reached(_minutes(end))
        yield Reached(until=now)


class _Client(ApiClient):
    """The SDK's, of one call: nothing of it is shared, so threads cannot mix, and nothing is logged, paused for or repeated."""

    def __init__(self) -> None:
        self.endpoint = f"{settings.YOOKASSA_API_URL}/v3"
        self.shop_id, self.shop_password = settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY
        self.auth_token = None
        self.user_agent = UserAgent()

    def request(
        self, method: str = "", path: str = "", query_params: Any = None, headers: Any = None, body: Any = None
    ) -> dict[str, Any]:
        """The object that YooKassa answers with. Raises Refused, Unavailable."""
        if isinstance(body, RequestObject):
            body.validate()
            body = dict(body)
        given = self.prepare_request_headers(headers)
        status, said = wire.ask(NAME, method, self.endpoint + path, headers=given, params=query_params, body=body)
        if status == 200:
            return said
        words = " ".join(str(said[name]) for name in ("code", "description", "parameter") if said.get(name))
        raise (Refused if status in DONE_NOTHING else Unavailable)(f"{status} {words}"[:300])


def _ask(
    verb: str, path: str, *, params: Mapping[str, Any] | None = None, key: str = "", body: Any = None
) -> dict[str, Any]:
    return _Client().request(verb, path, params, {"Idempotence-Key": key} if key else None, body)


def _listed(path: str, filters: dict[str, Any], cursor: str = "") -> Iterator[dict[str, Any]]:
    """All of a list, or what follows a cursor, page by page."""
    items, following = _page(path, filters, cursor)
    yield from items
    while following:
        items, following = _page(path, filters, following)
        yield from items


def _page(path: str, filters: dict[str, Any], cursor: str = "") -> tuple[list[dict[str, Any]], str]:
    """A page of a list, and the cursor of the next; "" after the last."""
    try:
        page = _ask(HttpVerb.GET, path, params=filters | ({"cursor": cursor} if cursor else {}) | {"limit": PAGE})
    except Refused as no:
        raise Unavailable(str(no)) from no
    with wire.understood():
        return list(page["items"]), str(page.get("next_cursor") or "")


def _slices(
    path: str, time: str, since: datetime, until: datetime
) -> Iterator[tuple[datetime, Iterable[dict[str, Any]]]]:
    """A list by the `time` of its rows, the oldest slice first: the end of each, and what succeeded in it.

    A slice is as long as one page holds, for the list itself goes from the newest down and can be left only at a slice's end;
    but never shorter than SHORTEST. The last has no end there: the provider's clock may be ahead of ours.
    """
    begin, length = since, until - since
    while begin < until:
        end = min(begin + length, until)
        filters = {"status": "succeeded", f"{time}.gte": _stamp(begin)}
        filters |= {f"{time}.lt": _stamp(end)} if end < until else {}
        items, following = _page(path, filters)
        if following and end - begin > SHORTEST:
            length = max(SHORTEST, (end - begin) / 2)
            continue
        yield end, chain(items, _listed(path, filters, following) if following else ())
        begin, length = end, length * (2 if len(items) < PAGE / 4 else 1)


def _payment(said: Mapping[str, Any]) -> Notice:
    with wire.understood():
        value, metadata = said["amount"], said.get("metadata") or {}
        news = NEWS.get(said["status"], "waiting")
        return Notice(
            NAME, str(said["id"]), str(metadata.get("offer", "")), str(value["currency"])[:8], wire.minor(value["value"]), news=news,
            declined=_declined(said) if news == "cancelled" else "",
        )  # fmt: skip


def _return(said: Mapping[str, Any]) -> Notice:
    with wire.understood():
        value = said["amount"]
        return Notice(
            NAME, str(said["payment_id"]), "", str(value["currency"])[:8], wire.minor(value["value"]), news="refunded", refund_id=str(said["id"])
        )  # fmt: skip


def _declined(said: Mapping[str, Any]) -> str:
    """Why it was canceled: nothing, where nobody has paid in time."""
    reason = (said.get("cancellation_details") or {}).get("reason")
    return DECLINED.get(str(reason), "service") if reason else ""


def _known_refund(refund: Refund) -> dict[str, Any] | None:
    mine = (
        said
        for said in _listed("/refunds", {"payment_id": refund.topup.external_id})
        if isinstance(said, dict) and (said.get("metadata") or {}).get("ref") == _key(refund)
    )
    return next(mine, None)


def _key(refund: Refund) -> str:
    """At most 64 characters are taken."""
    return hashlib.sha256(refund.ref.encode()).hexdigest()


def _amount(minor_amount: int) -> dict[str, str]:
    return {"value": wire.major(minor_amount), "currency": providers.RUB}


def _receipt(topup: TopUp, minor_amount: int) -> dict[str, Any]:
    """For a shop that has YooKassa send fiscal receipts (54-ФЗ): what is paid is an advance, spent on generations later."""
    if not settings.YOOKASSA_RECEIPTS:
        return {}
    line = {
        "description": wire.description(topup, "ru")[:128],
        "quantity": "1.00",
        "amount": _amount(minor_amount),
        "vat_code": settings.YOOKASSA_VAT_CODE,
        "payment_mode": "advance",
        "payment_subject": "payment",
    }
    return {"receipt": {"customer": {"email": settings.YOOKASSA_RECEIPT_EMAIL}, "items": [line]}}


def _admit(headers: Mapping[str, str]) -> None:
    """The second wall, where a proxy of ours writes the caller's address into a header: only YooKassa's networks get in."""
    name = settings.YOOKASSA_NOTICE_ADDRESS_HEADER.lower()
    if not name:
        return
    said = headers.get(name, "").rsplit(",", 1)[-1].strip()  # the last is whom our own proxy saw
    try:
        given = ipaddress.ip_address(said)
    except ValueError:
        raise Forged(f"no address in {name}") from None
    address = getattr(given, "ipv4_mapped", None) or given
    if not any(address in ipaddress.ip_network(network) for network in SecurityHelper.YOOKASSA_NETWORKS):
        raise Forged("not from YooKassa's networks")


def _minutes(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


providers.register(YooKassa())
