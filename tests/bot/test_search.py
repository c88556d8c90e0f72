"""Search: by name, id, vendor, tag, description, shelf and format, in both languages; it leaves an order politely."""

import pytest

from bot import search
from bot.events import Command
from bot.models import DialogState
from kie.models import AIModel, Override

pytestmark = pytest.mark.django_db


def found(query: str) -> list[str]:
    keys = dict(AIModel.objects.values_list("pk", "key"))
    return [keys[pk] for pk in search.find(query)]


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("z-image", "z-image"),
        ("Z-IMAGE", "z-image"),
        ("kling", "kling/v2-5-turbo-text-to-video-pro"),
        ("suno", "ai-music-api/generate"),
        ("elevenlabs/audio", "elevenlabs/audio-isolation"),
        ("bytedance", "seedream/4.5-text-to-image"),
        ("V4", "ai-music-api/generate"),  # a former key
        ("логотипы", "ideogram/v3-text-to-image"),
        ("logos", "ideogram/v3-text-to-image"),
        ("удаление фона", "recraft/remove-background"),
        ("background", "recraft/remove-background"),
        ("губы под голос", "infinitalk/from-audio"),
        ("синхронизация губ", "infinitalk/from-audio"),
        ("картинки nano", "google/nano-banana"),
        ("elev", "elevenlabs/audio-isolation"),
        ("четкость", "recraft/crisp-upscale"),  # which is written with «ё»
    ],
)
def test_a_model_is_found_by(shop, query, key):
    assert key in found(query)


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_model_is_found_by_the_name_on_its_button(shop, locale):
    for model in AIModel.objects.on_sale():
        assert model.key in found(model.short_title(locale)), model.short_title(locale)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("замена отрывка", "Suno: замена отрывка"),
        ("разделить трек", "Suno: разделить трек"),
        ("крупнее", "Topaz: крупнее"),
        ("живое фото", "Hailuo: живое фото"),
        ("без фона", "Recraft: без фона"),
        ("убрать фон", "Recraft: без фона"),  # the bot's own example
        ("удалить фон", "Recraft: без фона"),
        ("remove background", "Recraft: без фона"),
    ],
)
def test_what_is_called_so_comes_first(shop, query, title):
    assert AIModel.objects.get(key=found(query)[0]).short_title("ru") == title


@pytest.mark.parametrize("query", ["увеличить", "апскейл", "upscale", "увеличение"])
def test_enlarging_is_found_in_whatever_words(shop, query):
    assert {"recraft/crisp-upscale", "topaz/image-upscale"} <= set(found(query))


def test_a_name_given_by_an_operator_replaces_the_one_on_the_button(shop):
    model = AIModel.objects.get(key="topaz/image-upscale")
    Override.objects.create(model=model, title_ru="Хоромы")

    assert found("хоромы") == [model.key]
    assert found("topaz крупнее") == found("topaz апскейл")  # by what its task is called, as its sisters


def test_a_word_is_not_found_within_another(shop):
    assert found("кот") == []  # «который»
    assert "veo/get-1080p-video" not in found("10")
    assert "veo/get-1080p-video" in found("1080")


def test_a_name_comes_before_a_description_and_every_word_must_fit(shop):
    assert found("topaz")[0].startswith("topaz/")
    assert all(key.startswith("topaz/") for key in found("topaz увеличение"))
    assert found("topaz балалайка") == []


@pytest.mark.parametrize("query", ["", " ", "a", "я ", "\n"])
def test_less_than_two_letters_are_asked_for_again(anna, query):
    anna.command("search")
    assert "хотя бы две буквы" in anna.say(query).text if query.strip() else search.find(query) == []
    assert anna.dialog.state == DialogState.SEARCH


def test_what_is_found_leads_to_a_card_and_back_and_the_next_words_search_again(anna):
    anna.command("search")
    screen = anna.say("логотип")
    assert "нашл" in screen.text
    anna.tap("Ideogram")
    assert "🚀 Запустить" in anna.labels
    assert "«логотип»" in anna.tap("◀️ Назад").text
    assert "«озвучка»" in anna.say("озвучка").text


def test_a_search_that_was_left_is_asked_for_anew_by_the_way_back_and_listens(anna):
    anna.command("search")
    anna.say("логотип")
    anna.tap("Ideogram")
    back = anna.data("◀️ Назад")
    anna.command("menu")
    assert "Напишите, что ищете" in anna.press(back).text
    assert "«озвучка»" in anna.say("озвучка").text


def test_at_most_ten_are_shown_and_it_is_said_that_there_are_more(anna):
    anna.command("search")
    screen = anna.say("видео")
    assert len([label for label in anna.labels if "₽" in label]) == 10
    assert "добавьте слов" in screen.text


def test_nothing_found_offers_the_shelves(anna):
    anna.command("search")
    screen = anna.say("балалайка")
    assert "ничего не нашлось" in screen.text
    assert "🎨 Картинки (63)" in anna.labels
    assert "🔍 Новый поиск" in anna.labels


def test_words_behind_the_command_are_looked_for_at_once(anna):
    assert "«z-image»" in anna.does(Command, name="search", argument="Z-Image").text


def test_words_with_markup_are_shown_literally(anna):
    anna.command("search")
    assert "&lt;b&gt;" in anna.say("<b>кот").text


def test_searching_puts_an_order_away_and_a_start_ends_the_search(anna):
    anna.orders("z-image")
    assert "заказ убран" in anna.command("search").text
    anna.say("z-image")
    anna.tap("Z-Image")
    anna.tap("🚀 Запустить")
    assert anna.dialog.state == DialogState.WIZARD


def test_only_what_is_sold_is_found(shop):
    AIModel.objects.filter(key="z-image").update(state="off")
    assert "z-image" not in found("z-image")
