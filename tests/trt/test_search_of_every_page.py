"""The search of every page (Ctrl+K): what an operator has in hand leads to the person or the story."""

import pytest
from django.urls import reverse

from tests.trt.test_admin_pages import assistant, operator, page_of, shop  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


def answered(client, words, language="ru"):
    answer = client.get(reverse("admin:search"), {"extended": 1, "s": words}, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: code.replace("-", "")])
def test_a_support_code_leads_to_its_story(operator, shop, typed):  # noqa: F811
    assert f'href="{reverse("story", args=[shop.job.cid])}"' in answered(operator, typed(shop.code))


@pytest.mark.parametrize("words", ["910000001", "anna", "@anna", "Анна"])
def test_a_person_is_found_by_id_and_names(operator, shop, words):  # noqa: F811
    assert f'href="{page_of(shop.customer)}"' in answered(operator, words)


@pytest.mark.parametrize("words", ["Task-of-Anna", "charge-of-anna"])
def test_a_task_and_a_payment_lead_to_their_stories(operator, shop, words):  # noqa: F811
    shop.job.kie_task_id = "Task-of-Anna"
    shop.job.save()
    row = shop.job if words == "Task-of-Anna" else shop.topup

    assert f'href="{reverse("story", args=[row.cid])}"' in answered(operator, words)


def test_everybody_finds_what_they_may_see(assistant, shop):  # noqa: F811
    client = assistant("view_customer")

    assert f'href="{page_of(shop.customer)}"' in answered(client, "anna")
    assert reverse("story", args=[shop.topup.cid]) not in answered(client, "charge-of-anna")
    assert reverse("story", args=[shop.job.cid]) not in answered(client, shop.code)


def test_who_may_see_nothing_finds_nothing(assistant, shop):  # noqa: F811
    assert page_of(shop.customer) not in answered(assistant("view_dialog"), "anna")


def test_nothing_is_said_in_the_readers_language(operator):  # noqa: F811
    russian = answered(operator, "no-such-thing")
    assert "Ничего не нашлось" in russian
    assert "Найдено: 0" in russian
    assert "Found" not in russian

    assert "Found 0 results" in answered(operator, "no-such-thing", "en")
