"""Killed payment providers go on where they were: what is paid stays paid, what is owed is sent, a key stays used."""

from __future__ import annotations

from pathlib import Path

import pytest
from yookassa import Payment

from tests.sandbox.kie_side import Receiver, sandbox_process
from tests.sandbox.payment_side import CRYPTO_TOKEN, SECRET_KEY, SHOP_ID, CryptoPay, YooKassa, new_key

PEERS = ("yookassa", "cryptopay")


def started(data: Path, receiver: Receiver):
    return sandbox_process(
        data,
        peers=PEERS,
        YOOKASSA_SHOP_ID=SHOP_ID,
        YOOKASSA_SECRET_KEY=SECRET_KEY,
        YOOKASSA_NOTICE_URL=receiver.url,
        CRYPTO_PAY_TOKEN=CRYPTO_TOKEN,
        CRYPTO_PAY_NOTICE_URL=receiver.url,
    )


def test_money_keys_and_owed_notices_outlive_a_kill(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, spend = new_key(), new_key()
    transfer = {"user_id": 1, "asset": "TON", "amount": "1", "spend_id": spend}
    with started(tmp_path, receiver) as process:
        shop, app = YooKassa(process.origins["yookassa"]), CryptoPay(process.origins["cryptopay"])
        shop.point_the_sdk_here(monkeypatch)
        app.config(balances={"TON": 5})
        app.ok("transfer", **transfer)
        payment, invoice = shop.create("77.00", key), app.invoice()
        for peer in (shop, app):
            peer.fault("notice", "late", seconds=2)
        assert shop.press(payment.id, "pay").status_code == app.pay(invoice, "TON").status_code == 200
        process.kill()
    assert receiver.got.empty()
    with started(tmp_path, receiver) as process:
        shop, app = YooKassa(process.origins["yookassa"], receiver), CryptoPay(process.origins["cryptopay"])
        shop.point_the_sdk_here(monkeypatch)
        assert {shop.told()[0] for _ in PEERS} == {"payment.succeeded", "invoice_paid"}
        assert Payment.find_one(payment.id).status == app.now(invoice)["status"].replace("paid", "succeeded")
        assert shop.create("77.00", key).id == payment.id
        assert app.no("transfer", **transfer) == (400, "SPEND_ID_ALREADY_USED")
        assert process.stop() == 0
