"""The local Telegram as a bot and a person meet it: calls, chats, and a webhook of the test's own."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

import requests

from tests.serving import Quiet, serving

DEADLINE_S = 30
SECRET = "s3cret_Token-1"


@dataclass
class Telegram:
    """A bot's calls (`call`, `ok`, `refusal`) and one person's acts."""

    origin: str
    token: str
    user: int = 0

    # the bot

    def call(self, method: str, files: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """A method's whole answer: JSON, or multipart where there are files."""
        url = f"{self.origin}/bot{self.token}/{method}"
        if files:
            plain = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
            return requests.post(url, data=plain, files=files, timeout=DEADLINE_S).json()
        return requests.post(url, json=params, timeout=DEADLINE_S).json()

    def ok(self, method: str, files: dict[str, Any] | None = None, **params: Any) -> Any:
        """The result of a call that must succeed."""
        answer = self.call(method, files, **params)
        assert answer["ok"], answer
        return answer["result"]

    def refusal(self, method: str, files: dict[str, Any] | None = None, **params: Any) -> str:
        """The description of a call that must be refused."""
        answer = self.call(method, files, **params)
        assert not answer["ok"], answer
        return answer["description"]

    def say(self, text: str = "Привет", *buttons: str, **params: Any) -> dict[str, Any]:
        """The bot's message to the person; a button's data is its text."""
        if buttons:
            params["reply_markup"] = {"inline_keyboard": [[{"text": b, "callback_data": b}] for b in buttons]}
        return self.ok("sendMessage", chat_id=self.user, text=text, **params)

    def bill(self, stars: int = 80, payload: str = "order-1", **params: Any) -> dict[str, Any]:
        """The bot's invoice to the person."""
        prices = [{"label": "Stars", "amount": stars}]
        more = {"title": "50 ₽", "description": "Баланс", "payload": payload, "currency": "XTR", "prices": prices}
        return self.ok("sendInvoice", chat_id=self.user, **more, **params)

    def hook_to(self, hook: Hook, **params: Any) -> None:
        """setWebhook to the test's own server."""
        self.ok("setWebhook", url=hook.url, secret_token=SECRET, **params)

    # the person and the operator

    def get(self, path: str, **params: Any) -> Any:
        return requests.get(f"{self.origin}/sandbox/{path}", params=params, timeout=DEADLINE_S).json()

    def post(self, path: str, body: Any = None) -> Any:
        return requests.post(f"{self.origin}/sandbox/{path}", json=body or {}, timeout=DEADLINE_S).json()

    def act(self, what: str, **body: Any) -> Any:
        """POST /sandbox/chats/{user}/…"""
        return self.post(f"chats/{self.user}/{what}", body)

    def writes(self, text: str) -> dict[str, Any]:
        return self.act("send", text=text)

    def presses(self, message: dict[str, Any], data: str, **more: Any) -> str:
        return self.act("press", message_id=message["message_id"], data=data, **more)["callback_query_id"]

    def chat(self, after: int = 0) -> dict[str, Any]:
        return self.get(f"chats/{self.user}/messages", after=after)

    def sees(self, message_id: int) -> dict[str, Any]:
        """One message as the person sees it now."""
        return next(shown for shown in self.chat()["messages"] if shown["message_id"] == message_id)

    def fault(self, method: str, fault: str, **more: Any) -> None:
        answer = self.post("faults", {"method": method, "fault": fault, **more})
        assert answer["ok"], answer

    def journal(self, method: str) -> list[dict[str, Any]]:
        return self.get("journal", method=method)["calls"]

    def with_person(self, name: str = "Борис", language: str = "ru") -> Telegram:
        """Another person who has written /start; what that made for the bot is confirmed."""
        user = self.post("users", {"first_name": name, "language_code": language})["id"]
        other = Telegram(self.origin, self.token, user)
        other.writes("/start")
        self.ok("getUpdates", offset=-1)
        self.ok("getUpdates", offset=self.ok("getUpdates")[-1]["update_id"] + 1)
        return other

    def reset(self) -> None:
        """No faults, no webhook, nothing pending, every kind of update, no limits."""
        requests.delete(f"{self.origin}/sandbox/faults", timeout=DEADLINE_S)
        self.ok("deleteWebhook", drop_pending_updates=True)
        self.ok("getUpdates", allowed_updates=[])
        self.post("config", {"limits": False})


@dataclass
class Reply:
    """What the bot's webhook answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    after: threading.Event | None = None  # not before this


@dataclass
class Delivered:
    """What came to the webhook."""

    headers: dict[str, str]
    update: dict[str, Any]

    @property
    def text(self) -> str:
        return self.update["message"]["text"]


@dataclass
class Hook:
    """`replies` are given in turn, then 200; everything that comes is in `got`."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    got: queue.Queue[Delivered] = field(default_factory=queue.Queue)

    def next(self) -> Delivered:
        return self.got.get(timeout=DEADLINE_S)


@contextmanager
def listening() -> Iterator[Hook]:
    """A webhook on a free port."""
    hook = Hook()

    class Take(Quiet):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.body()
            reply = hook.replies.pop(0) if hook.replies else Reply()
            hook.got.put(Delivered(self.lower_headers(), json.loads(raw)))
            if reply.after:
                reply.after.wait(DEADLINE_S)
            body = json.dumps(reply.body).encode() if reply.body else b""
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", **reply.headers, "Content-Length": str(len(body))}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A connection that the peer dropped is no news."""

    with serving(Take, Server) as origin:
        hook.url = f"{origin}/webhook"
        yield hook
