"""The words of a hold in a real browser: the preview follows what is typed, by day and by night, at a phone's width."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect, sync_playwright

from bot import passive_copy
from bot.models import PassiveCopy
from tests.sandbox.page.conftest import CHROMIUM, FLAGS, PHONE
from tests.trt.test_admin_pages import page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no Chromium at {CHROMIUM}: apt-get install chromium"),
]


@pytest.fixture
def opened(live_server, client) -> Iterator[Callable[..., Page]]:
    """A page of the admin as its operator sees it; an error of a script or of the policy fails the test."""
    client.force_login(User.objects.create_superuser("operator"))
    session = client.cookies["sessionid"].value
    words = PassiveCopy.objects.get_or_create(locale="ru", defaults=passive_copy.DEFAULTS["ru"])[0]
    urls = {
        "form": live_server.url + page("bot_passivecopy", "change", words.pk),
        "earlier": live_server.url + page("bot_passivecopy", "simple_history", words.pk, words.history.first().pk),
    }
    errors: list[str] = []
    with sync_playwright() as playwright:  # after the database's work: its event loop is this thread's from here on
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS.split(), env={**os.environ, "LANG": "C.UTF-8"}
        )

        def _opened(of: str = "form", **how: Any) -> Page:
            context = browser.new_context(**{"locale": "ru", "reduced_motion": "reduce"} | how)
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            shown = context.new_page()
            shown.on("pageerror", lambda error: errors.append(str(error)))
            shown.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
            shown.goto(urls[of])
            return shown

        yield _opened
        browser.close()
    assert errors == []


def test_the_preview_follows_what_is_typed_and_runs_none_of_it(opened):
    shown = opened(viewport={"width": 1400, "height": 900}, color_scheme="light")
    bubble, key, toast = (shown.locator(f".tg-preview .tg-{name}") for name in ("text", "key", "toast"))
    expect(bubble).to_contain_text("по Москве")
    expect(bubble.locator("b")).to_have_text("Обновляемся")
    expect(key).to_have_text("🔄 Обновить")

    shown.locator("#id_message").fill("<i>Скоро</i> &lt;3 <img src=x><script>window.hit=1</script>")
    shown.locator("#id_button").fill("Ещё раз")
    shown.locator("#id_toast").fill("")

    expect(bubble.locator("i")).to_have_text("Скоро")
    expect(bubble).to_contain_text("<3")
    assert bubble.locator("img, script").count() == 0
    assert shown.evaluate("window.hit") is None
    expect(key).to_have_text("Ещё раз")
    expect(toast).to_have_text("")
    expect(shown.locator(".tg-over")).to_have_text("0 / 200")

    phone = opened(viewport=PHONE, color_scheme="dark")
    box = phone.locator(".tg-phone").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_what_the_server_would_refuse_is_said_under_the_preview_while_it_is_typed(opened):
    shown = opened()
    wrong, message = shown.locator(".tg-wrong li"), shown.locator("#id_message")
    for text, word in (
        ("<b>Скоро", "не закрыт"),
        ("Скоро<script>1</script>", "нет тега <script>"),
        ("Вернёмся к {untill}", "известно только {until}"),
    ):
        message.fill(text)
        expect(wrong).to_have_count(1)
        expect(wrong).to_contain_text(word)
    message.fill("<b>Скоро</b>, к {until}")
    expect(wrong).to_have_count(0)
    shown.locator("#id_button").fill("{until}")
    expect(wrong).to_contain_text("только в сообщении")


def test_the_end_is_told_in_the_language_of_the_words_not_of_the_operator(opened):
    shown = opened(locale="en")
    expect(shown.locator(".tg-preview .tg-text")).to_contain_text("по Москве")


def test_an_earlier_version_is_shown_with_its_preview_and_without_an_error(opened):
    shown = opened("earlier")
    expect(shown.locator(".tg-preview .tg-text")).to_contain_text("по Москве")
    expect(shown.locator(".tg-wrong li")).to_have_count(0)
