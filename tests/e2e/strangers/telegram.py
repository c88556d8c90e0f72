"""A Bot API server written from core.telegram.org/bots/api and the server's own source, not from TRT: strict where Telegram is.

Like a server started with `--local` it takes an http webhook on any port; all else is as at api.telegram.org.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from tests.e2e.strangers.delivery import Updates
from tests.e2e.strangers.messages import Messages
from tests.e2e.strangers.refusal import Refusal, flag, needed, whole
from tests.e2e.strangers.web import Reply, Request, Server, as_json

KINDS = ("message", "edited_message", "callback_query", "pre_checkout_query", "my_chat_member", "inline_query")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")


@dataclass(frozen=True)
class Call:
    """A method that was called, and what it was answered."""

    method: str
    args: dict[str, str]
    answer: dict[str, Any]
    query: str = ""  # what of it stood in the URL


class Telegram(Messages, Server):
    """One bot's Telegram."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token
        self.me = {"id": int(token.split(":")[0]), "is_bot": True, "first_name": "TRT", "username": "trt_strange_bot"}
        self.calls = list[Call]()
        self.slow_down = dict[str, list[int]]()  # method → seconds of each 429 still to be given
        self.open_taps = set[str]()  # callback queries whose button still spins
        self.checkouts = dict[str, dict[str, Any] | None]()  # pre-checkout id → its answer
        self.stars = list[dict[str, Any]]()  # what was paid, as the list of transactions tells it
        self.commands = dict[str, Any]()  # language → the menu
        self.updates = Updates(self)
        self.poll = itertools.count()

    def answer(self, request: Request) -> Reply:
        found = re.fullmatch(r"/(file/)?bot([^/]+)/(.+)", request.path)
        if not found:
            return _refused(Refusal("Not Found", 404))
        if found[2] != self.token:
            return _refused(Refusal("Unauthorized", 401))
        if found[1]:
            content = self.paths.get(found[3])
            return (
                Reply(200, content, {"Content-Type": "application/octet-stream"})
                if content is not None
                else _refused(Refusal("Not Found", 404))
            )
        if request.method not in {"GET", "POST"}:
            return _refused(Refusal("Not Found", 404))
        return self.call(found[3], request)

    def call(self, name: str, request: Request) -> Reply:
        """One method, whatever the case of its name."""
        method = {one.lower(): one for one in METHODS}.get(name.lower(), "")
        try:
            if not method:
                raise Refusal("Not Found: method not found", 404)
            with self.lock:
                if waits := self.slow_down.get(method):
                    raise Refusal("Too Many Requests: retry after {}", 429, retry_after=waits.pop(0))
            result = getattr(self, "do_" + method)(request)
            reply = as_json({"ok": True, "result": result})
        except Refusal as refusal:
            reply = _refused(refusal)
        with self.changed:
            self.calls.append(Call(method or name, request.args, json.loads(reply.body), request.query))
            self.changed.notify_all()
        return reply

    def do_getMe(self, request: Request) -> Any:
        return self.me | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def do_setWebhook(self, request: Request) -> Any:
        url, secret = request.args.get("url", ""), request.args.get("secret_token", "")
        if not url:
            return self.do_deleteWebhook(request)
        if not re.match(r"https?://[^/]+", url):
            raise Refusal("Bad Request: invalid webhook URL specified")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise Refusal("Bad Request: secret token contains unallowed characters")
        self.updates.point_at(url, secret, _allowed(request), drop=flag(request, "drop_pending_updates"))
        return True

    def do_deleteWebhook(self, request: Request) -> Any:
        self.updates.point_at("", "", None, drop=flag(request, "drop_pending_updates"))
        return True

    def do_getWebhookInfo(self, request: Request) -> Any:
        return self.updates.info()

    def do_getUpdates(self, request: Request) -> Any:
        if self.updates.url:
            words = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise Refusal(words, 409)
        wait_s, turn = min(whole(request, "timeout", 0), 50), next(self.poll)
        limit = min(max(whole(request, "limit", 100), 1), 100)
        return self.updates.polled(whole(request, "offset", 0), limit, wait_s, _allowed(request), turn)

    def do_setMyCommands(self, request: Request) -> Any:
        commands = _json(request, "commands", list)
        if len(commands) > 100:
            raise Refusal("Bad Request: too many commands specified")
        for one in commands:
            if not COMMAND.fullmatch(one.get("command", "").removeprefix("/")):
                raise Refusal("Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(one.get("description", "")) <= 256:
                raise Refusal("Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        language = request.args.get("language_code", "")
        if language and not re.fullmatch(r"[a-z]{2}", language):
            raise Refusal("Bad Request: invalid language code specified")
        self.commands[language] = commands
        return True

    def do_getMyDescription(self, request: Request) -> Any:
        return {"description": ""}

    def do_getMyShortDescription(self, request: Request) -> Any:
        return {"short_description": ""}

    def do_setMyDescription(self, request: Request) -> Any:
        if len(request.args.get("description", "")) > 512:
            raise Refusal("Bad Request: description is too long")
        return True

    def do_setMyShortDescription(self, request: Request) -> Any:
        if len(request.args.get("short_description", "")) > 120:
            raise Refusal("Bad Request: short description is too long")
        return True

    def do_sendChatAction(self, request: Request) -> Any:
        self.chat(request)
        return True

    def do_answerCallbackQuery(self, request: Request) -> Any:
        if len(request.args.get("text", "")) > 200:
            raise Refusal("Bad Request: MESSAGE_TOO_LONG")
        with self.lock:
            if request.args.get("callback_query_id") not in self.open_taps:
                words = "Bad Request: query is too old and response timeout expired or query ID is invalid"
                raise Refusal(words)
            self.open_taps.remove(request.args["callback_query_id"])
        return True

    def do_answerPreCheckoutQuery(self, request: Request) -> Any:
        query, ok = needed(request, "pre_checkout_query_id"), flag(request, "ok")
        if not ok and not request.args.get("error_message"):
            raise Refusal('Bad Request: parameter "error_message" is required')
        with self.changed:
            if self.checkouts.get(query, {}) is not None:
                raise Refusal("Bad Request: query is too old and response timeout expired or query ID is invalid")
            self.checkouts[query] = {"ok": ok, "error_message": request.args.get("error_message", "")}
            self.changed.notify_all()
        return True

    def do_getStarTransactions(self, request: Request) -> Any:
        offset, limit = int(request.args.get("offset", 0)), int(request.args.get("limit", 100))
        with self.lock:
            return {"transactions": self.stars[offset : offset + limit]}

    def count(self, method: str, **args: Any) -> int:
        """How often a method was accepted with these arguments."""
        wanted = {name: str(value) for name, value in args.items()}
        with self.lock:
            return sum(
                call.method == method and call.answer["ok"] and wanted.items() <= call.args.items()
                for call in self.calls
            )

    def refusals(self) -> list[Call]:
        """What this server did not take."""
        with self.lock:
            return [call for call in self.calls if not call.answer["ok"]]

    @staticmethod
    def now() -> int:
        return int(time.time())


METHODS = [name.removeprefix("do_") for name in dir(Telegram) if name.startswith("do_")]


def _allowed(request: Request) -> list[str] | None:
    """None where it is left out: then the previous setting stays."""
    if "allowed_updates" not in request.args:
        return None
    kinds = _json(request, "allowed_updates", list)
    return [kind for kind in kinds if kind in KINDS] or list(KINDS)


def _json(request: Request, name: str, kind: type) -> Any:
    try:
        value = json.loads(needed(request, name))
    except ValueError:
        raise Refusal(f"Bad Request: can't parse {name} JSON object") from None
    if not isinstance(value, kind):
        raise Refusal(f"Bad Request: can't parse {name}: expected an Array of {name}")
    return value


def _refused(refusal: Refusal) -> Reply:
    words = refusal.words.format(refusal.retry_after) if refusal.code == 429 else refusal.words
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": words}
    if refusal.code == 429:
        body["parameters"] = {"retry_after": refusal.retry_after}
        return as_json(body, 429, Retry_After=str(refusal.retry_after))
    return as_json(body, refusal.code)
