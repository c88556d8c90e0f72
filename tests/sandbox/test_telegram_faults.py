"""Faults as data: each does what its name says, as often as it was asked to, and no more."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.telegram_side import Telegram


def test_429_carries_the_seconds(telegram: Telegram) -> None:
    telegram.fault("sendMessage", "429", retry_after=7)
    answer = telegram.call("sendMessage", chat_id=telegram.user, text="a")
    assert answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    assert telegram.say()["text"] == "Привет"


def test_after_and_times_count_calls_of_the_method(telegram: Telegram) -> None:
    telegram.fault("sendMessage", "500", after=1, times=2)
    codes = []
    for _ in range(4):
        telegram.ok("getMe")
        codes.append(telegram.call("sendMessage", chat_id=telegram.user, text="a").get("error_code", 200))
    assert codes == [200, 500, 500, 200]


@pytest.mark.parametrize(("fault", "done"), [("answer_lost", 1), ("refused", 0)])
def test_a_dropped_connection_before_or_after_the_work(telegram: Telegram, fault: str, done: int) -> None:
    before = len(telegram.chat()["messages"])
    telegram.fault("sendMessage", fault)
    with pytest.raises(requests.ConnectionError):
        telegram.say()
    assert len(telegram.chat()["messages"]) == before + done


def test_timeout_is_silence_and_no_work(telegram: Telegram) -> None:
    before = len(telegram.chat()["messages"])
    telegram.fault("*", "timeout")
    url = f"{telegram.origin}/bot{telegram.token}/sendMessage"
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, json={"chat_id": telegram.user, "text": "a"}, timeout=0.3)
    assert len(telegram.chat()["messages"]) == before


def test_502_is_a_gateways_page(telegram: Telegram) -> None:
    telegram.fault("getMe", "502")
    answer = requests.get(f"{telegram.origin}/bot{telegram.token}/getMe", timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")


def test_telegrams_own_refusals(telegram: Telegram) -> None:
    telegram.fault("*", "not_modified")
    telegram.fault("sendMessage", "blocked")
    telegram.fault("sendPhoto", "url_rejected")
    assert telegram.refusal("sendMessage", chat_id=telegram.user, text="a") == "Forbidden: bot was blocked by the user"
    sent = telegram.say()
    words = telegram.refusal("editMessageText", chat_id=telegram.user, message_id=sent["message_id"], text="new")
    assert words.startswith("Bad Request: message is not modified")
    by_id = telegram.refusal("sendPhoto", chat_id=telegram.user, photo="AgACnothing")  # no URL: the fault waits
    by_url = telegram.refusal("sendPhoto", chat_id=telegram.user, photo="http://127.0.0.1:9/a.png")
    assert by_id == by_url == "Bad Request: wrong file identifier/HTTP URL specified"
    assert telegram.get("faults")["faults"] == []


@pytest.mark.parametrize(
    ("method", "fault", "words"),
    [
        ("sendMesage", "500", "There is no method 'sendMesage'. Known: *,"),
        ("sendMessage", "501", "There is no fault '501'. Known: 429"),
        ("sendMessage", "duplicate", "use the method 'webhook'"),
        ("webhook", "500", "Known for webhook: duplicate"),
    ],
)
def test_a_fault_that_could_never_strike_is_refused(telegram: Telegram, method: str, fault: str, words: str) -> None:
    answer = telegram.post("faults", {"method": method, "fault": fault})
    assert answer["ok"] is False
    assert words in answer["error"]


def test_the_journal_keeps_calls_with_answers_and_of_files_only_their_size(telegram: Telegram) -> None:
    last = max((call["id"] for call in telegram.get("journal")["calls"]), default=0)
    telegram.say("для журнала")
    telegram.refusal("sendPhoto", {"photo": ("a.png", b"12345")}, chat_id=telegram.user)
    text, photo = telegram.get("journal", after=last)["calls"]
    assert (text["method"], text["params"]["text"], text["answer"]["result"]["text"]) == (
        "sendMessage",
        "для журнала",
        "для журнала",
    )
    assert (photo["params"]["photo"], photo["answer"]["error_code"]) == ("<a.png, 5 bytes>", 400)
