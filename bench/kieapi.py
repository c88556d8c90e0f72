"""A KIE that answers at once, in a thread: every record is that of a running task, or, when told, of one that has succeeded.

The sandbox's draws pictures; where the cost of our own looks is measured that would be the figure.
"""

import http.server
import json
import threading
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


class KieApi:
    """`asked` counts its calls by method; `latency_s` passes before each answer, as on the way to the real one."""

    def __init__(self, *, succeeded: bool, latency_s: float = 0.0) -> None:
        self.asked: dict[str, int] = {}
        self.succeeded, self.latency_s = succeeded, latency_s
        self._lock = threading.Lock()

    def start(self) -> str:
        """Listen; the origin."""
        api = self

        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body in one packet: two would wait for each other's acknowledgement

            def do_GET(self) -> None:
                with suppress(BrokenPipeError, ConnectionResetError):  # who asked has been killed
                    api.answer(self)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self.origin

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        method = "file" if parts.path.startswith("/files/") else parts.path.rpartition("/")[2]
        with self._lock:
            self.asked[method] = self.asked.get(method, 0) + 1
        time.sleep(self.latency_s)
        body = PICTURE if method == "file" else json.dumps(self._said(method, parse_qs(parts.query))).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _said(self, method: str, query: dict[str, list[str]]) -> dict[str, object]:
        if method == "credit":
            return {"code": 200, "data": 1000}
        task = query.get("taskId", [""])[0]
        results = json.dumps({"resultUrls": [f"{self.origin}/files/{task}.png"]})
        state = {"state": "success", "resultJson": results} if self.succeeded else {"state": "generating"}
        return {"code": 200, "data": {"taskId": task, "param": "{}", **state}}
