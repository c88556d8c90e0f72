"""What the cards of all models and their questions say, in both languages: nothing of the other one, nothing that cannot be sent."""

import re

import pytest
from django.utils import translation

from bot.screens import bounds, words
from bot.wizard.parts import FULL
from kie import inputs
from kie.models import AIModel

pytestmark = pytest.mark.django_db
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def card(one, key):
    return one.press(f"model:{AIModel.objects.get(key=key).pk}:0").text


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("grok-imagine-image-2-0/segment-map", "• Ваша картинка: из сделанных здесь или новым файлом."),
        ("ai-music-api/separate-vocals", "• Ваша песня: из сделанных здесь или новым файлом."),
        ("wan/2-7-image-to-video", "• Первый кадр или Начало ролика."),
    ],
)
def test_ones_own_or_a_file_is_told_as_two_ways_to_give_one_thing(anna, key, says):
    assert says in card(anna, key)


def test_an_english_card_has_no_russian_tags(shop, person):
    ben = person(language="en")
    for model in AIModel.objects.on_sale():
        assert not CYRILLIC.search(card(ben, model.key)), model.key
    assert "🏷 nano banana\n" in card(ben, "google/nano-banana")


def test_a_card_never_asks_for_more_characters_than_a_message_holds(anna):
    for model in AIModel.objects.on_sale():
        asked_for = [line for line in card(anna, model.key).splitlines() if line.startswith("• ")]
        told = re.findall(r"\bдо ([\d\u202f]+) знаков", "".join(asked_for).replace("Всего до", ""), re.IGNORECASE)
        assert all(int(one.replace("\u202f", "")) <= FULL for one in told), model.key
    assert "До 4\u202f096 знаков в одном сообщении." in card(anna, "grok-imagine/text-to-image")


def test_a_question_says_how_a_long_text_is_sent_and_how_much_of_it_is_taken(shop):
    (prompt,) = [
        field
        for field in inputs.fields(AIModel.objects.get(key="grok-imagine/image-to-image"))
        if field.name == "prompt"
    ]
    with translation.override("ru"):
        assert bounds.limits(prompt) == (
            "Всего до 25\u202f000 знаков, в одном сообщении до 4\u202f096: длинный текст пришлите несколькими подряд."
        )
    prompt.parse("я" * 25_000)


@pytest.mark.parametrize(
    ("value", "ru", "en"),
    [(0.01, "0,01", "0.01"), (5.0, "5", "5"), (4294967295, "4\u202f294\u202f967\u202f295", "4,294,967,295")],
)
def test_a_figure_has_the_decimal_mark_of_its_language(value, ru, en):
    with translation.override("ru"):
        assert words.figure(value) == ru
    with translation.override("en"):
        assert words.figure(value) == en


def test_no_limit_in_russian_has_a_decimal_point(shop):
    with translation.override("ru"):
        told = [bounds.limits(field) or "" for model in AIModel.objects.on_sale() for field in inputs.fields(model)]
    assert [one for one in told if re.search(r"\d\.\d|e\+", one)] == []
    assert "С шагом 0,01." in " ".join(told)
