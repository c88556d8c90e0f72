"""What answering costs: `python -m bench.dispatch [--updates 2000] [--seconds 20]`.

The real web and bot processes with the real handlers, on an embedded PostgreSQL with fsync, against a Bot API that takes
everything at once; Telegram's own limit of messages a second is lifted by its setting. First a backlog of commands and
taps from many chats is worked off by a bot process on one core. Then /start and taps come at a modest rate, and the time
from the webhook's POST to the answer at the Bot API is taken.
"""

import argparse
import http.client
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench import machine, web
from bench.botapi import BotApi
from bench.load import SECRET_PATH, SECRET_TOKEN, percentile
from bench.webhook import say
from trt import postgres
from trt.drill.stack import free_port
from trt.up import application

CHATS = 200
WALK = ["/start", "/models", "/balance", "/help"]
TAPS = ["menu", "models", "balance", "help", "home"]
TARGET_PER_S, AIM_PER_S, ACK_MS = 150, 300, 200
PATIENCE_S = 120.0


class Bench:
    """The stack of one run and the Telegram that it talks to."""

    def __init__(self, home: Path, bots: int, others: int) -> None:
        self.home, self.api = home, BotApi()
        self.bots, self.others = {bots}, {others}  # cores
        self.port = free_port()
        self.environment = web.environment(
            home,
            TELEGRAM_API_URL=self.api.start(),
            WEBHOOK_BASE_URL=f"http://127.0.0.1:{self.port}",
            TELEGRAM_MESSAGES_PER_S="100000",
            TELEGRAM_CHAT_MESSAGES_PER_S="100000",
        )
        self.update_ids = itertools.count(1)
        self.line = http.client.HTTPConnection("127.0.0.1", self.port)

    def web(self) -> Any:
        return web.serving(web.command(self.port), self.port, self.environment, self.others, self.home / "log")

    @contextmanager
    def bot(self) -> Iterator[subprocess.Popen]:
        """The bot process on a core of its own."""
        command = next(process.command for process in application(self.port) if process.name == "bot")
        with (self.home / "bot.log").open("a") as out:
            popen = subprocess.Popen(
                command,
                cwd=web.ROOT,
                env=self.environment,
                stdout=out,
                stderr=out,
                preexec_fn=lambda: os.sched_setaffinity(0, self.bots),
            )
        try:
            yield popen
        finally:
            popen.terminate()
            popen.wait(20)

    def deliver(self, chat: int, content: dict[str, Any]) -> float:
        """One update, through the webhook; when it was posted."""
        person = {"id": chat, "is_bot": False, "first_name": f"Анна {chat}", "language_code": "ru"}
        message = {"message_id": 7, "date": 1764000000, "chat": {"id": chat, "type": "private", "first_name": "A"}}
        if "data" in content:
            update = {
                "callback_query": {"from": person, "chat_instance": "1", "message": message | {"text": "."}} | content
            }
        else:
            update = {"message": message | {"from": person} | content}
        body = json.dumps({"update_id": next(self.update_ids)} | update).encode()
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET_TOKEN}
        posted = time.perf_counter()
        self.line.request("POST", f"/webhook/{SECRET_PATH}", body, headers)
        answer = self.line.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"the webhook answered {answer.status}")
        return posted

    def counts(self) -> tuple[int, int]:
        """Updates answered, deliveries sent."""
        with psycopg.connect(postgres.url(self.home, postgres.APP)) as database:
            return database.execute(
                "SELECT (SELECT count(*) FROM bot_update WHERE state = 'done'), (SELECT count(*) FROM bot_delivery WHERE state = 'sent')"
            ).fetchone()

    def backlog(self, updates: int) -> dict[str, float]:
        """Answer many updates of many chats that wait already: how many a second, from the first to the last."""
        for number in range(updates):
            chat, step = 1_000_000 + number % CHATS, number // CHATS
            if step % 2 == 0:
                self.deliver(chat, {"text": WALK[step // 2 % len(WALK)]})
            else:
                self.deliver(chat, {"id": str(number), "data": TAPS[step // 2 % len(TAPS)]})
        with self.bot() as bot:
            self.until(lambda: self.counts()[1] > 0, bot)
            process = psutil.Process(bot.pid)
            began, before, cpu = time.perf_counter(), self.counts()[1], sum(process.cpu_times()[:2])
            self.until(lambda: self.counts()[1] >= updates, bot)
            took = time.perf_counter() - began
            cpu = sum(process.cpu_times()[:2]) - cpu
        return {"per_s": (updates - before) / took, "cpu_ms": 1000 * cpu / (updates - before), "busy": cpu / took}

    def calm(self, rate: float, seconds: float) -> dict[str, list[float]]:
        """/start of new people, and taps of known ones, at a steady rate: seconds until each is answered."""
        posted: dict[tuple[str, str], float] = {}
        self.line.close()
        with self.bot() as bot:
            chat = 5_000_000
            self.deliver(chat, {"text": "/start"})
            self.until(lambda: ("sendMessage", str(chat)) in self.api.said, bot)
            self.line.close()  # it has been idle: the server may close it at any moment
            began = time.perf_counter()
            for number in range(int(rate * seconds)):
                time.sleep(max(0.0, began + number / rate - time.perf_counter()))
                if number % 2:
                    chat = 6_000_000 + number
                    posted["sendMessage", str(chat)] = self.deliver(chat, {"text": "/start"})
                else:
                    query = f"calm-{number}"
                    since = self.deliver(1_000_000 + number % CHATS, {"id": query, "data": "menu"})
                    posted["answerCallbackQuery", query] = since
            self.until(lambda: posted.keys() <= self.api.said.keys(), bot)
        taken: dict[str, list[float]] = {}
        for (method, whom), since in posted.items():
            taken.setdefault(method, []).append(self.api.said[method, whom] - since)
        return {method: sorted(values) for method, values in taken.items()}

    def until(self, look: Any, bot: subprocess.Popen) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not look():
            if time.monotonic() > deadline or bot.poll() is not None:
                raise SystemExit("the bot did not answer; its log:\n" + (self.home / "bot.log").read_text()[-3000:])
            time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.dispatch", description="What answering an update costs.")
    parser.add_argument("--updates", type=int, default=2000, help="in the backlog")
    parser.add_argument("--seconds", type=float, default=20.0, help="of the steady rate")
    parser.add_argument("--rate", type=float, default=10.0, help="updates a second")
    options = parser.parse_args()
    first, *_, last = sorted(os.sched_getaffinity(0)) * 2  # a machine of one core has it twice
    os.sched_setaffinity(0, {last})  # what is started from here on inherits it
    with web.ground() as home:
        bench = Bench(home, first, last)
        with bench.web():
            say.say("", f"a backlog of {options.updates} updates of {CHATS} chats")
            found = bench.backlog(options.updates)
            say.say("", f"{options.rate:.0f} updates a second for {options.seconds:.0f} s")
            taken = bench.calm(options.rate, options.seconds)
    print(
        f"dispatcher, one process on one core: {found['per_s']:.0f} updates/s answered and sent "
        f"(target {TARGET_PER_S}, aim {AIM_PER_S}); {found['cpu_ms']:.1f} ms of CPU each, the process had {found['busy']:.0%} of its core"
    )
    for method, what in (
        ("sendMessage", "/start, POST to sendMessage"),
        ("answerCallbackQuery", "tap, POST to answerCallbackQuery"),
    ):
        p50, p95, p99 = (percentile(taken[method], share) for share in (0.50, 0.95, 0.99))
        print(f"{what} at {options.rate:.0f}/s: p50 {p50} ms, p95 {p95} ms, p99 {p99} ms (target {ACK_MS} ms)")
    print(machine.described())
    return 0


if __name__ == "__main__":
    sys.exit(main())
