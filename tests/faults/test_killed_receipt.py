"""A worker killed with SIGKILL while it opens a receipt: another takes over, the person is told once, the books stand."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import requests

from bot.models import Delivery
from payments import ledger, people, receipts, topups
from payments.models import Receipt, ReceiptKind, ReceiptState, TopUpState
from payments.receipts import Sent
from reliability import cid, clock
from tests.bot.chat import fresh_gateway
from tests.faults.test_killed_worker import DEAD_S, gate, somebody_waits_at_the_gate, worker
from tests.sandbox.kie_side import DEADLINE_S, sandbox_process, until
from tests.sandbox.telegram_side import Telegram
from trt.work import work

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
TOKEN = "4242:test-token-of-the-tests"
NO_PICTURE = b"PK\x03\x04 a document that calls itself a PDF" * 9


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Iterator[str]:
    with sandbox_process(tmp_path_factory.mktemp("chat"), peers=("telegram",), TELEGRAM_BOT_TOKEN=TOKEN) as process:
        yield process.origins["telegram"]


@pytest.fixture
def telegram(origin, settings) -> Iterator[Telegram]:
    settings.TELEGRAM_API_URL, settings.PAYMENTS_ENABLED, settings.DEMO_BONUS_RUB = origin, True, Decimal(0)
    fresh_gateway()
    telegram = Telegram(origin, TOKEN)
    telegram.reset()
    yield telegram.with_person()
    fresh_gateway()


@pytest.fixture
def receipt(telegram) -> Receipt:
    """A person has sent a file that is neither a picture nor a PDF to a request of 500 ₽."""
    url = f"{telegram.origin}/sandbox/chats/{telegram.user}/upload"
    file = {"file": ("check.pdf", NO_PICTURE, "application/pdf")}
    assert requests.post(url, files=file, data={"kind": "document"}, timeout=DEADLINE_S).ok
    document = telegram.ok("getUpdates", timeout=0)[-1]["message"]["document"]
    anna, _new = people.meet(telegram.user, first_name="Анна", username=None, language_code="ru")
    request = topups.start(anna, Decimal("500.00"), provider="manual", cid=cid.new())
    sent = Sent(document["file_id"], document["file_unique_id"], ReceiptKind.PDF)
    return receipts.take(request.pk, sent, cid=cid.new())[0]


def taken_over(receipt: Receipt) -> None:
    """Another worker comes when the first has been silent long enough; then all is as if nothing had happened."""
    row = Receipt.objects.get(pk=receipt.pk)
    assert (row.state, row.attempts, row.claimed_by is not None) == (ReceiptState.NEW, 1, True)
    assert not Delivery.objects.exists()
    work()
    assert Receipt.objects.get(pk=receipt.pk).state == ReceiptState.NEW  # its heart may still beat
    with clock.moved(timedelta(seconds=DEAD_S)):
        work()
        work()
    row.refresh_from_db()
    assert (row.state, row.claimed_by, row.topup.state) == (ReceiptState.UNFIT, None, TopUpState.PENDING)
    assert [one.dedup_key for one in Delivery.objects.all()] == [f"receipt:{row.pk}"]
    assert topups.approve(row.topup_id, by="admin:1") is not None
    assert ledger.available(row.topup.customer) == 500


def test_killed_while_telegram_is_silent(telegram, receipt):
    telegram.fault("getFile", "timeout")
    with worker(also=("TELEGRAM_API_URL",)) as popen:
        until(lambda: not telegram.get("faults")["faults"] or popen.poll() is not None)
    taken_over(receipt)


def test_killed_in_the_transaction_that_says_what_it_is(telegram, receipt):
    with (
        gate("NEW.state = 'unfit'", table="payments_receipt"),
        worker(also=("TELEGRAM_API_URL",)) as popen,
    ):
        until(lambda: somebody_waits_at_the_gate() or popen.poll() is not None)
    taken_over(receipt)
