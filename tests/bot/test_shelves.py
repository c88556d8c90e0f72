"""What is on sale as its shelves and formats show it: every name can be read, with its price beside it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.handlers import shop as goods_on
from bot.screens import catalogue, frame
from bot.screens.shelves import FORMATS, SHELVES, Format, Shelf, format_title, shelf_title
from bot.screens.words import BUTTON, PRICED
from tests.bot.person import check

pytestmark = pytest.mark.django_db


def labels(of: Shelf | Format, **where: str) -> list[str]:
    """The buttons of the models on all pages of a list."""
    goods = goods_on.goods(**where)
    screens = [catalogue.shelf(of, goods, page) for page in range(-(-len(goods) // frame.A_PAGE))]
    for screen in screens:
        check(screen)
    buttons = [button for screen in screens for row in screen.keys for button in row]
    return [button.text for button in buttons if button.data.startswith("card:")]


def test_no_name_of_what_is_sold_is_cut_and_no_two_are_alike(shop, language):
    shown = [text for key in SHELVES for text in labels(Shelf(key, 0), category=key)]
    assert len(shown) == len(set(shown)) == 177
    assert [text for text in shown if "…" in text or len(text) > PRICED] == []
    assert all("₽" in text for text in shown)
    assert PRICED <= BUTTON


def test_every_model_stands_on_one_shelf_and_in_one_format(shop, language):
    by_format = [text for key in FORMATS for text in labels(Format(key, 0), format=key)]
    assert len(by_format) == 177
    assert sum(shelf.models for shelf in goods_on.all_shelves()) == 177
    assert sum(of.models for of in goods_on.all_formats()) == 177
    assert all(of.title for of in goods_on.all_formats())


def test_every_shelf_and_format_that_the_registry_knows_has_a_name(language):
    names = [shelf_title(key) for key in SHELVES] + [format_title(key) for key in FORMATS]
    assert all(names)
    assert len(set(names)) == len(names)


def test_a_long_shelf_leads_to_its_formats_and_a_short_one_does_not(anna):
    anna.press("shelf:video:0")
    assert "Текст → видео (33)" in anna.labels
    anna.press("shelf:avatar:0")
    assert not any("→" in label for label in anna.labels)


def test_a_format_is_chosen_by_task_and_its_card_leads_back_to_it(anna):
    anna.command("models")
    anna.tap("🧭 По задаче")
    anna.tap("Синхронизация губ (6)")
    anna.tap("InfiniteTalk")
    assert "🚀 Запустить" in anna.labels
    anna.tap("◀️ Назад")
    assert "<b>Синхронизация губ</b>" in anna.screen.text
    anna.tap("◀️ Назад")
    assert "🧭 По задаче" in anna.screen.text


@pytest.mark.parametrize("data", ["shelf:avatar:0", "format:lip-sync:0", "shelf:video:0", "found", "formats", "models"])
def test_a_screen_asks_as_many_questions_however_many_models_it_shows(anna, data):
    anna.command("search")
    anna.say("видео")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        anna.press(data)
    assert len(asked) <= 9, [query["sql"][:100] for query in asked]


def test_a_button_of_a_list_that_there_is_not_is_outdated(anna):
    for data in ("format:text-to-smell:0", "card:1:basket:x:0", "card:1:shelf:attic:0", "ideas:1:found:x:0"):
        assert anna.press(data).reason == "EXPIRED_BUTTON"
