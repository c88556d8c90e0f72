"""Answering dead updates again: what it would do is shown and undone, then done and written into the audit."""

import json

import pytest
import structlog
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from bot import dispatch, inbox
from bot.models import Delivery, DeliveryState, Dialog, Update, UpdateState
from bot.rehearsal import rehearse
from bot.router import on
from kie.models import Job
from payments.models import AuditEntry, Transfer, Wallet
from reliability import clock
from tests.bot.person import Person
from tests.trt.operator_side import TELEGRAM_ID
from tests.trt.test_admin_pages import assistant, operator, page, shop  # noqa: F401 (fixtures)
from trt.console.story import story

pytestmark = pytest.mark.django_db
WHO = {"id": TELEGRAM_ID, "is_bot": False, "first_name": "Анна", "username": "anna"}
CHAT = {"id": TELEGRAM_ID, "type": "private"}


def dead(content: dict, kind: str = "message", update_id: int = 500) -> Update:
    raw = json.dumps({"update_id": update_id, kind: content}).encode()
    ended = {"state": UpdateState.DEAD, "done_at": clock.now(), "error": "RuntimeError: planted"}
    return Update.objects.create(bot_id=1, update_id=update_id, chat_key=TELEGRAM_ID, kind=kind, raw=raw, **ended)


def tap(data: str) -> Update:
    message = {"message_id": 1, "date": 1, "chat": CHAT, "text": "…"}
    return dead({"id": "1", "from": WHO, "message": message, "data": data}, "callback_query")


def wrote(text: str, **more: int) -> Update:
    return dead({"message_id": 1, "date": 1, "from": WHO, "chat": CHAT, "text": text}, **more)


def everything() -> list[list]:
    return [list(model.objects.order_by("pk").values()) for model in (Dialog, Job, Transfer, Wallet, Delivery, Update)]


def test_a_rehearsal_of_an_order_shows_the_money_and_moves_none(shop):  # noqa: F811
    one = Person(shop.customer)
    one.orders("z-image")
    update = tap(f"run:{one.dialog.pk}:{one.dialog.revision}")
    before = everything()

    found = rehearse(update)

    assert found.handler == "confirm.run"
    assert "Z-Image" in found.screen.text
    changed = {table.name: (table.inserted, table.updated) for table in found.tables}
    assert changed["переводы"] == changed["генерации"] == (1, 0)
    assert changed["диалоги"] == changed["кошельки"] == (0, 1)
    assert any(row.startswith("генерация") for row in found.rows)
    assert everything() == before


def test_rows_are_named_in_the_language_of_who_looks(shop):  # noqa: F811
    one = Person(shop.customer)
    one.orders("z-image")

    with translation.override("en"):
        found = rehearse(tap(f"run:{one.dialog.pk}:{one.dialog.revision}"))

    assert shop.customer.locale == "ru"
    assert [row for row in found.rows if row.startswith("dialog ")]
    assert not [row for row in found.rows if row.startswith("диалог ")]


def test_what_would_fail_again_says_so_and_what_nobody_waits_for_too(shop, monkeypatch):  # noqa: F811
    def boom(event):
        event.dialog.move("idle", data={"half": "done"})
        raise RuntimeError("still broken")

    monkeypatch.setitem(on.commands, "boom", boom)
    before = everything()
    failing = rehearse(wrote("/boom"))
    group = rehearse(
        dead({"message_id": 1, "date": 1, "from": WHO, "chat": {"id": -1, "type": "group"}}, update_id=501)
    )
    unreadable = Update(raw=b"{", kind="unreadable", cid="0" * 26)

    assert (failing.trouble, failing.tables) == ("RuntimeError: still broken", [])
    assert (group.handler, group.screen, group.trouble) == ("", None, "")
    assert rehearse(unreadable).trouble.startswith("JSONDecodeError")
    assert everything()[:5] == before[:5]


