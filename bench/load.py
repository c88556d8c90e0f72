"""The load: `python -m bench.load --port 8080`, one process on uvloop, keep-alive connections, a fresh update a request.

As fast as the server answers, or at `--rate` a second: then latency counts from the moment a request was due, so that a
server which falls behind cannot hide it. Prints one JSON object; `--journal` gets the id of each update answered 200.
"""

import argparse
import asyncio
import contextlib
import json
import time
from collections import Counter, deque
from pathlib import Path

import uvloop

SECRET_PATH = "the-secret-path-of-the-benchmarks"
SECRET_TOKEN = "the-secret-token-of-the-benchmarks"
CHATS = 997
LOST = 0  # the status of a request whose connection ended without an answer

MESSAGE = json.dumps(
    {
        "message": {
            "message_id": 1000,
            "from": {
                "id": 1234567890,
                "is_bot": False,
                "first_name": "Анна-Мария",
                "last_name": "Константинопольская",
                "username": "anna_maria_k",
                "language_code": "ru",
                "is_premium": True,
            },
            "chat": {
                "id": 1234567890,
                "first_name": "Анна-Мария",
                "last_name": "Константинопольская",
                "username": "anna_maria_k",
                "type": "private",
            },
            "date": 1764000000,
            "text": "Нарисуй рыжего кота в скафандре",
        }
    },
    ensure_ascii=False,
)[1:]


def request(update_id: int) -> bytes:
    """One delivery as Telegram makes it, about five hundred bytes of JSON."""
    chat = str(1_000_000_000 + update_id % CHATS)
    body = f'{{"update_id":{update_id},{MESSAGE.replace("1234567890", chat)}'.encode()
    head = (
        f"POST /webhook/{SECRET_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET_TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Load:
    """All connections, what they wait for, and what came back."""

    def __init__(self, first_id: int) -> None:
        self.next_id = first_id
        self.idle: deque[Connection] = deque()
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.answered: list[int] = []
        self.open = 0
        self.greedy = True  # the next request as soon as the last is answered

    def landed(self, connection: "Connection", status: int) -> None:
        self.statuses[status] += 1
        if status == 200:
            self.latencies.append(time.perf_counter() - connection.since)
            self.answered.append(connection.update_id)
        if status == LOST:
            return
        if self.greedy:
            connection.send(time.perf_counter())
        else:
            self.idle.append(connection)


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.buffer = b""
        self.update_id = 0  # 0: nothing is asked

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.load.open += 1
        self.load.idle.append(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.load.open -= 1
        if self.update_id:
            self.load.landed(self, LOST)

    def send(self, since: float) -> None:
        self.since = since
        self.update_id = self.load.next_id
        self.load.next_id += 1
        self.transport.write(request(self.update_id))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, blank, body = self.buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        _, found, rest = head.lower().partition(b"content-length:")
        if found and len(body) < int(rest.split(b"\r\n", 1)[0]):
            return
        self.buffer = b""
        self.load.landed(self, int(head[9:12]))
        if not self.load.greedy:
            self.update_id = 0


async def drive(port: int, connections: int, seconds: float, rate: float, first_id: int) -> tuple[Load, float]:
    """Load the server; what came back, and how long it took."""
    load = Load(first_id)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", port)
    began = time.perf_counter()
    if rate:
        await paced(load, began, seconds, rate)
    else:
        for connection in list(load.idle):
            connection.send(time.perf_counter())
        load.idle.clear()
        while load.open and time.perf_counter() < began + seconds:
            await asyncio.sleep(0.05)
        load.greedy = False
    took = time.perf_counter() - began
    return load, took


async def paced(load: Load, began: float, seconds: float, rate: float) -> None:
    """Send what is due once a millisecond, on whatever connection is free."""
    load.greedy = False
    sent = 0
    while load.open and (now := time.perf_counter()) < began + seconds:
        while load.idle and sent < (now - began) * rate:
            load.idle.popleft().send(began + sent / rate)
            sent += 1
        await asyncio.sleep(0.001)


def percentile(values: list[float], share: float) -> float | None:
    return round(1000 * values[min(len(values) - 1, int(len(values) * share))], 2) if values else None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description="Load a webhook on this machine.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: as many as are answered")
    parser.add_argument("--first-id", type=int, default=1)
    parser.add_argument("--journal", type=Path)
    options = parser.parse_args()
    with contextlib.closing(uvloop.new_event_loop()) as loop:
        work = drive(options.port, options.connections, options.seconds, options.rate, options.first_id)
        load, took = loop.run_until_complete(work)
    if options.journal:
        options.journal.write_text("\n".join(map(str, load.answered)))
    latencies = sorted(load.latencies)
    result = {
        "per_s": round(load.statuses[200] / took, 1),
        "p50_ms": percentile(latencies, 0.50),
        "p95_ms": percentile(latencies, 0.95),
        "p99_ms": percentile(latencies, 0.99),
        "statuses": dict(load.statuses),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
