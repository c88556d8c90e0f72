"""The operator's side under /sandbox: state, config, journal, and the bytes of files for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.control import journal

from .methods.profile import commands_for
from .methods.webhook import info

if TYPE_CHECKING:
    from .peer import Peer

_SHOWN_INLINE = ("image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf")


class Control:
    """Handlers of one peer's operator's side."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def routes(self) -> list[web.RouteDef]:
        """GET state, config, journal, files; POST config."""
        return [
            web.get("/sandbox/state", self.state),
            web.get("/sandbox/config", self.config),
            web.post("/sandbox/config", self.configure),
            journal(self.peer.journal),
            web.get("/sandbox/files/{file_id}", self.file),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """Of the bot and its deliveries; commands and description as the asked (or first) person sees them."""
        peer, asked = self.peer, request.query.get("user", "")
        user = (peer.chats.user(int(asked)) if asked.isdecimal() and len(asked) < 19 else None) or peer.chats.users()[0]
        words = peer.settings.get("descriptions", {})
        description = words.get(user["language_code"]) or words.get("") or ""
        shown = {
            "bot": peer.bot | {"description": description},
            "description": description,
            "webhook": info(peer),
            "pending": peer.updates.pending(),
            "commands": commands_for(peer, user),
            "stars": peer.stars.balance(),
        }
        return web.json_response(shown)

    async def config(self, _request: web.Request) -> web.Response:
        """What can be set."""
        return web.json_response({"limits": bool(self.peer.settings.get("limits"))})

    async def configure(self, request: web.Request) -> web.Response:
        """Set it; kept over restarts."""
        try:
            body: Any = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or not set(body) <= {"limits"} or not isinstance(body.get("limits", True), bool):
            return web.json_response({"error": 'Known: {"limits": true|false}, Telegram\'s rate limits.'}, status=400)
        if "limits" in body:
            self.peer.settings.set("limits", body["limits"])
        return await self.config(request)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file, with Range; what a browser could run is offered as a download."""
        stored = self.peer.files.get(request.match_info["file_id"])
        if stored is None:
            return web.json_response({"error": "There is no such file."}, status=404)
        headers = {"Content-Type": stored.mime, "Content-Security-Policy": "sandbox"}
        if not stored.mime.startswith(("video/", "audio/")) and stored.mime not in _SHOWN_INLINE:
            headers["Content-Disposition"] = "attachment"
        return web.FileResponse(self.peer.files.disk(stored), headers=headers)
