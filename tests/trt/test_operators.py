"""Who let whom do what: the audit has it, whatever became of Django's own journal."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import DatabaseError, transaction
from django.urls import reverse

from payments.models import AuditEntry
from tests.trt.test_admin_pages import PASSWORD, assistant, operator, page, page_of  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
NEW = "a-horse-of-another-colour"


@pytest.fixture
def clerk():
    return User.objects.create_user("clerk", password=PASSWORD, is_staff=True)


def acts():
    """What the audit tells: who did what to whom, and what it changed."""
    return [(one.by.username, one.act, one.shown, one.before, one.after) for one in AuditEntry.objects.order_by("pk")]


def saved(client, user, **given):
    """The form of an operator's page, as it stands and with this."""
    kept = {"username": user.username, "date_joined_0": "2026-12-01", "date_joined_1": "10:00", "is_active": "on"}
    kept |= {"is_staff": "on"} if user.is_staff else {}
    answer = client.post(page_of(user), kept | given)
    assert answer.status_code == 302, answer.context["errors"]


def test_a_new_operator_is_written_down(operator):  # noqa: F811
    form = {"username": "clerk", "password1": NEW, "password2": NEW, "usable_password": "true"}
    operator.post(page("auth_user", "add"), form)

    [(by, act, whom, before, after)] = acts()
    assert (by, act, whom) == ("operator", "access", "clerk")
    assert (before["name"], after["name"], after["is_active"], after["is_superuser"]) == (None, "clerk", True, False)
    assert NEW not in str(after)


def test_a_group_that_is_given_and_one_that_is_taken_are_written_down(operator, clerk):  # noqa: F811
    finance, support = (Group.objects.get_or_create(name=name)[0] for name in ("finance", "support"))
    clerk.groups.add(support)

    saved(operator, clerk, groups=[finance.pk])

    assert acts() == [("operator", "access", "clerk", {"groups": ["support"]}, {"groups": ["finance"]})]


def test_rights_and_flags_are_written_down(operator, clerk):  # noqa: F811
    right = Permission.objects.get(codename="decide_proposal")

    saved(operator, clerk, is_superuser="on", user_permissions=[right.pk])
    saved(operator, clerk, is_superuser="on", user_permissions=[right.pk], is_active="")

    assert acts() == [
        (
            "operator",
            "access",
            "clerk",
            {"rights": [], "is_superuser": False},
            {"rights": ["payments.decide_proposal"], "is_superuser": True},
        ),
        ("operator", "access", "clerk", {"is_active": True}, {"is_active": False}),
    ]


def test_what_changes_nothing_that_one_may_do_is_no_act(operator, clerk):  # noqa: F811
    saved(operator, clerk, email="clerk@example.org")
    assert acts() == []


def test_rights_of_a_group_are_written_down(operator):  # noqa: F811
    group = Group.objects.create(name="ночная смена")
    went, stays, came = Permission.objects.filter(content_type__app_label="kie").order_by("pk")[:3]
    group.permissions.set([went, stays])

    operator.post(page_of(group), {"name": "ночная смена", "permissions": [stays.pk, came.pk]})

    told = [{"rights": [f"kie.{right.codename}"]} for right in (went, came)]
    assert acts() == [("operator", "group", "ночная смена", *told)]


@pytest.mark.parametrize("from_the_list", [True, False])
def test_who_is_deleted_stays_in_the_audit(operator, clerk, from_the_list):  # noqa: F811
    if from_the_list:
        operator.post(page("auth_user"), {"action": "delete_selected", "_selected_action": clerk.pk, "post": "yes"})
    else:
        operator.post(page("auth_user", "delete", clerk.pk), {"post": "yes"})

    assert not User.objects.filter(username="clerk").exists()
    [(by, act, whom, before, after)] = acts()
    assert (by, act, whom, before["is_staff"], after["is_staff"]) == ("operator", "access_gone", "clerk", True, None)
    assert "clerk" in operator.get(page("payments_auditentry")).content.decode()


def test_nobody_deletes_themselves(operator):  # noqa: F811
    own = User.objects.get(username="operator")
    assert operator.post(page("auth_user", "delete", own.pk), {"post": "yes"}).status_code == 403


def test_anothers_password_is_changed_by_somebody(operator, clerk):  # noqa: F811
    change = reverse("admin:auth_user_password_change", args=[clerk.pk])
    assert operator.get(change).status_code == 200
    operator.post(change, {"password1": NEW, "password2": "a slip", "usable_password": "true"})
    assert acts() == []

    form = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
    operator.post(change, form)

    clerk.refresh_from_db()
    assert clerk.check_password(NEW)
    assert acts() == [("operator", "password", "clerk", {"can log in": True}, {"can log in": True})]


def test_ones_own_password_is_changed_by_oneself(operator):  # noqa: F811
    change = reverse("admin:password_change")
    form = {"old_password": "a guess", "new_password1": NEW, "new_password2": NEW}
    assert operator.post(change, form).status_code == 200
    assert acts() == []

    answer = operator.post(change, form | {"old_password": PASSWORD}, follow=True)

    assert answer.redirect_chain == [(reverse("admin:password_change_done"), 302)]
    assert acts() == [("operator", "password", "operator", {"can log in": True}, {"can log in": True})]


def test_ones_own_password_is_for_who_is_logged_in(client, db):
    assert reverse("admin:login") in client.get(reverse("admin:password_change")).url


def test_nobody_may_change_it_afterwards(operator, clerk):  # noqa: F811
    saved(operator, clerk, is_superuser="on")
    for change in (AuditEntry.objects.all().delete, lambda: AuditEntry.objects.update(act="bonus")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
