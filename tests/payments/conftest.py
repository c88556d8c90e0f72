"""Fixtures of money: people who have some, threads that start together, and the tables without their guards."""

import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal

import psycopg
import pytest
from django.db import connection

from bot import stars  # noqa: F401 (registers the way to pay, whichever test comes first)
from payments import ledger, people
from payments.customer import Customer
from reliability import cid
from tests.together import together as run_together

_ids = itertools.count(700_000_001)


@pytest.fixture(autouse=True)
def terms(settings):
    """The terms that these tests count with, whatever the environment says."""
    settings.DEMO_BONUS_RUB = Decimal("0.00")
    settings.STARS_PER_RUB = Decimal("1.6")
    settings.PAYMENTS_ENABLED = True


@pytest.fixture
def met() -> Callable[..., Customer]:
    """Somebody new, with as many rubles as you say."""

    def _met(rubles: str = "0") -> Customer:
        telegram_id = next(_ids)
        customer, _ = people.meet(telegram_id, first_name="Анна", username=f"anna{telegram_id}", language_code="ru")
        if Decimal(rubles):
            ledger.bonus(customer, Decimal(rubles), ref=f"bonus:test:{telegram_id}", cid=cid.new())
        return customer

    return _met


@pytest.fixture
def customer(db, met) -> Customer:
    return met("100.00")


@pytest.fixture
def together() -> Callable[[int, Callable[[int], object]], list[object]]:
    """Runs `act(0)`, `act(1)`… in threads that start at once, each on a connection of its own; what each gave or raised."""
    return run_together


@pytest.fixture
def sql(db) -> Callable[..., list[tuple]]:
    """Runs a statement as a stranger to the ORM would; the rows, if it gives any."""

    def _sql(statement: str, *values: object) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    return _sql


@pytest.fixture
def unguarded(sql) -> Callable[[], None]:
    """Switches our triggers off until the transaction ends, as only the owner of the tables can."""

    def _unguarded() -> None:
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("payments_transfer", "payments_wallet", "payments_topup"):
            sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    return _unguarded


@pytest.fixture
def app(transactional_db) -> Iterator[psycopg.Connection]:
    """A connection as the role that TRT runs as; the server names who is there."""
    where = connection.get_connection_params()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'trt_app' AND rolcanlogin")
        if not cursor.fetchone():
            pytest.skip("this server has no role trt_app: one role owns and uses everything")
    with psycopg.connect(dbname=where["dbname"], host=where.get("host"), port=where.get("port"), user="trt_app") as app:
        yield app
