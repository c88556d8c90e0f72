"""One figure on the card, in the wizard, on the confirmation and in the ledger; an order that is not as we signed it starts nothing."""

from decimal import Decimal

import pytest

from bot import renders
from bot.handlers import shop
from bot.models import Delivery, Dialog, DialogState
from kie import losses, rates
from kie.models import AIModel, Charge, Job, Override, Pause, Tariff
from payments import ledger, people
from payments.models import Transfer
from reliability import clock

pytestmark = pytest.mark.django_db


def tampered(person, **facts: object) -> None:
    """Somebody who has the database writes into the offer."""
    dialog = person.dialog
    Dialog.objects.filter(pk=dialog.pk).update(quote=dialog.quote | facts)


def taught(**numbers: object) -> None:
    Tariff.objects.update_or_create(pk=1, defaults=numbers)


def test_the_operators_numbers_are_one_figure_from_the_shelf_to_the_ledger(anna):
    taught(usd_rub_rate=Decimal(100), markup=Decimal("2.5"), step_rub=Decimal("0.50"), exceptions="z-image = 5")
    card = anna.press(f"model:{AIModel.objects.get(key='z-image').pk}:0")
    assert "2,00\u202f₽" in card.text
    anna.orders("z-image")
    assert "2,00\u202f₽" in anna.screen.text
    anna.tap("✅ Запустить за 2,00")
    job, hold = Job.objects.get(), Transfer.objects.get(kind="hold")
    assert (job.price, hold.amount, job.quote["price"]) == (Decimal("2.00"), Decimal("2.00"), "2.00")
    assert (job.quote["rate"], job.quote["markup"], job.quote["tariff"]) == ("100.0000", "5", 1)


@pytest.mark.parametrize("facts", [{"price": "0.01"}, {"until": "2099-01-01T00:00:00+00:00"}, {"signature": "0" * 64}])
def test_an_offer_that_was_written_into_starts_nothing_and_is_shown_anew(anna, facts):
    anna.orders("z-image")
    tampered(anna, **facts)
    screen = anna.tap("✅ Запустить")
    assert (Job.objects.count(), ledger.held(anna.customer)) == (0, 0)
    assert "цена посчитана заново" in screen.text
    anna.tap("✅ Запустить за 0,76")
    assert Job.objects.get().price == Decimal("0.76")


def test_an_answer_that_was_written_behind_an_offer_is_not_sold_at_the_offers_price(anna):
    anna.orders("z-image")
    data = anna.dialog.data
    Dialog.objects.filter(chat=anna.chat).update(data=data | {"answers": data["answers"] | {"prompt": "Другое"}})
    assert "цена посчитана заново" in anna.tap("✅ Запустить").text
    assert not Job.objects.exists()


def test_an_offer_of_a_release_that_signed_nothing_is_shown_anew(anna):
    anna.orders("z-image")
    old = {name: anna.dialog.quote[name] for name in ("price", "cost_usd", "variant", "registry_version", "until")}
    Dialog.objects.filter(chat=anna.chat).update(quote=old)
    assert "цена посчитана заново" in anna.tap("✅ Запустить").text
    anna.tap("✅ Запустить")
    assert Job.objects.count() == 1


def test_a_model_that_would_lose_money_is_not_offered_and_says_so_politely(anna, settings):
    Override.objects.create(model=AIModel.objects.get(key="z-image"), price=Decimal("0.38"))
    settings.USD_RUB_RATE = Decimal(96)
    anna.orders("z-image")
    assert "временно не продаётся" in anna.screen.text
    assert (anna.dialog.state, Pause.objects.open().count()) == (DialogState.IDLE, 1)
    assert "временно не продаётся" in anna.press(f"model:{AIModel.objects.get(key='z-image').pk}:0").text
    assert "временно не продаётся" in anna.press(f"start:{AIModel.objects.get(key='z-image').pk}").text


def test_a_model_that_was_paused_after_its_offer_is_not_started(anna):
    anna.orders("z-image")
    model = AIModel.objects.get(key="z-image")
    Pause.objects.create(model=model, reason="price", price=Decimal(1), cost=Decimal(2))
    assert "временно не продаётся" in anna.tap("✅ Запустить").text
    assert not Job.objects.exists()


def test_what_kie_took_for_a_choice_is_looked_at_before_the_offer(anna):
    model = AIModel.objects.get(key="z-image")
    Charge.objects.create(
        model=model, variant="", expected_usd=Decimal("0.004"), charged_usd=Decimal("0.1"), registry_version=model.version_id
    )  # fmt: skip
    anna.orders("z-image")
    assert "временно не продаётся" in anna.screen.text


def test_a_shelf_asks_for_the_numbers_once_and_for_no_model_alone(anna, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert len(shop.goods(category="video")) > 50


@pytest.mark.parametrize(("locale", "words"), [("ru", "продавалась бы в убыток"), ("en", "would sell at a loss")])
def test_operators_are_told_of_a_loss_once_in_their_language(anna, settings, locale, words):
    olga = people.meet(700_000_777, first_name="Ольга", username=None, language_code=locale)[0]
    settings.ADMIN_IDS = (olga.telegram_id, 700_000_778)
    Override.objects.create(model=AIModel.objects.get(key="z-image"), price=Decimal("0.10"))
    for _ in range(2):
        losses.look()
    told = Delivery.objects.filter(payload__name="alarm").order_by("chat")
    assert [delivery.chat for delivery in told] == [700_000_777, 700_000_778]
    text = renders.render(told[0]).text
    assert words in text
    assert "0.10 ₽ &lt; 0.38 ₽" in text


def test_operators_are_told_of_a_jump(anna, settings):
    settings.ADMIN_IDS, settings.USD_RUB_RATE = (anna.chat,), Decimal(90)
    taught(daily=True)
    rates.note(clock.now().date(), Decimal(120))
    told = Delivery.objects.get(payload__name="alarm")
    assert "Курс доллара прыгнул" in renders.render(told).text
    assert "90 → 120 ₽ (+33.3 %)" in renders.render(told).text
