"""The wizard: what it takes, what it refuses and in which words, and how one goes back."""

from datetime import timedelta

import pytest

from bot.models import DialogState
from kie.models import AIModel, Job
from reliability import clock

pytestmark = pytest.mark.django_db
EDIT, MUSIC, CLEAN, VOICE = (
    "google/nano-banana-edit",
    "ai-music-api/generate",
    "elevenlabs/audio-isolation",
    "elevenlabs/text-to-speech-turbo-2-5",
)


@pytest.fixture
def at(anna):
    """Anna at the first question of a model."""

    def start(key: str):
        anna.press(f"start:{AIModel.objects.get(key=key).pk}")
        return anna

    return start


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "нет текста"),
        ("   \n ", "нет текста"),
        ("ок", "не меньше 3"),
        ("я" * 501, "знаков 501, а можно не больше 500"),
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
    "text", ["просто текст", "http://", "https://localhost/x.jpg", "ftp://a.b/c.jpg", "https://a.b/" + "x" * 2100]
)
def test_what_is_no_link_to_a_file_is_explained(at, text):
    screen = at("recraft/remove-background").say(text)
    assert screen.reason == "INVALID_INPUT"
    assert "Здесь нужна картинка" in screen.text or "Эта ссылка не подходит" in screen.text


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


def test_back_removes_the_last_answer_and_asks_it_again(at):
    anna = at(EDIT)
    anna.photo()
    anna.tap("✅ Готово")
    anna.say("Ночь")
    assert "Шаг 2/2" in anna.tap("◀️ Назад").text
    assert "Шаг 1/2" in anna.tap("◀️ Назад").text
    assert anna.dialog.data["answers"] == {}
    assert "🚀 Запустить" in (anna.tap("◀️ Назад"), anna.labels)[1]
    assert anna.dialog.state == DialogState.IDLE


def test_any_answer_is_changed_from_the_confirmation_and_the_others_stay(at):
    anna = at(EDIT)
    anna.photo()
    anna.tap("✅ Готово")
    anna.say("Ночь")
    anna.tap("✏️ Изменить")
    anna.tap("Что изменить: Ночь")
    assert "Сейчас: «Ночь»" in anna.screen.text
    text = anna.say("Утро").text
    assert "«Утро»" in text
    assert "📷 фото" in text


def test_back_from_a_change_leaves_the_answer_as_it_was(at):
    anna = at("z-image")
    anna.say("Рыжий кот")
    anna.tap("✏️ Изменить")
    assert "Рыжий кот" in anna.tap("◀️ Назад").text
    assert anna.dialog.state == DialogState.CONFIRM


def test_a_setting_reprices_and_shows_what_each_choice_costs(at):
    anna = at("kling/v2-5-turbo-text-to-video-pro")
    assert "39,90" in anna.say("Танец под дождём").text
    anna.tap("⚙️ Настройки")
    anna.tap("○ Длительность")
    assert any("79,80\u202f₽" in label for label in anna.labels)
    assert "79,80" in anna.tap("10").text
    assert any(label.startswith("✓ Длительность") for label in anna.labels)
    assert "79,80" in anna.tap("◀️ К заказу").text


def test_a_setting_put_back_to_its_default_is_not_counted_as_chosen(at):
    anna = at("z-image")
    anna.say("Рыжий кот")
    for step in ("⚙️ Настройки", "○ Пропорции", "16:9", "✓ Пропорции: 16:9", "1:1"):
        anna.tap(step)
    assert "○ Пропорции: 1:1" in anna.labels


def test_a_choice_may_be_typed_and_a_wrong_one_is_told_to_use_the_buttons(at):
    anna = at("z-image")
    anna.say("Рыжий кот")
    anna.tap("⚙️ Настройки")
    anna.tap("○ Пропорции")
    assert "одну из кнопок" in anna.say("17:3").text
    assert "✓ Пропорции: 16:9" in (anna.say("16:9"), anna.labels)[1]


def test_a_setting_without_a_default_can_be_emptied(at):
    anna = at("kling/v2-5-turbo-text-to-video-pro")
    anna.say("Танец под дождём")
    anna.tap("⚙️ Настройки")
    anna.tap("○ Чего избегать")
    anna.say("размытие")
    assert "✓ Чего избегать: размытие" in anna.labels
    anna.tap("✓ Чего избегать")
    anna.tap("○ Вернуть")
    assert "○ Чего избегать" in anna.labels


def test_a_price_by_the_length_of_the_text_follows_it(at):
    anna = at(VOICE)
    assert "за каждую начатую 1000 знаков" in anna.screen.text
    assert "11,40" in anna.say("а" * 1001).text


def test_a_price_by_the_length_of_a_recording_follows_it(at):
    anna = at(CLEAN)
    assert "1,90\u202f₽" in anna.send(kind="voice", mime="audio/ogg", duration=10, size=9000).text


def test_cancel_drops_the_order_and_says_that_nothing_was_charged(at):
    anna = at("z-image")
    assert "Ничего не списано" in anna.tap("❌ Отмена").text
    assert anna.dialog.state == DialogState.IDLE


def test_a_stale_button_of_the_wizard_shows_the_current_question_with_a_note(at):
    anna = at(EDIT)
    anna.photo()
    old = anna.data("🗑")
    anna.tap("✅ Готово")
    anna.say("Ночь")
    screen = anna.press(old)
    assert screen.reason == "EXPIRED_BUTTON"
    assert "Проверьте заказ" in screen.text


def test_the_second_tap_of_a_double_one_shows_the_screen_without_a_word(at):
    anna = at(EDIT)
    anna.photo()
    done = anna.data("✅ Готово")
    first = anna.press(done)
    assert anna.press(done).text == first.text


def test_a_choice_that_is_not_there_any_more_is_outdated(at):
    anna = at("z-image")
    assert anna.press(f"pick:{anna.dialog.revision}:999").reason == "EXPIRED_BUTTON"


def test_after_a_day_of_silence_the_order_is_put_away_politely(at):
    anna = at("z-image")
    with clock.moved(timedelta(hours=23, minutes=59)):
        assert "Проверьте заказ" in anna.say("Рыжий кот").text
    run = anna.data("✅ Запустить")
    with clock.moved(timedelta(days=2)):
        screen = anna.press(run)
        assert "Прошло больше суток" in screen.text
        assert anna.dialog.state == DialogState.IDLE
    assert not Job.objects.exists()


def test_a_question_survives_a_field_that_an_update_of_the_registry_took_away(at):
    anna = at(MUSIC)
    dialog = anna.dialog
    dialog.data |= {"asking": "no_such_field", "answers": {"gone": 1}, "of_an_older_release": True}
    dialog.save()
    assert "Шаг 1/1" not in anna.say("").text
    assert "Проверьте заказ" in anna.say("Весёлая песня о лете").text
    anna.tap("✅ Запустить")
    assert "gone" not in Job.objects.get().input
