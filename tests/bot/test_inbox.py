"""The inbox by each of its doors: 200 only after the commit, each update once, strangers learn nothing, nothing genuine is lost."""

import json
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection

from bot import backlog, inbox, incoming
from bot.models import Update
from reliability import cid
from tests.bot.doors import GENUINE, SECRET, TYPE, LaneServer, Reply, counts, through_accept, through_endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def lane() -> Iterator[LaneServer]:
    with LaneServer().running() as server:
        yield server


by_lane = pytest.param("lane", marks=pytest.mark.django_db(transaction=True))  # it commits on a connection of its own


@pytest.fixture(params=["accept", "endpoint", by_lane])
def post(request, monkeypatch) -> Callable[..., Reply]:
    """Deliver an update, genuine unless told otherwise."""
    doors = {"accept": through_accept, "endpoint": through_endpoint}
    door = doors.get(request.param) or request.getfixturevalue("lane").post
    monkeypatch.setattr(inbox, "backlog", backlog.Backlog())

    def deliver(update, *, path=settings.WEBHOOK_SECRET_PATH, headers=GENUINE) -> Reply:
        return door(path, headers, update if isinstance(update, bytes) else json.dumps(update).encode())

    return deliver


def message(update_id=1, text="/start", chat=7):
    person = {"id": chat, "is_bot": False, "first_name": "Анна"}
    return {
        "update_id": update_id,
        "message": {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}, "from": person, "text": text},
    }


def test_an_update_is_stored_as_it_came_with_a_correlation_id_of_its_own(post):
    body = json.dumps(message()).encode()

    assert post(body).status == 200

    update = Update.objects.get()
    assert (bytes(update.raw), update.kind, update.chat_key, update.state) == (body, "message", 7, "new")
    assert len(update.cid) == cid.LENGTH


def test_a_redelivery_is_answered_200_and_stored_once(post):
    before = counts()

    assert [post(message()).status for _ in range(3)] == [200, 200, 200]

    assert Update.objects.count() == 1
    grown = counts() - before
    assert (grown["received"], grown["stored"], grown["duplicate"]) == (3, 1, 2)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"path": "guess"}, 404),
        ({"path": settings.WEBHOOK_SECRET_PATH + "x"}, 404),
        ({"path": settings.WEBHOOK_SECRET_PATH.upper()}, 404),
        ({"headers": GENUINE | {SECRET: "guess"}}, 404),
        ({"headers": GENUINE | {SECRET: ""}}, 404),
        ({"headers": GENUINE | {SECRET: settings.WEBHOOK_SECRET_TOKEN.upper()}}, 404),
        ({"headers": GENUINE | {SECRET: settings.WEBHOOK_SECRET_TOKEN + "\xe9"}}, 404),
        ({"headers": {TYPE: "application/json"}}, 404),
        ({"headers": GENUINE | {TYPE: "text/plain"}}, 415),
        ({"headers": GENUINE | {TYPE: "application/x-www-form-urlencoded"}}, 415),
        ({"headers": GENUINE | {TYPE: "application/jsonp"}}, 415),
        ({"headers": GENUINE | {TYPE: "application/json; charset=utf-16"}}, 415),
        ({"headers": {SECRET: settings.WEBHOOK_SECRET_TOKEN}}, 415),
    ],
)
def test_strangers_change_nothing_and_are_counted(post, change, status):
    before = counts()

    assert post(message(), **change).status == status

    assert not Update.objects.exists()
    assert counts() - before == {"received": 1, "strangers": 1}


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "Application/JSON; charset=UTF-8", SECRET.title(): settings.WEBHOOK_SECRET_TOKEN},
        {"CONTENT-TYPE": 'application/json;charset="utf-8"', SECRET.upper(): settings.WEBHOOK_SECRET_TOKEN},
    ],
)
def test_headers_are_read_in_any_case(post, headers):
    assert post(message(), headers=headers).status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b"null", 400),
        (b'{"update_id": true}', 400),
        (b'{"update_id": -1}', 400),
        (b'{"update_id": "5"}', 400),
        (b'{"update_id": 1e400000}', 400),
        (b"[" * 20_000, 400),
        (b"x" * 1_000_001, 413),
    ],
)
def test_what_is_no_update_is_refused(post, body, status):
    assert post(body).status == status
    assert not Update.objects.exists()


