"""A run in the admin: started, looked at, decided field by field, published, rolled back; and what its pages refuse."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from kie import registry
from kie.catalogue import RegistryVersion
from kie.sync.syncrun import SyncRun
from tests.kie.sync.book import spec
from tests.kie.sync.looks import BOOK, drift, looked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


@pytest.fixture
def page(client, operator) -> Iterator[Any]:
    client.force_login(operator)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:kie_{name}", args=args)


def test_an_operator_starts_a_run_and_sees_how_far_it_is(page):
    assert page.get(url("syncrun_compare")).status_code == 200
    assert SyncRun.objects.count() == 0
    answer = page.post(url("syncrun_compare"))
    row = SyncRun.objects.get()
    assert (answer.url, row.by) == (url("syncrun_look", row.pk), "operator")
    SyncRun.objects.update(state="reading", listing=[["a", "", None]] * 4, readings=[{}])
    assert "1 / 4" in page.get(answer.url).content.decode()


def test_an_operator_decides_field_by_field_and_publishes_after_a_look(page):
    row = drift()
    seen = page.get(url("syncrun_look", row.pk)).content.decode()
    assert (
        seen.index("Рискованное")
        < seen.index("input.nsfw_checker")
        < seen.index("Без риска")
        < seen.index("input.prompt.maxLength")
    )
    page.post(url("syncrun_look", row.pk), {"key": "z-image", "field": ["input.prompt.maxLength"]})
    assert "900" in page.get(url("syncrun_publish", row.pk)).content.decode()
    assert RegistryVersion.objects.count() == 1
    page.post(url("syncrun_publish", row.pk))
    assert RegistryVersion.objects.count() == 2


@pytest.mark.parametrize("ticked", [{}, {"field": ["input.no_such"]}])
def test_an_approval_of_nothing_is_refused_with_a_reason_and_decides_nothing(page, ticked):
    row = drift()
    answer = page.post(url("syncrun_look", row.pk), {"key": "z-image", "approve": "1"} | ticked, follow=True)
    row.refresh_from_db()
    assert row.decisions == {}
    (told,) = answer.context["messages"]
    assert told.level_tag == "error"
    assert ("Оставить как есть" in str(told)) == (not ticked)


def test_what_is_left_as_it_is_wants_its_own_button(page):
    row = drift()
    page.post(url("syncrun_look", row.pk), {"key": "z-image", "leave": "1", "field": ["input.prompt.maxLength"]})
    row.refresh_from_db()
    assert row.decisions == {"z-image": []}


def test_an_address_without_a_row_is_not_found(page):
    for pk in ("abc", "1e9", "0", "9" * 40, "1 ", "x/y"):
        for name in ("syncrun_look", "syncrun_publish", "registryversion_roll_back"):
            for ask in (page.get, page.post):
                assert ask(url(name, pk)).status_code == 404, (name, pk)
        for name in ("syncrun_change", "registryversion_change"):
            assert page.get(url(name, pk)).status_code in {302, 404}, (name, pk)


def test_doubts_are_said_again_before_publishing_and_what_contradicts_itself_is_not_published(page):
    doubt = "aspect_ratio: choices that are not of its type"
    broken = spec(BOOK, "z-image", aspect_ratio={"type": "string", "enum": [1, 2]})
    row = looked(replace(broken, doubts=(doubt,)))
    ticked = [change["field"] for change in row.found["changed"][0]["fields"]]
    page.post(url("syncrun_look", row.pk), {"key": "z-image", "field": ticked})
    told = page.get(url("syncrun_publish", row.pk)).context["sentences"]
    assert any(one.startswith("z-image") and doubt in one for one in told)
    assert any("input.aspect_ratio offers 1, which it does not take itself" in one for one in told)
    page.post(url("syncrun_publish", row.pk))
    assert RegistryVersion.objects.count() == 1


def test_a_rollback_shows_what_changes_first(page, published):
    later = registry.publish(BOOK.model_copy(update={"version": "2.5.0", "models": BOOK.models[:2]}), by="x")
    seen = page.get(url("registryversion_roll_back", published.pk)).content.decode()
    assert BOOK.models[2].key in seen
    assert RegistryVersion.objects.current() == later
    page.post(url("registryversion_roll_back", published.pk))
    assert RegistryVersion.objects.current() == published


def test_who_may_only_look_decides_nothing(client):
    row = drift()
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_syncrun", "view_registryversion"]))
    client.force_login(clerk)
    assert client.get(url("syncrun_look", row.pk)).status_code == 200
    for name, args in (
        ("syncrun_compare", ()),
        ("syncrun_look", (row.pk,)),
        ("syncrun_publish", (row.pk,)),
        ("registryversion_roll_back", (row.pk,)),
    ):
        assert client.post(url(name, *args), {"key": "z-image"}).status_code == 403, name
    row.refresh_from_db()
    assert row.decisions == {}
