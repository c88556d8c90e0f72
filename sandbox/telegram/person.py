"""The person's side: what a Telegram app would do, as HTTP calls under /sandbox. The chat page and the tests use it.

It asks for no password: whoever reaches the port may be anybody in these chats. It is meant for one developer's machine, listens
where it is told (127.0.0.1 by default), and refuses writes that other web sites send through the developer's browser (`guard`).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import checkout
from .chats import chat, person
from .errors import ApiError
from .files import FOLDERS
from .intake import LARGEST_UPLOAD, take
from .keyboard import datas
from .params import Upload, parsed, whole
from .text import LONGEST_CAPTION, LONGEST_TEXT, styled

if TYPE_CHECKING:
    from .peer import Peer

KINDS = tuple(kind for kind in FOLDERS if kind != "animation")
HEARTBEAT_S = 25  # a comment in the stream, so that a gone page is noticed


class No(Exception):
    """It cannot be done; the sentence goes to the person."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


class Person:
    """Handlers of one peer's person's side."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def routes(self) -> list[web.RouteDef]:
        """Everything of a person under /sandbox."""
        at = "/sandbox/chats/{user}"
        return [
            web.get("/sandbox/users", _told(self.users)),
            web.post("/sandbox/users", _told(self.add_user)),
            web.get(f"{at}/messages", _told(self.messages)),
            web.get(f"{at}/events", self.events),
            web.post(f"{at}/send", _told(self.send)),
            web.post(f"{at}/upload", _told(self.upload)),
            web.post(f"{at}/press", _told(self.press)),
            web.get(f"{at}/answers/{{query}}", _told(self.answer)),
            web.post(f"{at}/pay", _told(self.pay)),
            web.post(f"{at}/block", _told(lambda request: self.block(request, True))),
            web.post(f"{at}/unblock", _told(lambda request: self.block(request, False))),
        ]

    async def users(self, _request: web.Request) -> dict[str, Any]:
        """Everybody."""
        return {"users": [_shown(user) for user in self.peer.chats.users()]}

    async def add_user(self, request: web.Request) -> dict[str, Any]:
        """A new person, who has not written yet."""
        body = await _body(request)
        name = str(body.get("first_name") or "").strip()
        if not 1 <= len(name) <= 64:
            raise No("first_name is needed: 1 to 64 characters.")
        username = str(body.get("username") or "").removeprefix("@") or None
        return _shown(self.peer.chats.add_user(name, username, str(body.get("language_code") or "ru")[:8]))

    async def messages(self, request: web.Request) -> dict[str, Any]:
        """What changed in the chat since a revision."""
        user, after = self._user(request), request.query.get("after", "0")
        if not after.isdecimal() or len(after) > 18:
            raise No("after is a revision: a whole number.")
        return self.peer.chats.changed(user["id"], int(after))

    async def send(self, request: web.Request) -> dict[str, Any]:
        """A text message; /start and other commands are texts too."""
        user, body = self._writer(request), await _body(request)
        text, entities = styled(str(body.get("text") or ""), "", None, LONGEST_TEXT)
        if not text:
            raise No("text is empty.")
        return self._say(user, {"text": text, **({"entities": entities} if entities else {})})

    async def upload(self, request: web.Request) -> dict[str, Any]:
        """A file with an optional caption."""
        user = self._writer(request)
        form = await request.post()
        file, kind = form.get("file"), str(form.get("kind") or "document")
        if not isinstance(file, web.FileField):
            raise No("The field file is missing: send multipart/form-data.")
        if kind not in KINDS:
            raise No(f"There is no kind {kind!r}. Known: {', '.join(KINDS)}.")
        content = file.file.read(LARGEST_UPLOAD + 1)
        if not content or len(content) > LARGEST_UPLOAD:
            raise No("The file is empty." if not content else "The file is over 50 MB.")
        caption, entities = styled(str(form.get("caption") or ""), "", None, LONGEST_CAPTION)
        said = ({"caption": caption} if caption else {}) | ({"caption_entities": entities} if entities else {})
        media = await take(self.peer, kind, Upload(file.filename, file.content_type, content))
        return self._say(user, media | said)

    async def press(self, request: web.Request) -> dict[str, Any]:
        """A button under a message. With `force` one that was there once: an app that has not seen the edit yet."""
        user, body = self._writer(request), await _body(request)
        message_id, data, force = _number(body, "message_id"), body.get("data"), bool(body.get("force"))
        if not isinstance(data, str) or not data:
            raise No("data is the button's callback_data.")
        found = self.peer.chats.get(user["id"], message_id, deleted=force)
        if found is None or not found[1]:
            raise No("There is no such message of the bot.", 404)
        if data not in datas(found[0]) and not force:
            raise No("There is no such button on this message now.")
        gone = self.peer.chats.get(user["id"], message_id) is None
        message = {"message_id": message_id, "chat": chat(user), "date": 0} if gone else found[0]
        with self.peer.change(user["id"]):
            query_id = self.peer.presses.open(user["id"])
            query = {"id": query_id, "from": person(user), "message": message, "chat_instance": str(user["id"] * 31)}
            self.peer.updates.put(user["id"], "callback_query", query | {"data": data})
        return {"callback_query_id": query_id}

    async def answer(self, request: web.Request) -> dict[str, Any]:
        """What the bot answered to a press."""
        found = self.peer.presses.get(self._user(request)["id"], request.match_info["query"])
        if found is None:
            raise No("There is no such query in this chat.", 404)
        return found

    async def pay(self, request: web.Request) -> dict[str, Any]:
        """Pay a bill with test Stars: by its message, or by {"link"} of createInvoiceLink."""
        user, body = self._writer(request), await _body(request)
        if link := str(body.get("link") or ""):
            invoice = self.peer.stars.invoice(slug=link.rpartition("$")[2])
        else:
            message_id = _number(body, "message_id")
            shown = self.peer.chats.get(user["id"], message_id)
            invoice = self.peer.stars.invoice(message_id=message_id) if shown else None
        if invoice is None:
            raise No("There is no such bill in this chat.", 404)
        if invoice.paid and not body.get("again"):
            return {"paid": False, "already": True, "reason": "This bill is paid already."}
        return await checkout.pay(self.peer, user, invoice)

    async def block(self, request: web.Request, blocked: bool) -> dict[str, Any]:
        """Block or unblock the bot; it hears of it by my_chat_member. A repeat changes nothing."""
        user = self._user(request)
        if user["blocked"] != blocked:
            member, gone = (
                {"user": self.peer.bot, "status": "member"},
                {"user": self.peer.bot, "status": "kicked", "until_date": 0},
            )
            old, new = (member, gone) if blocked else (gone, member)
            news = {
                "chat": chat(user),
                "from": person(user),
                "date": int(time.time()),
                "old_chat_member": old,
                "new_chat_member": new,
            }
            with self.peer.change(user["id"]):
                self.peer.chats.set_blocked(user["id"], blocked)
                self.peer.updates.put(user["id"], "my_chat_member", news)
        return _shown(user | {"blocked": blocked})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events of a chat: change, answer, action. What changed before is fetched, not replayed."""
        try:
            user = self._user(request)
        except No as no:
            return _refused(no)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        await stream.prepare(request)
        with self.peer.hub.page(user["id"]) as events:
            rev = self.peer.chats.rev(user["id"])
            if request.query.get("after", "0") != str(rev):
                events.put_nowait(("change", {"rev": rev}))
            try:
                while True:
                    await stream.write(await _next(events))
            except ConnectionError:
                return stream  # the page was closed

    def _say(self, user: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        with self.peer.change(user["id"]):
            message = self.peer.chats.add(user, person(user), content, outgoing=False)
            self.peer.updates.put(user["id"], "message", message)
        return message | {"rev": self.peer.chats.rev(user["id"]), "outgoing": False}

    def _user(self, request: web.Request) -> dict[str, Any]:
        given = request.match_info["user"]
        user = self.peer.chats.user(int(given)) if given.isdecimal() and len(given) < 19 else None
        if user is None:
            raise No("There is no such person.", 404)
        return user

    def _writer(self, request: web.Request) -> dict[str, Any]:
        user = self._user(request)
        if user["blocked"]:
            raise No("This person has blocked the bot: unblock it first.", 409)
        return user


async def _next(events: asyncio.Queue[tuple[str, dict[str, Any]]]) -> bytes:
    try:
        event, data = await asyncio.wait_for(events.get(), HEARTBEAT_S)
    except TimeoutError:
        return b": here\n\n"
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _told(
    handler: Callable[[web.Request], Awaitable[dict[str, Any]]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler's answer as JSON; every refusal, Telegram's too, as {"error": sentence}."""

    async def serve(request: web.Request) -> web.Response:
        try:
            return web.json_response(await handler(request))
        except ApiError as error:
            return _refused(No(error.description))
        except No as no:
            return _refused(no)

    return serve


def _refused(no: No) -> web.Response:
    return web.json_response({"error": str(no)}, status=no.status)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = parsed(await request.read() or b"{}")
    except (ValueError, RecursionError):
        raise No("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise No("The body must be a JSON object.")
    return body


def _number(body: dict[str, Any], name: str) -> int:
    try:
        return whole(body.get(name))
    except ValueError:
        raise No(f"{name} is needed: a whole number.") from None


def _shown(user: dict[str, Any]) -> dict[str, Any]:
    return {name: user[name] for name in ("id", "first_name", "username", "language_code", "blocked")}
