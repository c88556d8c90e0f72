"""The ground of the kit: the peers in a process of their own, and each case once for every way to pay that it fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings

from tests.bot.chat import fresh_gateway
from tests.payments.kit.drivers import DRIVERS
from tests.payments.kit.drivers.driver import Driver
from tests.payments.kit.ear import Ear, listening
from tests.sandbox import payment_side
from tests.sandbox.kie_side import sandbox_process

PEERS = ("telegram", "yookassa", "cryptopay")


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the peers of this module listen."""
    accepted = {
        "TELEGRAM_BOT_TOKEN": django_settings.TELEGRAM_BOT_TOKEN,
        "YOOKASSA_SHOP_ID": payment_side.SHOP_ID,
        "YOOKASSA_SECRET_KEY": payment_side.SECRET_KEY,
        "CRYPTO_PAY_TOKEN": payment_side.CRYPTO_TOKEN,
    }
    with sandbox_process(tmp_path_factory.mktemp("kit"), peers=PEERS, **accepted) as process:
        yield process.origins


@pytest.fixture(scope="module")
def open_ear() -> Iterator[Ear]:
    with listening() as ear:
        yield ear


@pytest.fixture
def ear(open_ear: Ear) -> Ear:
    """Nothing has been heard yet."""
    while not open_ear.heard.empty():
        open_ear.heard.get_nowait()
    return open_ear


@pytest.fixture
def way(request: pytest.FixtureRequest, origins: dict[str, str], ear: Ear, settings: Any) -> Iterator[Driver]:
    """The driver of one way to pay; no other has credentials, but for Stars."""
    name = request.param
    settings.YOOKASSA_SHOP_ID = settings.YOOKASSA_SECRET_KEY = settings.CRYPTO_PAY_TOKEN = ""
    settings.YOOKASSA_RECEIPTS, settings.YOOKASSA_NOTICE_ADDRESS_HEADER = False, ""
    peer = {"stars": "telegram"}.get(name, name)
    fresh_gateway()
    yield DRIVERS[name](origins.get(peer, ""), ear, settings)
    fresh_gateway()
