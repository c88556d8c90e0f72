"""TRT against peers that others wrote, from public documentation: a strict Bot API server and a strict KIE."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.e2e.stack import Stack, free_port, rubles, running, until
from tests.e2e.strangers.kie import Kie
from tests.e2e.strangers.telegram import Telegram
from tests.e2e.strangers.visitor import Visitor
from tests.e2e.test_main_job import photo

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(180)]

TOKEN, KEY, HMAC_KEY = (
    "6543210987:AAEstrangerStrangerStranger-strange_r",
    "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "hmac-of-settings",
)
PICTURE, EDIT, VIDEO = ("image", "Z-Image"), ("image", "Nano Banana: правк"), ("video", "Grok")
FIFTY = "pay:50"  # the least sum


@dataclass
class Abroad:
    """TRT and the strangers whom it serves."""

    stack: Stack
    telegram: Telegram
    kie: Kie


@contextmanager
def abroad(port: int, **more: str) -> Iterator[Abroad]:
    """All that TRT is told: credentials and addresses."""
    with ExitStack() as block:
        telegram, kie = (block.enter_context(peer.serving()) for peer in (Telegram(TOKEN), Kie(KEY, HMAC_KEY)))
        told = {"TELEGRAM_BOT_TOKEN": TOKEN, "KIE_API_KEY": KEY, "KIE_WEBHOOK_HMAC_KEY": HMAC_KEY}
        told |= {"TELEGRAM_API_URL": telegram.origin, "KIE_API_URL": kie.origin, "KIE_UPLOAD_URL": kie.origin}
        yield Abroad(block.enter_context(running({"PORT": port}, **told, **more)), telegram, kie)


@pytest.fixture(scope="module")
def polling() -> Iterator[Future[Abroad]]:
    """A second TRT, without an address; it starts while the first one works."""
    with ExitStack() as block, ThreadPoolExecutor(1) as starter:
        yield starter.submit(lambda: block.enter_context(abroad(free_port())))


@pytest.fixture(scope="module")
def trt(polling: Future[Abroad]) -> Iterator[Abroad]:
    """In webhook mode, as KIE's callbacks need it."""
    port = free_port()
    with abroad(port, WEBHOOK_BASE_URL=f"http://127.0.0.1:{port}") as there:
        until(lambda: there.telegram.updates.url, "the webhook is set")
        yield there
        assert_well_mannered(there)


def assert_well_mannered(there: Abroad) -> None:
    """At the end of all: nothing was refused but what a test asked for, every update taken at once, every spinner stopped."""
    until(lambda: not there.telegram.updates.waiting, "all updates are taken")
    until(lambda: not there.telegram.open_taps, "all taps are answered")
    unasked = [
        (call.method, call.answer["description"], call.args)
        for call in there.telegram.refusals()
        if call.answer["error_code"] != 429
        and "failed to get HTTP URL content" not in call.answer["description"]
        and "not modified" not in call.answer["description"]
    ]
    assert unasked == []
    assert set(there.telegram.updates.statuses) <= {200}
    assert {(path, code) for path, code in there.kie.asked if code != 200} == set()


def funded(there: Abroad, **who: Any) -> Visitor:
    """Somebody who has paid for fifty rubles."""
    person = Visitor(there.telegram, **who)
    person.writes("/topup")
    person.presses(FIFTY)
    assert person.pays()["paid"]
    person.sees("50,00")
    return person


def finished(there: Abroad, person: Visitor, media: str) -> dict[str, Any]:
    result = person.sees(media=media)
    person.at_rest()
    return result


def test_from_start_through_stars_to_a_picture(trt: Abroad):
    person = Visitor(trt.telegram, name="Анна <b> & K°", username="anna_k", last_name="О'Нил")
    confirmation = person.orders(*PICTURE, "Рыжий кот в космосе")
    price = rubles(confirmation["text"].split("Цена", 1)[1])
    person.presses("run:")
    person.sees("Не хватает", button="pay:")
    person.presses(FIFTY)

    assert person.pays()["paid"]
    person.sees("50,00", button="run:")
    person.presses("run:")
    result = finished(trt, person, "photo")

    assert rubles(result["caption"]) == price
    assert person.balance() == Decimal("50.00") - price
    task = list(trt.kie.tasks.values())[-1]
    assert (task.body["input"]["prompt"], task.callbacks) == ("Рыжий кот в космосе", [200])


