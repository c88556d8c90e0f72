"""The wizard's questions: what they take, what they refuse and in which words."""

import pytest

from bot.models import DialogState
from kie.models import Job

pytestmark = pytest.mark.django_db
EDIT, MUSIC, CLEAN, VOICE = (
    "google/nano-banana-edit",
    "ai-music-api/generate",
    "elevenlabs/audio-isolation",
    "elevenlabs/text-to-speech-turbo-2-5",
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "нет текста"),
        ("   \n ", "нет текста"),
        ("ок", "не меньше 3"),
        ("я" * 1001, "знаков 1\u202f001, а можно не больше 1\u202f000"),
        ("\x00\x01", "нет текста"),
    ],
)
def test_a_prompt_that_does_not_fit_is_explained_and_the_question_stays(at, text, says):
    anna = at("z-image")
    revision = anna.dialog.revision
    screen = anna.say(text)
    assert screen.reason == "INVALID_INPUT"
    assert says in screen.text
    assert "Шаг 1/1" in screen.text
    assert "Например" in screen.text
    assert (anna.dialog.state, anna.dialog.revision) == (DialogState.WIZARD, revision)
    assert "Проверьте заказ" in anna.say("Рыжий кот").text


@pytest.mark.parametrize(
    ("model", "file", "says"),
    [
        ("z-image", {"kind": "photo", "mime": "image/jpeg"}, "Здесь нужен текст"),
        ("z-image", {"kind": "sticker"}, "Здесь нужен текст"),
        (
            "recraft/remove-background",
            {"kind": "document", "mime": "application/pdf", "name": "паспорт.pdf"},
            "Здесь нужна картинка",
        ),
        ("recraft/remove-background", {"kind": "sticker", "mime": "image/webp"}, "Здесь нужна картинка"),
        ("recraft/remove-background", {"kind": "voice", "mime": "audio/ogg", "duration": 3}, "Здесь нужна картинка"),
        ("recraft/remove-background", {"kind": "document", "mime": "image/gif"}, "Подойдут: JPG, PNG, WEBP"),
        (
            "recraft/remove-background",
            {"kind": "document", "mime": "image/png", "size": 6_000_000},
            "6\u202fМБ, а можно не больше 5\u202fМБ",
        ),
        ("recraft/remove-background", {"kind": "photo", "mime": "image/jpeg", "width": 200, "height": 900}, "200×900"),
        (
            "recraft/remove-background",
            {"kind": "photo", "mime": "image/jpeg", "width": 5000, "height": 900},
            "не больше 4096",
        ),
        (CLEAN, {"kind": "photo", "mime": "image/jpeg"}, "Здесь нужно аудио"),
        (CLEAN, {"kind": "audio", "mime": "audio/mpeg", "duration": 601}, "а можно не больше 10\u202fмин"),
        (CLEAN, {"kind": "document", "mime": "audio/mpeg", "size": 1000}, "Цена зависит от длительности"),
    ],
)
def test_a_file_that_does_not_fit_is_explained_and_the_question_stays(at, model, file, says):
    anna = at(model)
    screen = anna.send(**file)
    assert screen.reason == "INVALID_INPUT"
    assert says in screen.text
    assert "Шаг 1/1" in screen.text
    assert anna.dialog.state == DialogState.WIZARD


@pytest.mark.parametrize(
    "text",
    ["просто текст", "http://", "ftp://a.b/c.jpg", "https://a.b/" + "x" * 2100, "https://me:secret@example.com/a.jpg"],
)
def test_what_is_no_link_to_a_file_is_explained(at, text):
    screen = at("recraft/remove-background").say(text)
    assert screen.reason == "INVALID_INPUT"
    assert "Здесь нужна картинка" in screen.text or "Эта ссылка не подходит" in screen.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "192.168.0.7", "nas", "printer.local", "a.b@10.0.0.1"])