def test_an_update_of_the_largest_size_is_stored(post):
    body = json.dumps(message()).encode()
    assert post(body + b" " * (inbox.MAX_BYTES - len(body))).status == 200
    assert len(bytes(Update.objects.get().raw)) == inbox.MAX_BYTES


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"update_id": 5, "message": {"text": "\xff"}}', "no UTF-8, from byte 38"),  # not UTF-8
        (b'{"update_id": 5, "message": {"text": "a\x00b"}}', "Invalid control character"),
        (b'{"update_id": 5, "message": {"text": "a\\u0000b"}}', "NUL"),
        (b'{"update_id": 5, "message": {"text": "a\\\\\\u0000b"}}', "NUL"),
        (b'{"update_id": 5, "message": {"text": "a\\ud800b"}}', "surrogate"),
        (b'{"update_id": 5, "message": {"text": "\\uDE00\\uD83D"}}', "surrogate"),  # a pair the wrong way round
        (b'{"update_id": 5, "message": {"\\ud800": 1}}', "surrogate"),
        (b'{"update_id": 5, "message": {"chat": {"id": 1e400000}}}', "number without end"),
        (b'{"update_id": 5, "message": {"chat": {"id": ' + b"9" * 5000 + b"}}}", "number that no column"),
        (b'{"update_id": 5, "message": {"chat": {"id": ' + b"9" * 25 + b"}}}", "number that no column"),
        (b'{"update_id": 5, "message": {"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}}", "nested too deep"),
        (b'{"update_id": 5, "message": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001, "nested too deep"),
        (b'{"update_id": 5, "message": NaN}', "NaN"),
        (b'{"update_id": 5, "message": -Infinity}', "-Infinity"),
        (b'{"update_id": 5, "message": 1}', "beside its update_id"),
        (b'{"update_id": 5, "half": {"a"', "no JSON"),
        (b'{"update_id": 5, "' + b"k" * 33 + b'": {}}', "beside its update_id"),
        (b'{"update_id": 5}', "beside its update_id"),
    ],
)
def test_what_telegram_sent_and_nobody_can_read_is_stored_dead_with_the_reason_and_never_comes_again(post, body, why):
    assert [post(body).status for _ in range(2)] == [200, 200]

    update = Update.objects.get()
    assert (update.update_id, update.state, update.reason, bytes(update.raw)) == (5, "dead", "UNREADABLE", body)
    assert why in update.error


@pytest.mark.parametrize("text", ["😀 и кот", "six characters: \\u0000", "\\ud800", "\\\\u0000", "1e400000"])
def test_what_a_person_may_well_write_is_read(post, text):
    assert post(message(text=text)).status == 200
    assert Update.objects.get().state == "new"


def test_a_full_inbox_says_503_so_that_telegram_keeps_the_update(post, settings):
    settings.INBOX_CAPACITY = 2
    post(message(1)), post(message(2))
    inbox.backlog._looked_at = 0.0
    before = counts()

    refused = post(message(3))

    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert (counts() - before)["refused"] == 1
    assert Update.objects.count() == 2
    settings.INBOX_CAPACITY = 10
    inbox.backlog._looked_at = 0.0
    assert post(message(3)).status == 200


def test_a_pre_checkout_is_answered_also_when_the_inbox_is_full(post, settings):
    """It waits for nobody, and Telegram gives up the payment after ten seconds."""
    settings.INBOX_CAPACITY = 1
    post(message(1))
    inbox.backlog._looked_at = 0.0
    checkout = {"id": "q1", "from": {"id": 7}, "currency": "XTR", "total_amount": 80, "invoice_payload": "none"}

    answers = inbox.keep(
        [incoming.read(json.dumps(one).encode()) for one in (message(2), {"update_id": 3, "pre_checkout_query": checkout}, message(4))]
    )  # fmt: skip

    assert [answer.status for answer in answers] == [503, 200, 503]
    assert json.loads(answers[1].body)["pre_checkout_query_id"] == "q1"
    assert sorted(Update.objects.values_list("update_id", flat=True)) == [1, 3]


