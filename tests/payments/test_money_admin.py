"""People and money in the admin: found by what a person can tell, linked, never edited."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from payments import ledger, topups
from payments.models import Customer, Transfer
from reliability import cid

PAGES = ("customer", "transfer", "topup")


def page(name, action="changelist", *args):
    return reverse(f"admin:payments_{name}_{action}", args=args)


@pytest.fixture
def operator(client, db):
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def paid(customer):
    """A top-up of 50.00, credited to the customer; somebody else stands beside."""
    offer = topups.start(customer, Decimal("50.00"), cid=cid.new())
    topups.paid(offer, external_id="charge-1", currency="XTR", minor_amount=80, cid=cid.new())
    offer.refresh_from_db()
    return offer


@pytest.fixture
def others(met):
    return [met("7.00") for _ in range(3)]


def found(operator, name, query):
    listed = operator.get(page(name), {"q": query})
    assert listed.status_code == 200
    return list(listed.context["cl"].queryset)


def test_every_page_opens(operator, paid, others):
    for name, row in zip(PAGES, (paid.customer, paid.transfer, paid), strict=True):
        assert operator.get(page(name)).status_code == 200
        assert operator.get(page(name, "change", row.pk)).status_code == 200


def test_lists_do_not_ask_once_a_row(operator, met, django_assert_max_num_queries):
    for _ in range(20):
        met("5.00")
    for name in PAGES:
        with django_assert_max_num_queries(14):
            operator.get(page(name))


def test_a_person_is_found_by_id_username_and_support_code(operator, paid, others):
    customer = paid.customer
    for query in (
        str(customer.telegram_id),
        customer.username,
        cid.support_code(paid.cid),
        cid.support_code(paid.transfer.cid).lower(),
    ):
        assert found(operator, "customer", query) == [customer]


def test_transfers_are_found_by_ref_cid_support_code_and_person(operator, paid, others):
    transfer = paid.transfer
    for query in (transfer.ref, transfer.cid, cid.support_code(transfer.cid), "charge-1"):
        assert found(operator, "transfer", query) == [transfer]
    assert found(operator, "transfer", str(transfer.customer.telegram_id)) == list(
        Transfer.objects.of(transfer.customer)
    )


def test_top_ups_are_found_by_payment_offer_and_support_code(operator, paid, others):
    for query in ("charge-1", str(paid.offer), cid.support_code(paid.cid), paid.transfer.ref):
        assert found(operator, "topup", query) == [paid]


def test_a_person_links_to_all_that_is_theirs(operator, paid, others):
    shown = operator.get(page("customer", "change", paid.customer.pk)).content.decode()

    for listed in (page("transfer"), page("topup"), reverse("admin:kie_job_changelist")):
        link = f"{listed}?customer__id__exact={paid.customer.pk}"
        assert link in shown
        assert operator.get(link).status_code == 200
    assert [
        row.customer
        for row in operator.get(f"{page('topup')}?customer__id__exact={paid.customer.pk}").context["cl"].queryset
    ] == [paid.customer]
    assert "150.00" in shown or "150,00" in shown


@pytest.mark.parametrize("name", ["transfer", "topup"])
def test_nobody_writes_money_here(operator, paid, name):
    row = paid if name == "topup" else paid.transfer

    assert operator.get(page(name, "add")).status_code == 403
    assert operator.post(page(name, "change", row.pk), {"amount": "1"}).status_code == 403
    assert operator.post(page(name, "delete", row.pk), {"post": "yes"}).status_code == 403
    operator.post(page(name), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    row.refresh_from_db()


def test_a_person_is_edited_by_nobody(operator, paid):
    customer = paid.customer
    tried = {
        "blocked": "on", "telegram_id": "5", "username": "x", "locale": "en",
        "wallet-TOTAL_FORMS": "1", "wallet-INITIAL_FORMS": "1", "wallet-0-customer": customer.pk, "wallet-0-balance": "999",
    }  # fmt: skip
    assert operator.post(page("customer", "change", customer.pk), tried).status_code == 403

    now = Customer.objects.get(pk=customer.pk)
    assert (now.blocked, now.telegram_id, now.username) == (False, customer.telegram_id, customer.username)
    assert ledger.available(customer) == Decimal("150.00")
    assert operator.get(page("customer", "add")).status_code == 403
    assert operator.post(page("customer", "delete", customer.pk), {"post": "yes"}).status_code == 403
