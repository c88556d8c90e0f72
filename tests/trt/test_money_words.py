"""Money in the admin as people read it: sums in their own currency, operators by name, titles in the language of the page."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import translation

from payments import difference, ledger, refunds, saying, topups
from payments.models import Difference, DifferenceKind, Proposal, TopUp
from reliability import cid, clock
from tests.trt.test_admin_pages import operator, shop  # noqa: F401 (fixtures)
from tests.trt.test_money_pages import acting_page, form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill(shop):  # noqa: F811
    """A bill of a hundred rubles on a page, that came as fifty and was approved by an operator."""
    topup = topups.start(shop.customer, Decimal("100.00"), provider="yookassa", cid=cid.new())
    topups.paid(topup, external_id="pay-1", currency="RUB", minor_amount=5_000, cid=cid.new(), provider="yookassa")
    return TopUp.objects.get(external_id="pay-1")


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def post_export(client, name, *args):
    return client.post(reverse(f"admin:payments_{name}_export", args=[*args, "csv"]))


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(10_000, "RUB", "100,00 ₽"), (160, "XTR", "160 ⭐"), (125, "EUR", "1,25 EUR"), (1, "RUB", "0,01 ₽")],
)
def test_a_price_is_money_of_its_currency(minor, currency, shown):
    with translation.override("ru"):
        assert saying.price(minor, currency) == shown


def test_no_page_and_no_file_of_a_top_up_shows_kopecks(operator, bill):  # noqa: F811
    for url in (reverse("admin:payments_topup_changelist"), reverse("admin:payments_topup_change", args=[bill.pk])):
        page = operator.get(url).content.decode()
        assert "50,00 ₽" in page
        assert "5000 RUB" not in page
        assert "просили 100.00 RUB, заплачено 50.00 RUB" in page

    row = next(one for one in rows_of(post_export(operator, "topup")) if one["Id платежа"] == "pay-1")
    assert (row["Цена"], row["Валюта"]) == ("50.00", "RUB")


def test_a_return_is_shown_in_the_currency_of_its_payment_with_the_name_of_who_asked(operator, bill):  # noqa: F811
    by = User.objects.get(username="operator")
    refund = refunds.ask(bill.pk, Decimal("20.00"), by=f"admin:{by.pk}", reason="asked")

    for url in (reverse("admin:payments_refund_changelist"), reverse("admin:payments_refund_change", args=[refund.pk])):
        page = operator.get(url).content.decode()
        assert f"admin:{by.pk}" not in page
    assert "20,00 ₽" in page

    row = next(one for one in rows_of(post_export(operator, "refund")) if one["Кто"] == "operator")
    assert (row["Цена"], row["Валюта"]) == ("20.00", "RUB")


@pytest.mark.parametrize(
    ("language", "told"),
    [("ru", "просили 100.00 RUB, заплачено 50.00 RUB"), ("en", "asked 100.00 RUB, paid 50.00 RUB")],
)
def test_what_is_odd_about_a_payment_is_told_in_the_readers_language(operator, bill, language, told):  # noqa: F811
    pages = [
        reverse("admin:payments_topup_changelist"),
        reverse("admin:payments_topup_change", args=[bill.pk]),
        reverse("story", args=[bill.cid]),
    ]
    for url in pages:
        assert told in operator.get(url, headers={"accept-language": language}).content.decode()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "nobody knows the offer 'b{}'; more than 100000 at once",
            "предложение 'b{}' никому не известно; больше 100000 за раз",
        ),
        ("not enough on the account", "not enough on the account"),
        ("", "—"),
    ],
)
def test_each_oddity_is_told_and_others_words_as_they_came(error, told):
    with translation.override("ru"):
        assert saying.trouble(error) == told


def test_facts_of_a_difference_are_money_and_words(operator, bill):  # noqa: F811
    line = difference.found(
        DifferenceKind.SUM, "yookassa:pay-1", provider="yookassa", topup=bill, paid=5_000, currency="RUB", since="2026-11-30T21:30:00+00:00"
    )  # fmt: skip
    page = operator.get(reverse("admin:payments_difference_change", args=[line.pk])).content.decode()

    assert "оплачено там: 50,00 ₽" in page
    assert "с каких пор: 01.12.2026 00:30" in page  # in Moscow
    assert "в платёжной системе другая сумма · yookassa:pay-1" in page


def test_a_refused_return_is_told_with_the_name_of_who_had_asked_and_a_cure(operator, bill):  # noqa: F811
    by = User.objects.get(username="operator")
    refund = refunds.ask(bill.pk, Decimal("20.00"), by=f"admin:{by.pk}", reason="не понравилось")
    refunds.refused(refund.pk, "not enough on the account")

    line = Difference.objects.get(kind=DifferenceKind.REFUND_REFUSED)
    page = operator.get(reverse("admin:payments_difference_change", args=[line.pk])).content.decode()
    assert "просил о возврате: operator" in page
    assert "почему: not enough on the account" in page
    assert "Платёжная система не вернула деньги" in page


def test_a_statement_leaves_with_one_signed_sum_under_its_own_name_and_the_date_in_moscow(operator, shop):  # noqa: F811
    by = User.objects.get(username="operator")
    facts = {"cid": cid.new(), "actor": f"admin:{by.pk}", "note": "по ошибке"}
    ledger.adjust(shop.customer, Decimal("3.00"), ref="adjust:test", debit=True, **facts)

    with clock.owned(lambda: datetime(2026, 11, 30, 21, 30, tzinfo=UTC)):
        answer = post_export(operator, "customer_statement", shop.customer.pk)
    rows = rows_of(answer)

    assert [row["На баланс, ₽"] for row in rows] == ["50.00", "-7.00", "7.00", "-3.00"]
    assert "Сумма, ₽" not in rows[0]
    assert [row["Кто"] for row in rows] == ["", "", "", "operator"]
    named = f'attachment; filename="statement-{shop.customer.telegram_id}-2026-12-01-003000.csv"'
    assert answer["Content-Disposition"] == named


@pytest.mark.parametrize("language", ["ru", "en"])
def test_titles_are_of_one_language(bill, language):
    proposal = Proposal(act="credit", rubles=Decimal("7000.00"))
    line = Difference(kind=DifferenceKind.SUM, key="sum:yookassa:pay-1")
    with translation.override(language):
        titles = [str(bill), str(proposal), str(line)]

    assert (
        titles
        == {
            "ru": [
                "50,00 ₽ · YooKassa · зачислен",
                "Зачислить · 7000,00 ₽",
                "в платёжной системе другая сумма · yookassa:pay-1",
            ],
            "en": ["50.00 ₽ · YooKassa · paid", "Credit · 7000.00 ₽", "another sum at the provider · yookassa:pay-1"],
        }[language]
    )


@pytest.mark.parametrize("act", ["bonus", "payout", "credit", "debit"])
def test_the_preview_of_an_act_on_a_balance_says_that_the_person_is_told(operator, shop, act):  # noqa: F811
    person = shop.customer
    shown = operator.post(acting_page(act, person), form_of(act, person, operator, rubles="5.00"))

    assert "Человек получит сообщение." in shown.content.decode()
