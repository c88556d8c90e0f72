"""The console around the admin's lists: log-in, first page, menu, story; and what no page may do."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from kie import breaker
from kie.breaker import Breaker
from reliability import clock
from tests.trt.operator_side import ordered
from tests.trt.test_admin_pages import (
    PASSWORD,
    assistant,  # noqa: F401 (fixtures)
    operator,  # noqa: F401
    page,
    page_of,
    shop,  # noqa: F401
)

INDEX = "/admin/"
CSP = {
    "default-src 'none'",
    "script-src 'self' 'unsafe-eval'",
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'self'",
    "frame-ancestors 'none'",
}


class Inline(HTMLParser):
    """What a strict policy would not let run or apply."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on")]


def test_an_operator_logs_in_in_russian_and_a_wrong_password_is_explained(client, db):
    User.objects.create_superuser("operator", password=PASSWORD)
    login = client.get(INDEX, follow=True)
    assert "С возвращением" in login.content.decode()

    wrong = client.post("/admin/login/", {"username": "operator", "password": "wrong"})
    assert "корректные" in wrong.content.decode()

    right = client.post("/admin/login/?next=/admin/", {"username": "operator", "password": PASSWORD}, follow=True)
    assert right.redirect_chain == [(INDEX, 302)]
    assert "За последние 24 часа" in right.content.decode()


def test_whoever_opens_the_login_itself_comes_to_the_first_page_and_leaves_it_again(client, db):
    User.objects.create_superuser("operator", password=PASSWORD)
    logged_in = client.post("/admin/login/", {"username": "operator", "password": PASSWORD})
    assert logged_in.url == INDEX
    assert client.get("/admin/login/").url == INDEX  # who is in already

    client.post("/admin/logout/")
    assert client.get(INDEX).url.startswith("/admin/login/")


def test_the_first_page_shows_the_day(operator, shop):  # noqa: F811
    ordered(shop.customer)

    context = operator.get(INDEX).context

    assert [card["value"] for card in context["cards"]] == [2, "0,0 %", "0,00 ₽", "110,00 ₽", 4]
    assert [card["note"] for card in context["cards"]][::4] == ["заказано; уже закончено: 1", "впервые написали боту"]
    assert [line["count"] for line in context["work"]] == [1, 1, context["work"][2]["count"], 0, 0, 1, 0, 1, 1]
    assert len(context["failures"]["rows"]) == 1


def test_the_first_page_is_empty_for_whom_money_is_no_business(shop, assistant):  # noqa: F811
    assert "cards" not in assistant("view_dialog").get(INDEX).context


def test_the_first_page_says_that_sales_are_paused_and_what_else_kie_does_not_take(operator, shop):  # noqa: F811
    Breaker.objects.all().delete()
    with clock.owned(lambda: datetime(2026, 11, 29, 11, 5, tzinfo=UTC)):
        breaker.trip(breaker.creates_of("veo"), breaker.Reason.MAINTENANCE, "455: back soon")
    with clock.owned(lambda: datetime(2026, 11, 30, 11, 5, tzinfo=UTC)):
        breaker.trip(breaker.ACCOUNT, breaker.Reason.CREDITS, "402: Credits insufficient")
        answer = operator.get(INDEX)
    told = answer.content.decode()

    assert [strip["text"] for strip in answer.context["strips"]] == [
        "Продажи стоят с 14:05: на счёте KIE пусто",
        "Новые генерации KIE API «veo» ждут с 29.11, 14:05: технические работы",
    ]
    assert told.count("trt-shut") == 1
    assert told.index("Продажи стоят") < told.index("За последние 24 часа")
    assert f'href="{page_of(Breaker.objects.get(pk=breaker.ACCOUNT))}"' in told


def test_the_first_page_is_silent_once_a_trial_may_go(operator, shop):  # noqa: F811
    breaker.trip(breaker.ACCOUNT, breaker.Reason.CREDITS, "402: Credits insufficient")
    Breaker.objects.filter(pk=breaker.ACCOUNT).update(state="half_open")

    assert operator.get(INDEX).context["strips"] == []


def test_every_entry_of_the_menu_opens(operator, shop):  # noqa: F811
    entries = [item for group in operator.get(INDEX).context["sidebar_navigation"] for item in group["items"]]

    assert len(entries) == 44
    assert "/health" in [entry["link"] for entry in entries]
    for entry in entries:
        if entry["link"] == "/health":  # asks from threads of its own, which a test's transaction does not reach
            continue
        assert operator.get(entry["link"], follow=True).status_code == 200, entry["title"]


def test_the_menu_has_only_what_one_may_see(shop, assistant):  # noqa: F811
    groups = assistant("view_job").get(INDEX).context["sidebar_navigation"]

    assert [[item["link"] for item in group["items"]] for group in groups[1:]] == [[page("kie_job")]]


@pytest.mark.parametrize("given", ["cid", "code", "as it was typed"])
def test_a_story_tells_update_job_transfers_and_delivery_in_order(operator, shop, given):  # noqa: F811
    if given == "cid":
        told = operator.get(reverse("story", args=[shop.job.cid]))
    else:
        code = shop.code if given == "code" else shop.code.replace("-", "").lower()
        told = operator.get(reverse("story-search"), {"code": f" {code} "})

    firsts = list(dict.fromkeys(line.url for line in told.context["lines"]))
    expected = [page_of(row) for row in (shop.update, shop.job, shop.hold, shop.release, shop.result)]
    assert [url for url in firsts if url in expected] == expected
    assert [line.at for line in told.context["lines"]] == sorted(line.at for line in told.context["lines"])
    assert {line.cid for line in told.context["lines"]} == {shop.job.cid}
    assert "cancelled" in told.content.decode()


@pytest.mark.parametrize("words", ["910000001", "charge-of-anna", "anna", "@anna"])
def test_other_words_offer_the_rows_whose_story_it_may_be(operator, shop, words):  # noqa: F811
    offered = operator.get(reverse("story-search"), {"code": words}).content.decode()

    assert f'href="{page_of(shop.topup)}"' in offered
    assert f'href="{reverse("story", args=[shop.topup.cid])}"' in offered


def test_unknown_words_are_answered_with_a_sentence(operator, shop):  # noqa: F811
    assert "ничего не нашлось" in operator.get(reverse("story-search"), {"code": "ZZZZ-ZZZZ"}).content.decode()


def test_a_story_is_for_those_who_may_see_jobs(client, shop, assistant):  # noqa: F811
    story = reverse("story", args=[shop.job.cid])
    assert client.get(story).status_code == 302
    assert assistant("view_dialog").get(story).status_code == 403


def test_the_policy_is_strict_and_no_page_needs_more(operator, shop):  # noqa: F811
    job, story = page_of(shop.job), reverse("story", args=[shop.job.cid])
    pages = ["/admin/login/", INDEX, page("kie_job"), job, story, page_of(shop.job.model), "/api/docs"]
    for url in pages:
        answer = operator.get(url, follow=True)
        assert set(answer["Content-Security-Policy"].split("; ")) == CSP
        assert Inline(answer.content.decode()).found == [], url


def test_the_admin_speaks_the_language_of_its_reader(operator, shop):  # noqa: F811
    assert "Код поддержки" in operator.get(page("kie_job")).content.decode()
    assert "Support code" in operator.get(page("kie_job"), headers={"accept-language": "en"}).content.decode()
