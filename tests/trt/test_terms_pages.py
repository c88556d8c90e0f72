"""Terms of money and ways to pay: refused in words, shown old and new, saved, written down."""

from decimal import Decimal

import pytest
from django.urls import reverse

from bot.models import PassiveCopy
from payments import providers
from payments.models import AuditEntry, Method, Terms
from payments.terms import establish
from tests.trt.test_admin_pages import assistant, operator, shop  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
TERMS, METHOD = "/admin/payments/terms/1/change/", "admin:payments_method_change"
NOW = {  # the terms as they begin
    "stars_per_rub": "", "least_rub": "50.00", "greatest_rub": "50000.00", "welcome_rub": "0.00", "gift_least_rub": "10.00",
    "gift_most_rub": "30.00", "invite_rub": "25.00", "second_person_rub": "5000.00", "why": "так решили",
}  # fmt: skip


def test_terms_are_shown_old_and_new_then_saved_and_written_down(operator, shop):  # noqa: F811
    changed = NOW | {"stars_per_rub": "1.8", "gift_on": "on"}
    shown = operator.post(TERMS, changed)
    assert ("звёзд за рубль", "—", "1.8") in [(str(name), old, new) for name, old, new in shown.context["changed"]]
    assert Terms.now().stars_per_rub is None

    assert operator.post(TERMS, changed | {"confirm": "1"}).status_code == 302
    assert (Terms.now().rate, Terms.now().gift_on) == (Decimal("1.8"), True)
    entry = AuditEntry.objects.get(act="terms")
    assert (entry.before["stars_per_rub"], entry.after["stars_per_rub"], entry.reason) == (None, "1.8", "так решили")
    assert Terms.objects.get().history.first().history_user.username == "operator"


def test_the_demos_own_rubles_are_told_beside_the_gifts(operator, shop, settings):  # noqa: F811
    settings.DEMO_BONUS_RUB = Decimal("300.00")
    assert "300,00 ₽ каждому, кто приходит" in operator.get(TERMS).content.decode()

    settings.DEMO_BONUS_RUB = Decimal("0.00")
    assert "нет: это не демо" in operator.get(TERMS).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"stars_per_rub": "0"}, "Курс больше нуля"),
        ({"least_rub": "0.50"}, "Не меньше 1 ₽"),
        ({"greatest_rub": "50000.01"}, "Не больше 50 000 ₽"),
        ({"least_rub": "600", "greatest_rub": "500"}, "меньше наименьшего"),
        ({"welcome_rub": "1000.01"}, "От 0 до 1 000 ₽"),
        ({"gift_least_rub": "40"}, "Наибольший подарок меньше"),
        ({"second_person_rub": "-1"}, "Не меньше нуля"),
        ({"why": ""}, "Обязательное поле"),
    ],
)
def test_terms_that_cannot_be_are_refused_in_words(operator, shop, wrong, words):  # noqa: F811
    answer = operator.post(TERMS, NOW | {"invite_rub": "26.00"} | wrong | {"confirm": "1"})

    assert words in answer.content.decode()
    assert Terms.now().invite_rub == Decimal("25.00")


def method(client, row, **given):
    return client.post(reverse(METHOD, args=[row.pk]), {"ru": "on", "place": "5", "why": "пора"} | given)


def test_a_way_against_telegrams_rule_is_switched_on_only_by_who_has_read_it(operator, shop):  # noqa: F811
    row = Method.objects.create(provider="cards")
    seen = operator.get(reverse(METHOD, args=[row.pk])).content.decode()
    assert "только за Stars" in seen
    assert "не заданы в окружении" in seen

    assert "Прочтите правило" in method(operator, row, on="on", confirm="1").content.decode()
    assert method(operator, row, on="on", read="on", confirm="1").status_code == 302

    row.refresh_from_db()
    assert (row.on, row.ru, row.en, row.warning_read_by) == (True, True, False, "operator")
    assert AuditEntry.objects.get(act="method").after["on"] is True


def test_stars_break_no_rule(operator, shop):  # noqa: F811
    row = Method.objects.get(provider="stars")
    seen = operator.get(reverse(METHOD, args=[row.pk])).content.decode()
    assert "только за Stars" not in seen
    assert method(operator, row, confirm="1").status_code == 302
    row.refresh_from_db()
    assert not row.on
    assert method(operator, row, on="on", confirm="1").status_code == 302


def earlier(row):
    first = row.history.last()
    return reverse(f"admin:payments_{row._meta.model_name}_simple_history", args=[row.pk, first.pk])


def test_an_earlier_version_of_the_terms_comes_back_with_its_entry(operator, shop):  # noqa: F811
    operator.post(TERMS, NOW | {"invite_rub": "40.00", "confirm": "1"})
    assert operator.get(reverse("admin:payments_terms_history", args=[1])).status_code == 200
    assert operator.get(earlier(Terms.now())).status_code == 200
    operator.post(earlier(Terms.now()), NOW)

    assert Terms.now().invite_rub == Decimal("25.00")
    assert AuditEntry.objects.filter(act="terms").count() == 2


def test_who_may_only_look_brings_no_version_back(shop, assistant):  # noqa: F811
    client, copy = assistant("view_terms", "view_passivecopy"), PassiveCopy.objects.get(locale="ru")
    words = {"message": "<b>Взлом</b>", "button": "x", "toast": "y"}
    back = reverse("admin:bot_passivecopy_simple_history", args=[copy.pk, copy.history.last().pk])

    assert client.get(earlier(Terms.now())).status_code == 200
    assert client.post(earlier(Terms.now()), NOW | {"invite_rub": "999.00"}).status_code == 403
    assert client.post(back, words).status_code == 403
    assert Terms.now().invite_rub == Decimal("25.00")


def test_what_prepare_begins_with_is_stars_alone_and_once(db):
    for _ in range(2):
        establish()

    assert Terms.objects.count() == 1
    assert list(Method.objects.filter(on=True).values_list("provider", flat=True)) == ["stars"]
    assert set(Method.objects.values_list("provider", flat=True)) == providers.known()
