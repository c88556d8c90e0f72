"""Updates by webhook and by getUpdates: order, repeats, conflicts, and the faults of delivery."""

from __future__ import annotations

import threading

import pytest
import requests

from tests.sandbox.telegram_side import SECRET, Hook, Reply, Telegram


def test_a_delivery_is_json_with_the_secret_in_its_header(telegram: Telegram, hook: Hook) -> None:
    telegram.hook_to(hook)
    telegram.writes("/start ref_42")
    got = hook.next()
    assert got.headers["x-telegram-bot-api-secret-token"] == SECRET
    assert got.headers["content-type"] == "application/json"
    assert got.text == "/start ref_42"
    assert got.update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


def test_without_a_secret_there_is_no_header(telegram: Telegram, hook: Hook) -> None:
    telegram.hook_to(hook)
    telegram.ok("setWebhook", url=hook.url)  # takes the secret away
    telegram.writes("hello")
    assert "x-telegram-bot-api-secret-token" not in hook.next().headers


def test_one_chats_messages_wait_for_each_other_while_its_taps_and_other_chats_pass(
    telegram: Telegram, hook: Hook
) -> None:
    message, answered = telegram.say("menu", "go"), threading.Event()
    other = telegram.with_person("Вера")
    telegram.hook_to(hook)
    hook.replies = [Reply(after=answered)]
    telegram.writes("first")
    assert hook.next().text == "first"
    telegram.writes("second")
    query_id = telegram.presses(message, "go")
    tap = hook.next().update["callback_query"]
    assert (tap["id"], tap["data"], tap["message"]["text"]) == (query_id, "go", "menu")
    other.writes("from another chat")
    assert hook.next().text == "from another chat"
    answered.set()
    assert hook.next().text == "second"


def test_a_refused_update_comes_again_before_the_next_one(telegram: Telegram, hook: Hook) -> None:
    hook.replies = [Reply(503), Reply(500)]
    telegram.hook_to(hook)
    telegram.writes("first")
    telegram.writes("second")
    came = [hook.next() for _ in range(4)]
    assert [one.text for one in came] == ["first", "first", "first", "second"]
    ids = [one.update["update_id"] for one in came]
    assert ids[0] == ids[1] == ids[2] < ids[3]


def test_retry_after_is_obeyed_and_the_failure_is_told(telegram: Telegram, hook: Hook) -> None:
    message = telegram.say("menu", "go")
    hook.replies = [Reply(503, {"Retry-After": "3600"})]
    telegram.hook_to(hook)
    telegram.writes("later")
    first = hook.next()
    telegram.presses(message, "go")
    assert "callback_query" in hook.next().update
    info = telegram.ok("getWebhookInfo")
    assert info["pending_update_count"] == 1
    assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
    assert hook.got.empty()
    telegram.hook_to(hook)  # a bot that comes back does not wait for the hour to pass
    assert hook.next().update["update_id"] == first.update["update_id"]


def test_the_answer_may_carry_one_method_call(telegram: Telegram, hook: Hook) -> None:
    hook.replies = [Reply(body={"method": "sendMessage", "chat_id": telegram.user, "text": "answered"})]
    telegram.hook_to(hook)
    telegram.writes("hello")
    telegram.writes("again")
    hook.next()
    hook.next()  # the next of a queue goes out after the call of the one before
    assert "answered" in [message["text"] for message in telegram.chat()["messages"]]


def test_an_answer_that_does_not_say_it_is_json_carries_no_call(telegram: Telegram, hook: Hook) -> None:
    call = {"method": "sendMessage", "chat_id": telegram.user, "text": "answered"}
    hook.replies = [Reply(body=call, headers={"Content-Type": "text/plain"})]
    telegram.hook_to(hook)
    telegram.writes("hello")
    telegram.writes("again")
    assert [hook.next().text, hook.next().text] == ["hello", "again"]
    assert "answered" not in [message["text"] for message in telegram.chat()["messages"]]


@pytest.mark.parametrize("method", ["getMe", "deleteWebhook"])
def test_the_answer_cannot_carry_calls_about_the_webhook_or_questions(
    telegram: Telegram, hook: Hook, method: str
) -> None:
    before = len(telegram.journal(method))
    hook.replies = [Reply(body={"method": method})]
    telegram.hook_to(hook)
    telegram.writes("hello")
    telegram.writes("again")
    assert [hook.next().text, hook.next().text] == ["hello", "again"]
    assert len(telegram.journal(method)) == before


