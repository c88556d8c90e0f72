"""How much one operator may give away by promo codes, whatever way they go about it."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from payments.models import AuditEntry, PromoCode
from reliability import clock

GENERATE = reverse("admin:payments_promocode_generate")
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def entered(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk(db):
    """Who may make and change codes, and is no owner. The limit is 5,000 rubles."""
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__endswith="_promocode"))
    return clerk


@pytest.fixture
def owner(db):
    return User.objects.create_superuser("operator")


def batch(**facts):
    given = {"count": "25", "rubles": "100", "begins": "", "most_uses": "1", "ends_at": "", "note": "новый год"}
    return given | {"key": str(uuid.uuid4())} | facts


def made(client, code, **facts):
    given = {"rubles": "1000", "most_uses": "5", "active": "on", "note": "акция", "code": code} | facts
    return client.post(reverse("admin:payments_promocode_add"), given)


def test_codes_of_one_operator_together_give_no_more_than_a_second_person_would_have_to_see(clerk):
    """Else the limit of a second person could be walked around by a code, or by five."""
    client = entered(clerk)
    assert made(client, "BIG0", most_uses="").status_code == 200
    assert made(client, "BIG1", most_uses="6").status_code == 200
    assert made(client, "FITS", most_uses="4").status_code == 302
    again = made(client, "MORE", most_uses="2")
    assert "5000" in str(again.context["adminform"].form.errors).replace("\xa0", "").replace(",00", "").replace(
        ".00", ""
    )
    assert client.post(GENERATE, batch()).status_code == 200
    assert list(PromoCode.objects.values_list("code", flat=True)) == ["FITS"]
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.act, entry.rubles, entry.reason) == (clerk, "promo", Decimal("4000.00"), "акция")


def test_an_owner_sets_the_limit_and_is_not_bound_by_it(owner):
    assert made(entered(owner), "BIG0", most_uses="").status_code == 302
    assert AuditEntry.objects.get().after["code"] == "BIG0"


@pytest.mark.django_db(transaction=True)
def test_forms_of_one_operator_sent_at_once_count_one_after_the_other(clerk, together):
    clients = [entered(clerk) for _ in range(6)]
    outcomes = together(6, lambda n: made(clients[n], f"CODE{n}", most_uses="4").status_code)

    assert sorted(outcomes) == [200] * 5 + [302]
    assert PromoCode.objects.count() == AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["clerk", "owner"])
def test_a_batch_asked_for_by_many_clicks_is_made_once(request, who, together):
    user, asked = request.getfixturevalue(who), batch()
    clients = [entered(user) for _ in range(4)]
    outcomes = together(4, lambda n: clients[n].post(GENERATE, asked).status_code)

    assert outcomes == [302] * 4
    assert (PromoCode.objects.count(), AuditEntry.objects.count()) == (25, 1)
    page = clients[0].post(GENERATE, asked, follow=True)
    assert "второй раз ничего не сделано" in page.content.decode()
    assert PromoCode.objects.count() == 25


def dated(at):
    return f"{timezone.localtime(at):%d.%m.%Y}", f"{timezone.localtime(at):%H:%M:%S}"


@pytest.mark.parametrize(
    ("starts", "ends", "status"),
    [
        (None, 9, 200),  # open again
        (None, None, 200),  # for ever
        (-9, -1, 200),  # also on days before
        (None, -3, 302),  # for shorter than it was
        (-4, -2, 302),  # as it was: only the note
    ],
)
def test_a_code_above_the_limit_is_not_opened_again_by_its_days(clerk, starts, ends, status):
    now = clock.now().replace(microsecond=0)
    code = PromoCode.objects.create(
        code="BIG", rubles=Decimal(1000), starts_at=now - 4 * DAY, ends_at=now - 2 * DAY, note="акция"
    )
    given = {"code": "BIG", "rubles": "1000", "most_uses": "", "active": "on", "note": "прошла"}
    if starts is None and status == 302:
        starts = -4
    for name, days in (("starts_at", starts), ("ends_at", ends)):
        given[f"{name}_0"], given[f"{name}_1"] = dated(now + days * DAY) if days is not None else ("", "")

    answer = entered(clerk).post(reverse("admin:payments_promocode_change", args=[code.pk]), given)
    assert answer.status_code == status, answer.context["adminform"].form.errors
