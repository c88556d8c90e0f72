"""A Bot API that takes everything at once and remembers when: the peer of `bench.dispatch`, on a thread of its own."""

import asyncio
import itertools
import json
import re
import threading
import time
import urllib.parse
from collections import Counter
from typing import Any

import uvloop

FIELD = re.compile(rb"(?:^|&)(chat_id|callback_query_id)=([^&]*)|name=\"(chat_id|callback_query_id)\"\r\n\r\n([^\r]*)")
MESSAGES = {"sendMessage", "editMessageText", "sendPhoto", "sendVideo", "sendAudio", "sendDocument"}


class BotApi:
    """The server and its memory: when what was said, by chat or query."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.said: dict[tuple[str, str], float] = {}  # method, chat or query → the first time
        self.numbers = itertools.count(1)
        self._loop = uvloop.new_event_loop()
        self._ready = threading.Event()
        self.port = 0

    def start(self) -> str:
        """Its origin, once it listens."""
        threading.Thread(target=self._serve, name="botapi", daemon=True).start()
        self._ready.wait()
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        async def listen() -> None:
            server = await asyncio.get_running_loop().create_server(lambda: Connection(self), "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await asyncio.Event().wait()

        self._loop.run_until_complete(listen())

    def answer(self, method: str, body: bytes) -> dict[str, Any]:
        """What Telegram would answer a well-meant call."""
        self.calls[method] += 1
        found = FIELD.search(body)
        whom = urllib.parse.unquote((found[2] or found[4]).decode()) if found else ""
        self.said.setdefault((method, whom), time.perf_counter())
        if method not in MESSAGES:
            return {"ok": True, "result": True}
        chat = {"id": int(whom), "type": "private", "first_name": "A"}
        return {
            "ok": True,
            "result": {"message_id": next(self.numbers), "date": 1764000000, "chat": chat, "text": "."},
        }


class Connection(asyncio.Protocol):
    """HTTP/1.1, as much of it as a client of the Bot API needs."""

    def __init__(self, api: BotApi) -> None:
        self.api, self.buffer = api, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, blank, body = self.buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        _, found, rest = head.lower().partition(b"content-length:")
        length = int(rest.split(b"\r\n", 1)[0]) if found else 0
        if len(body) < length:
            return
        self.buffer = body[length:]
        target = head.split(b" ", 2)[1].decode()
        path, _, query = target.partition("?")
        answer = json.dumps(self.api.answer(path.rsplit("/", 1)[-1], query.encode() + b"&" + body)).encode()
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)
        )