def test_a_photo_goes_up_and_comes_back_changed(trt: Abroad):
    person = funded(trt)
    person.writes("/start")
    person.presses("shelf:image")
    person.presses(person.model_key(EDIT[1]))
    person.presses("start:")
    person.sees("Шаг 1")
    sent = photo()
    person.uploads(sent, "", "photo")
    person.presses("done:")
    person.sees("Шаг 2")
    person.writes("Добавь шляпу")
    person.presses("run:")

    finished(trt, person, "photo")

    (url,) = next(t.body["input"]["image_urls"] for t in trt.kie.tasks.values() if "image_urls" in t.body["input"])
    assert trt.kie.files[url.removeprefix(trt.kie.origin)] == ("image/jpeg", sent)


def test_a_video_that_telegram_cannot_fetch_is_uploaded(trt: Abroad):
    person = funded(trt)
    trt.telegram.not_by_url.add("video")
    confirmation = person.orders(*VIDEO, "Море на закате")
    price = rubles(confirmation["text"].split("Цена", 1)[1])
    person.presses("run:")

    result = finished(trt, person, "video")

    assert result["video"]["mime_type"] == "video/mp4"
    assert trt.telegram.files[result["video"]["file_id"]][1] == trt.kie.files[kie_path(trt, "mp4")][1]
    assert person.balance() == Decimal("50.00") - price


def kie_path(there: Abroad, suffix: str) -> str:
    return next(path for path in there.kie.files if path.endswith(suffix))


def test_a_task_that_fails_gives_the_money_back(trt: Abroad):
    person = funded(trt)
    trt.kie.fail_next.append(("500", "Internal server error"))
    person.orders(*PICTURE, "Не выйдет")
    person.presses("run:")

    person.sees("вернул", button="again:")

    assert person.balance() == Decimal("50.00")


def test_twenty_taps_are_one_task_and_one_charge(trt: Abroad):
    person = funded(trt)
    made = len(trt.kie.tasks)
    confirmation = person.orders(*PICTURE, "Двадцать раз")
    price = rubles(confirmation["text"].split("Цена", 1)[1])
    for _ in range(20):
        person.presses("run:", on=confirmation)

    finished(trt, person, "photo")

    assert len(trt.kie.tasks) == made + 1
    assert person.balance() == Decimal("50.00") - price


def test_a_button_of_another_bot_of_another_time_is_answered(trt: Abroad):
    person = Visitor(trt.telegram)
    person.writes("/start")

    person.press(person.sees(button="shelf:"), "buy|42|☂")

    person.sees("кнопка из старого сообщения")


def test_a_bill_that_was_forwarded_is_not_paid_by_somebody_else(trt: Abroad):
    person, friend = Visitor(trt.telegram), Visitor(trt.telegram)
    person.writes("/topup")
    person.presses(FIFTY)

    paid = friend.pays(person.sees(media="invoice"))

    assert (paid["paid"], "уже недействителен" in paid["error"]) == (False, True)
    assert friend.balance() == person.balance() == Decimal("0.00")


def test_an_english_person_is_spoken_to_in_english(trt: Abroad):
    person = Visitor(trt.telegram, name="John", language="en-GB")
    person.writes("/start")

    person.sees("Hello, John")


def test_when_telegram_says_slow_down_the_answer_comes_later(trt: Abroad):
    person = Visitor(trt.telegram)
    trt.telegram.slow_down["sendMessage"] = [1]

    person.writes("/help")

    person.sees(button="menu")


def test_the_longest_russian_description_is_shown_whole(trt: Abroad):
    person = Visitor(trt.telegram)
    words = "Щедрое описание. " * 240

    confirmation = person.orders(*VIDEO, words)

    assert confirmation["text"].count("Щедрое") >= 1


def test_polling_without_a_public_address(polling: Future[Abroad]):
    there = polling.result()
    person = funded(there)
    confirmation = person.orders(*PICTURE, "Через опрос")
    price = rubles(confirmation["text"].split("Цена", 1)[1])
    person.presses("run:")

    finished(there, person, "photo")

    assert person.balance() == Decimal("50.00") - price
    assert all("callBackUrl" not in task.body for task in there.kie.tasks.values())
    assert_well_mannered(there)
