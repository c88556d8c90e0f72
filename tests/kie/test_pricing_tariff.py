"""The operator's numbers: which rate and which markup hold, one query for all prices, and what can never be set."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from kie import pricing, tariff
from kie.markups import BadLine
from kie.models import AIModel, DollarRate, Tariff
from kie.rate import RateState
from kie.tariff import establish
from reliability import clock

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 28)


@pytest.fixture(autouse=True)
def _environment(settings) -> None:
    settings.USD_RUB_RATE, settings.PRICE_MARKUP = Decimal(90), Decimal(2)


def heard(rubles: str, state: str = RateState.ACCEPTED, day: date = DAY) -> DollarRate:
    by = "operator" if state == RateState.DECLINED else ""
    return DollarRate.objects.create(day=day, rubles=Decimal(rubles), against=Decimal(90), state=state, decided_by=by)


def test_where_nobody_has_set_anything_the_environment_holds(settings):
    assert (tariff.now().rate, tariff.now().markups.of_all, tariff.now().version) == (90, 2, 0)
    settings.USD_RUB_RATE = Decimal(100)
    assert tariff.now().rate == 100


def test_what_is_set_goes_before_the_daily_rate_and_that_before_the_environment():
    row = Tariff.objects.create(pk=1)
    heard("95.5")
    assert row.rate(Decimal("95.5")) == ("environment", 90)
    row.daily = True
    row.save()
    assert tariff.now().rate == Decimal("95.5")
    row.usd_rub_rate = Decimal(99)
    row.save()
    assert tariff.now().rate == 99


def test_the_newest_rate_that_was_taken_holds_not_one_that_waits_or_was_declined():
    Tariff.objects.create(pk=1, daily=True)
    heard("95")
    heard("91", day=DAY - timedelta(days=1))
    heard("120", RateState.PROPOSED, DAY + timedelta(days=1))
    heard("50", RateState.DECLINED, DAY + timedelta(days=2))
    assert tariff.now().rate == 95


def test_a_rate_set_below_the_daily_one_does_not_hide_losses():
    Tariff.objects.create(pk=1, daily=True, usd_rub_rate=Decimal(60))
    heard("95")
    assert (tariff.now().rate, tariff.now().dollar) == (60, 95)


def test_markup_least_price_step_and_exceptions_reach_the_price(on_sale):
    model = AIModel.objects.get(key="z-image")
    Tariff.objects.create(pk=1, markup=Decimal(3), least_rub=Decimal(1), step_rub=Decimal("0.50"))
    assert pricing.quote(model, {"prompt": "кот"}, tariff.now()).price == Decimal("1.50")
    row = Tariff.objects.get()
    row.exceptions = "image = 4\nz-image = 10"
    row.save()
    assert pricing.quote(model, {"prompt": "кот"}, tariff.now()).price == Decimal("4.00")


def test_every_version_is_counted_and_kept():
    row = Tariff.objects.create(pk=1)
    for markup in ("2.5", "3"):
        row.markup = Decimal(markup)
        row.save()
    assert tariff.now().version == 3
    assert [one.markup for one in row.history.all()] == [Decimal(3), Decimal("2.5"), None]


def test_establishing_twice_changes_nothing():
    for _ in range(2):
        establish()
    assert Tariff.objects.get().version == 1


def test_lines_that_are_not_understood_are_not_saved():
    with pytest.raises(BadLine):
        Tariff.objects.create(pk=1, exceptions="z-image")
    assert not Tariff.objects.exists()


@pytest.mark.parametrize(("age", "stale"), [(5, False), (6, True)])
def test_a_daily_rate_older_than_the_operators_days_is_stale(age, stale):
    row = Tariff(pk=1, daily=True, stale_days=5)
    assert row.is_stale(heard("95", day=clock.now().date() - timedelta(days=age))) is stale


def test_one_that_was_never_heard_is_stale_and_one_that_is_off_never():
    assert Tariff(pk=1, daily=True).is_stale(None)
    assert not Tariff(pk=1).is_stale(None)


ATTACKS = {
    "tariff_one_row": "UPDATE kie_tariff SET id = 2",
    "tariff_rate": "UPDATE kie_tariff SET usd_rub_rate = 0",
    "tariff_markup": "UPDATE kie_tariff SET markup = 0.5",
    "tariff_least": "UPDATE kie_tariff SET least_rub = 0",
    "tariff_step": "UPDATE kie_tariff SET step_rub = 0.03",
    "tariff_source": "UPDATE kie_tariff SET jump_percent = 0",
    "rate_state_known": "UPDATE kie_dollarrate SET state = 'x'",
    "rate_positive": "UPDATE kie_dollarrate SET rubles = 'NaN'",
    "rate_declined_by": "UPDATE kie_dollarrate SET state = 'declined'",
    "rate_said_once": "UPDATE kie_dollarrate SET rubles = 95",
    "rate_one_proposal": "UPDATE kie_dollarrate SET state = 'proposed'",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_can_never_be_the_database_refuses(name):
    Tariff.objects.create(pk=1)
    heard("95")
    heard("96")
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ATTACKS[name])
