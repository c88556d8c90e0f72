"""What is left on KIE's account is read, kept, and told once for each fall below the operators' limit."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from bot import renders
from bot.models import Delivery
from kie import balance
from kie.models import Balance, Tariff
from payments import people
from reliability import clock

pytestmark = pytest.mark.django_db
OPERATORS = (700_001, 700_002)


@pytest.fixture(autouse=True)
def operators(settings) -> None:
    settings.ADMIN_IDS, settings.USD_RUB_RATE = OPERATORS, Decimal(95)


def alarms() -> list[Delivery]:
    return list(Delivery.objects.filter(payload__what="credits_low").order_by("pk"))


def said(*credits: int) -> int:
    """KIE says these one after the other, five minutes apart; how many alarms came of it, of each operator."""
    for number, left in enumerate(credits):
        with clock.moved(timedelta(minutes=5 * number)):
            balance.note(Decimal(left))
    return len(alarms()) // len(OPERATORS)


def test_the_balance_is_read_and_kept_with_its_age(kie):
    kie.config(credits=4321.5)
    before = clock.now()
    assert balance.look() == 0
    row = Balance.objects.get()
    assert (row.credits, row.is_low, row.rubles()) == (Decimal("4321.50"), False, Decimal("2052.71"))
    assert row.read_at >= before


@pytest.mark.parametrize("answer", [{"code": 500}, {"code": 401, "msg": "no"}])
def test_what_kie_does_not_say_stays_as_it_was(kie, answer):
    kie.config(credits=4321)
    balance.look()
    kie.fault("credit", "code", times=0, **answer)
    with clock.moved(timedelta(hours=1)):
        assert balance.look() == 0
        row = Balance.objects.get()
        assert row.credits == 4321
        assert clock.now() - row.read_at >= timedelta(hours=1)
    assert alarms() == []


@pytest.mark.parametrize(
    ("credits", "times"),
    [
        ((5000, 1000), 0),
        ((5000, 999, 500, 0), 1),
        ((999,), 1),
        ((5000, 999, 1000, 999), 2),
        ((999, 999, 5000, 5000), 1),
    ],
)
def test_each_fall_below_the_limit_is_told_once(credits, times):
    assert said(*credits) == times


@pytest.mark.parametrize(("limit", "times"), [(None, 1), (0, 0), (100, 0), (901, 1)])
def test_the_limit_is_the_operators_and_none_is_none(limit, times):
    Tariff.objects.update_or_create(pk=1, defaults={"low_credits": limit})
    assert said(5000, 900) == times


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("ru", ("⚠️ На счёте KIE осталось кредитов: 812 (≈ 385 ₽).", "пополните счёт на kie.ai")),
        ("en", ("⚠️ KIE credits left: 812 (≈ ₽385).", "top up at kie.ai")),
    ],
)
def test_operators_read_how_much_is_left_and_what_to_do(locale, words):
    people.meet(OPERATORS[0], first_name="Ольга", username=None, language_code=locale)
    said(812)
    text = renders.render(alarms()[0]).text.replace("\u202f", " ")
    for part in words:
        assert part in text


def test_there_is_one_row():
    balance.note(Decimal(5))
    sql = "INSERT INTO kie_balance (id, credits, read_at, is_low) SELECT 2, credits, read_at, is_low FROM kie_balance"
    with pytest.raises(IntegrityError, match="balance_one_row"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
