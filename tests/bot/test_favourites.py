"""Favourites, the last order once more, and what a person may set."""

import pytest

from bot import favourite
from bot.favourite import Favourite, Full
from bot.handlers import commands
from bot.models import DialogState
from kie.models import AIModel, Job
from tests.bot.finished import FILM, made
from tests.together import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(shop):
    return AIModel.objects.get(key="z-image")


def opened(one, model):
    """Its card, from the list of favourites."""
    return one.press(f"card:{model.pk}:favourites:all:0")


def menu(one):
    one.press("menu")
    return one.labels


def test_a_model_is_kept_and_let_go_on_its_card_and_twice_is_once(anna, model):
    anna.press(f"model:{model.pk}:0")
    keep = anna.data("⭐ В избранное")
    for _ in range(2):
        assert "добавлена в избранное" in anna.press(keep).text
    assert "⭐ Избранное (1)" in menu(anna)

    opened(anna, model)
    let_go = anna.data("✖️ Убрать")
    for _ in range(2):
        assert "убрана из избранного" in anna.press(let_go).text
    assert not any("Избранное" in label for label in menu(anna))


def test_under_a_result_its_model_can_be_kept_and_the_result_stays(anna):
    job = made(anna, "z-image", FILM)
    anna.press(f"media:{job.pk}")
    keep = anna.data("⭐ В избранное")
    answers = [anna.press(keep, on_text=False) for _ in range(2)]
    assert ["добавлена" in answers[0].text, "уже" in answers[1].text] == [True, True]
    assert all(screen.fresh for screen in answers)
    assert Favourite.objects.count() == 1


def test_the_list_is_newest_first_and_leads_back_to_its_own_page(anna):
    models = list(AIModel.objects.on_sale().order_by("pk")[:10])
    for one in models:
        favourite.add(anna.customer, one)
    menu(anna)
    anna.tap("⭐ Избранное (10)")
    assert anna.data(models[9].short_title("ru")).startswith(f"card:{models[9].pk}:")
    anna.tap("▶️")
    anna.press(f"card:{models[0].pk}:favourites:all:1")
    anna.tap("◀️ Назад")
    assert "2/2" in anna.labels


def test_what_is_withdrawn_stays_marked_until_it_is_taken_out(anna, model):
    favourite.add(anna.customer, model)
    AIModel.objects.filter(pk=model.pk).update(state="off")
    anna.press("favourites:all:0")
    assert "не продаётся" in anna.screen.text
    anna.tap(f"🚫 {model.short_title('ru')}"[:20])
    anna.tap("✖️ Убрать из избранного")
    assert "пусто" in anna.screen.text
    assert not Favourite.objects.exists()


def test_all_go_after_a_question_that_counts_them(anna, person, model):
    other = person()
    favourite.add(other.customer, model)
    favourite.add(anna.customer, model)
    anna.press("favourites:all:0")
    assert "уйдёт 1 модель" in anna.tap("🗑 Очистить").text
    yes = anna.data("🗑 Да")
    favourite.add(anna.customer, AIModel.objects.on_sale().exclude(pk=model.pk).first())
    assert "уйдут 2 модели" in anna.press(yes).text
    assert "пусто" in anna.tap("🗑 Да").text
    assert list(Favourite.objects.values_list("customer", flat=True)) == [other.customer.pk]


def test_no_more_are_kept_than_fit_and_it_is_said(anna, model, monkeypatch):
    monkeypatch.setattr(favourite, "MOST", 2)
    for one in AIModel.objects.on_sale().exclude(pk=model.pk)[:2]:
        favourite.add(anna.customer, one)
    with pytest.raises(Full):
        favourite.add(anna.customer, model)
    anna.press(f"model:{model.pk}:0")
    assert "больше не поместится" in anna.tap("⭐ В избранное").text
    assert "больше не поместится" in anna.press(f"keepit:{model.pk}").text
    assert Favourite.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_devices_keep_no_more_than_fit(person, monkeypatch):
    anna = person()
    monkeypatch.setattr(favourite, "MOST", 1)
    models = list(AIModel.objects.on_sale()[:4])
    outcomes = together(4, lambda n: favourite.add(anna.customer, models[n]))
    assert sorted(type(one).__name__ for one in outcomes) == ["Full", "Full", "Full", "bool"]


@pytest.mark.parametrize("data", ["keep:{}:shelf:nowhere:0", "unkeep:{}:found:x:0", "keep:0:shelf:image:0", "keepit:0"])
def test_a_button_that_nobody_made_keeps_nothing(anna, model, data):
    assert anna.press(data.format(model.pk)).reason == "EXPIRED_BUTTON"
    assert not Favourite.objects.exists()


def test_the_last_order_is_repeated_from_the_menu_at_todays_price(anna, settings):
    assert not any("Повторить" in label for label in menu(anna))
    anna.orders("z-image", "Первый")
    anna.tap("✅ Запустить")
    anna.orders("z-image", "Второй")
    anna.tap("✅ Запустить")
    settings.USD_RUB_RATE *= 2
    menu(anna)
    screen = anna.tap("🔁 Повторить последнюю")
    assert "Второй" in screen.text
    assert anna.dialog.state == DialogState.CONFIRM
    assert anna.dialog.quote["price"] != str(Job.objects.first().price)
    assert Job.objects.count() == 2  # nothing starts before it is confirmed


def test_the_last_order_of_a_model_that_is_off_sale_is_told_so(anna, model):
    made(anna, "z-image", FILM)
    AIModel.objects.filter(pk=model.pk).update(state="off")
    menu(anna)
    assert "больше не продаётся" in anna.tap("🔁 Повторить последнюю").text


def test_settings_name_the_limits_and_lead_to_what_can_be_set(anna):
    screen = anna.command("settings")
    assert "5 в минуту, 20 в час, одновременно до 3" in screen.text
    anna.tap("⭐ Избранное")
    anna.command("settings")
    anna.tap("🌐")
    assert "settings" in [name for name, _ru, _en in commands.MENU]
