"""Acts on the pages of money: asked, shown, done; the work list and the audit."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from payments import audit, difference, ledger, people, refunds, topups
from payments.cures import FIT
from payments.models import AuditEntry, Difference, DifferenceKind, Proposal, TopUp, Transfer
from payments.providers import Invoice
from payments.worklist_admin import CURES
from reliability import cid
from tests.payments.operators import named
from tests.trt.test_admin_pages import operator, page, page_of, shop  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


def acting_page(act, row):
    return reverse(f"admin:payments_{row._meta.model_name}_{act}", args=[row.pk])


def form_of(act, row, client, **given):
    key = client.get(acting_page(act, row)).context["form"]["key"].initial
    return {"key": str(key), "reason": "Ошибка бота"} | given


def pending(customer, rubles="100.00"):
    topup = topups.start(customer, Decimal(rubles), cid=cid.new())
    topups.billed(topup.pk, Invoice(f"i{topup.pk}", ""))
    return TopUp.objects.get(pk=topup.pk)


def test_an_act_is_asked_for_then_shown_then_done_once(operator, shop):  # noqa: F811
    person, had = shop.customer, ledger.available(shop.customer)
    form = form_of("credit", person, operator, rubles="12.50")

    shown = operator.post(acting_page("credit", person), form)
    assert "Что произойдёт" in shown.content.decode()
    assert shown.context["sentences"][0].startswith("На баланс человека придёт 12,50 ₽")
    assert form["key"] in shown.content.decode()
    assert ledger.available(person) == had

    for _ in range(2):
        assert operator.post(acting_page("credit", person), form | {"confirm": "1"}).url == page_of(person)
    assert ledger.available(person) == had + Decimal("12.50")
    assert "Ошибка бота" in operator.get(page_of(person)).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"reason": ""}, {"reason": " "}, {"rubles": "0"}, {"rubles": "-5"}, {"rubles": "1.001"}, {"rubles": "1000000.01"}, {"rubles": "NaN"}, {"key": ""}],
)  # fmt: skip
def test_what_makes_no_act_is_asked_again(operator, shop, wrong):  # noqa: F811
    form = form_of("credit", shop.customer, operator, rubles="5", confirm="1")
    before = Transfer.objects.count()

    again = operator.post(acting_page("credit", shop.customer), form | wrong)

    assert again.context["form"].errors
    assert Transfer.objects.count() == before


def test_a_look_at_a_page_moves_nothing(operator, shop):  # noqa: F811
    before = Transfer.objects.count()
    operator.get(acting_page("credit", shop.customer), {"rubles": "5", "reason": "r", "confirm": "1"})

    assert Transfer.objects.count() == before


def test_what_cannot_be_done_has_no_button_and_says_why(operator, shop):  # noqa: F811
    shown = operator.get(page_of(shop.topup)).content.decode()
    assert acting_page("refund", shop.topup) in shown
    assert acting_page("approve", shop.topup) not in shown

    answer = operator.get(acting_page("approve", shop.topup), follow=True)
    assert "Одобрить можно только" in answer.content.decode()


def test_not_enough_money_is_said_on_the_form(operator, shop):  # noqa: F811
    form = form_of("payout", shop.customer, operator, rubles="4000", confirm="1")
    answer = operator.post(acting_page("payout", shop.customer), form)

    assert "Не хватает денег: нужно 4000,00 ₽" in answer.content.decode()


def test_above_the_limit_the_page_says_so_and_another_operator_carries_it_out(operator, shop, client):  # noqa: F811
    person, had = shop.customer, ledger.available(shop.customer)
    form = form_of("bonus", person, operator, rubles="7000")
    assert "решает другой оператор" in operator.post(acting_page("bonus", person), form).context["sentences"][0]
    operator.post(acting_page("bonus", person), form | {"confirm": "1"})
    row = Proposal.objects.get(act="bonus")
    own = operator.get(page_of(row)).content.decode()
    carry = reverse("admin:payments_proposal_carry_out", args=[row.pk])
    assert carry not in own
    for decision in (carry, reverse("admin:payments_proposal_decline", args=[row.pk])):
        refused = operator.get(decision, follow=True)
        assert refused.redirect_chain == [(page_of(row), 302)]
        assert "Вы сами об этом просите: решает другой оператор." in refused.content.decode()

    client.force_login(User.objects.create_superuser("second"))
    assert carry in client.get(page_of(row)).content.decode()
    assert "На баланс человека придёт 7000,00 ₽" in client.get(carry).content.decode()
    for elsewise in ({}, {"change": "1"}):
        assert client.post(carry, elsewise).status_code == 200
        assert ledger.available(person) == had
    client.post(carry, {"confirm": "1"})

    assert ledger.available(person) == had + Decimal("7000.00")


def test_a_proposal_is_declined_with_a_reason(operator, shop):  # noqa: F811
    row = Proposal.objects.get()
    decline = reverse("admin:payments_proposal_decline", args=[row.pk])
    assert operator.post(decline, {"reason": "", "confirm": "1"}).context["form"].errors
    operator.post(decline, {"reason": "нет оснований"})
    row.refresh_from_db()
    assert row.state == "open"
    operator.post(decline, {"reason": "нет оснований", "confirm": "1"})

    row.refresh_from_db()
    assert (row.state, row.answer) == ("declined", "нет оснований")


def test_a_return_is_said_to_be_requested_not_done(operator, shop):  # noqa: F811
    form = form_of("refund", shop.topup, operator, rubles=str(shop.topup.rubles), confirm="1")

    said = operator.post(acting_page("refund", shop.topup), form, follow=True).content.decode()

    assert "Вернуть: запрошено. Чем закончится, покажет эта страница." in said
    assert "сделано" not in said


def test_the_form_of_an_approval_says_when_the_person_reads_the_reason(operator, shop):  # noqa: F811
    hints = {
        act: str(operator.get(acting_page(act, row)).context["form"]["reason"].help_text)
        for act, row in (("approve", named(pending(shop.customer))), ("reject", pending(shop.customer)))
    }

    assert "только если вы зачислите не ту сумму" in hints["approve"]
    assert hints["reject"].startswith("Человек прочтёт это слово в слово")


def test_a_top_up_is_approved_with_another_sum_from_its_page(operator, shop):  # noqa: F811
    topup = named(pending(shop.customer))
    asked = operator.get(acting_page("approve", topup)).context["form"]
    assert asked["rubles"].initial == Decimal("100.00")
    operator.post(acting_page("approve", topup), form_of("approve", topup, operator, rubles="80", confirm="1"))

    topup.refresh_from_db()
    assert (topup.state, topup.rubles, topup.reason) == ("paid", Decimal("80.00"), "Ошибка бота")


def test_a_whole_only_provider_is_offered_no_part(operator, shop):  # noqa: F811
    form = form_of("refund", shop.topup, operator, rubles="1", confirm="1")
    operator.post(acting_page("refund", shop.topup), form)

    assert shop.topup.refunds.get().rubles == shop.topup.rubles


def test_what_is_all_returned_says_so_and_a_form_sent_twice_that_it_was_sent_before(operator, shop):  # noqa: F811
    topup = shop.topup
    early, late = (form_of("refund", topup, operator, rubles=str(topup.rubles)) for _ in range(2))
    operator.post(acting_page("refund", topup), early | {"confirm": "1"})

    for step in ({}, {"confirm": "1"}):
        form = operator.post(acting_page("refund", topup), late | step).context["form"]
        assert list(form.errors) == ["__all__"]
        assert form.non_field_errors()[0].startswith("Возвращать нечего")
    again = operator.post(acting_page("refund", topup), early | {"confirm": "1"}, follow=True)
    assert "второй раз ничего не сделано" in again.content.decode()
    assert "Возвращать нечего" in operator.get(acting_page("refund", topup), follow=True).content.decode()
    assert topup.refunds.count() == 1


def test_of_a_bank_transfer_nobody_is_asked_and_its_return_has_the_banks_own_number(operator, shop):  # noqa: F811
    request = TopUp.objects.get(provider="manual")
    assert acting_page("requery", request) not in operator.get(page_of(request)).content.decode()
    bill = pending(shop.customer)
    assert acting_page("requery", bill) in operator.get(page_of(bill)).content.decode()

    topups.approve(request.pk, by="admin:1")
    refund = refunds.ask(request.pk, request.rubles, by="admin:1", reason="r")
    refunds.bury(refund, "by hand")
    asked = operator.get(acting_page("went", refund)).context["form"]["external_id"]
    assert (asked.label, "платёжной" in asked.help_text) == ("Номер перевода в вашем банке", False)


# The work list


@pytest.mark.parametrize("kind", DifferenceKind)
def test_each_difference_says_its_cure_and_has_the_buttons_that_mend_it(operator, shop, kind):  # noqa: F811
    paid = {"paid": shop.topup.minor_amount + 16, "currency": "XTR"}
    about = f"stars:{shop.topup.external_id}"
    about = {DifferenceKind.UNKNOWN_PAYMENT: "bank:x", DifferenceKind.REFUND_SHORT: f"refund:{about}:1"}.get(
        kind, about
    )
    line = difference.found(kind, about, provider="stars", topup=shop.topup, rubles=Decimal("10.00"), **paid)
    shown = operator.get(page_of(line)).content.decode()

    assert escape(str(CURES[kind])) in shown
    for act in ("settle", "settle_credit", "settle_debit"):
        assert (acting_page(act, line) in shown) == (act == "settle" or act in FIT.get(kind, ()))


def test_open_lines_come_first_and_are_counted_in_the_menu_and_on_the_first_page(operator, shop):  # noqa: F811
    ended = Difference.objects.get()
    operator.post(acting_page("settle", ended), form_of("settle", ended, operator, confirm="1"))
    lines = [difference.found(DifferenceKind.KIE_CREDITS, f"job:{n}", provider="kie") for n in range(2)]

    listed = operator.get(page("payments_difference"))
    assert list(listed.context["cl"].queryset) == [*lines, ended]
    first = operator.get("/admin/")
    counts = {line["title"]: line["count"] for line in first.context["work"]}
    assert (counts["Денежные расхождения"], counts["Предложения второму оператору"]) == (2, 1)
    items = {str(item["title"]): item for group in first.context["sidebar_navigation"] for item in group["items"]}
    assert (items["Расхождения"]["badge"], items["Предложения"]["badge"]) == (2, 1)
    ended.refresh_from_db()
    assert (ended.note, ended.ended_by) == ("Ошибка бота", "operator")


def test_a_receipt_on_review_is_counted_in_the_menu_and_on_the_first_page(operator, shop):  # noqa: F811
    first = operator.get("/admin/")
    (line,) = (line for line in first.context["work"] if line["title"] == "Чеки на проверке")
    assert (line["count"], line["url"]) == (1, f"{page('payments_topup')}?receipts=review")
    assert [row.state for row in operator.get(line["url"]).context["cl"].queryset] == ["pending"]
    items = {str(item["title"]): item for group in first.context["sidebar_navigation"] for item in group["items"]}
    assert items["Пополнения"]["badge"] == 1


# The audit


def test_the_audit_is_found_by_act_row_and_person(operator, shop):  # noqa: F811
    operator.post(
        acting_page("credit", shop.customer), form_of("credit", shop.customer, operator, rubles="1", confirm="1")
    )
    entry = AuditEntry.objects.get(act="credit")
    row = {"target": "payments.customer", "object_id": shop.customer.pk}
    for asked in (
        {"act": "credit"},
        row,
        {"q": str(shop.customer.telegram_id)},
        {"q": "Ошибка бота"},
        {"q": entry.cid},
    ):
        assert list(operator.get(page("payments_auditentry"), asked).context["cl"].queryset) == [entry], asked
    shown = operator.get(page_of(entry)).content.decode()
    assert "available: 50.00 → 51.00" in shown
    assert "Зачислить" in operator.get(reverse("story", args=[entry.cid])).content.decode() or entry.act in shown


def test_the_audit_speaks_its_readers_language_of_rows_and_their_kinds(operator, shop):  # noqa: F811
    topup = TopUp.objects.get(provider="manual")
    operator.post(acting_page("approve", topup), form_of("approve", topup, operator, rubles="70", confirm="1"))
    listed = page("payments_auditentry")

    shown = operator.get(listed).content.decode()
    assert "банковский перевод · зачислен" in shown
    assert "Пополнения" in shown
    assert not re.search(r">\s*payments\.topup\s*<", shown)
    shown = operator.get(listed, headers={"accept-language": "en"}).content.decode()
    assert "bank transfer · paid" in shown
    assert "банковский" not in shown


def test_the_audit_does_not_ask_for_each_row(operator, shop):  # noqa: F811
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            operator.get(page("payments_auditentry"))
        return len(queries)

    by = User.objects.get(username="operator")
    audit.record("block", shop.customer, by=by)
    few = asked()
    for number in range(5):
        person, _new = people.meet(number + 1, first_name="Ян", username="", language_code="ru")
        audit.record("block", person, by=by)
    assert asked() == few


def test_proposals_are_filtered_by_acts_in_words(operator, shop):  # noqa: F811
    shown = operator.get(page("payments_proposal")).content.decode()
    assert "?act=credit" in shown
    assert not re.search(r">\s*credit\s*<", shown)
    assert list(operator.get(page("payments_proposal"), {"act": "bonus"}).context["cl"].queryset) == []
