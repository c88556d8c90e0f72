"""Results on their way, against a Telegram that knows nothing of TRT: by URL, else uploaded, and kept as what they arrived as."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from bot import media
from bot.models import Delivery
from tests.bot.chat import fresh_gateway
from tests.e2e.strangers.kie import Kie
from tests.e2e.strangers.telegram import Telegram
from tests.e2e.strangers.visitor import Visitor

TOKEN = "6543210987:AAEstranger-strange_r"
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(200)


@pytest.fixture
def telegram(settings) -> Iterator[Telegram]:
    with Telegram(TOKEN).serving() as server:
        settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN = server.origin, TOKEN
        fresh_gateway()
        yield server
    fresh_gateway()


@pytest.fixture
def kie(settings) -> Iterator[Kie]:
    with Kie("key", "hmac").serving() as server:
        settings.KIE_API_URL = settings.KIE_UPLOAD_URL = server.origin
        yield server


@pytest.fixture
def anna(telegram: Telegram) -> Visitor:
    return Visitor(telegram, name="Анна")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "red").save(out, "PNG")
    return out.getvalue()


def sent(anna: Visitor, *files: tuple[str, str]) -> Delivery:
    """A delivery of files, by kind and source, all its parts sent."""
    delivery = Delivery(dedup_key="d", kind=Delivery.Kind.RESULT, chat=anna.id, message_ids=[], file_ids=[])
    carried = [{"kind": kind, "source": source, "name": "Картинка"} for kind, source in files]
    for part in media.parts(delivery, {"media": carried, "text": "<b>Готово</b>", "keys": []}):
        part()
    return delivery


def again(anna: Visitor, delivery: Delivery) -> None:
    """The same from what Telegram keeps."""
    sent(anna, *[(file["kind"], file["file_id"]) for file in delivery.file_ids])


def test_a_picture_goes_by_its_address_and_comes_again_from_telegrams_own(anna: Visitor, kie: Kie, telegram: Telegram):
    kie.files["/f/1.png"] = "image/png", picture()

    again(anna, sent(anna, ("photo", kie.origin + "/f/1.png")))

    first, second = anna.messages()
    assert first["photo"][-1]["file_id"] == second["photo"][-1]["file_id"]
    assert not telegram.refusals()


def test_what_telegram_cannot_fetch_is_uploaded_under_a_name_that_says_what_it_is(
    anna: Visitor, kie: Kie, telegram: Telegram
):
    telegram.not_by_url.add("video")
    kie.files["/f/1"] = "video/mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(200)

    sent(anna, ("video", kie.origin + "/f/1"))

    assert anna.messages()[-1]["video"]["file_name"] == "Картинка.mp4"


def test_what_telegram_makes_a_document_comes_again_as_a_document(anna: Visitor, kie: Kie):
    kie.files["/f/1.webm"] = "video/webm", WEBM

    delivery = sent(anna, ("video", kie.origin + "/f/1.webm"))
    again(anna, delivery)

    first, second = anna.messages()
    assert [file["kind"] for file in delivery.file_ids] == ["document"]
    assert first["document"]["file_id"] == second["document"]["file_id"]


def test_two_songs_are_an_album_and_each_comes_again(anna: Visitor, kie: Kie):
    for name in ("1", "2"):
        kie.files[f"/f/{name}.mp3"] = "audio/mpeg", b"ID3" + name.encode() * 200

    again(anna, sent(anna, ("audio", kie.origin + "/f/1.mp3"), ("audio", kie.origin + "/f/2.mp3")))

    assert ["audio" in message for message in anna.messages()] == [True, True, False, True, True, False]


def test_an_album_that_telegram_cannot_fetch_comes_one_by_one(anna: Visitor, kie: Kie, telegram: Telegram):
    telegram.not_by_url.add("photo")
    for name in ("1", "2"):
        kie.files[f"/f/{name}.png"] = "image/png", picture()

    sent(anna, ("photo", kie.origin + "/f/1.png"), ("photo", kie.origin + "/f/2.png"))

    assert ["photo" in message for message in anna.messages()] == [True, True, False]


@pytest.mark.parametrize("address", ["/f/gone.png", "/an/error/under/200.png"])
def test_what_cannot_be_had_at_all_is_a_link(anna: Visitor, kie: Kie, address: str):
    sent(anna, ("photo", kie.origin + address))

    message = anna.messages()[-1]
    assert [one["url"] for one in message["entities"] if one["type"] == "text_link"] == [kie.origin + address]
