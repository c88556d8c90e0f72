"""Nothing is sold at a loss: a model that would be takes itself off sale, tells the operator once, and comes back by itself."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from kie import charged, losses, pricing, tariff
from kie.losses import AtALoss
from kie.models import AIModel, Charge, Override, Pause, Tariff
from kie.pause import Reason
from kie.rate import DollarRate, RateState
from kie.record import TaskRecord
from kie.signals import operator_wanted
from reliability import clock
from tests.kie.at_work import order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
INPUT = {"prompt": "кот", "aspect_ratio": "1:1"}


@pytest.fixture(autouse=True)
def _environment(settings) -> None:
    settings.USD_RUB_RATE, settings.PRICE_MARKUP, settings.SINGLE_MODEL_ONLY = Decimal(95), Decimal(2), False


@pytest.fixture
def wanted():
    calls: list[dict] = []

    def listen(**call: object) -> None:
        calls.append(call)

    operator_wanted.connect(listen)
    yield calls
    operator_wanted.disconnect(listen)


def z_image() -> AIModel:
    return AIModel.objects.get(key="z-image")


def fixed(price: str) -> AIModel:
    """z-image, which costs $0.004, at an operator's price."""
    Override.objects.create(model=z_image(), price=Decimal(price))
    return z_image()


def check(model: AIModel) -> None:
    by = tariff.now()
    losses.check(model, pricing.quote(model, INPUT, by), by)


def sold() -> bool:
    return AIModel.objects.on_sale().filter(key="z-image").exists()


def took(credits: str) -> None:
    charged.compare(order(), TaskRecord(state="success", credits=Decimal(credits)))


def test_a_shop_without_losses_stays_as_it_is(wanted):
    assert (losses.look(), Pause.objects.count(), wanted) == (0, 0, [])
    assert AIModel.objects.on_sale().count() > 100


def test_a_fixed_price_that_just_covers_its_cost_is_sold_and_one_below_is_not():
    model = fixed("0.38")
    check(model)
    Override.objects.update(price=Decimal("0.37"))
    model.fixed_price = Decimal("0.37")
    with pytest.raises(AtALoss) as refused:
        check(model)
    assert refused.value.loss == losses.Loss(Reason.PRICE, "", Decimal("0.37"), Decimal("0.380"))


def test_a_risen_rate_takes_a_fixed_price_off_sale_once_and_a_fallen_one_brings_it_back(settings, wanted):
    fixed("0.38")
    settings.USD_RUB_RATE = Decimal(96)
    assert (losses.look(), losses.look(), sold()) == (1, 0, False)
    assert [(call["what"], call["facts"]["model"]) for call in wanted] == [("at_a_loss", z_image().title_ru)]
    settings.USD_RUB_RATE = Decimal(95)
    assert (losses.look(), losses.look(), sold()) == (1, 0, True)
    row = Pause.objects.get()
    assert (row.reason, row.price, row.cost, row.ended_by) == ("price", Decimal("0.38"), Decimal("0.384"), "")
    settings.USD_RUB_RATE = Decimal(97)
    assert losses.look() == 1
    assert len(wanted) == 2


def test_the_daily_dollar_tells_losses_though_a_cheaper_one_was_set_by_hand():
    Tariff.objects.create(pk=1, daily=True, usd_rub_rate=Decimal(40))
    DollarRate.objects.create(day=clock.now().date(), rubles=Decimal(95), against=Decimal(95), state=RateState.ACCEPTED)
    assert losses.look() > 100  # × 40 × 2 is below × 95
    assert not sold()


def test_a_charge_beyond_the_markup_takes_the_model_off_sale(wanted):
    took("0.8")
    assert (Charge.objects.get().times, losses.look()) == (1, 0)
    took("1.6")
    assert losses.look() == 0  # nothing is left of the price, and nothing is lost
    took("1.64")
    with pytest.raises(AtALoss):
        check(z_image())
    assert (losses.look(), sold(), Pause.objects.get().reason) == (1, False, "charged")
    assert len(wanted) == 1


def test_a_charge_below_what_the_price_says_does_not_make_a_loss_cheaper():
    fixed("0.37")
    took("0.2")
    with pytest.raises(AtALoss):
        check(z_image())


def test_what_kie_took_under_costs_of_before_is_not_held_against_the_model():
    took("8")
    Charge.objects.update(registry_version="0.0.1")
    check(z_image())
    assert losses.look() == 0


def test_a_failed_task_says_nothing_of_the_cost():
    charged.compare(order(), TaskRecord(state="fail", credits=Decimal(8)))
    assert not Charge.objects.exists()


def test_an_operators_word_lets_it_on_sale_and_the_next_such_charge_takes_it_off_again(wanted):
    took("8")
    losses.look()
    row = Pause.objects.get()
    assert losses.resume(row.pk, by="olga")
    assert not losses.resume(row.pk, by="ivan")
    row.refresh_from_db()
    assert (row.ended_by, sold(), losses.look()) == ("olga", True, 0)
    took("8")
    assert (losses.look(), sold(), len(wanted)) == (1, False, 2)


def test_a_price_that_covers_what_kie_took_ends_the_pause():
    took("8")
    assert losses.look() == 1
    Tariff.objects.create(pk=1, exceptions="z-image = 20")
    assert (losses.look(), sold()) == (1, True)


def test_a_model_is_paused_once_however_often_it_is_found(wanted):
    model = fixed("0.37")
    loss = losses.of_model(model, tariff.now(), {})
    assert [losses.pause(model, loss), losses.pause(model, loss)] == [True, False]
    assert len(wanted) == 1


def test_looking_at_all_models_asks_a_handful_of_questions(django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        losses.look()


ATTACKS = {
    "pause_reason_known": "UPDATE kie_pause SET reason = 'x'",
    "pause_is_a_loss": "UPDATE kie_pause SET price = cost",
    "pause_one_open": "INSERT INTO kie_pause (reason, variant, price, cost, found_at, ended_by, cid, model_id)"
    " SELECT reason, variant, price, cost, found_at, ended_by, cid, model_id FROM kie_pause",
    "charge_counts": "UPDATE kie_charge SET expected_usd = 0",
    "charge_of_a_choice": "INSERT INTO kie_charge (variant, expected_usd, charged_usd, registry_version, seen_at, model_id)"
    " SELECT variant, expected_usd, charged_usd, registry_version, seen_at, model_id FROM kie_charge",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_can_never_be_the_database_refuses(name):
    took("8")
    losses.look()
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ATTACKS[name])
