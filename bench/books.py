"""A shop's books of any size, made at once: `python -m bench.books TRANSFERS PEOPLE`.

Transfers with right digests, and the generations and messages that go with them. The ledger would need half an hour for a
million: here the owner of the tables copies the rows in with its triggers off, as a restore from a backup does.
"""

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import django

django.setup()

import psycopg  # noqa: E402

from payments import digest  # noqa: E402
from payments.transfer import Account, Kind  # noqa: E402
from reliability import cid  # noqa: E402
from trt import postgres  # noqa: E402
from trt.env import HOME  # noqa: E402

GIFT, PRICE = Decimal("50000.00"), Decimal("4.20")
SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS: Final = (Kind.HOLD, Kind.CAPTURE, Kind.HOLD, Kind.RELEASE)
SETTLES: Final = list(digest.TRANSFER).index("settles_ref")  # in the table the row's id
COLUMNS: Final = ("id", "settles_id", "digest", *(name for name in digest.TRANSFER if name != "settles_ref"))
PEOPLE: Final = """
INSERT INTO payments_customer (telegram_id, username, first_name, locale, chosen_locale, blocked, created_at)
SELECT 900000000 + k, '', 'Анна', 'ru', false, false, now() FROM generate_series(1, %s) k"""
JOBS: Final = """
INSERT INTO kie_job (public_id, customer_id, chat, model_id, registry_version, input, price, hold_id, state, idempotency_key,
    heard_task_id, submitted_at, ended_at, result, error_code, error_field, attempts, error, created_at, due_at, cid)
SELECT gen_random_uuid(), hold.customer_id, hold.customer_id, (SELECT min(id) FROM kie_aimodel), '', '{}', hold.amount, hold.id,
    CASE by.kind WHEN 'capture' THEN 'succeeded' ELSE 'failed' END, hold.ref, '', hold.created_at, hold.created_at,
    CASE by.kind WHEN 'capture' THEN '{}'::jsonb END, CASE by.kind WHEN 'capture' THEN '' ELSE 'provider' END, '', 1, '',
    hold.created_at, hold.created_at, hold.cid
FROM payments_transfer hold JOIN payments_transfer by ON by.settles_id = hold.id"""
MESSAGES: Final = """
INSERT INTO bot_delivery (dedup_key, kind, chat, payload, state, message_ids, file_ids, sent_at, attempts, error, created_at, due_at, cid)
SELECT 'job:' || id || ':result', 'result', chat, jsonb_build_object('job', id), 'sent', '[]', '[]', ended_at, 1, '', ended_at, ended_at, cid
FROM kie_job"""


def fill(owner: psycopg.Connection, transfers: int, people: int) -> None:
    """Books with that many transfers of that many people, each of whom was given money and then ordered."""
    keys = itertools.count(1)
    with owner.transaction():
        owner.execute(PEOPLE, [people])
        lives = [Life(pk, keys) for (pk,) in owner.execute("SELECT id FROM payments_customer ORDER BY id").fetchall()]
        with _unguarded(owner):
            with owner.cursor().copy(f"COPY payments_transfer ({', '.join(COLUMNS)}) FROM STDIN") as rows:
                for number, life in enumerate(lives):
                    for row in life.transfers(transfers // people + (number < transfers % people)):
                        rows.write_row(row)
            with owner.cursor().copy(f"COPY payments_wallet ({', '.join(digest.WALLET)}, digest) FROM STDIN") as rows:
                for life in lives:
                    rows.write_row((*life.standing(), digest.of_wallet(life.standing())))
        owner.execute("SELECT setval(pg_get_serial_sequence('payments_transfer', 'id'), %s)", [next(keys)])
        owner.execute(JOBS)
        owner.execute(MESSAGES)
    owner.execute("VACUUM ANALYZE payments_transfer, payments_wallet, kie_job, bot_delivery")


class Life:
    """What one person did: a gift, then orders of which every second fails."""

    def __init__(self, pk: int, keys: Iterator[int]) -> None:
        self.pk, self.keys = pk, keys
        self.n, self.balance, self.held = 0, Decimal("0.00"), Decimal("0.00")
        self.story = cid.new()

    def standing(self) -> tuple[Any, ...]:
        return self.pk, self.n, self.balance, self.held

    def transfers(self, count: int) -> Iterator[tuple[Any, ...]]:
        """Rows by COLUMNS."""
        yield self._moved(Kind.BONUS, GIFT, f"bonus:bench:{self.pk}", None, "")
        hold, hold_ref = 0, ""
        if count % 2 == 0:  # each order is a hold and what settles it
            yield self._moved(Kind.BONUS, PRICE, f"bonus:even:{self.pk}", None, "")
        for kind in itertools.islice(itertools.cycle(ORDERS), (count - 1) // 2 * 2):
            ref = f"{kind}:{self.pk}:{self.n}"
            if kind == Kind.HOLD:
                row = self._moved(kind, PRICE, ref, None, "")
                hold, hold_ref = row[0], ref
            else:
                row = self._moved(kind, PRICE, ref, hold, hold_ref)
            yield row

    def _moved(self, kind: Kind, amount: Decimal, ref: str, settles: int | None, settles_ref: str) -> tuple[Any, ...]:
        self.n += 1
        self.balance += kind.effect_on(Account.WALLET) * amount
        self.held += kind.effect_on(Account.HOLD) * amount
        debit, credit = kind.pair()
        facts = (ref, self.pk, self.n, kind.value, debit, credit, amount, self.balance, self.held, settles_ref, self.story, "",
            SINCE + timedelta(seconds=self.n), "")  # fmt: skip
        return next(self.keys), settles, digest.of_transfer(facts), *facts[:SETTLES], *facts[SETTLES + 1 :]


@contextmanager
def _unguarded(owner: psycopg.Connection) -> Iterator[None]:
    for table in ("payments_transfer", "payments_wallet"):
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")  # foreign keys, before the tables are altered again
    for table in ("payments_transfer", "payments_wallet"):
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def main() -> None:
    transfers, people = map(int, sys.argv[1:])
    with psycopg.connect(postgres.url(HOME, postgres.OWNER), autocommit=True) as owner:
        fill(owner, transfers, people)


if __name__ == "__main__":
    main()
