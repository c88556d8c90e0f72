"""Fixtures of the sandbox's tests: a process for the session, a client for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.kie_side import (
    DEADLINE_S,
    KIE_HMAC,
    KIE_KEY,
    QUICK,
    Kie,
    Process,
    Receiver,
    receiving,
    sandbox_process,
)
from tests.sandbox.payment_side import CRYPTO_TOKEN, SECRET_KEY, SHOP_ID, CryptoPay, YooKassa
from tests.sandbox.telegram_side import Hook, Telegram, listening


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture(scope="session")
def kie_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    data = tmp_path_factory.mktemp("sandbox-kie")
    with sandbox_process(data, peers=("kie",), KIE_API_KEY=KIE_KEY, KIE_WEBHOOK_HMAC_KEY=KIE_HMAC) as process:
        yield process


@pytest.fixture
def kie(kie_process: Process) -> Kie:
    """A quick, healthy local KIE with 10,000 credits."""
    client = Kie(kie_process.origins["kie"], KIE_KEY)
    client.session.delete(client.origin + "/sandbox/faults", timeout=DEADLINE_S)
    client.config(**QUICK)
    return client


@pytest.fixture
def own_kie(tmp_path: Path) -> Iterator[Kie]:
    """A local KIE of the test's own, as it comes: nothing asked of it yet, nothing configured."""
    with sandbox_process(tmp_path, peers=("kie",), KIE_API_KEY=KIE_KEY) as process:
        yield Kie(process.origins["kie"], KIE_KEY)


BOT_TOKEN = "700001:test-bot-token"


@pytest.fixture(scope="session")
def telegram_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    data = tmp_path_factory.mktemp("sandbox-telegram")
    with sandbox_process(data, peers=("telegram",), TELEGRAM_BOT_TOKEN=BOT_TOKEN) as process:
        yield process


@pytest.fixture
def telegram(telegram_process: Process) -> Telegram:
    """A healthy local Telegram whose bot polls, and a new person who has written /start."""
    telegram = Telegram(telegram_process.origins["telegram"], BOT_TOKEN)
    telegram.reset()
    return telegram.with_person()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """The bot's webhook: an HTTP server of the test's own."""
    with listening() as hook:
        yield hook


@pytest.fixture(scope="session")
def payments_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    data = tmp_path_factory.mktemp("sandbox-payments")
    credentials = {"YOOKASSA_SHOP_ID": SHOP_ID, "YOOKASSA_SECRET_KEY": SECRET_KEY, "CRYPTO_PAY_TOKEN": CRYPTO_TOKEN}
    with sandbox_process(data, peers=("yookassa", "cryptopay"), **credentials) as process:
        yield process


@pytest.fixture
def yookassa(payments_process: Process, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> YooKassa:
    """A healthy local YooKassa that notifies `receiver`, spoken with by the official SDK."""
    shop = YooKassa(payments_process.origins["yookassa"], receiver)
    shop.point_the_sdk_here(monkeypatch)
    shop.reset()
    return shop


@pytest.fixture
def cryptopay(payments_process: Process, receiver: Receiver) -> CryptoPay:
    """A healthy local Crypto Pay that notifies `receiver`, with 100 USDT."""
    app = CryptoPay(payments_process.origins["cryptopay"], receiver)
    app.reset()
    return app
