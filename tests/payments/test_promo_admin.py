"""Promo codes as an operator has them: made one by one or by the hundred, switched off, taken along, never deleted."""

import csv
import io
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from payments import invites, people, promos
from payments.models import AuditEntry, Invite, PromoCode, Redemption
from reliability import clock

LIST = reverse("admin:payments_promocode_changelist")
GENERATE = reverse("admin:payments_promocode_generate")
BATCH = {
    "count": "25",
    "rubles": "15",
    "begins": "ny-",
    "most_uses": "1",
    "ends_at": "",
    "note": "новый год",
    "key": str(uuid.uuid4()),
}


@pytest.fixture
def operator(client, db):
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def used(customer):
    """A code of 10 rubles that `customer` has used."""
    PromoCode.objects.create(code="USED", rubles=Decimal("10.00"), most_uses=5)
    return promos.redeem(customer, "USED")


def saved(operator, row, **changes):
    facts = {"code": row.code, "rubles": row.rubles, "most_uses": row.most_uses or "", "note": row.note}
    given = {**facts, "active": "on", "starts_at_0": "", "starts_at_1": "", "ends_at_0": "", "ends_at_1": "", **changes}
    return operator.post(reverse("admin:payments_promocode_change", args=[row.pk]), given)


def test_a_code_is_kept_in_its_one_spelling(operator):
    answer = operator.post(
        reverse("admin:payments_promocode_add"),
        {"code": " lеto-26 ", "rubles": "10", "most_uses": "", "active": "on", "note": "лето"},
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert PromoCode.objects.get().code == "LETO26"


@pytest.mark.parametrize("code", ["ЛЕТО", "A", "A" * 33, "A!BC"])
def test_what_is_no_code_is_refused_in_words(operator, code):
    answer = operator.post(reverse("admin:payments_promocode_add"), {"code": code, "rubles": "10", "active": "on"})

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["code"]


@pytest.mark.parametrize("rubles", ["0", "-5", "10000.01"])
def test_a_sum_that_no_code_gives_is_refused_in_a_sentence_at_its_field(operator, rubles):
    answer = operator.post(reverse("admin:payments_promocode_add"), {"code": "SUM", "rubles": rubles, "active": "on"})

    assert "От 0,01 до 10 000 ₽." in answer.context["adminform"].form.errors["rubles"]
    assert "promo_rubles" not in answer.content.decode()
    assert not PromoCode.objects.exists()


def test_what_was_used_keeps_word_and_rubles_and_its_count_stands_whatever_the_page_knew(operator, used, met):
    code = PromoCode.objects.get()
    page = operator.get(reverse("admin:payments_promocode_change", args=[code.pk]))
    assert {"code", "rubles"} <= set(page.context["adminform"].readonly_fields)
    promos.redeem(met(), "USED")  # while the page is open

    assert saved(operator, code, code="OTHER", rubles="99", note="другое").status_code == 302

    code.refresh_from_db()
    assert (code.code, code.rubles, code.uses, code.note) == ("USED", Decimal("10.00"), 2, "другое")


def test_a_limit_below_the_uses_and_an_end_before_the_start_are_refused_in_words(operator, used):
    code = PromoCode.objects.get()
    days = {"starts_at_0": "02.01.2027", "starts_at_1": "00:00", "ends_at_0": "01.01.2027", "ends_at_1": "00:00"}

    assert saved(operator, code, most_uses="0").status_code == 200
    assert saved(operator, code, **days).status_code == 200
    assert PromoCode.objects.get().most_uses == 5


def test_a_batch_is_made_noted_found_and_taken_along(operator):
    answer = operator.post(GENERATE, BATCH, follow=True)

    made = list(PromoCode.objects.order_by("pk"))
    assert len(made) == 25
    assert all(one.code.startswith("NY") and one.most_uses == 1 for one in made)
    assert list(answer.context["cl"].queryset.order_by("pk")) == made
    assert LogEntry.objects.count() == 25

    taken = operator.post(LIST, {"action": "as_csv", "_selected_action": [one.pk for one in made]})
    rows = list(csv.DictReader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert [row["code"] for row in rows] == [one.code for one in made]
    assert rows[0]["start"] == f"promo_{made[0].code}"
    assert rows[0]["rubles"] == "15.00"


@pytest.mark.parametrize(
    "wrong", [{"count": "0"}, {"count": "5001"}, {"rubles": "0"}, {"rubles": "10001"}, {"begins": "ЛЯ"}, {"note": ""}]
)
def test_a_batch_that_cannot_be_is_refused(operator, wrong):
    assert operator.post(GENERATE, BATCH | wrong).status_code == 200
    assert not PromoCode.objects.exists()


def test_codes_are_switched_off_and_never_deleted(operator, used, met):
    code = PromoCode.objects.get()
    operator.post(LIST, {"action": "switch_off", "_selected_action": [code.pk]})

    assert promos.redeem(met(), "USED").why == promos.Why.OVER
    assert LogEntry.objects.get().object_id == str(code.pk)
    assert operator.post(reverse("admin:payments_promocode_delete", args=[code.pk]), {"post": "yes"}).status_code == 403


def test_a_code_whose_time_has_passed_reads_so(operator):
    yesterday = clock.now() - timedelta(days=1)
    PromoCode.objects.create(code="PAST", rubles=Decimal("10.00"), ends_at=yesterday)
    assert "срок истёк" in operator.get(LIST).content.decode()


def test_who_may_only_look_makes_none(client, db):
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_promocode"))
    client.force_login(clerk)

    assert client.get(LIST).status_code == 200
    assert client.post(GENERATE, BATCH).status_code == 403
    client.post(LIST, {"action": "switch_off", "_selected_action": ["1"]})
    assert not PromoCode.objects.exists()


def test_codes_are_taken_along_only_by_who_may_export_and_that_is_written_down(client, db):
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_promocode"))
    client.force_login(clerk)
    code = PromoCode.objects.create(code="UNUSED", rubles=Decimal("10.00"))
    take = {"action": "as_csv", "_selected_action": [code.pk]}
    assert b"promo_UNUSED" not in client.post(LIST, take, follow=True).content
    assert not AuditEntry.objects.exists()

    clerk.user_permissions.add(Permission.objects.get(codename="export_money"))
    assert b"promo_UNUSED" in client.post(LIST, take).content
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.by, entry.target) == ("export", clerk, "payments.promocode")


def test_uses_and_friends_are_found_by_person_and_code(operator, used, met, customer):
    friend, _ = people.meet(
        1001, first_name="Б", username=None, language_code="ru", invite_code=invites.code_of(customer)
    )
    uses, friends = (reverse(f"admin:payments_{name}_changelist") for name in ("redemption", "invite"))

    assert list(operator.get(uses, {"q": "USED"}).context["cl"].queryset) == [Redemption.objects.get()]
    assert list(operator.get(uses, {"code__id__exact": used.code_id}).context["cl"].queryset) == [used]
    for who in (friend, customer):
        assert list(operator.get(friends, {"q": who.telegram_id}).context["cl"].queryset) == [Invite.objects.get()]
