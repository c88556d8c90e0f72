"""Accounts, statements and files of money: they add up, follow their filter, hold no formula, know their bound."""

import csv
import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from payments import accounts, export
from payments.models import AuditEntry, Customer
from reliability import clock
from tests.trt.test_admin_pages import operator, page, page_of, shop  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


def test_accounts_add_up_to_zero_by_one_query(operator, shop, django_assert_num_queries):  # noqa: F811
    with django_assert_num_queries(1):
        found = {one.name: one for one in accounts.standings()}

    assert sum(one.sum for one in found.values()) == 0
    assert (found["provider:stars"].sum, found["provider:stars"].transfers) == (Decimal("-50.00"), 3)
    assert found["wallet"].sum == sum(person.wallet.balance for person in Customer.objects.all())
    assert accounts.off(list(found.values())) == {}
    shown = operator.get(reverse("admin:payments_transfer_accounts")).content.decode()
    assert "provider:stars" in shown
    assert "сходится" in shown


def test_accounts_of_a_time_are_those_of_its_transfers(operator, shop):  # noqa: F811
    later = clock.now() + timedelta(days=1)
    assert accounts.standings(since=later) == []
    assert len(accounts.standings(until=later)) == len(accounts.standings())
    wrong = operator.get(reverse("admin:payments_transfer_accounts"), {"since": "2026-02-02", "until": "2026-02-01"})
    assert "позже последнего" in wrong.content.decode()


def statement(client, person, **asked):
    return client.get(reverse("admin:payments_customer_statement", args=[person.pk]), asked)


def test_a_statement_has_every_movement_with_the_running_balance_and_totals(operator, shop):  # noqa: F811
    answer = statement(operator, shop.customer)

    rows = [(line[1], line[3], line[4]) for line in answer.context["movements"]["rows"]]
    assert rows == [(3, "+7,00", "50,00"), (2, "-7,00", "43,00"), (1, "+50,00", "50,00")]
    assert (answer.context["sums"].came, answer.context["sums"].went) == (Decimal("57.00"), Decimal("7.00"))


def test_a_statement_is_filtered_by_kind_and_day(operator, shop):  # noqa: F811
    def numbers(**asked):
        return [line[1] for line in statement(operator, shop.customer, **asked).context["movements"]["rows"]]

    today = clock.now().date()
    assert numbers(kind=["hold", "release"]) == [3, 2]
    assert numbers(since=str(today + timedelta(days=2))) == []
    assert numbers(until=str(today - timedelta(days=2))) == []
    assert numbers(since=str(today - timedelta(days=2)), until=str(today + timedelta(days=2))) == [3, 2, 1]


# Files


def sheet(content):
    """Cells of the workbook's one sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as workbook:
        assert workbook.testzip() is None
        root = ElementTree.fromstring(workbook.read("xl/worksheets/sheet1.xml"))
    return [[("".join(cell.itertext())) for cell in row] for row in root.iter() if row.tag.endswith("}row")]


def test_a_list_leaves_by_its_filter_and_the_audit_says_so(operator, shop):  # noqa: F811
    url = reverse("admin:payments_transfer_export", args=["csv"])
    answer = operator.post(f"{url}?kind__exact=hold")

    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (len(rows), len(head)) == (1, 13)
    assert rows[0][1:6] == [str(shop.customer.telegram_id), "2", "удержание", "7.00", "wallet"]
    entry = AuditEntry.objects.get(act="export")
    assert (entry.target, entry.after["filter"]) == ("payments.transfer", {"kind__exact": "hold"})
    assert operator.get(url).status_code == 405


@pytest.mark.parametrize("model", ["topup", "refund"])
def test_each_list_of_money_leaves_as_a_workbook(operator, shop, model):  # noqa: F811
    answer = operator.post(reverse(f"admin:payments_{model}_export", args=["xlsx"]))

    head, *rows = sheet(answer.content)
    assert len(rows) == {"topup": 3, "refund": 1}[model]
    assert all(len(row) == len(head) for row in rows)


def test_a_statement_leaves_oldest_first(operator, shop):  # noqa: F811
    url = reverse("admin:payments_customer_statement_export", args=[shop.customer.pk, "xlsx"])
    rows = sheet(operator.post(url).content)

    assert [row[1] for row in rows[1:]] == ["1", "2", "3"]
    assert AuditEntry.objects.get(act="export").customer == shop.customer


@pytest.mark.parametrize("text", ["=1+1", "+7", "-7", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_strangers_text_is_no_formula(form, text):
    content = export.made(form, ["h"], [[text, Decimal("-5.00")]])

    cells = sheet(content)[1] if form == "xlsx" else next(csv.reader(io.StringIO(content.decode("utf-8-sig").split("\n", 1)[1], newline="")))  # fmt: skip
    assert cells[0].startswith("'")
    assert cells[1] == "-5.00"


def test_a_file_has_a_bound_and_says_so(operator, shop, monkeypatch):  # noqa: F811
    monkeypatch.setattr(export, "MOST", 2)
    answer = operator.post(reverse("admin:payments_transfer_export", args=["csv"]), follow=True)

    assert "сузьте фильтр" in answer.content.decode()
    assert not AuditEntry.objects.filter(act="export").exists()
    assert len(list(csv.reader(io.StringIO(export.made("csv", ["h"], [["1"], ["2"]]).decode("utf-8-sig"))))) == 3


def test_what_xml_cannot_say_does_not_break_a_workbook():
    assert sheet(export.made("xlsx", ["h"], [["a\x00<b>&\ud800c"]]))[1] == ["a<b>&c"]
