"""The chat page in a real browser, against a real local Telegram; the test is the bot, over the Bot API."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.sandbox.kie_side import DEADLINE_S, Process, sandbox_process, until

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
TOKEN = "7000000001:page"
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=DEADLINE_S * 1000)


class Bot:
    """The other side of the chat: calls the Bot API, takes updates by getUpdates."""

    def __init__(self, origin: str, chat: int) -> None:
        self.origin, self.chat, self.offset = origin, chat, 0

    def call(self, method: str, files: dict[str, Any] | None = None, **parameters: Any) -> Any:
        """A method of the Bot API that must succeed; its result."""
        url = f"{self.origin}/bot{TOKEN}/{method}"
        body = {"data": parameters, "files": files} if files else {"json": parameters}
        answer = requests.post(url, timeout=DEADLINE_S, **body).json()
        assert answer["ok"], answer
        return answer["result"]

    def say(self, text: str, *keys: str, **more: Any) -> int:
        """A message, one key a row whose data are its first letters; the message's number."""
        if keys:
            more["reply_markup"] = {"inline_keyboard": [[{"text": key, "callback_data": key[:30]}] for key in keys]}
        return int(self.call("sendMessage", chat_id=self.chat, text=text, **more)["message_id"])

    def hears(self, kind: str) -> Any:
        """The next update of this kind, of this person."""

        def look() -> Any:
            for update in self.call("getUpdates", offset=self.offset, timeout=1):
                self.offset = update["update_id"] + 1
                news = update.get(kind)
                if news and news["from"]["id"] == self.chat:
                    return news
            return None

        return until(look)


def picture(colour: str = "teal", size: tuple[int, int] = (640, 360)) -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with sandbox_process(tmp_path_factory.mktemp("page"), peers=("telegram",), TELEGRAM_BOT_TOKEN=TOKEN) as process:
        yield process


@pytest.fixture(scope="module")
def browser() -> Iterator[
    Browser
]:  # of the module: while it is open, its event loop is the thread's, which Django forbids
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS.split(), env={**os.environ, "LANG": "C.UTF-8"}
        )
        yield browser
        browser.close()


@pytest.fixture
def origin(peer: Process) -> Iterator[str]:
    origin = peer.origins["telegram"]
    yield origin
    requests.delete(f"{origin}/sandbox/faults", timeout=DEADLINE_S)


def newcomer(origin: str, language: str = "ru") -> int:
    body = {"first_name": "Вера", "language_code": language}
    return int(requests.post(f"{origin}/sandbox/users", json=body, timeout=DEADLINE_S).json()["id"])


@pytest.fixture
def bot(origin: str) -> Bot:
    return Bot(origin, newcomer(origin))


def opened(browser: Browser, bot: Bot, viewport: dict[str, int] = PHONE) -> Page:
    """The page of the bot's person; a script error on it fails the test that closes it."""
    page = browser.new_context(viewport=viewport, locale="ru", reduced_motion="reduce").new_page()
    page.errors = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.errors.append(error))  # type: ignore[attr-defined]
    page.goto(f"{bot.origin}/#{bot.chat}")
    return page


@pytest.fixture
def page(browser: Browser, bot: Bot) -> Iterator[Page]:
    page = opened(browser, bot)
    yield page
    assert page.errors == []  # type: ignore[attr-defined]
    page.context.close()


@pytest.fixture
def chat(page: Page, bot: Bot) -> Page:
    """A chat that has begun: the person pressed START, the bot has heard it."""
    page.get_by_role("button", name="Начать").click()
    assert bot.hears("message")["text"] == "/start"
    expect(page.get_by_role("textbox", name="Сообщение")).to_be_visible()
    return page


def bubble(page: Page, text: str) -> Locator:
    return page.locator(".row", has=page.locator(".text", has_text=text))


def top(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box
    return box["y"]
