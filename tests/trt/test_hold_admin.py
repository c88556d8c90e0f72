"""Holding TRT from the admin: asked, shown, done, seen on every page, ended; and its words, checked, kept and restored."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from bot.models import Hold, PassiveCopy, Update
from bot.passive_copy import DEFAULTS
from bot.screens.words import MOSCOW
from payments.models import AuditEntry
from reliability import clock
from tests.trt.operator_side import tapped
from tests.trt.test_admin_pages import assistant, operator, page, page_of, shop  # noqa: F401 (fixtures)

BEGIN, INDEX = "/admin/bot/hold/add/", "/admin/"
PLEASE = {"reason": "Обновление базы", "minutes": "20"}

pytestmark = pytest.mark.django_db


def kept(settings, hold):
    update = tapped(settings, 901)
    Update.objects.filter(pk=update.pk).update(hold=hold, reason="PASSIVE")


def test_a_hold_is_asked_for_then_shown_then_begun(operator, shop):  # noqa: F811
    asked = operator.post(BEGIN, PLEASE)
    shown = asked.content.decode()
    assert not Hold.objects.open().exists()
    assert "Что произойдёт" in shown
    assert asked.context["people"] == 1
    assert asked.context["waiting"] == Update.objects.open().count() > 0
    assert DEFAULTS["ru"]["button"] in shown
    ends = [(words["locale"], words["until"].partition(" ")[2]) for words in asked.context["previews"]]
    assert ends == [("ru", "по Москве"), ("en", "Moscow time")]

    operator.post(BEGIN, PLEASE | {"confirm": "1"})

    hold = Hold.objects.open().get()
    assert (hold.reason, hold.by) == ("Обновление базы", "operator")
    assert timedelta(minutes=19) < hold.until - clock.now() <= timedelta(minutes=20)
    assert LogEntry.objects.get(object_id=hold.pk).user.username == "operator"


def test_the_end_may_be_a_moment_in_moscow(operator, shop):  # noqa: F811
    until = (clock.now() + timedelta(hours=5)).astimezone(MOSCOW).replace(second=0, microsecond=0)
    operator.post(BEGIN, {"reason": "Ночь", "until": f"{until:%Y-%m-%dT%H:%M}", "confirm": "1"})

    assert Hold.objects.open().get().until == until


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "", "minutes": "5"},
        {"reason": "r"},
        {"reason": "r", "minutes": "0"},
        {"reason": "r", "minutes": "100000"},
        {"reason": "r", "minutes": "5", "until": "2099-01-01T00:00"},
        {"reason": "r", "until": "2001-01-01T00:00"},
        {"reason": "r", "until": "2099-01-01T00:00"},
        {"reason": "r", "until": "soon"},
    ],
)
def test_what_makes_no_hold_is_asked_again(operator, shop, wrong):  # noqa: F811
    again = operator.post(BEGIN, wrong | {"confirm": "1"})

    assert again.context["form"].errors
    assert not Hold.objects.open().exists()


def test_that_trt_is_held_is_seen_on_every_page_and_nowhere_afterwards(operator, shop, settings):  # noqa: F811
    operator.post(BEGIN, PLEASE | {"confirm": "1"})
    hold = Hold.objects.open().get()
    kept(settings, hold)
    end = reverse("admin:bot_hold_end", args=[hold.pk])
    for url in (INDEX, page("kie_job"), page_of(shop.job), reverse("story", args=[shop.job.cid]), page_of(hold)):
        shown = operator.get(url).content.decode()
        assert "trt-held" in shown, url
        assert f'href="{end}"' in shown
    first = operator.get(INDEX).context["work"][0]
    assert (first["title"], first["count"]) == ("Сохранено до конца паузы", 1)
    assert "trt-held" not in operator.get("/admin/login/").content.decode()

    ending = operator.get(end)
    assert (ending.context["kept"], ending.context["kept_chats"]) == (1, 1)
    operator.post(end)

    hold.refresh_from_db()
    assert (hold.over, hold.ended_by) == (True, "operator")
    assert LogEntry.objects.filter(object_id=hold.pk).count() == 2
    acts = AuditEntry.objects.on(hold).order_by("pk").values_list("act", "reason", "by__username")
    assert list(acts) == [("hold", "Обновление базы", "operator"), ("hold_end", "", "operator")]
    assert "trt-held" not in operator.get(INDEX).content.decode()


def test_a_second_hold_and_a_second_end_are_refused_with_a_word(operator, shop):  # noqa: F811
    operator.post(BEGIN, PLEASE | {"confirm": "1"})
    hold = Hold.objects.open().get()
    assert "сначала снимите" in operator.post(BEGIN, PLEASE | {"confirm": "1"}, follow=True).content.decode()
    assert Hold.objects.open().get() == hold

    end = reverse("admin:bot_hold_end", args=[hold.pk])
    operator.post(end)
    assert "уже закончилась" in operator.post(end, follow=True).content.decode()


def test_each_step_needs_its_right(shop, assistant):  # noqa: F811
    client = assistant("view_hold")
    hold = Hold.objects.get()
    assert client.get(page_of(hold)).status_code == 200
    assert client.get(BEGIN).status_code == 403
    assert client.post(BEGIN, PLEASE | {"confirm": "1"}).status_code == 403
    assert client.get(reverse("admin:bot_hold_end", args=[hold.pk])).status_code == 403

    user = User.objects.get(username="assistant")
    user.user_permissions.add(Permission.objects.get(codename="add_hold"))
    assert client.get(BEGIN).status_code == 200


def saved(client, **words):
    row = PassiveCopy.objects.get(locale="ru")
    given = {"message": row.message, "button": row.button, "toast": row.toast} | words
    return client.post(page_of(row), given)


def test_words_are_kept_with_who_changed_them_and_an_earlier_version_comes_back(operator, shop):  # noqa: F811
    row = PassiveCopy.objects.get(locale="ru")
    assert saved(operator, message="<b>Скоро вернёмся</b>").status_code == 302
    assert PassiveCopy.objects.get(pk=row.pk).message == "<b>Скоро вернёмся</b>"
    newest, first = row.history.all()
    assert (newest.history_user.username, first.history_user) == ("operator", None)

    history = reverse("admin:bot_passivecopy_history", args=[row.pk])
    earlier = reverse("admin:bot_passivecopy_simple_history", args=[row.pk, first.pk])
    assert f'href="{earlier}"' in operator.get(history).content.decode()
    assert DEFAULTS["ru"]["button"] in operator.get(earlier).content.decode()
    operator.post(earlier, {"message": first.message, "button": first.button, "toast": first.toast})

    assert PassiveCopy.objects.get(pk=row.pk).message == DEFAULTS["ru"]["message"]
    assert row.history.count() == 3


@pytest.mark.parametrize(
    ("field", "text", "word"),
    [
        ("message", "<b>Скоро", "не закрыт"),
        ("message", "Вернёмся к {untill}", "известно только {until}"),
        ("message", "<div>Скоро</div>", "нет тега"),
        ("message", "я" * 4097, "4096"),
        ("button", "я" * 65, "64"),
        ("button", "{until}", "только в сообщении"),
        ("toast", "<b>Скоро</b>", "будут видны"),
        ("toast", "я" * 201, "200"),
    ],
)
def test_what_telegram_would_not_show_is_not_saved_and_a_sentence_says_why(operator, shop, field, text, word):  # noqa: F811
    answer = saved(operator, **{field: text})

    assert word in answer.content.decode()
    assert PassiveCopy.objects.get(locale="ru").history.count() == 1


def test_the_check_of_words_needs_the_right_to_see_them_a_token_and_saves_nothing(operator, shop, assistant):  # noqa: F811
    check, words = reverse("admin:bot_passivecopy_check"), {"message": "<b>", "button": "a", "toast": "b"}
    assert list(operator.post(check, words).json()) == ["message"]
    assert operator.post(check, words | {"message": "Строка\r\nи ещё одна"}).json() == {}
    assert PassiveCopy.objects.get(locale="ru").history.count() == 1

    assert operator.get(check).status_code == 405
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(User.objects.get(username="operator"))
    assert careful.post(check, words).status_code == 403
    assert assistant("view_hold").post(check, words).status_code == 403
    assert Client().post(check, words).status_code == 302
