"""HTTP for the strangers, from the standard library alone: a server on a free port, and requests read as both real peers read them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HUNG_UP = 0  # the status of a connection closed without an answer
LONGEST_LINE = 8192  # what nginx, which stands before both real peers, takes of a request line unless told otherwise


@dataclass
class Request:
    """One request: `args` from the query and the body, in any of the encodings; `files` of a multipart body."""

    method: str
    path: str
    headers: dict[str, str]
    args: dict[str, str]
    body: bytes = b""
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    query: str = ""

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class Reply:
    """What goes back."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    """JSON in ASCII, as Telegram writes it."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"} | named)


class Server:
    """A peer on a port of its own. Subclasses answer."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)  # something happened that another thread waits for
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536
            timeout = 60

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if len(self.raw_requestline) > LONGEST_LINE:
                    page = b"<html><head><title>414 Request-URI Too Large</title></head></html>"
                    reply = Reply(414, page, {"Content-Type": "text/html"})
                else:
                    reply = server.answer(_read(self, body))
                if reply.status == HUNG_UP:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in (reply.headers | {"Content-Length": str(len(reply.body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Silent: the journal of calls is what tells."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._http.server_address[1]}"

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    @contextmanager
    def serving(self) -> Iterator[Any]:
        """Answer while the block runs."""
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()


def _read(handler: BaseHTTPRequestHandler, body: bytes) -> Request:
    parts = urlsplit(handler.path)
    headers = {name.lower(): value for name, value in handler.headers.items()}
    args = dict(parse_qsl(parts.query, keep_blank_values=True))
    request = Request(handler.command, parts.path, headers, args, body, query=parts.query)
    kind = headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        request.args |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    elif kind.startswith("application/json"):
        request.args |= _flat(request.json())
    elif found := re.match(r'multipart/form-data;.*boundary="?([^";]+)', kind):
        _multipart(request, body, found[1].encode())
    return request


def _flat(value: Any) -> dict[str, str]:
    """The fields of a JSON object as a form has them: what is no string stays JSON."""
    fields = value.items() if isinstance(value, dict) else ()
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in fields}


def _multipart(request: Request, body: bytes, boundary: bytes) -> None:
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        names = dict(re.findall(r'(\w+)="([^"]*)"', head.decode()))
        if "filename" in names:
            request.files[names["name"]] = names["filename"], content
        else:
            request.args[names["name"]] = content.decode()
