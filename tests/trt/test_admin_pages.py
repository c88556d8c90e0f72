"""The admin as an operator meets it: every page opens, only what may be changed can be, everything is found and linked."""

import re
import uuid
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.urls import reverse
from django.utils.html import escape

from bot.models import Update, UpdateState
from reliability import clock
from reliability.adminkit import ReadOnly
from tests.trt.operator_side import TELEGRAM_ID, furnish, tapped

PAGES = {f"{m._meta.app_label}_{m._meta.model_name}": (m, page) for m, page in admin.site._registry.items()}
LOOKED_AT = [name for name, (_, page) in PAGES.items() if isinstance(page, ReadOnly)]
PASSWORD = "correct horse battery"


@pytest.fixture
def shop(db, settings):
    return furnish(settings)


@pytest.fixture
def operator(client, db):
    client.force_login(User.objects.create_superuser("operator", password=PASSWORD))
    return client


@pytest.fixture
def assistant(client, db):
    """Somebody of the staff who may do just what you say."""

    def allowed(*codenames):
        user = User.objects.create_user("assistant", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return client

    return allowed


def page(name, action="changelist", *args):
    return reverse(f"admin:{name}_{action}", args=args)


def page_of(row):
    return page(f"{row._meta.app_label}_{row._meta.model_name}", "change", row.pk)


def found(operator, name, words):
    answer = operator.get(page(name), {"q": words})
    assert answer.status_code == 200
    return list(answer.context["cl"].queryset)


@pytest.mark.parametrize("name", PAGES)
def test_every_list_and_every_row_opens(operator, shop, name):
    assert operator.get(page(name), follow=True).status_code == 200

    model, _ = PAGES[name]
    row = model._default_manager.first()
    if not name.startswith("axes_"):  # nobody has knocked
        assert row is not None
        own = operator.get(page_of(row))
        assert own.status_code == 200
        assert "(&#x27;" not in own.content.decode()  # a Python tuple, where people want words


@pytest.mark.parametrize(
    "address",
    [
        "/admin/story/?code=%00",
        "/admin/story/?code=a%00b",
        "/admin/story/%00/",
        "/admin/bot/update/?state__exact=%00",
        "/admin/bot/update/?q=%00",
        "/admin/kie/aimodel/%00/change/",
        "/static/%00",
    ],
)
def test_an_address_with_a_nul_is_refused_and_no_error_of_ours(operator, address):
    assert operator.get(address).status_code == 400
    assert operator.get(address.replace("%00", "%2500")).status_code in {200, 302, 404}


@pytest.mark.parametrize("name", ["payments_terms", "kie_tariff"])
def test_the_one_row_of_its_kind_is_opened_at_once(operator, shop, name):
    assert operator.get(page(name)).url == page_of(shop.rows()[name])


@pytest.mark.parametrize("name", ["payments_terms", "kie_tariff"])
def test_who_may_not_see_the_one_row_is_not_led_there(assistant, shop, name):
    assert assistant("payments.view_customer").get(page(name)).status_code == 403


def test_each_of_our_models_has_its_pages(shop):
    assert set(shop.rows()) <= set(PAGES)


@pytest.mark.parametrize("name", LOOKED_AT)
def test_what_processes_write_nobody_changes(operator, shop, name):
    row = PAGES[name][0]._default_manager.first()
    assert operator.get(page(name, "add")).status_code == 403
    if row is not None:
        assert operator.post(page(name, "change", row.pk), {"state": "x"}).status_code == 403
        assert operator.post(page(name, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_money_jobs_updates_and_schedules_are_among_what_is_only_looked_at():
    assert {"payments_transfer", "payments_topup", "kie_job", "bot_update", "django_q_schedule"} <= set(LOOKED_AT)


def test_a_support_code_finds_all_that_carries_it(operator, shop):
    tapped_again = shop.code.lower().replace("-", " ")
    for name, rows in {
        "kie_job": [shop.job],
        "bot_update": [shop.update],
        "bot_delivery": [shop.result],
        "payments_transfer": [shop.release, shop.hold],
        "payments_customer": [shop.customer],
    }.items():
        assert found(operator, name, shop.code) == rows
        assert found(operator, name, tapped_again) == rows


def test_rows_are_found_by_what_an_operator_has_in_hand(operator, shop):
    shop.job.kie_task_id = "task-of-anna"
    shop.job.save()
    for name, words, row in [
        ("kie_job", "task-of-anna", shop.job),
        ("kie_job", shop.hold.ref, shop.job),
        ("kie_job", str(TELEGRAM_ID), shop.job),
        ("kie_job", str(shop.job.public_id), shop.job),
        ("payments_transfer", shop.hold.ref, shop.hold),
        ("payments_topup", "charge-of-anna", shop.topup),
        ("payments_customer", "@anna", shop.customer),
        ("bot_update", str(shop.update.update_id), shop.update),
        ("bot_delivery", shop.result.dedup_key, shop.result),
        ("kie_aimodel", "z-image", shop.job.model),
    ]:
        assert row in found(operator, name, words), (name, words)
        assert found(operator, name, "nosuchwords") == []


def test_a_job_leads_to_its_person_money_updates_deliveries_and_story(operator, shop):
    shown = operator.get(page_of(shop.job)).content.decode()

    for row in (shop.customer, shop.job.model, shop.hold, shop.release, shop.update, shop.result):
        assert f'href="{page_of(row)}"' in shown
    assert f'href="{reverse("story", args=[shop.job.cid])}"' in shown
    assert "Маяк на скале" in shown


@pytest.mark.parametrize("name", ["kie_job", "payments_transfer", "bot_update", "bot_delivery"])
def test_every_row_of_a_story_leads_to_the_others(operator, shop, name):
    row = shop.rows()[name]
    shown = operator.get(page_of(row)).content.decode()

    for other in {shop.job, shop.release, shop.update, shop.result} - {row}:
        assert f'href="{page_of(other)}"' in shown


def test_a_person_leads_to_all_that_is_theirs(operator, shop):
    shown = operator.get(page_of(shop.customer)).content.decode()

    for name in ("kie_job", "payments_transfer", "payments_topup", "bot_update", "bot_delivery", "bot_dialog"):
        links = re.findall(rf'href="({re.escape(page(name))}\?[^"]+)"', shown)
        assert len(links) == 1, name
        listed = operator.get(links[0].replace("&amp;", "&")).context["cl"].queryset
        assert shop.rows()[name] in listed, name


def test_strangers_texts_are_shown_and_not_obeyed(operator, shop):
    shop.job.input = {"prompt": "<script>alert(1)</script>"}
    shop.job.save()

    shown = operator.get(page_of(shop.job)).content.decode()

    assert "<script>alert" not in shown
    assert escape("<script>alert(1)</script>") in shown


def test_doing_again_needs_the_right_to_change(shop, assistant, settings):
    dead = tapped(settings, 78)
    Update.objects.filter(pk=dead.pk).update(state=UpdateState.DEAD, done_at=dead.created_at)
    again = {"action": "replay", "_selected_action": [dead.pk], "confirm": "1"}

    client = assistant("view_update")
    client.post(page("bot_update"), again)
    assert Update.objects.get(pk=dead.pk).state == UpdateState.DEAD

    user = User.objects.get(username="assistant")
    user.user_permissions.add(Permission.objects.get(codename="change_update"))
    client.post(page("bot_update"), again)
    assert Update.objects.get(pk=dead.pk).state == UpdateState.NEW


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"state": "done", "attempts": 0}, "—"),
        ({"state": "new", "attempts": 2, "done_at": None}, "2"),
        ({"state": "new", "attempts": 1, "done_at": None, "claimed_by": uuid.uuid4()}, "0"),  # under way
        ({"state": "dead", "attempts": 3}, "3"),
    ],
)
def test_a_list_counts_the_attempts_that_failed(operator, shop, row, shown):
    Update.objects.update(**{"done_at": clock.now(), "claimed_by": None} | row)

    page = operator.get("/admin/bot/update/", headers={"accept-language": "en"}).content.decode()

    assert "failed attempts" in page.lower()
    assert re.findall(r"field-failures[^>]*>\s*([^<\s]+)", page) == [shown]


def test_times_are_moscows_and_say_so_while_the_database_speaks_utc(operator, shop):
    Update.objects.filter(pk=shop.update.pk).update(created_at=datetime(2026, 10, 12, 22, 5, 7, tzinfo=UTC))

    assert "13.10.2026 01:05:07 MSK" in operator.get(page_of(shop.update)).content.decode()
    assert "13.10.2026 01:05:07.000000 MSK" in operator.get(reverse("story", args=[shop.update.cid])).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('TimeZone')")
        assert cursor.fetchone() == ("UTC",)
