"""`python -m sandbox`: starts the peers in one process, a port each, and says where they listen.

The credentials that they accept come by environment, under the names that TRT itself reads, and not as options: every user
of a machine may read the command lines of all.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

PORTS = {"telegram": 8081, "kie": 8082, "yookassa": 8083, "cryptopay": 8084}


def accepted(peer: str) -> dict[str, Any]:
    """What a peer takes from the environment."""
    given = os.environ.get
    match peer:
        case "telegram":
            return {"bot_token": given("TELEGRAM_BOT_TOKEN") or "1:sandbox"}
        case "kie":
            return {"api_key": given("KIE_API_KEY") or "sandbox", "hmac_key": given("KIE_WEBHOOK_HMAC_KEY") or None}
        case "yookassa":
            shop = {
                "shop_id": given("YOOKASSA_SHOP_ID") or "100500",
                "secret_key": given("YOOKASSA_SECRET_KEY") or "sandbox",
            }
            return shop | {"notice_url": given("YOOKASSA_NOTICE_URL") or ""}
        case _:
            token = given("CRYPTO_PAY_TOKEN") or "1:sandbox"
            return {"token": token, "notice_url": given("CRYPTO_PAY_NOTICE_URL") or ""}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Local Telegram, KIE, YooKassa and Crypto Pay, stateful, with faults.",
        epilog="They accept TELEGRAM_BOT_TOKEN (1:sandbox if unset), KIE_API_KEY (sandbox), YOOKASSA_SHOP_ID with "
        "YOOKASSA_SECRET_KEY (100500, sandbox) and CRYPTO_PAY_TOKEN (1:sandbox); callbacks are signed with "
        "KIE_WEBHOOK_HMAC_KEY if it is set; notices of payments go to YOOKASSA_NOTICE_URL and CRYPTO_PAY_NOTICE_URL.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder for their databases and files")
    parser.add_argument("--host", default="127.0.0.1")
    for peer, port in PORTS.items():
        parser.add_argument(f"--{peer}-port", type=int, default=port, help="0 = a free one")
        parser.add_argument(f"--{peer}-fd", type=int, help="instead: a socket that whoever starts this listens on")
    parser.add_argument(
        "--only", choices=tuple(PORTS), action="append", help="start this peer only; more than once: these"
    )
    return parser.parse_args()


def listening(host: str, port: int, fd: int | None) -> tuple[socket.socket, str]:
    """A bound socket and its origin: the address is known before the peer is made."""
    if fd is None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family, backlog=256)
    else:
        bound = socket.socket(fileno=fd)
        host = bound.getsockname()[0]
    shown = f"[{host}]" if ":" in host else host
    return bound, f"http://{shown}:{bound.getsockname()[1]}"


async def serve(options: argparse.Namespace) -> None:
    """Run the peers until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    runners: list[web.AppRunner] = []
    for name in [peer for peer in PORTS if peer in (options.only or PORTS)]:
        bound, origin = listening(options.host, getattr(options, f"{name}_port"), getattr(options, f"{name}_fd"))
        create_app = importlib.import_module(f"sandbox.{name}.app").create_app
        app = create_app(data=options.data, public_url=origin, **accepted(name))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.3)
        await runner.setup()
        await web.SockSite(runner, bound).start()
        runners.append(runner)
        print(f"sandbox {name} {origin}", flush=True)  # noqa: T201  the caller reads the address here
    await stop.wait()
    for runner in runners:
        await runner.cleanup()


def main() -> None:
    """Exit 0 after a signal, 1 when a port is taken."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    options = arguments()
    options.data.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(serve(options))
    except OSError as error:
        sys.exit(f"sandbox: cannot listen: {error}")


if __name__ == "__main__":
    main()
