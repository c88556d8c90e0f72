"""Telegram Stars, as the kit drives them: the bot's bill in a chat, the pre-checkout, and updates for notices."""

from __future__ import annotations

import itertools
import json
import threading
from typing import Any

from django.conf import settings as django_settings

from bot.stars import pre_checkout_answer
from payments import people, topups
from payments.customer import Customer
from payments.topup import TopUp
from reliability import cid
from tests.bot.chat import Bot
from tests.payments.kit.drivers.driver import Driver
from tests.payments.kit.ear import Ear, Told
from tests.sandbox.telegram_side import Telegram

_numbers = itertools.count(500_000_001)


class Stars(Driver):
    """Their notices are updates, so strangers are kept out by the inbox, and there is no invoice that could be asked for."""

    name = "stars"
    bills = asked = listens = partial = other_currencies = says_no = False
    CALLS = {"refund": "refundStarPayment", "list": "getStarTransactions"}

    def __init__(self, origin: str, ear: Ear, settings: Any) -> None:
        super().__init__(origin, ear, settings)
        settings.TELEGRAM_API_URL = origin
        self.telegram = Telegram(origin, django_settings.TELEGRAM_BOT_TOKEN)
        self.telegram.reset()
        self._people: dict[int, Telegram] = {}
        self._told: list[Told] = []
        self._stars: int | None = None
        self._bot: Bot | None = None

    def somebody(self) -> Customer:
        theirs = self.telegram.with_person()
        self._people[theirs.user] = theirs
        return people.meet(theirs.user, first_name="Борис", username=None, language_code="ru")[0]

    def pays(self, topup: TopUp, invoice_id: str = "") -> None:
        theirs, payers_answer = self._people[topup.customer.telegram_id], list[dict[str, Any]]()
        bill = theirs.bill(self._stars or topup.minor_amount, topup.payload)["message_id"]
        payer = threading.Thread(target=lambda: payers_answer.append(theirs.act("pay", message_id=bill)))
        payer.start()
        self._answer_pre_checkout(anyway=self._stars is not None)
        payer.join()
        assert payers_answer[0]["paid"], payers_answer
        paid = [one for one in theirs.ok("getUpdates") if "successful_payment" in one.get("message", {})][-1]
        theirs.ok("getUpdates", offset=paid["update_id"] + 1)
        self._told.append(Told(json.dumps(paid).encode()))

    def _answer_pre_checkout(self, *, anyway: bool) -> None:
        query, offset = None, 0
        while query is None:
            for update in self.telegram.ok("getUpdates", timeout=10, offset=offset):
                offset, query = update["update_id"] + 1, update.get("pre_checkout_query", query)
        said = pre_checkout_answer(query) | ({"ok": True} if anyway else {})
        self.telegram.ok(**{name: value for name, value in said.items() if not (anyway and name == "error_message")})

    def notice(self) -> Told:
        return self._told.pop(0)

    def tells(self, told: Told, path: str = "") -> int:
        """Under a number of its own each time: an update that comes twice does not get beyond the inbox."""
        self._bot = self._bot or Bot()
        self._bot.takes({**json.loads(told.body), "update_id": next(_numbers)})
        assert self._bot.answers() == 1
        return 200

    def hears(self, told: Told) -> Any:
        message = json.loads(told.body)["message"]
        payment = message["successful_payment"]
        return topups.paid(
            payment["invoice_payload"], external_id=payment["telegram_payment_charge_id"], currency=payment["currency"],
            minor_amount=payment["total_amount"], cid=cid.new(), telegram_id=message["from"]["id"],
        )  # fmt: skip

    def says(self, minor_amount: int, currency: str = "") -> None:
        self._stars = minor_amount

    def went_back(self, topup: TopUp) -> list[Any]:
        listed = self.telegram.ok("getStarTransactions", limit=100)["transactions"]
        return [one["amount"] for one in listed if one["id"] == topup.external_id and "receiver" in one]

    def gives_back(self, topup: TopUp, minor_amount: int) -> None:
        who = {"user_id": topup.customer.telegram_id, "telegram_payment_charge_id": topup.external_id}
        self.telegram.ok("refundStarPayment", **who)
