"""The four statements of a movement, written out: Django takes longer to put them together than PostgreSQL to run them."""

from typing import Final

from django.db import connection

from payments.customer import Wallet
from payments.transfer import Transfer

LOCK: Final = "SELECT customer_id, balance, held, last_n FROM payments_wallet WHERE customer_id = %s FOR UPDATE"
KNOWN: Final = "SELECT 1 FROM payments_transfer WHERE ref = %s OR settles_id = %s"
STAND: Final = "UPDATE payments_wallet SET balance = %s, held = %s, last_n = %s, digest = %s WHERE customer_id = %s"
FIELDS: Final = tuple(field.attname for field in Transfer._meta.concrete_fields if not field.primary_key)
WRITE: Final = (
    f"INSERT INTO payments_transfer ({', '.join(FIELDS)}) VALUES ({', '.join(['%s'] * len(FIELDS))}) RETURNING id"  # noqa: S608
)


def lock(customer_id: int) -> Wallet:
    """The person's wallet, locked until commit. Raises Wallet.DoesNotExist."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [customer_id])
        row = cursor.fetchone()
    if row is None:
        raise Wallet.DoesNotExist
    return Wallet.from_db(connection.alias, ["customer_id", "balance", "held", "last_n"], row)


def stands(wanted: Transfer) -> bool:
    """Whether something stands under the ref of `wanted`, or settles what it would settle."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [wanted.ref, wanted.settles_id])
        return cursor.fetchone() is not None


def write(wallet: Wallet, made: Transfer) -> None:
    """The wallet as it stands after `made`, then `made` itself: a trigger holds the one against the other."""
    with connection.cursor() as cursor:
        cursor.execute(STAND, [wallet.balance, wallet.held, wallet.last_n, wallet.digest, wallet.pk])
        cursor.execute(WRITE, [getattr(made, name) for name in FIELDS])
        made.pk = cursor.fetchone()[0]
    made._state.adding, made._state.db = False, connection.alias