def test_the_page_shows_it_and_only_then_it_is_done_and_noted(operator, shop):  # noqa: F811
    update = wrote("/balance")
    address = reverse("admin:bot_update_replay", args=[update.pk])

    shown = operator.get(address).content.decode()
    assert "balance.balance" in shown
    assert "RuntimeError: planted" in shown
    assert Update.objects.get(pk=update.pk).state == UpdateState.DEAD
    assert f'href="{address}"' in operator.get(reverse("admin:bot_update_change", args=[update.pk])).content.decode()

    with structlog.testing.capture_logs() as lines, TestCase.captureOnCommitCallbacks(execute=True):
        operator.post(address, {"confirm": "1"})

    assert Update.objects.get(pk=update.pk).state == UpdateState.NEW
    (said,) = [line for line in lines if line["event"] == "update.replayed"]
    assert (said["by"], said["cid"], said["died_of"]) == ("operator", update.cid, "RuntimeError: planted")
    (told,) = [line for line in story(update.cid) if line.what.startswith("Действие оператора")]
    assert told.row == f"operator: Ответить на обновление снова · {update}"
    assert "RuntimeError: planted" in told.facts[-1]  # of which the update itself knows nothing any more
    entry = AuditEntry.objects.get(target="bot.update", object_id=update.pk)
    assert (entry.by.username, entry.act, entry.before) == ("operator", "replay", {"error": "RuntimeError: planted"})
    assert "нет неотвеченных" in operator.get(address, follow=True).content.decode()


def test_several_are_looked_at_on_one_page_and_the_living_are_left_alone(operator, shop):  # noqa: F811
    rows = [wrote("/help", update_id=501), wrote("/balance", update_id=502)]
    chosen = {"action": "replay", "_selected_action": [row.pk for row in rows] + [shop.update.pk]}

    looked = operator.post(page("bot_update"), chosen)
    assert [update for update, _ in looked.context["rehearsals"]] == rows
    assert Update.objects.filter(state=UpdateState.DEAD).count() == 2
    operator.post(page("bot_update"), chosen | {"confirm": "1"})

    assert not Update.objects.filter(state=UpdateState.DEAD).exists()
    assert AuditEntry.objects.filter(act="replay").count() == 2


def test_what_nobody_can_read_is_not_offered_and_the_page_says_why(operator, shop):  # noqa: F811
    inbox.store(b'{"update_id": 501, "message": {"text": "a\\u0000b"}}')
    unreadable, readable = Update.objects.get(kind="unreadable"), wrote("/help", update_id=502)
    own = operator.get(reverse("admin:bot_update_change", args=[unreadable.pk])).content.decode()
    address = reverse("admin:bot_update_replay", args=[unreadable.pk])
    assert "it has a NUL character" in own
    assert address not in own

    for answer in (operator.get(address, follow=True), operator.post(address, {"confirm": "1"}, follow=True)):
        assert "ни сейчас, ни потом: it has a NUL character" in answer.content.decode()
    both = {"action": "replay", "_selected_action": [unreadable.pk, readable.pk]}
    looked = operator.post(page("bot_update"), both)
    assert [update for update, _ in looked.context["rehearsals"]] == [readable]
    assert not dispatch.replay(unreadable.pk, by="operator")
    assert Update.objects.get(pk=unreadable.pk).state == UpdateState.DEAD


def test_looking_needs_the_right_to_do_it(assistant, shop):  # noqa: F811
    update = wrote("/balance")

    assert assistant("view_update").get(reverse("admin:bot_update_replay", args=[update.pk])).status_code == 403


def test_a_delivery_is_sent_again_once_and_written_down_in_its_story(operator, shop):  # noqa: F811
    Delivery.objects.filter(pk=shop.result.pk).update(state=DeliveryState.DEAD, error="403: blocked")
    for _ in range(2):
        operator.post(page("bot_delivery"), {"action": "resend", "_selected_action": [shop.result.pk]})

    assert Delivery.objects.get(pk=shop.result.pk).state == DeliveryState.PENDING
    entry = AuditEntry.objects.get(act="resend")
    assert (entry.by.username, entry.before, entry.cid) == ("operator", {"error": "403: blocked"}, shop.result.cid)
    (told,) = [line for line in story(shop.result.cid) if line.what.startswith("Действие оператора")]
    assert told.row.startswith("operator: Отправить сообщение снова")
