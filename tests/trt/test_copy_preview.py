"""The words of a hold in a real browser: the preview follows what is typed, by day and by night, at a phone's width."""

import os
from collections.abc import Callable, Iterator

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
    url = live_server.url + page("bot_passivecopy", "change", words.pk)
    errors: list[str] = []
    with sync_playwright() as playwright:  # after the database's work: its event loop is this thread's from here on
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS.split(), env={**os.environ, "LANG": "C.UTF-8"}
        )

        def _opened(**how: object) -> Page:
            context = browser.new_context(locale="ru", reduced_motion="reduce", **how)
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            shown = context.new_page()
            shown.on("pageerror", lambda error: errors.append(str(error)))
            shown.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
            shown.goto(url)
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
