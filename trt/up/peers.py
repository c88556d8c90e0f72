"""Which peers are local: one for each credential that is missing. Where all are, the demo has its own money."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from trt import joined
from trt.up.ports import Ports, port_of
from trt.up.supervisor import Process

DEMO_RUBLES = "300"


@dataclass(frozen=True, slots=True)
class Plan:
    """The peers that are played here."""

    sandboxes: tuple[str, ...]


def plan(given: dict[str, str]) -> Plan:
    """A peer is local where its credential is missing; a way to pay only in a demo, where nobody is real."""
    return Plan(joined.local(given))


def process(home: Path, plan: Plan, ports: Ports) -> tuple[Process, dict[str, int]]:
    """The sandbox as a process, and the ports of the peers that it plays. What they accept, it reads where TRT does."""
    usual = {"telegram": 8081, "kie": 8082, "yookassa": 8083, "cryptopay": 8084}
    listeners = {peer: ports.listen(f"SANDBOX_{peer.upper()}_PORT", usual[peer]) for peer in plan.sandboxes}
    command = [sys.executable, "-m", "sandbox", "--data", str(home / "sandbox")]
    command += [f"--{peer}-fd={listener.fileno()}" for peer, listener in listeners.items()]
    command += [f"--only={peer}" for peer in plan.sandboxes]
    found = {peer: port_of(listener) for peer, listener in listeners.items()}
    return Process("sandbox", command, listeners=(*listeners.values(),)), found


def addresses(plan: Plan, ports: dict[str, int], web: str, given: dict[str, str]) -> dict[str, str]:
    """The environment that points TRT at the local peers (trt.joined has its names). The application is only given addresses.

    `web` is where they reach the web process."""
    found = {"SANDBOX_PEERS": ",".join(plan.sandboxes)}
    if "telegram" in plan.sandboxes:
        found["TELEGRAM_API_URL"] = f"http://127.0.0.1:{ports['telegram']}"
        found["WEBHOOK_BASE_URL"] = web
        found["BOT_MODE"] = "webhook"
    if "kie" in plan.sandboxes:
        names = ("KIE_API_URL", "KIE_UPLOAD_URL", "KIE_DOCS_URL")
        found |= dict.fromkeys(names, f"http://127.0.0.1:{ports['kie']}")
    if "yookassa" in plan.sandboxes:
        found["YOOKASSA_API_URL"] = f"http://127.0.0.1:{ports['yookassa']}"
    if "cryptopay" in plan.sandboxes:
        found["CRYPTO_PAY_API_URL"] = f"http://127.0.0.1:{ports['cryptopay']}"
    if len(plan.sandboxes) == len(joined.NEEDS):
        found["DEMO_BONUS_RUB"] = given.get("DEMO_BONUS_RUB", DEMO_RUBLES)
    return found


def notices(plan: Plan, web: str) -> dict[str, str]:
    """Where the played providers notify us: the sandbox's own environment, TRT reads none of it."""
    names = {"yookassa": "YOOKASSA_NOTICE_URL", "cryptopay": "CRYPTO_PAY_NOTICE_URL"}
    return {name: f"{web}/payments/{peer}/notice" for peer, name in names.items() if peer in plan.sandboxes}


def exec_sandbox(arguments: list[str]) -> int:
    """`manage.py sandbox …`: become `python -m sandbox …`; without arguments all peers on their usual ports."""
    home = Path(os.environ.get("TRT_HOME") or ".trt").resolve()
    options = arguments or ["--data", str(home / "sandbox")]
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *options])  # noqa: S606
