"""Who moves money in `bench.ledger`: a process of its own for each measurement; its figures as JSON on stdout.

Each thread makes holds and, in turn, captures and releases them: two transfers at a time. `ledger` is TRT's; `bare` sends
the statements of a movement (payments.movement) by psycopg alone, prepared by the server, and signs nothing.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import django

django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from payments import ledger, movement  # noqa: E402
from payments.models import Customer, Kind  # noqa: E402
from reliability import cid  # noqa: E402

Act = Callable[[int], None]  # one hold and its end; each number once
PRICE = Decimal("0.01")
WARM_S = 1.0


def by_ledger(customer_id: int, run: str) -> Act:
    customer = Customer.objects.get(pk=customer_id)

    def act(number: int) -> None:
        story = cid.new()
        hold = ledger.hold(customer, PRICE, ref=f"hold:{run}:{number}", cid=story)
        settle = ledger.capture if number % 2 else ledger.release
        settle(hold, ref=f"settle:{run}:{number}", cid=story)

    return act


def bare(customer_id: int, run: str) -> Act:
    address = {"dbname": "NAME", "user": "USER", "host": "HOST"}
    database = psycopg.connect(**{name: settings.DATABASES["default"][key] for name, key in address.items()})
    story, nobody = cid.new(), "0" * 64

    def moved(kind: Kind, ref: str, settles: int | None) -> int:
        with database.transaction():
            _, balance, held, n = database.execute(movement.LOCK, [customer_id]).fetchone()
            database.execute(movement.KNOWN, [ref, settles]).fetchone()
            balance += kind.effect_on("wallet") * PRICE
            held += kind.effect_on("hold") * PRICE
            database.execute(movement.STAND, [balance, held, n + 1, nobody, customer_id])
            debit, credit = kind.pair()
            row = {
                "ref": ref, "customer_id": customer_id, "n": n + 1, "kind": kind.value, "debit": debit, "credit": credit, "amount": PRICE,
                "balance_after": balance, "held_after": held, "settles_id": settles, "cid": story, "actor": "", "note": "", "digest": nobody,
                "created_at": datetime.now(UTC),
            }  # fmt: skip
            return database.execute(movement.WRITE, [row[name] for name in movement.FIELDS]).fetchone()[0]

    def act(number: int) -> None:
        hold = moved(Kind.HOLD, f"hold:{run}:{number}", None)
        moved(Kind.CAPTURE if number % 2 else Kind.RELEASE, f"settle:{run}:{number}", hold)

    return act


WAYS: dict[str, Callable[[int, str], Act]] = {"ledger": by_ledger, "bare": bare}


def measure(way: str, accounts: list[int], threads: int, seconds: float) -> dict[str, float]:
    """Transfers a second, and the process's CPU for each in microseconds; a second at the beginning is not counted."""
    made, start = [0] * threads, threading.Barrier(threads + 1)

    def one(number: int) -> None:
        act = WAYS[way](accounts[number % len(accounts)], f"{time.time_ns()}:{number}")
        start.wait()
        since, step = time.perf_counter() + WARM_S, 0
        while (now := time.perf_counter()) < since + seconds:
            act(step)
            step += 1
            made[number] += 2 * (now >= since)
        connection.close()

    running = [threading.Thread(target=one, args=[number]) for number in range(threads)]
    for thread in running:
        thread.start()
    start.wait()
    time.sleep(WARM_S)
    cpu = time.process_time()
    for thread in running:
        thread.join()
    return {"per_s": sum(made) / seconds, "cpu_us": 1e6 * (time.process_time() - cpu) / max(1, sum(made))}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--accounts", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    accounts = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[: options.accounts])
    json.dump(measure(options.way, accounts, options.threads, options.seconds), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
