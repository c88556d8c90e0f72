"""The main job over HTTP only: a person chats, picks, confirms a price, gets the result, and the balance falls by that price."""

import io
from decimal import Decimal

import psutil
import pytest
from dotenv import dotenv_values
from PIL import Image

from tests.e2e.stack import Person, Stack, rubles, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(180)]


def photo() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_from_start_to_a_picture_in_at_most_five_taps_and_the_balance_falls_by_the_price(person: Person):
    confirmation = person.orders("image", "Z-Image", "Рыжий кот в космосе")
    price = rubles(confirmation["text"].split("Цена", 1)[1])

    person.presses("run:")
    result = person.sees("Z-Image", media="photo")

    assert person.taps <= 5
    assert rubles(result["caption"]) == price
    assert person.balance() == Decimal("300.00") - price


def test_a_photo_goes_up_through_kies_own_upload_and_comes_back_changed(stack: Stack, person: Person):
    person.writes("/start")
    person.presses("shelf:image")
    person.presses(person.model_key("Nano Banana: прав"))
    person.presses("start:")
    person.uploads(photo(), "me.jpg", "photo")
    person.presses("done:")
    person.sees("Шаг 2")
    person.writes("Добавь шляпу")
    person.presses("run:")

    person.sees("Nano Banana", media="photo")

    sent = next(task for task in stack.tasks() if task["model"] == "google/nano-banana-edit")
    assert all(url.startswith(stack.kie) for url in sent["input"]["image_urls"])


@pytest.mark.long
@pytest.mark.parametrize(
    ("shelf", "model", "media"),
    [("video", "Grok Imagine", "video"), ("audio", "ElevenLabs: ", "audio"), ("music", "Suno", "audio")],
)
def test_every_kind_of_result_comes_as_what_it_is(person: Person, shelf: str, model: str, media: str):
    person.orders(shelf, model, "Спокойное утро у моря")
    person.presses("run:")

    person.sees(media=media)


def test_twenty_taps_on_the_start_are_one_job_and_one_charge(stack: Stack, person: Person):
    made = len(stack.tasks())
    confirmation = person.orders("image", "Z-Image", "Двадцать раз")
    price = rubles(confirmation["text"].split("Цена", 1)[1])
    for _ in range(20):
        person.presses("run:", on=confirmation)

    person.sees("Z-Image", media="photo")

    assert len(stack.tasks()) == made + 1
    assert person.balance() == Decimal("300.00") - price


def test_stars_are_credited_once_and_the_waiting_order_comes_back(person: Person):
    person.writes("/balance")
    person.presses("topup")
    person.presses("pay:100")
    paid = person.pays()

    assert paid["paid"], paid
    person.sees("400,00")
    assert person.balance() == Decimal("400.00")


def test_when_kie_says_no_the_person_is_told_and_pays_nothing(stack: Stack, person: Person):
    stack.fault(stack.kie, "createTask", "code", code=422, msg="prompt is not supported")
    person.orders("image", "Z-Image", "Что-нибудь")
    person.presses("run:")

    person.sees("вернул", button="again:")

    assert person.balance() == Decimal("300.00")


def test_a_pdf_for_a_photo_is_explained_and_the_wizard_goes_on(person: Person):
    person.writes("/start")
    person.presses("shelf:image")
    person.presses(person.model_key("Nano Banana: прав"))
    person.presses("start:")
    person.sees("Шаг 1")
    person.uploads(b"%PDF-1.4 not a photo", "me.pdf", "document")

    person.sees("JPG")
    person.uploads(photo(), "me.jpg", "photo")
    person.sees(button="done:")


@pytest.mark.long
@pytest.mark.parametrize("source", ["noise named .png", "dead link"])
def test_what_gives_no_picture_is_named_costs_nothing_and_can_be_replaced(stack: Stack, person: Person, source: str):
    made = len(stack.tasks())
    person.writes("/start")
    person.presses("shelf:image")
    person.presses(person.model_key("Nano Banana: прав"))
    person.presses("start:")
    person.sees("Шаг 1")
    if source == "dead link":
        person.writes(f"{stack.kie}/files/never-was.jpg")
    else:
        person.uploads(bytes(range(7, 250)) * 20, "me.png", "document")
    person.presses("done:")
    person.sees("Шаг 2")
    person.writes("Добавь шляпу")
    person.presses("run:")

    person.sees("Ссылка в ответе" if source == "dead link" else "Файл в ответе", button="again:")
    assert (len(stack.tasks()), person.balance()) == (made, Decimal("300.00"))

    person.presses("amend:")
    person.uploads(photo(), "me.jpg", "photo")
    person.presses("done:")
    person.presses("run:")
    person.sees("Nano Banana", media="photo")


def test_health_is_well_and_names_the_versions(stack: Stack):
    report = until(lambda: (found := stack.health()).get("ledger_verdict") == "ok" and found, "the ledger is judged")

    assert (report["status"], report["mode"], report["ledger_verdict"]) == ("ok", "active", "ok"), report
    assert report["workers"] == 2


def test_no_secret_stands_in_a_command_line(stack: Stack):
    peers = dotenv_values(stack.home / "peers")
    kept = dotenv_values(stack.home / "env") | {name: peers[name] for name in ("TELEGRAM_BOT_TOKEN", "KIE_API_KEY")}
    secrets = [value for value in kept.values() if value]
    commands = [" ".join(child.cmdline()) for child in psutil.Process(stack.popen.pid).children(recursive=True)]

    assert len(secrets) >= 8
    assert any("-m sandbox" in command for command in commands)
    assert not [command for command in commands if any(secret in command for secret in secrets)]


def test_a_bot_started_by_hand_beside_it_has_the_same_peers(stack: Stack):
    with stack.by_hand("bot") as bot:
        assert bot.stdout is not None
        started = next(line for line in bot.stdout if "bot.started" in line)

    assert stack.telegram in started
    assert "webhook" in started
