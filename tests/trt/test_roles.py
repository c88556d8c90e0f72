"""Roles: each act of an operator is refused whoever lacks its right, by page and by direct POST; the roles are what we say."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from payments import refunds
from payments.acts import ACTS
from payments.models import AuditEntry, Customer, Difference, Proposal, Refund, TopUp, Transfer
from reliability import clock
from tests.trt.operator_side import furnish
from trt import roles

MAY = {  # who may do each act; the owner all of them
    "credit": {"finance"},
    "debit": {"finance"},
    "bonus": {"finance"},
    "payout": {"finance"},
    "block": {"operator"},
    "unblock": {"operator"},
    "approve": {"finance"},
    "reject": {"finance"},
    "refund": {"finance"},
    "requery": {"operator", "finance"},
    "went": {"finance"},
    "did_not": {"finance"},
    "settle": {"finance"},
    "settle_credit": {"finance"},
    "settle_debit": {"finance"},
}
ROWS = {
    **dict.fromkeys(("credit", "debit", "bonus", "payout", "block", "unblock"), "customer"),
    **dict.fromkeys(("approve", "reject", "refund", "requery"), "topup"),
    **dict.fromkeys(("went", "did_not"), "refund"),
    **dict.fromkeys(("settle", "settle_credit", "settle_debit"), "difference"),
}
PAGES = {  # of money beside the acts: who may open them
    "admin:payments_transfer_accounts": {"finance"},
    "admin:payments_auditentry_changelist": {"finance"},
    "admin:payments_proposal_changelist": {"finance"},
    "admin:payments_customer_changelist": {"support", "operator", "finance"},
    "admin:payments_topup_changelist": {"support", "operator", "finance"},
    "admin:payments_terms_changelist": {"support", "operator", "finance"},
    "admin:auth_user_changelist": set(),
}
ROLES = ("support", "operator", "finance", "owner")


@pytest.fixture
def shop(db, settings):
    shop = furnish(settings)
    roles.establish()
    return shop


@pytest.fixture
def as_role(client, shop):
    def entered(role):
        user = User.objects.create_user(f"{role}-1", is_staff=True)
        user.groups.set([Group.objects.get(name=role)])
        client.force_login(user)
        return client

    return entered


def row_of(act, shop):
    rows = {
        "customer": shop.customer,
        "topup": shop.topup,
        "refund": Refund.objects.get(),
        "difference": Difference.objects.get(),
    }
    return rows[ROWS[act]]


def test_every_act_stands_in_this_table():
    assert set(MAY) == set(ROWS) == set(ACTS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", MAY)
def test_an_act_is_refused_whoever_lacks_its_right(shop, as_role, act, role):
    client, before = as_role(role), (Transfer.objects.count(), AuditEntry.objects.count())
    page = reverse(f"admin:payments_{ROWS[act]}_{act}", args=[row_of(act, shop).pk])
    form = {
        "reason": "r",
        "rubles": "1.00",
        "telegram_id": shop.customer.telegram_id,
        "external_id": "e",
        "confirm": "1",
    }
    form["key"] = str(clock.uuid7())

    opened, posted = client.get(page).status_code, client.post(page, form).status_code

    if role == "owner" or role in MAY[act]:
        assert 403 not in {opened, posted}
    else:
        assert (opened, posted) == (403, 403)
        assert (Transfer.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ["carry_out", "decline"])
def test_only_money_people_are_second_persons(shop, as_role, act, role):
    client, row = as_role(role), Proposal.objects.get()
    page = reverse(f"admin:payments_proposal_{act}", args=[row.pk])

    statuses = {client.get(page).status_code, client.post(page, {"reason": "r", "confirm": "1"}).status_code}

    row.refresh_from_db()
    allowed = role in {"finance", "owner"}
    assert (403 not in statuses, row.state != "open") == (allowed, allowed)


@pytest.mark.parametrize("role", ROLES)
def test_a_page_opens_for_whom_it_is(shop, as_role, role):
    client = as_role(role)

    opens = {page: client.get(reverse(page), follow=True).status_code for page in PAGES}

    assert opens == {page: 200 if role in {"owner", *may} else 403 for page, may in PAGES.items()}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", ["transfer", "topup", "refund"])
def test_a_list_leaves_as_a_file_only_with_the_right(shop, as_role, model, role):
    page = reverse(f"admin:payments_{model}_export", args=["csv"])

    assert as_role(role).post(page).status_code == (200 if role in {"finance", "owner"} else 403)
    assert AuditEntry.objects.filter(act="export").exists() == (role in {"finance", "owner"})


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", ["terms", "method"])
def test_terms_and_ways_to_pay_are_the_owners(shop, as_role, model, role):
    row = shop.rows()[f"payments_{model}"]
    page = reverse(f"admin:payments_{model}_change", args=[row.pk])

    assert as_role(role).post(page, {"confirm": "1"}).status_code == (200 if role == "owner" else 403)


@pytest.mark.parametrize("role", ROLES)
def test_a_statement_is_seen_by_all_and_taken_away_by_few(shop, as_role, role):
    client, of = as_role(role), [shop.customer.pk]

    assert client.get(reverse("admin:payments_customer_statement", args=of)).status_code == 200
    taken = client.post(reverse("admin:payments_customer_statement_export", args=[*of, "csv"]))
    assert taken.status_code == (200 if role in {"finance", "owner"} else 403)


def test_roles_made_again_are_the_same_and_mend_what_was_changed(db):
    roles.establish()
    first = {group.name: set(group.permissions.all()) for group in Group.objects.all()}
    Group.objects.get(name="support").permissions.set(Group.objects.get(name="finance").permissions.all())
    roles.establish()

    assert {group.name: set(group.permissions.all()) for group in Group.objects.all()} == first
    assert set(first) == set(ROLES)


def test_strangers_are_sent_to_the_door(client, shop):
    topup = TopUp.objects.first()
    for page in (reverse("admin:payments_topup_approve", args=[topup.pk]), reverse("admin:payments_transfer_accounts")):
        for answer in (client.get(page), client.post(page, {"confirm": "1"})):
            assert (answer.status_code, "/login/" in answer.url) == (302, True)
    assert refunds.left(topup)[0] == topup.rubles
    assert Customer.objects.count() == 4
