"""How the bot hears: setWebhook, deleteWebhook, getWebhookInfo, getUpdates."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import WEBHOOK_ACTIVE, bad, conflict
from ..params import Params

if TYPE_CHECKING:
    from ..peer import Peer

LONGEST_POLL_S = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


async def set_webhook(peer: Peer, p: Params) -> bool:
    """Updates go to `url` from now on, those that wait too. http and any port are allowed, as with a server run with --local."""
    url = p.text("url").strip()
    if not url:
        return await delete_webhook(peer, p)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad("invalid webhook URL specified")
    secret, most = p.text("secret_token"), p.integer("max_connections", 40) or 40
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    if not 1 <= most <= 100_000:
        raise bad("max_connections must be between 1 and 100")
    _allow(peer, p)
    if p.flag("drop_pending_updates"):
        peer.updates.drop_all()
    peer.poller.interrupt()
    peer.settings.set("webhook", {"url": url, "secret_token": secret, "max_connections": min(most, 100)})
    peer.settings.set("webhook_error", None)
    peer.delivery.restart()
    return True


async def delete_webhook(peer: Peer, p: Params) -> bool:
    """Updates wait for getUpdates."""
    if p.flag("drop_pending_updates"):
        peer.updates.drop_all()
    peer.settings.set("webhook", None)
    peer.settings.set("webhook_error", None)
    peer.delivery.restart()
    return True


async def get_webhook_info(peer: Peer, _p: Params) -> dict[str, Any]:
    """Address, how many updates wait, the last failure."""
    return info(peer)


def info(peer: Peer) -> dict[str, Any]:
    """The WebhookInfo object."""
    webhook, error = peer.settings.get("webhook") or {}, peer.settings.get("webhook_error")
    shown = {
        "url": webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": peer.updates.pending(),
    }
    if error:
        shown |= {"last_error_date": error["at"], "last_error_message": error["why"]}
    if webhook:
        shown["max_connections"] = webhook["max_connections"]
    if allowed := peer.settings.get("allowed_updates"):
        shown["allowed_updates"] = allowed
    return shown


async def get_updates(peer: Peer, p: Params) -> list[dict[str, Any]]:
    """Long poll. 409 while there is a webhook, and for the older of two polls."""
    if peer.settings.get("webhook"):
        raise conflict(WEBHOOK_ACTIVE)
    _allow(peer, p)
    offset, limit = p.integer("offset", 0) or 0, p.integer("limit", 100) or 100
    timeout_s = max(0, min(p.integer("timeout", 0) or 0, LONGEST_POLL_S))
    peer.poller.interrupt()
    found = peer.updates.page(offset, max(1, min(limit, 100)))
    if not found and timeout_s:
        await peer.poller.wait(timeout_s)
        found = peer.updates.page(offset if offset > 0 else 0, max(1, min(limit, 100)))
    return [json.loads(update.json()) for update in found]


def _allow(peer: Peer, p: Params) -> None:
    """allowed_updates: absent = as before, [] = the default."""
    kinds = p.json("allowed_updates")
    if kinds is None:
        return
    if not isinstance(kinds, list):
        raise bad("can't parse allowed updates: expected an Array of String")
    peer.settings.set("allowed_updates", [str(kind) for kind in kinds] or None)


METHODS = {
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "getUpdates": get_updates,
}
