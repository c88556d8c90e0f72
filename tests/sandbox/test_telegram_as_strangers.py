"""The local Telegram and one that was written from public documentation alone answer the same calls with the same code and words."""

import json

import pytest
import requests

from tests.e2e.strangers.telegram import Telegram as Stranger
from tests.e2e.strangers.visitor import Visitor
from tests.sandbox.telegram_side import Telegram


def keys(**button: str) -> str:
    return json.dumps({"inline_keyboard": [[button]]})


def bill(**other: str) -> dict[str, str]:
    usual = {"title": "50 ₽", "description": "Баланс", "payload": "p", "currency": "XTR"}
    return {"chat_id": "me", **usual, "prices": json.dumps([{"label": "Stars", "amount": 80}])} | other


def html(text: str) -> dict[str, str]:
    return {"chat_id": "me", "text": text, "parse_mode": "HTML"}


CALLS: list[tuple[str, dict[str, str]]] = [
    ("noSuchMethod", {}),
    ("sendMessage", {"text": "nobody's"}),
    ("sendMessage", {"chat_id": "99", "text": "a stranger's"}),
    ("sendMessage", {"chat_id": "me", "text": " \n"}),
    ("sendMessage", {"chat_id": "me", "text": "я" * 4096}),
    ("sendMessage", {"chat_id": "me", "text": "я" * 4097}),
    ("sendMessage", html("<b>&lt; &#39; &nbsp;</b> <a href='https://e.org/?a=1&amp;b=2'>l</a>")),
    *[
        ("sendMessage", html(bad))
        for bad in ("<b>x", "<b>x</i>", "x</b>", "a < b", "<div>x</div>", "<b x", "<span>x</span>")
    ],
    ("sendMessage", {"chat_id": "me", "text": "k", "reply_markup": keys(text="a", callback_data="я" * 33)}),
    ("sendMessage", {"chat_id": "me", "text": "k", "reply_markup": keys(text="a")}),
    ("sendMessage", {"chat_id": "me", "text": "k", "reply_markup": "{"}),
    ("editMessageText", {"chat_id": "me", "text": "of nothing"}),
    ("editMessageText", {"chat_id": "me", "message_id": "999999", "text": "of none"}),
    ("answerCallbackQuery", {"callback_query_id": "77"}),
    ("answerPreCheckoutQuery", {"pre_checkout_query_id": "77", "ok": "true"}),
    ("sendInvoice", bill()),
    ("sendInvoice", bill(payload="p" * 129)),
    ("sendInvoice", bill(prices=json.dumps([{"label": "a", "amount": 1}] * 2))),
    ("sendInvoice", bill(prices=json.dumps([{"label": "a", "amount": 0}]))),
    ("sendPhoto", {"chat_id": "me", "photo": "http://127.0.0.1:9/unreachable.png"}),
    ("getFile", {"file_id": "nonsense"}),
    ("setMyCommands", {"commands": json.dumps([{"command": "start", "description": "x"}])}),
    ("setMyCommands", {"commands": json.dumps([{"command": "Start", "description": "x"}])}),
    ("setMyCommands", {"commands": json.dumps([{"command": "start", "description": ""}])}),
    ("setMyCommands", {"commands": "[]", "language_code": "rus"}),
    ("setWebhook", {"url": "ftp://e.org"}),
    ("setWebhook", {"url": "https://e.org/x", "secret_token": "a b"}),
]


@pytest.mark.parametrize(("method", "params"), CALLS, ids=[f"{n}-{method}" for n, (method, _) in enumerate(CALLS)])
def test_both_say_the_same(telegram: Telegram, method: str, params: dict[str, str]) -> None:
    with Stranger(telegram.token).serving() as stranger:
        theirs = _said(stranger.origin, telegram.token, method, params, Visitor(stranger).id)
    ours = _said(telegram.origin, telegram.token, method, params, telegram.user)

    assert ours == theirs


def _said(origin: str, token: str, method: str, params: dict[str, str], me: int) -> tuple[int, str]:
    sent = {name: str(me) if value == "me" else value for name, value in params.items()}
    answer = requests.post(f"{origin}/bot{token}/{method}", data=sent, timeout=30)
    return answer.status_code, answer.json().get("description", "")
