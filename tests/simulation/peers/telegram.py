"""A simulated Telegram: chats with what it accepted, updates it owes us, and stars that were really paid."""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings

from bot.inbox import Answer
from reliability import cid
from tests.simulation.actors import Web, webhook
from tests.simulation.peers import wire

if TYPE_CHECKING:
    from tests.simulation.world import World

REFUSALS = {"telegram_5xx": (502, "Bad Gateway"), "telegram_blocked": (403, "Forbidden: bot was blocked by the user")}


@dataclass
class Sent:
    """A message or an edit that Telegram accepted, and in which story of ours it was said."""

    chat: int
    message_id: int
    text: str
    cid: str
    new: bool  # a message, not an edit
    excused: bool = False  # its acceptance may be unknown to us: a process died, an answer was lost


@dataclass
class Owed:
    """An update, until we have answered 200."""

    update: dict[str, Any]
    lane: tuple[int, str]
    due: datetime
    tries: int = 0
    in_flight: bool = False


@dataclass
class Message:
    """As the person sees it."""

    id: int
    text: str = ""
    buttons: list[str] = field(default_factory=list)
    invoice: dict[str, Any] | None = None
    paid: bool = False


class Telegram:
    """Both sides of it: `calls` is what our gateway reaches, the rest is what people do and what comes of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chats: dict[int, list[Message]] = {}
        self.sent: list[Sent] = []
        self.said: Counter[int] = Counter()  # messages and edits, by chat
        self.owed: dict[tuple[int, str], deque[Owed]] = {}  # in order within a chat and kind, as Telegram does it
        self.again: list[Owed] = []  # acknowledged, and coming again
        self.acknowledged: dict[int, dict[str, Any]] = {}  # update_id → update: we have said 200
        self.charges: dict[str, tuple[int, int]] = {}  # charge id → (person, stars): money that has moved
        self.moved: list[dict[str, Any]] = []  # the list of transactions
        self.returned: set[str] = set()
        self.blocked_until: dict[int, datetime] = {}
        self.ever_blocked: set[int] = set()
        self.unanswered_checkouts: list[str] = []  # acknowledged, and the ten seconds will pass without an answer
        self._update_ids = iter(range(7_000_001, 8_000_000))

    # What our gateway calls.

    def calls(self, method: str, params: dict[str, Any]) -> wire.Reply:
        return self.world.request("telegram", method, partial(self._answer, method, params))

    def _answer(self, method: str, params: dict[str, Any]) -> wire.Reply:
        chat = int(params.get("chat_id") or 0)
        if method == "getMe":
            return self._me()
        if method == "answerCallbackQuery":
            return 200, {"ok": True, "result": True}
        if method == "getFile":
            file_id = params["file_id"]
            return 200, {"ok": True, "result": {"file_id": file_id, "file_unique_id": "f", "file_path": file_id}}
        if method in {"getStarTransactions", "refundStarPayment"}:
            return self._stars(method, params)
        if method == "editMessageReplyMarkup":  # says nothing, and is never repeated
            message = self.message(chat, int(params["message_id"]))
            message.buttons = _buttons(params)
            return 200, {"ok": True, "result": _as_json(chat, message.id) | {"text": message.text}}
        fault = self._fault(chat)
        if fault == "telegram_lost":
            raise wire.silence()
        if fault == "telegram_429":
            words = {"error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3}}
            return 429, {"ok": False, **words}
        if fault in REFUSALS:
            status, why = REFUSALS[fault]
            return status, {"ok": False, "error_code": status, "description": why}
        result = self._edit(chat, params) if method == "editMessageText" else self._send(chat, method, params)
        if fault == "telegram_answer_lost":
            self.sent[-1].excused = True
            raise wire.silence()
        return result

    def _me(self) -> wire.Reply:
        if self.world.faults.one_of("telegram_lost", "telegram_answer_lost"):
            raise wire.silence()
        return 200, {"ok": True, "result": {"id": 4242, "is_bot": True, "first_name": "TRT", "username": "trt_bot"}}

    def _stars(self, method: str, params: dict[str, Any]) -> wire.Reply:
        fault = self.world.faults.one_of("telegram_lost", "telegram_answer_lost")
        if fault == "telegram_lost":
            raise wire.silence()
        if method == "refundStarPayment":
            charge = params["telegram_payment_charge_id"]
            if charge in self.returned:
                why = "Bad Request: CHARGE_ALREADY_REFUNDED"
                return 400, {"ok": False, "error_code": 400, "description": why}
            self.returns(charge)
            result: Any = True
        else:
            first = int(params.get("offset") or 0)
            result = {"transactions": self.moved[first : first + int(params.get("limit") or 100)]}
        if fault == "telegram_answer_lost":
            raise wire.silence()
        return 200, {"ok": True, "result": result}

    def returns(self, charge: str) -> None:
        """A payment goes back, by our word or by Telegram's own: the message about it is owed to us."""
        if charge in self.returned:
            return
        who, stars = self.charges[charge]
        self.returned.add(charge)
        self._moves(charge, who, stars, "receiver")
        self.world.tell("telegram", f"{charge} goes back to {who}")
        told = {"currency": "XTR", "total_amount": stars, "invoice_payload": "", "telegram_payment_charge_id": charge}
        chat = {"id": who, "type": "private", "first_name": "Анна"}
        ours = {"id": 4242, "is_bot": True, "first_name": "TRT", "username": "trt_bot"}  # it is the bot's own message
        self.happens(
            who, "message", {"message_id": 200_000, "date": 0, "chat": chat, "from": ours, "refunded_payment": told}
        )

    def _moves(self, charge: str, who: int, stars: int, side: str) -> None:
        user = {"type": "user", "user": {"id": who, "is_bot": False, "first_name": "Анна"}}
        self.moved.append({"id": charge, "amount": stars, "date": int(self.world.now.timestamp()), side: user})

    def _fault(self, chat: int) -> str:
        if self.world.now < self.blocked_until.get(chat, self.world.now):
            return "telegram_blocked"
        kinds = ("telegram_lost", "telegram_answer_lost", "telegram_5xx", "telegram_429", "telegram_blocked")
        fault = self.world.faults.one_of(*kinds)
        if fault == "telegram_blocked":
            self.ever_blocked.add(chat)
            self.blocked_until[chat] = self.world.now + timedelta(seconds=30)
        if fault:
            self.world.tell("telegram", f"{fault.removeprefix('telegram_')} for {chat}")
        return fault

    def _send(self, chat: int, method: str, params: dict[str, Any]) -> wire.Reply:
        messages = self.chats[chat]
        invoice = (
            {"payload": params["payload"], "stars": json.loads(params["prices"])[0]["amount"]}
            if method == "sendInvoice"
            else None
        )
        message = Message(
            len(messages) + 1, str(params.get("text") or params.get("caption") or ""), _buttons(params), invoice
        )
        messages.append(message)
        self._accept(chat, message, params, new=True)
        carried = (
            {"photo": [{"file_id": "AgAC", "file_unique_id": "A", "width": 1, "height": 1}]}
            if method == "sendPhoto"
            else {"text": message.text}
        )
        return 200, {"ok": True, "result": _as_json(chat, message.id) | carried}

    def _edit(self, chat: int, params: dict[str, Any]) -> wire.Reply:
        message = self.message(chat, int(params["message_id"]))
        if (message.text, message.buttons) == (params["text"], _buttons(params)):
            why = "Bad Request: message is not modified"
            self._accept(chat, message, params, new=False)
            return 400, {"ok": False, "error_code": 400, "description": why}
        message.text, message.buttons = params["text"], _buttons(params)
        self._accept(chat, message, params, new=False)
        return 200, {"ok": True, "result": _as_json(chat, message.id) | {"text": message.text}}

    def _accept(self, chat: int, message: Message, params: dict[str, Any], *, new: bool) -> None:
        sent = Sent(chat, message.id, message.text, cid.current(), new)
        self.sent.append(sent)
        self.said[chat] += 1
        self.world.sends(sent)
        word = "message" if new else "edit"
        self.world.tell("telegram", f"{word} {chat}/{message.id}: {message.text[:48]!r}")

    # Files.

    def keeps(self, content: str) -> dict[str, Any]:
        """A PDF of a person's, as a message tells of it; the same content is the same file, whoever sends it."""
        name = f"file-{content}"
        return {"file_id": name, "file_unique_id": name, "file_name": "receipt.pdf", "mime_type": "application/pdf"}

    def file(self, url: str) -> wire.Reply:
        """What our gateway downloads."""
        return self.world.request("telegram", "file", partial(self._file, url.rpartition("/")[2]))

    def _file(self, name: str) -> wire.Reply:
        if self.world.faults.strikes("telegram_lost"):
            raise wire.silence()
        return 200, b"%PDF-1.4\n" + name.encode() + b"\n%%EOF\n"

    def message(self, chat: int, message_id: int) -> Message:
        return self.chats[chat][message_id - 1]

    # What people do.

    def happens(self, person: int, kind: str, content: dict[str, Any]) -> None:
        """Something that we are owed an update of."""
        update = {"update_id": next(self._update_ids), kind: content}
        lane = (person, kind)
        self.owed.setdefault(lane, deque()).append(Owed(update, lane, self.world.now))

    def pays(self, person: int, invoice: dict[str, Any], update_content: dict[str, Any]) -> None:
        """The person has the price taken: the message about it is owed to us, and sometimes comes in two."""
        charge = f"charge-{len(self.charges) + 1}"
        self.charges[charge] = (person, invoice["stars"])
        self._moves(charge, person, invoice["stars"], "source")
        told = {
            "currency": "XTR",
            "total_amount": invoice["stars"],
            "invoice_payload": invoice["payload"],
            "telegram_payment_charge_id": charge,
            "provider_payment_charge_id": charge,
        }
        self.world.tell("telegram", f"{person} paid {invoice['stars']} stars: {charge}")
        for _ in range(2 if self.world.faults.strikes("payment_told_twice") else 1):
            self.happens(person, "message", update_content | {"successful_payment": told})

    # Deliveries to us.

    def moves(self) -> list[Any]:
        """Deliveries that could be made now."""
        now = self.world.now
        heads = [lane[0] for lane in self.owed.values() if lane]
        return [partial(self._deliver, one) for one in heads + self.again if not one.in_flight and one.due <= now]

    def next_due(self) -> list[datetime]:
        return [lane[0].due for lane in self.owed.values() if lane] + [one.due for one in self.again]

    def _deliver(self, owed: Owed) -> None:
        web: Web | None = self.world.a_web()
        if web is None:
            self._put_back(owed, retry_after_s=1)
            return
        owed.in_flight = True
        headers = {
            "content-type": "application/json",
            "x-telegram-bot-api-secret-token": settings.WEBHOOK_SECRET_TOKEN,
        }
        request = partial(webhook, settings.WEBHOOK_SECRET_PATH, headers, json.dumps(owed.update).encode())
        kind = owed.lane[1]
        self.world.tell("telegram", f"delivers {owed.update['update_id']} ({kind}) to {web.name}")
        web.takes("update", request, answered=partial(self._answered, owed), broken=partial(self._put_back, owed))

    def _answered(self, owed: Owed, answer: Answer) -> None:
        if answer.status != 200 or self.world.faults.strikes("webhook_answer_lost"):
            self._put_back(owed, retry_after_s=answer.retry_after_s)
            return
        owed.in_flight = False
        if owed in self.again:
            self.again.remove(owed)
            return
        self.owed[owed.lane].popleft()
        self.acknowledged[owed.update["update_id"]] = owed.update
        if owed.lane[1] == "callback_query" or "text" in owed.update.get("message", {}):
            self.world.acknowledged(owed.update["update_id"])
        if owed.lane[1] == "pre_checkout_query":
            self._checked_out(owed.update["pre_checkout_query"], json.loads(answer.body or b"{}"))
        if self.world.faults.strikes("webhook_repeated"):
            later = self.world.now + timedelta(seconds=self.world.luck.randint(0, 40))
            self.again.append(Owed(owed.update, owed.lane, later))

    def _checked_out(self, query: dict[str, Any], reply: dict[str, Any]) -> None:
        """Only what the reply itself says is sure to come within ten seconds."""
        if "ok" not in reply:
            self.unanswered_checkouts.append(query["id"])
        self.world.people.may_pay(query, reply)

    def _put_back(self, owed: Owed, retry_after_s: int = 0) -> None:
        owed.in_flight = False
        owed.tries += 1
        owed.due = self.world.now + timedelta(seconds=retry_after_s or min(60, 2**owed.tries - 1))


def _buttons(params: dict[str, Any]) -> list[str]:
    rows = json.loads(params.get("reply_markup") or "{}").get("inline_keyboard", [])
    return [key["callback_data"] for row in rows for key in row if "callback_data" in key]


def _as_json(chat: int, message_id: int) -> dict[str, Any]:
    return {"message_id": message_id, "date": 0, "chat": {"id": chat, "type": "private"}}
