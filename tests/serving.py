"""Small HTTP servers of tests' own: where peers post to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Quiet(BaseHTTPRequestHandler):
    """A handler without words: tests speak through their assertions."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def body(self) -> bytes:
        """What was posted."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def lower_headers(self) -> dict[str, str]:
        """Names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def done(self, status: int = 200, **headers: str) -> None:
        """An answer without a body."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], server: type[ThreadingHTTPServer] = ThreadingHTTPServer
) -> Iterator[str]:
    """A server on a free port, a thread a request; its origin. Ends with the block."""
    with server(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
            thread.join()