def test_a_link_to_an_internal_address_is_explained_and_the_question_stays(at, host):
    anna = at("recraft/remove-background")
    revision = anna.dialog.revision
    screen = anna.say(f"http://{host}/cat.jpg")
    assert screen.reason == "INVALID_INPUT"
    assert "внутренний адрес" in screen.text
    assert "Шаг 1/1" in screen.text
    assert (anna.dialog.state, anna.dialog.revision) == (DialogState.WIZARD, revision)


def test_the_very_origin_of_a_configured_peer_is_no_internal_address(at, settings):
    settings.KIE_UPLOAD_URL = "http://127.0.0.1:8082"
    anna = at("recraft/remove-background")
    assert "внутренний адрес" in anna.say("http://127.0.0.1:8081/cat.jpg").text
    assert "Проверьте заказ" in anna.say("http://127.0.0.1:8082/files/cat.jpg").text


@pytest.mark.parametrize(
    "file",
    [
        {"kind": "photo", "mime": "image/jpeg", "size": 90_000, "width": 800, "height": 600},
        {"kind": "document", "mime": "image/png", "name": "кот.png", "size": 90_000},
    ],
)
def test_a_photo_may_be_sent_as_a_photo_or_as_a_file(at, file):
    anna = at("recraft/remove-background")
    assert "Проверьте заказ" in anna.send(**file).text
    anna.tap("✅ Запустить")
    assert Job.objects.get().input["image"]["kind"] == file["kind"]


@pytest.mark.parametrize(
    ("key", "name", "says"),
    [
        ("recraft/remove-background", "кот.png", "не картинка, которую можно открыть"),
        ("elevenlabs/audio-isolation", "голос.mp3", "не запись, которую можно прослушать"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_called_damaged(at, key, name, says):
    anna = at(key)
    screen = anna.send(kind="document", mime="application/octet-stream", name=name, size=9000)
    assert screen.reason == "INVALID_INPUT"
    assert says in screen.text
    assert anna.dialog.data["answers"] == {}


def test_a_photo_may_be_given_as_a_link(at):
    anna = at("recraft/remove-background")
    assert "https://example.com/cat.jpg" in anna.say("https://example.com/cat.jpg").text
    anna.tap("✅ Запустить")
    assert Job.objects.get().input == {"image": "https://example.com/cat.jpg"}


def test_the_limit_is_told_before_the_upload(at):
    text = at("recraft/remove-background").screen.text
    assert "до 5\u202fМБ" in text
    assert "от 256 до 4096 точек" in text


def test_pictures_of_an_album_come_one_by_one_and_are_counted_until_done(at):
    anna = at(EDIT)
    assert not any("Готово" in label for label in anna.labels)
    for count in (1, 2, 3):
        assert f"Получено: {count} из 10" in anna.photo(group="g1").text
    anna.tap("✅ Готово (3)")
    anna.say("Собери в один кадр")
    anna.tap("✅ Запустить")
    assert len(Job.objects.get().input["image_urls"]) == 3


def test_the_done_button_under_an_earlier_picture_works_too(at):
    anna = at(EDIT)
    anna.photo()
    done = anna.data("✅ Готово")
    anna.photo()
    assert "Шаг 2/2" in anna.press(done).text


def test_at_the_most_pictures_the_wizard_goes_on_by_itself(at):
    anna = at(EDIT)
    for _ in range(10):
        anna.photo()
    assert "Шаг 2/2" in anna.screen.text


def test_a_list_of_pictures_can_be_begun_anew(at):
    anna = at(EDIT)
    anna.photo()
    assert "Получено" not in anna.tap("🗑").text


def test_a_price_by_the_length_of_the_text_follows_it(at):
    anna = at(VOICE)
    assert "за каждую начатую 1000 знаков" in anna.screen.text
    assert "11,40" in anna.say("а" * 1001).text


def test_a_price_by_the_length_of_a_recording_follows_it(at):
    anna = at(CLEAN)
    assert "1,90\u202f₽" in anna.send(kind="voice", mime="audio/ogg", duration=10, size=9000).text