def test_only_the_named_kinds_come_and_an_absent_list_keeps_the_last(telegram: Telegram, hook: Hook) -> None:
    message = telegram.say("menu", "go")
    telegram.hook_to(hook, allowed_updates=["callback_query"])
    telegram.hook_to(hook)
    telegram.writes("unheard")
    telegram.presses(message, "go")
    assert "callback_query" in hook.next().update
    assert telegram.ok("getWebhookInfo")["allowed_updates"] == ["callback_query"]


def test_a_later_webhook_takes_over_what_waits(telegram: Telegram, hook: Hook) -> None:
    telegram.ok("setWebhook", url="http://127.0.0.1:9/nobody")
    telegram.writes("kept")
    telegram.hook_to(hook)
    assert hook.next().text == "kept"


def test_pending_updates_can_be_dropped(telegram: Telegram, hook: Hook) -> None:
    telegram.writes("dropped")
    telegram.hook_to(hook, drop_pending_updates=True)
    telegram.writes("kept")
    assert hook.next().text == "kept"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": "ftp://example.org/x"}, "Bad Request: invalid webhook URL specified"),
        (
            {"url": "http://127.0.0.1:9/x", "secret_token": "кириллица"},
            "Bad Request: secret token contains unallowed characters",
        ),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(telegram: Telegram, params: dict[str, str], words: str) -> None:
    assert telegram.refusal("setWebhook", **params) == words


def test_duplicate_brings_one_update_twice(telegram: Telegram, hook: Hook) -> None:
    telegram.fault("webhook", "duplicate")
    telegram.hook_to(hook)
    telegram.writes("once")
    telegram.writes("next")
    came = [hook.next() for _ in range(3)]
    assert [one.text for one in came] == ["once", "once", "next"]
    assert came[0].update == came[1].update


def test_forged_brings_a_strangers_update_too(telegram: Telegram, hook: Hook) -> None:
    telegram.fault("webhook", "forged")
    hook.replies = [Reply(404)]
    telegram.hook_to(hook)
    telegram.writes("mine")
    forged, mine = hook.next(), hook.next()
    assert forged.headers["x-telegram-bot-api-secret-token"] != SECRET
    assert forged.update["update_id"] != mine.update["update_id"]
    assert mine.headers["x-telegram-bot-api-secret-token"] == SECRET


def test_not_delivered_never_comes_and_late_comes(telegram: Telegram, hook: Hook) -> None:
    telegram.fault("webhook", "not_delivered")
    telegram.fault("webhook", "late", seconds=0.01)
    telegram.hook_to(hook)
    for text in ("lost", "late", "in time"):
        telegram.writes(text)
    assert [hook.next().text, hook.next().text] == ["late", "in time"]


def test_polling_confirms_by_offset(telegram: Telegram) -> None:
    telegram.writes("one")
    telegram.writes("two")
    first, second = telegram.ok("getUpdates")
    assert [first["message"]["text"], second["message"]["text"]] == ["one", "two"]
    assert telegram.ok("getUpdates", offset=second["update_id"], limit=5) == [second]
    assert telegram.ok("getUpdates", offset=second["update_id"] + 1) == []


def test_a_long_poll_is_answered_by_what_happens(telegram: Telegram) -> None:
    got: list[dict] = []
    poll = threading.Thread(target=lambda: got.extend(telegram.ok("getUpdates", timeout=30)))
    poll.start()
    telegram.writes("woken")
    poll.join()
    assert [update["message"]["text"] for update in got] == ["woken"]


def test_polling_and_a_webhook_exclude_each_other(telegram: Telegram, hook: Hook) -> None:
    telegram.hook_to(hook)
    answer = telegram.call("getUpdates")
    assert (answer["error_code"], answer["description"]) == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )


def test_the_older_of_two_pollers_is_told(telegram: Telegram) -> None:
    url = f"{telegram.origin}/bot{telegram.token}/getUpdates"
    answers: list[dict] = []
    older = threading.Thread(
        target=lambda: answers.append(requests.get(url, params={"timeout": 30}, timeout=40).json())
    )
    older.start()
    while older.is_alive():  # the older one may not have arrived yet: then this one comes again
        telegram.ok("getUpdates")
        older.join(0.02)
    assert answers[0]["description"].startswith("Conflict: terminated by other getUpdates request")
