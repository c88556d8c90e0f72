"""Results on their way, against a Telegram that knows nothing of TRT: by URL, else uploaded, and kept as what they arrived as."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image

from bot import media
from bot.models import Delivery
from reliability import clock
from reliability.cid import support_code
from tests.bot.chat import fresh_gateway
from tests.e2e.strangers.kie import ROUTES, Kie
from tests.e2e.strangers.telegram import Telegram
from tests.e2e.strangers.visitor import Visitor
from tests.e2e.strangers.web import Reply, Request

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
        settings.KIE_API_KEY = "key"
        yield server


@pytest.fixture
def anna(telegram: Telegram) -> Visitor:
    return Visitor(telegram, name="Анна")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "red").save(out, "PNG")
    return out.getvalue()


def sent(anna: Visitor, *files: tuple[str, str], name: str = "Картинка", kind: str = Delivery.Kind.RESULT) -> Delivery:
    """A delivery of files, by kind and source, all its parts sent."""
    delivery = Delivery(dedup_key="d", kind=kind, chat=anna.id)
    while parts := left(delivery, *files, name=name):
        takes(delivery, parts[0])
    return delivery


def left(delivery: Delivery, *files: tuple[str, str], name: str = "Картинка") -> list:
    """The parts that are not noted yet, as the outbox finds them."""
    carried = [{"kind": kind, "source": source, "name": name} for kind, source in files]
    return media.parts(delivery, {"media": carried, "text": "<b>Готово</b>", "keys": []})[len(delivery.message_ids) :]


def takes(delivery: Delivery, part) -> None:
    """One part sent and noted, or what was learnt kept where that is to be tried at once."""
    try:
        delivery.message_ids.append(part())
    except media.Later as later:
        if later.pause:
            raise


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


def test_who_dies_amid_an_album_sent_one_by_one_repeats_none_of_its_files(anna: Visitor, kie: Kie, telegram: Telegram):
    telegram.not_by_url.add("photo")
    for name in ("1", "2", "3"):
        kie.files[f"/f/{name}.png"] = "image/png", picture()
    files = [("photo", f"{kie.origin}/f/{name}.png") for name in ("1", "2", "3")]
    delivery = Delivery(dedup_key="d", kind=Delivery.Kind.RESULT, chat=anna.id)
    takes(delivery, left(delivery, *files)[0])  # the album is refused
    takes(delivery, left(delivery, *files)[0])  # its first file is there, and the sender dies
    assert len(anna.messages()) == len(delivery.message_ids) == 1
    telegram.not_by_url.clear()

    while parts := left(delivery, *files):
        takes(delivery, parts[0])

    assert ["photo" in message for message in anna.messages()] == [True, True, True, False]


def links(message: dict) -> list[str]:
    return [one["url"] for one in message.get("entities", []) if one["type"] == "text_link"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/f/gone.png", "/an/error/under/200.png"])
def test_what_is_gone_is_said_to_be_gone_without_a_dead_link(anna: Visitor, kie: Kie, address: str):
    delivery = sent(anna, ("photo", kie.origin + address))

    message = anna.messages()[-1]
    assert links(message) == []
    assert "Файла больше нет" in message["text"]
    assert support_code(delivery.cid) in message["text"]


def test_what_has_a_dead_link_comes_by_a_fresh_one_of_kies(anna: Visitor, kie: Kie, monkeypatch: pytest.MonkeyPatch):
    kie.files["/d/fresh.png"] = "image/png", picture()
    asked = []

    def fresh(server: Kie, request: Request) -> dict:
        asked.append(request.json()["url"])
        return {"code": 200, "msg": "success", "data": server.origin + "/d/fresh.png"}

    monkeypatch.setitem(ROUTES, ("POST", "/api/v1/common/download-url"), fresh)

    sent(anna, ("photo", kie.origin + "/f/gone.png"))

    assert "photo" in anna.messages()[-1]
    assert asked == [kie.origin + "/f/gone.png"]


@pytest.fixture
def away(kie: Kie, monkeypatch: pytest.MonkeyPatch) -> Kie:
    """KIE whose files are away."""
    monkeypatch.setattr(kie, "answer", lambda request: Reply(503, b"later", {"Content-Type": "text/plain"}))
    return kie


def test_a_host_that_is_away_is_asked_again_later_and_nothing_is_said_until_then(anna: Visitor, away: Kie):
    with pytest.raises(media.Later) as first:
        sent(anna, ("photo", away.origin + "/f/1.png"))

    assert first.value.pause >= timedelta(seconds=5)
    assert anna.messages() == []


@pytest.mark.django_db
def test_a_host_that_stays_away_ends_in_a_link_that_says_what_it_is(anna: Visitor, away: Kie):
    url = away.origin + '/f/1.png?a=1&b="><b>'
    delivery = Delivery(dedup_key="d", kind=Delivery.Kind.RESULT, chat=anna.id)
    with pytest.raises(media.Later):
        left(delivery, ("photo", url))[0]()
    with clock.moved(timedelta(minutes=4)), pytest.raises(media.Later):
        left(delivery, ("photo", url))[0]()

    with clock.moved(timedelta(minutes=6)):
        left(delivery, ("photo", url), name="")[0]()

    message = anna.messages()[-1]
    assert links(message) == [url]
    assert all(words in message["text"] for words in ("не отвечает", "Скачать файл", "14 дней"))


@pytest.mark.django_db
def test_an_answer_to_a_tap_does_not_wait_for_a_host_that_is_away(anna: Visitor, away: Kie):
    sent(anna, ("photo", away.origin + "/f/1.png"), kind=Delivery.Kind.ANSWER)

    assert links(anna.messages()[-1]) == [away.origin + "/f/1.png"]


@pytest.mark.django_db
def test_what_is_too_big_for_a_bot_is_a_link_and_no_loss(
    anna: Visitor, kie: Kie, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(media, "MOST_BYTES", 100)
    telegram.not_by_url.add("photo")
    kie.files["/f/1.png"] = "image/png", picture()

    sent(anna, ("photo", kie.origin + "/f/1.png"))

    message = anna.messages()[-1]
    assert links(message) == [kie.origin + "/f/1.png"]
    assert "слишком большой" in message["text"]
