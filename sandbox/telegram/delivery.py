"""The webhook: updates go out in order for each chat and kind of update, queues in parallel, until a 2xx says they are taken.

Source: telegram-bot-api, WebhookActor.cpp: first retry at once unless Retry-After, then doubling to a minute; a day, then dropped.
"""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox.faults import DELIVERY

from .params import Params, parsed
from .updates import Key, Update

if TYPE_CHECKING:
    from .peer import Peer

log = logging.getLogger(__name__)

ANSWER_S = 60  # Telegram's patience with a webhook
LONGEST_PAUSE_S = 60.0
LONGEST_RETRY_AFTER_S = 3600
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name
_NEVER_BY_REPLY = ("setwebhook", "deletewebhook", "close", "logout")


class Failed(Exception):
    """The bot did not take it: why, and when it asked to be called again."""

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Delivery:
    """One asyncio task a queue that holds something; nothing runs while nothing waits."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._flights: dict[Key, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(1)
        self._session: aiohttp.ClientSession | None = None

    def restart(self) -> None:
        """The address has changed, or the peer has just started: begin anew with what waits."""
        self._stop()
        webhook = self._peer.settings.get("webhook")
        if webhook:
            self._slots = asyncio.Semaphore(webhook["max_connections"])
            for key in self._peer.updates.queues():
                self.wake(key)

    def wake(self, key: Key) -> None:
        """Something is in this queue."""
        if self._peer.settings.get("webhook") and key not in self._flights:
            self._flights[key] = asyncio.create_task(self._run(key))

    async def close(self) -> None:
        """Stop; what was not taken is still owed."""
        flights = self._stop()
        await asyncio.gather(*flights, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _stop(self) -> list[asyncio.Task[None]]:
        flights = list(self._flights.values())
        self._flights = {}
        for flight in flights:
            flight.cancel()
        return flights

    async def _run(self, key: Key) -> None:
        """Empty one queue. No await lies between an empty look and the end, so a wake is never lost."""
        failures, me = 0, asyncio.current_task()
        try:
            while update := self._peer.updates.head(key):
                fault = self._peer.faults.take("webhook", DELIVERY) if failures == 0 else None
                if fault and fault.name == "late":
                    await asyncio.sleep(fault.seconds())
                try:
                    async with self._slots:
                        await self._deliver(update, fault.name if fault else "")
                    failures = 0
                except Failed as failure:
                    failures += 1
                    self._peer.settings.set("webhook_error", {"at": int(time.time()), "why": str(failure)})
                    await asyncio.sleep(_pause_s(failures, failure.retry_after_s))
        finally:
            if self._flights.get(key) is me:
                del self._flights[key]

    async def _deliver(self, update: Update, fault: str) -> None:
        """One try. Raises Failed."""
        if fault == "not_delivered":
            self._peer.updates.taken(update.id)
            return
        webhook = self._peer.settings.get("webhook")
        if fault == "forged":
            await self._forge(webhook["url"], update)
        reply = await self._post(webhook["url"], update.json(), webhook["secret_token"])
        self._peer.updates.taken(update.id)
        if fault == "duplicate":
            await self._post(webhook["url"], update.json(), webhook["secret_token"])
        await self._obey(reply)

    async def _forge(self, url: str, update: Update) -> None:
        """A stranger's copy with an id of its own and a wrong secret; whatever the bot says to it."""
        stranger = Update(update.id + 1_000_000, update.kind, update.body, update.at)
        try:
            await self._post(url, stranger.json(), "a-strangers-secret")
        except Failed as failure:
            log.info("the forged update was refused: %s", failure)

    async def _post(self, url: str, body: str, secret: str) -> bytes:
        """The body of a 2xx, if it says that it is JSON. Raises Failed."""
        self._session = self._session or aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=ANSWER_S)
        )
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: secret} if secret else {})
        try:
            async with self._session.post(url, data=body.encode(), headers=headers, allow_redirects=False) as answer:
                if 200 <= answer.status < 300:
                    content = await answer.read()
                    return content if answer.content_type == "application/json" else b""
                after = answer.headers.get("Retry-After", "")
                wait_s = float(min(int(after), LONGEST_RETRY_AFTER_S)) if after.isdecimal() else None
                raise Failed(f"Wrong response from the webhook: {answer.status} {_phrase(answer.status)}", wait_s)
        except TimeoutError:
            raise Failed("Read timeout expired") from None
        except aiohttp.ClientConnectorError:
            raise Failed("Connection refused") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Failed(f"Connection failed: {type(error).__name__}") from None

    async def _obey(self, reply: bytes) -> None:
        """The body of a 2xx may carry one method call, whose result nobody sees."""
        try:
            call: Any = parsed(reply) if reply.strip() else None
        except (ValueError, RecursionError):
            return  # an answer in words is as good as an empty one
        method = call.pop("method", None) if isinstance(call, dict) else None
        if isinstance(method, str) and not method.lower().startswith("get") and method.lower() not in _NEVER_BY_REPLY:
            await self._peer.answer(method, Params(call))


def _pause_s(failures: int, retry_after_s: float | None) -> float:
    if retry_after_s is not None:
        return retry_after_s
    return 0.0 if failures == 1 else min(LONGEST_PAUSE_S, 2.0 ** (failures - 2))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
