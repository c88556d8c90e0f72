"""Notices: an event and the object as it was then, without a signature, repeated until 200.

Source: yookassa.ru/developers/using-api/webhooks: only HTTP 200 is a yes; repeated for 24 hours.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.deliveries import Parcel
from sandbox.paypeer import Notified


class Notices(Notified):
    """How YooKassa notifies."""

    def headers(self, parcel: Parcel) -> dict[str, str]:
        return {}

    def taken(self, status: int) -> bool:
        return status == 200


def notice(event: str, about: dict[str, Any]) -> dict[str, Any]:
    """The body."""
    return {"type": "notification", "event": event, "object": about}


def lie(payment: dict[str, Any]) -> dict[str, Any]:
    """A stranger's: this unpaid payment has succeeded; where it really has, one that nobody knows."""
    stolen = payment["id"] if payment["status"] != "succeeded" else str(uuid.uuid4())
    return notice("payment.succeeded", {**payment, "id": stolen, "status": "succeeded", "paid": True})
