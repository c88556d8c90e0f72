"""An HTTP server that keeps what providers post, raw, so that a test can deliver it when and as often as it likes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DEADLINE_S = 30


@dataclass(frozen=True)
class Told:
    """One notice as it came over the wire."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Ear:
    """Where providers post to; what they said is in `heard`."""

    url: str = ""
    heard: queue.Queue[Told] = field(default_factory=queue.Queue)

    def next(self) -> Told:
        return self.heard.get(timeout=DEADLINE_S)


@contextmanager
def listening() -> Iterator[Ear]:
    """An ear that is open."""
    ear = Ear()

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            ear.heard.put(Told(body, {name.lower(): value for name, value in self.headers.items()}))

        def log_message(self, format: str, *args: Any) -> None:
            """Tests speak through their assertions."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Take) as server:
        ear.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield ear
        server.shutdown()
        thread.join()
