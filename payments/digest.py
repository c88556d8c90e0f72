"""What nobody can write who has only the database: a keyed digest in each transfer, and one in each wallet.

A transfer's digest shows whether it is as it was written. That the last transfers of somebody are gone, and their wallet was
put back to match, only the wallet's own digest shows. The key, LEDGER_KEY, never goes to the database.

Canonical form: facts one a line, in UTF-8 with \\n between lines, after a line with the form's version. Amounts have two
places; the moment is UTC, `2026-12-02T10:00:00.000000`; nothing settled is an empty line. It is written twice, in Python
to sign a row and in SQL to verify millions: a test holds one against the other.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from django.conf import settings

from reliability.invariants import roomy

TRANSFER: Final = {  # facts of a transfer in the order of the form, each in SQL; `note` is last, for it alone may hold anything
    "ref": "transfer.ref",
    "customer_id": "transfer.customer_id",
    "n": "transfer.n",
    "kind": "transfer.kind",
    "debit": "transfer.debit",
    "credit": "transfer.credit",
    "amount": "transfer.amount",
    "balance_after": "transfer.balance_after",
    "held_after": "transfer.held_after",
    "settles_ref": "coalesce(hold.ref, '')",
    "cid": "transfer.cid",
    "actor": "transfer.actor",
    "created_at": """to_char(transfer.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')""",
    "note": "transfer.note",
}
WALLET: Final = {
    "customer_id": "wallet.customer_id",
    "last_n": "wallet.last_n",
    "balance": "wallet.balance",
    "held": "wallet.held",
}
VERSIONS: Final = {"transfer": "1", "wallet": "wallet 1"}
PAGE: Final = 200_000  # rows a question, so that its time does not grow with the table


def of_transfer(facts: Sequence[Any]) -> str:
    """The digest of a transfer's facts, in the order of TRANSFER: hex HMAC-SHA256 by LEDGER_KEY of their canonical form."""
    return _signed(form(VERSIONS["transfer"], facts))


def of_wallet(facts: Sequence[Any]) -> str:
    """The digest of a wallet's facts, in the order of WALLET."""
    return _signed(form(VERSIONS["wallet"], facts))


def form(version: str, facts: Sequence[Any]) -> str:
    """The canonical form that is signed."""
    return "\n".join([version, *map(_canonical, facts)])


def changed_transfers() -> Iterator[str]:
    """Refs of transfers whose facts are not those that were signed. Reads every row."""
    return _changed(
        "transfer",
        TRANSFER,
        "transfer.id",
        "payments_transfer transfer LEFT JOIN payments_transfer hold ON hold.id = transfer.settles_id",
    )


def changed_wallets() -> Iterator[str]:
    """Ids of people whose wallet does not stand as the ledger left it."""
    return _changed("wallet", WALLET, "wallet.customer_id", "payments_wallet wallet")


def _signed(text: str) -> str:
    signing = _begin(settings.LEDGER_KEY)()
    signing.update(text.encode())
    return signing.hexdigest()


@cache
def _begin(key: str) -> Callable[[], hmac.HMAC]:
    """Begins a signature; a copy of one that has the key in it takes half the time."""
    return hmac.new(key.encode(), digestmod=hashlib.sha256).copy


def _canonical(fact: Any) -> str:
    if isinstance(fact, Decimal):
        return f"{fact:.2f}"
    if isinstance(fact, datetime):
        return fact.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return str(fact)


def _changed(what: str, facts: Mapping[str, str], key: str, tables: str) -> Iterator[str]:
    """The first fact of each row that does not bear its digest.

    The server writes the forms, in a tenth of the time that it takes here, and goes on while those that have come are signed.
    Rows are asked for page by page in the order of `key`, an integer that is unique, each page as it stands then.
    """
    version, begin = VERSIONS[what], _begin(settings.LEDGER_KEY)
    written = f"convert_to(concat_ws(E'\\n', '{version}', {', '.join(facts.values())}), 'UTF8')"
    rows = f"SELECT {key}, {what}.digest, {written} FROM {tables}"  # noqa: S608 (our own constants)
    page, last = f"COPY ({rows} {{}} ORDER BY {key} LIMIT {PAGE}) TO STDOUT (FORMAT BINARY)", None
    while True:
        seen = 0
        with roomy() as cursor, cursor.copy(page.format("" if last is None else f"WHERE {key} > {last}")) as copied:
            copied.set_types(["int8", "text", "bytea"])
            for last, digest, text in copied.rows():  # noqa: B007 (the next page begins there)
                seen += 1
                signing = begin()
                signing.update(text)
                if signing.hexdigest() != digest:
                    yield text.decode().split("\n", 2)[1]
        if seen < PAGE:
            return
