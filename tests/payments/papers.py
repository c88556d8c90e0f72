"""Receipts as people send them: pictures, PDFs, and what only calls itself so."""

import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from PIL import Image

from payments import receipts, topups
from payments.models import Customer, Receipt, ReceiptKind, TopUp
from payments.receipts import Sent
from reliability import cid, files

_ids = itertools.count(1)
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def picture(shade: int = 200, form: str = "PNG") -> bytes:
    """Another shade is another receipt."""
    out = io.BytesIO()
    Image.new("RGB", (320, 640), (shade, 180, 90)).save(out, form)
    return out.getvalue()


@contextmanager
def telegram_has(kept: dict[str, bytes], before: Callable[[str], object] = lambda _: None) -> Iterator[None]:
    """Within the block these are the files that Telegram gives, by file_id; `before` is called first with what is asked for."""

    def opener(file_id: str) -> bytes:
        before(file_id)
        if file_id not in kept:
            raise files.FileGone(f"Telegram does not know {file_id}")
        return kept[file_id]

    standing = files._opener[:]
    files.register_opener(opener)
    try:
        yield
    finally:
        files._opener[:] = standing


def asked(customer: Customer) -> TopUp:
    """A request for 500 ₽."""
    return topups.start(customer, Decimal("500.00"), provider="manual", cid=cid.new())


@pytest.fixture
def anna(met) -> Customer:
    return met()


@pytest.fixture
def request_(anna) -> TopUp:
    return asked(anna)


def sent(file_id: str = "", unique_id: str = "", kind: ReceiptKind = ReceiptKind.PHOTO, size: int = 90_000) -> Sent:
    number = next(_ids)
    return Sent(file_id or f"file-{number}", unique_id or f"unique-{number}", kind, size)


def taken(request: TopUp, **what: object) -> Receipt:
    """A receipt of this request."""
    return receipts.take(request.pk, sent(**what), cid=cid.new())[0]
