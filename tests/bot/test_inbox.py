"""The inbox: 200 only after the commit, each update once, strangers learn nothing, nothing genuine is ever lost."""

import json

import pytest
from django.conf import settings
from django.db import connection, transaction

from bot import inbox
from bot.models import Update
from reliability import cid

pytestmark = pytest.mark.django_db

GENUINE = {"content-type": "application/json", "x-telegram-bot-api-secret-token": settings.WEBHOOK_SECRET_TOKEN}


def message(update_id=1, text="/start", chat=7):
    person = {"id": chat, "is_bot": False, "first_name": "Анна"}
    return {
        "update_id": update_id,
        "message": {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}, "from": person, "text": text},
    }


def post(update, *, path=settings.WEBHOOK_SECRET_PATH, headers=GENUINE):
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return inbox.accept(path, headers, body)


def test_an_update_is_stored_as_it_came_with_a_correlation_id_of_its_own():
    body = json.dumps(message()).encode()

    assert post(body).status == 200

    update = Update.objects.get()
    assert (bytes(update.raw), update.kind, update.chat_key, update.state) == (body, "message", 7, "new")
    assert len(update.cid) == cid.LENGTH


def test_a_redelivery_is_answered_200_and_stored_once():
    assert [post(message()).status for _ in range(3)] == [200, 200, 200]
    assert Update.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"path": "guess"}, 404),
        ({"headers": GENUINE | {"x-telegram-bot-api-secret-token": "guess"}}, 404),
        ({"headers": {"content-type": "application/json"}}, 404),
        ({"headers": GENUINE | {"content-type": "text/plain"}}, 415),
    ],
)
def test_strangers_change_nothing(change, status):
    assert post(message(), **change).status == status
    assert not Update.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"not json", 400), (b"[]", 400), (b"{}", 400), (b'{"update_id": true}', 400), (b"x" * 1_000_001, 413)],
)
def test_what_is_no_update_is_refused(body, status):
    assert post(body).status == status


@pytest.mark.parametrize(
    "body",
    [
        b'{"update_id": 5, "message": {"text": "\xff"}}',  # not UTF-8
        b'{"update_id": 5, "message": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",  # too deep to parse
        b'{"update_id": 5, "message": NaN}',
        b'{"update_id": 5, "message": 1}',
        b'{"update_id": 5, "half": {"a"',
        b'{"update_id": 5}',
    ],
)
def test_what_telegram_sent_and_nobody_can_read_is_stored_dead_and_never_comes_again(body):
    assert post(body).status == 200
    assert Update.objects.values_list("state", "reason").get() == ("dead", "UNREADABLE")


def test_nul_and_lone_surrogates_are_stored():
    assert post(message(text="a\x00b\ud800")).status == 200
    assert Update.objects.get().state == "new"


def test_a_full_inbox_says_503_so_that_telegram_keeps_the_update(settings):
    settings.INBOX_CAPACITY = 2
    inbox.backlog._looked_at = 0.0
    post(message(1)), post(message(2))
    inbox.backlog._looked_at = 0.0

    answer = post(message(3))
    inbox.backlog._looked_at = 0.0

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert Update.objects.count() == 2
    settings.INBOX_CAPACITY = 10
    assert post(message(3)).status == 200


def test_a_tap_is_filed_under_its_chat_and_a_stranger_kind_under_its_person():
    tap = {
        "update_id": 1,
        "callback_query": {"id": "9", "from": {"id": 3}, "data": "menu", "message": message(chat=3)["message"]},
    }
    asked = {"update_id": 2, "inline_query": {"id": "9", "from": {"id": 4}, "query": ""}}
    post(tap), post(asked)

    assert list(Update.objects.order_by("seq").values_list("kind", "chat_key")) == [
        ("callback_query", 3),
        ("inline_query", 4),
    ]


@pytest.mark.django_db(transaction=True)
def test_200_means_committed():
    post(message())
    connection.close()  # what was not committed is gone with its connection
    assert Update.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_database_it_says_503_and_afterwards_200():
    with transaction.atomic(), connection.cursor() as cursor:  # the server cuts this very connection
        cursor.execute("SELECT pg_backend_pid()")
    connection.settings_dict["NAME"], right = "no_such_database", connection.settings_dict["NAME"]
    connection.close()
    try:
        answer = post(message())
    finally:
        connection.settings_dict["NAME"] = right

    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert post(message()).status == 200


def test_a_pre_checkout_is_answered_in_the_reply_itself_and_an_unknown_offer_is_refused():
    query = {
        "id": "q1",
        "from": {"id": 7, "language_code": "ru"},
        "currency": "XTR",
        "total_amount": 80,
        "invoice_payload": "no such offer",
    }

    answer = post({"update_id": 9, "pre_checkout_query": query})

    call = json.loads(answer.body)
    assert (call["method"], call["pre_checkout_query_id"], call["ok"]) == ("answerPreCheckoutQuery", "q1", False)
    assert call["error_message"]
    assert Update.objects.get().state == "done"
