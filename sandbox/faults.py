"""Faults as data: what shall go wrong with which method, how often; all peers read it, tests and operators write it over HTTP.

A fault lives in memory: a restarted peer is a healthy one.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

LONGEST_SILENCE_S = 600.0
_LOOK_S = 0.2  # how often a silent peer looks whether the caller has gone

TRANSPORT = {
    "429": "too many requests (retry_after: seconds)",
    "500": "an internal error",
    "502": "a gateway's HTML page instead of an answer",
    "timeout": "the call is accepted and never answered; nothing is done",
    "answer_lost": "the work is done, then the connection drops",
    "refused": "the connection is reset before the work",
}
AFTER_WORK = "500_after"  # not every peer's: the name of "500, though the work is done"
DELIVERY = {
    "duplicate": "the callback or webhook comes twice",
    "late": "it comes late (seconds)",
    "forged": "one with a wrong signature comes too",
    "not_delivered": "it never comes",
}

WORKED = frozenset({"answer_lost", AFTER_WORK})  # the faults that come after the work
_NUMBERS = {"seconds", "retry_after", "code"}


class BadFault(ValueError):
    """What was asked for cannot be switched on; the sentence says why and what can."""


@dataclass
class Fault:
    """One thing that goes wrong: after `after` calls let through, `left` times (None = until cleared)."""

    id: int
    method: str
    name: str
    times: int
    after: int
    left: int | None
    params: dict[str, Any] = field(default_factory=dict)

    def seconds(self, name: str = "seconds", default: float = 1.0) -> float:
        """A parameter that is a number of seconds."""
        return float(self.params.get(name, default))

    def shown(self) -> dict[str, Any]:
        """As GET /sandbox/faults lists it."""
        own = {
            "id": self.id,
            "method": self.method,
            "fault": self.name,
            "times": self.times,
            "left": self.left,
            "after": self.after,
        }
        return {**self.params, **own}


class Faults:
    """The faults of one peer. `methods` says of each what can go wrong with it: name → a sentence."""

    def __init__(self, methods: Mapping[str, Mapping[str, str]]) -> None:
        self.methods = methods
        self.names = {name: words for known in methods.values() for name, words in known.items()}
        self._ids = itertools.count(1)
        self._active: list[Fault] = []

    def add(self, body: Any) -> Fault:
        """Switch one on from `{"method", "fault", "times": 1, "after": 0, …parameters}`. Raises BadFault."""
        if not isinstance(body, dict):
            raise BadFault('Send a JSON object, such as {"method": "*", "fault": "500", "times": 1}.')
        rest = dict(body)
        method, name = str(rest.pop("method", "")), str(rest.pop("fault", ""))
        times, after = rest.pop("times", 1), rest.pop("after", 0)
        if method != "*" and method not in self.methods:
            raise BadFault(f"There is no method {method!r}. Known: *, {', '.join(sorted(self.methods))}.")
        if name not in self.names:
            raise BadFault(
                f"There is no fault {name!r}. Known: {', '.join(f'{n} ({s})' for n, s in self.names.items())}."
            )
        if method != "*" and name not in self.methods[method]:
            fitting = [repr(known) for known, names in sorted(self.methods.items()) if name in names]
            raise BadFault(
                f"{method} cannot have {name!r}: use the method {' or '.join(fitting)}. "
                f"Known for {method}: {', '.join(self.methods[method])}."
            )
        if not all(
            isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in (times, after)
        ):
            raise BadFault("times and after are whole numbers, zero or more; times 0 means until cleared.")
        for number in _NUMBERS & rest.keys():
            if isinstance(rest[number], bool) or not isinstance(rest[number], int | float) or rest[number] < 0:
                raise BadFault(f"{number} is a number, zero or more, not {rest[number]!r}.")
        fault = Fault(next(self._ids), method, name, times, after, times or None, rest)
        self._active.append(fault)
        return fault

    def take(self, method: str, names: frozenset[str] | Mapping[str, str]) -> Fault | None:
        """The first fault of these names that strikes this call of `method`; each call counts once for the waiting ones."""
        for fault in self._active:
            if fault.name not in names or fault.method not in ("*", method):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.left is not None:
                fault.left -= 1
                if fault.left == 0:
                    self._active.remove(fault)
            return fault
        return None

    def shown(self) -> list[dict[str, Any]]:
        """What is still to come."""
        return [fault.shown() for fault in self._active]

    def clear(self) -> None:
        """All is well again."""
        self._active.clear()

    def routes(self) -> list[web.RouteDef]:
        """POST, GET and DELETE /sandbox/faults."""
        path = "/sandbox/faults"
        return [web.post(path, self._post), web.get(path, self._get), web.delete(path, self._delete)]

    async def _post(self, request: web.Request) -> web.Response:
        try:
            fault = self.add(await request.json())
        except BadFault as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)
        except ValueError:
            return web.json_response({"ok": False, "error": "The body is not JSON."}, status=400)
        return web.json_response({"ok": True, "id": fault.id})

    async def _get(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"faults": self.shown(), "known": {"methods": sorted(self.methods), "faults": dict(self.names)}}
        )

    async def _delete(self, _request: web.Request) -> web.Response:
        self.clear()
        return web.json_response({"ok": True})


async def silence(request: web.Request) -> web.Response:
    """Accept and never answer: until the caller hangs up (looked at five times a second, only while someone waits)."""
    waited = 0.0
    while waited < LONGEST_SILENCE_S and request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(_LOOK_S)
        waited += _LOOK_S
    return drop(request)


def drop(request: web.Request) -> web.Response:
    """Reset the connection: the caller gets no answer. What is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def strike(fault: Fault, request: web.Request, work: Callable[[], Awaitable[Any]]) -> web.Response | None:
    """The faults of the connection itself, the same for all peers. None for those that have an answer of their own."""
    if fault.name == "timeout":
        return await silence(request)
    if fault.name in WORKED:
        await work()
        return drop(request) if fault.name == "answer_lost" else None
    if fault.name == "refused":
        return drop(request)
    if fault.name == "502":
        return web.Response(status=502, content_type="text/html", text="<html><h1>502 Bad Gateway</h1></html>")
    return None
