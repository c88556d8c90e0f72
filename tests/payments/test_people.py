"""Meeting people."""

from decimal import Decimal

import pytest

from payments import ledger, people
from payments.models import Customer, Transfer, Wallet


def meet(telegram_id=1, first_name="Анна", username="anna", language_code="ru"):
    return people.meet(telegram_id, first_name=first_name, username=username, language_code=language_code)


def test_a_new_person_gets_a_wallet_and_the_demo_rubles_once(db, settings):
    settings.DEMO_BONUS_RUB = Decimal("150.00")

    (anna, new), (again, new_again) = meet(), meet()

    assert (anna.pk, new, new_again) == (again.pk, True, False)
    assert ledger.available(anna) == anna.wallet.balance == Decimal("150.00")
    assert Transfer.objects.get(customer=anna).ref == "bonus:demo:1"


def test_outside_a_demo_nothing_is_given(db):
    anna, _ = meet()

    assert ledger.available(anna) == 0
    assert not Transfer.objects.exists()


def test_name_and_username_follow_telegram(db):
    meet()
    anna, _ = meet(first_name="Аня", username=None)

    anna.refresh_from_db()
    assert (anna.first_name, anna.username) == ("Аня", "")


@pytest.mark.parametrize(
    ("code", "locale"),
    [("ru", "ru"), ("en", "en"), ("en-GB", "en"), ("EN", "en"), ("de", "ru"), ("", "ru"), (None, "ru")],
)
def test_the_language_is_telegrams_and_russian_where_it_is_neither(db, code, locale):
    assert meet(language_code=code)[0].locale == locale


def test_a_chosen_language_stays(db):
    anna, _ = meet()
    assert meet(language_code="en")[0].locale == "en"
    Customer.objects.filter(pk=anna.pk).update(locale="ru", chosen_locale=True)

    assert meet(language_code="en")[0].locale == "ru"


def test_a_name_that_the_database_cannot_keep_does_not_stop_the_meeting(db):
    anna, _ = meet(first_name="A\0nna\ud83d" + "я" * 200, username="u" * 100)

    anna.refresh_from_db()
    assert anna.first_name.startswith("Anna?я")


@pytest.mark.django_db(transaction=True)
def test_eight_first_messages_at_once_make_one_person_with_one_bonus(settings, together):
    settings.DEMO_BONUS_RUB = Decimal("150.00")

    outcomes = together(8, lambda _: meet(telegram_id=77))

    assert [type(outcome) for outcome in outcomes] == [tuple] * 8
    assert sorted(new for _, new in outcomes) == [False] * 7 + [True]
    assert Wallet.objects.get(customer__telegram_id=77).balance == Decimal("150.00")
    assert Transfer.objects.count() == 1
