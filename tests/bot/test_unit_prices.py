"""A price by the second is one figure: on the card, in the wizard, times the seconds on the confirmation, and in the ledger."""

from decimal import Decimal

import pytest
from django.utils import translation

from bot.screens.words import price_from, price_span, rubles
from kie.models import AIModel, Tariff
from kie.pricing import UnitPrice
from payments.models import Transfer
from tests.bot.person import Person
from tests.bot.test_every_wizard import answers, question

pytestmark = pytest.mark.django_db
THIN = "\u202f"
ORDERS = [  # model, its price on the card, seconds of the file that sets it, the sum
    ("kling-2.6/motion-control", "от 10,45 ₽ до 17,10 ₽ за секунду", 3, "31.35"),
    ("kling-2.6/motion-control", "от 10,45 ₽ до 17,10 ₽ за секунду", 12, "125.40"),
    ("infinitalk/from-audio", "от 2,85 ₽ до 11,40 ₽ за секунду", 10, "28.50"),
    ("kling/ai-avatar-pro", "15,20 ₽ за секунду", 5, "76.00"),
    ("happyhorse/video-edit", "от 26,60 ₽ до 45,60 ₽ за секунду", 4, "182.40"),
]


def confirmed(who: Person, model: AIModel, seconds: int) -> None:
    """To the confirmation, with files of so many seconds."""
    who.press(f"start:{model.pk}")
    while field := question(who, model):
        if field.media in ("audio", "video"):
            mime = {"audio": "audio/mpeg", "video": "video/mp4"}[field.media]
            facts = {"width": 1280, "height": 720} if field.media == "video" else {}
            who.send(kind=field.media, mime=mime, duration=seconds, size=900_000, **facts)
            if any(label.startswith("✅ Готово") for label in who.labels):
                who.tap("✅ Готово")
        else:
            answers(who, field)
        assert who.screen.reason == "OK", who.screen.text


@pytest.mark.parametrize(("key", "said", "seconds", "sum_"), ORDERS)
def test_the_card_the_confirmation_and_the_ledger_agree(person, key, said, seconds, sum_):
    who, model = person("5000"), AIModel.objects.get(key=key)
    card = who.press(f"model:{model.pk}:0").text
    assert said in card.replace(THIN, " ")

    confirmed(who, model, seconds)
    assert rubles(Decimal(sum_)) in who.screen.text
    who.tap("✅ Запустить")
    assert Transfer.objects.get(kind="hold").amount == Decimal(sum_)


def test_where_prices_are_rounded_by_the_operators_step_the_card_says_from(person):
    Tariff.objects.update_or_create(pk=1, defaults={"step_rub": Decimal("0.50")})
    card = person().press(f"model:{AIModel.objects.get(key='kling/ai-avatar-pro').pk}:0").text
    assert "от 15,20 ₽ за секунду" in card.replace(THIN, " ")


def test_a_button_of_a_list_says_from_where_a_file_is_counted(person):
    who = person()
    who.command("menu")
    who.tap("🎵 Аудио")
    name = AIModel.objects.get(key="elevenlabs/audio-isolation").short_title("ru")
    assert [label.replace(THIN, " ") for label in who.labels if name[:12] in label] == [f"{name} • от 0,19 ₽"]


@pytest.mark.parametrize(
    ("locale", "each", "said"),
    [
        ("ru", UnitPrice("second", Decimal("2.85"), Decimal("11.40"), False), "от 2,85 ₽ до 11,40 ₽ за секунду"),
        ("en", UnitPrice("second", Decimal("2.85"), Decimal("11.40"), False), "from ₽2.85 to ₽11.40 per second"),
        ("en", UnitPrice("second", Decimal("2.85"), Decimal("2.85"), False), "₽2.85 per second"),
        ("en", UnitPrice("second", Decimal("2.85"), Decimal("2.85"), True), "from ₽2.85 per second"),
        ("en", UnitPrice("1000 characters", Decimal("5.70"), Decimal("5.70"), False), "₽5.70 per started 1000 characters"),
    ],
)  # fmt: skip
def test_a_price_of_one_is_said_in_full(locale, each, said):
    with translation.override(locale):
        assert price_span(Decimal(1), Decimal(2), each).replace(THIN, " ") == said
        assert price_from(Decimal(1), Decimal(1), open_end=True) != price_from(Decimal(1), Decimal(1))