def test_a_repeat_of_what_is_stored_is_answered_200_also_when_the_inbox_is_full(post, settings):
    settings.INBOX_CAPACITY = 2
    post(message(1)), post(message(2))
    inbox.backlog._looked_at = 0.0
    before = counts()

    assert [post(message(number)).status for number in (2, 3, 1)] == [200, 503, 200]

    grown = counts() - before
    assert (grown["duplicate"], grown["refused"], grown["stored"]) == (2, 1, 0)
    assert Update.objects.count() == 2


def test_what_nobody_can_read_is_stored_dead_also_when_the_inbox_is_full(post, settings):
    settings.INBOX_CAPACITY = 1
    post(message(1))
    inbox.backlog._looked_at = 0.0

    assert [post(update).status for update in ({"update_id": 2}, message(3))] == [200, 503]

    assert list(Update.objects.order_by("update_id").values_list("update_id", "state")) == [(1, "new"), (2, "dead")]


def test_what_came_since_the_last_look_counts_so_that_a_burst_never_goes_over_the_bound(post, settings, monkeypatch):
    settings.INBOX_CAPACITY = 3
    monkeypatch.setattr(backlog, "LOOK_EVERY_S", 3600.0)

    assert [post(message(number)).status for number in (1, 2, 2, 3, 4, 5)] == [200, 200, 200, 200, 503, 503]

    assert Update.objects.count() == 3


def test_what_waits_for_nobody_takes_no_place(post, settings, monkeypatch):
    settings.INBOX_CAPACITY = 2
    monkeypatch.setattr(backlog, "LOOK_EVERY_S", 3600.0)
    checkout = {
        "id": "q1",
        "from": {"id": 7},
        "currency": "XTR",
        "total_amount": 80,
        "invoice_payload": "no such offer",
    }
    given = [{"update_id": 1}, {"update_id": 2, "pre_checkout_query": checkout}, message(3), message(4), message(5)]
    assert [post(update).status for update in given] == [200, 200, 200, 200, 503]


def test_what_is_stored_dead_is_counted_as_dead_once(post):
    before = counts()
    post({"update_id": 5}), post({"update_id": 5}), post(message(6))
    grown = counts() - before
    assert (grown["dead"], grown["stored"]) == (1, 2)


def test_a_tap_is_filed_under_its_chat_and_a_stranger_kind_under_its_person(post):
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
def test_200_means_committed(post):
    post(message())
    connection.close()  # what was not committed is gone with its connection
    assert Update.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_has_cut_costs_no_update(post):
    assert post(message(1)).status == 200
    with connection.get_new_connection(connection.get_connection_params()) as other:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        ours = " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"  # no vacuum of the server's own
        assert other.execute(cut + ours).rowcount > 0

    assert post(message(2)).status == 200
    connection.close()
    assert Update.objects.count() == 2


def test_a_pre_checkout_is_answered_in_the_reply_itself_and_an_unknown_offer_is_refused(post):
    query = {
        "id": "q1",
        "from": {"id": 7, "language_code": "ru"},
        "currency": "XTR",
        "total_amount": 80,
        "invoice_payload": "no such offer",
    }

    for _ in range(2):  # a repeat is answered too: Telegram may not have heard the first
        answer = post({"update_id": 9, "pre_checkout_query": query})

        call = json.loads(answer.body)
        assert answer.headers["content-type"] == "application/json"
        assert (call["method"], call["pre_checkout_query_id"], call["ok"]) == ("answerPreCheckoutQuery", "q1", False)
        assert call["error_message"]
    assert Update.objects.get().state == "done"


@pytest.mark.parametrize("query", [{}, {"id": 1, "from": 5}, {"invoice_payload": ["a"], "total_amount": "80"}])
def test_a_pre_checkout_of_any_shape_is_answered(post, query):
    answer = post({"update_id": 9, "pre_checkout_query": query})
    assert (answer.status, json.loads(answer.body)["ok"]) == (200, False)
