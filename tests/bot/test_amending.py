"""What is sent while the confirmation stands, and the way back to an order whose file or link was not usable."""

import pytest

from bot.models import DialogState
from kie import jobs
from kie.models import Job
from payments.models import Kind, Transfer

pytestmark = pytest.mark.django_db
EDIT, VOICE, AVATAR, CLEAN = (
    "google/nano-banana-edit",
    "elevenlabs/text-to-speech-turbo-2-5",
    "kling/ai-avatar-standard",
    "recraft/remove-background",
)


def unspent(one) -> bool:
    return not Job.objects.exists() and not Transfer.objects.filter(kind=Kind.HOLD).exists()


def test_a_text_at_the_confirmation_replaces_the_description_under_a_new_revision(anna):
    anna.orders("z-image", "Рыжий кот")
    old, revision = anna.data("✅ Запустить"), anna.dialog.revision

    screen = anna.say("Синий кит")

    assert "Описание заменено" in screen.text
    assert "«Синий кит»" in screen.text
    assert "Рыжий кот" not in screen.text
    assert (anna.dialog.state, anna.dialog.revision) == (DialogState.CONFIRM, revision + 1)
    assert unspent(anna)
    assert anna.press(old).reason == "EXPIRED_BUTTON"
    anna.tap("✅ Запустить")
    assert Job.objects.get().input["prompt"] == "Синий кит"


def test_a_replaced_text_is_priced_anew(at):
    anna = at(VOICE)
    assert "5,70" in anna.say("Привет").text
    assert "11,40" in anna.say("а" * 1001).text


@pytest.mark.parametrize(("text", "says"), [("ок", "не меньше 3"), ("я" * 1001, "не больше 1\u202f000")])
def test_a_text_that_does_not_fit_leaves_the_order_as_it_was(anna, text, says):
    anna.orders("z-image", "Рыжий кот")
    revision = anna.dialog.revision
    screen = anna.say(text)
    assert (screen.reason, anna.dialog.revision) == ("INVALID_INPUT", revision)
    assert says in screen.text
    assert "«Рыжий кот»" in screen.text


def test_where_there_is_no_description_it_is_said_what_to_do(at):
    anna = at(CLEAN)
    anna.photo()
    screen = anna.say("сделай красиво")
    assert screen.reason == "STATE_MISMATCH"
    assert "нет описания" in screen.text
    assert "✏️ Изменить" in anna.labels


def test_a_file_at_the_confirmation_replaces_the_only_one_that_it_can(at):
    anna = at(AVATAR)
    anna.photo(file_id="first")
    anna.send(kind="voice", mime="audio/ogg", duration=5, size=9000)
    anna.say("Говорит спокойно")
    assert anna.dialog.state == DialogState.CONFIRM
    screen = anna.photo(file_id="second")
    assert "Файл заменён" in screen.text
    assert anna.dialog.data["answers"]["image_url"]["file_id"] == "second"
    assert unspent(anna)


def test_an_album_at_the_confirmation_replaces_all_pictures_together(at):
    anna = at(EDIT)
    anna.photo(file_id="old")
    anna.tap("✅ Готово")
    anna.say("Ночь")
    for name in ("one", "two"):
        anna.photo(file_id=name, group="g1")
    assert [file["file_id"] for file in anna.dialog.data["answers"]["image_urls"]] == ["one", "two"]
    anna.photo(file_id="three")
    assert [file["file_id"] for file in anna.dialog.data["answers"]["image_urls"]] == ["three"]


def test_a_file_of_another_kind_is_refused_with_what_is_expected(at):
    anna = at(CLEAN)
    anna.photo(file_id="cat")
    screen = anna.send(kind="document", mime="application/pdf", name="паспорт.pdf")
    assert screen.reason == "INVALID_INPUT"
    assert "Здесь нужна картинка" in screen.text
    assert anna.dialog.data["answers"]["image"]["file_id"] == "cat"


def test_a_file_for_an_order_that_takes_none_is_told_so(anna):
    anna.orders("z-image")
    screen = anna.photo()
    assert screen.reason == "STATE_MISMATCH"
    assert "файлы не нужны" in screen.text


def failed(anna, code: str, field: str = "") -> Job:
    """Her last order, ended before KIE had it."""
    anna.tap("✅ Запустить")
    job = Job.objects.latest("pk")
    assert jobs.fail(job.pk, code, "planted", field=field)
    return job


def test_after_a_dead_link_change_asks_for_that_answer_and_keeps_the_others(at):
    anna = at(EDIT)
    anna.say("https://example.com/dead.jpg")
    anna.tap("✅ Готово")
    anna.say("Ночь")
    job = failed(anna, "link", "image_urls")

    screen = anna.press(f"amend:{job.pk}", on_text=False)

    assert screen.fresh
    assert "dead.jpg" not in screen.text
    anna.photo()
    screen = anna.tap("✅ Готово")
    assert "«Ночь»" in screen.text
    assert "📷 фото" in screen.text
    anna.tap("✅ Запустить")
    assert Job.objects.latest("pk").input["prompt"] == "Ночь"


def test_back_from_the_answer_to_blame_asks_it_again_and_the_menu_leads_out(at):
    anna = at(CLEAN)
    anna.say("https://example.com/dead.jpg")
    anna.press(f"amend:{failed(anna, 'link', 'image').pk}")
    assert "🏠 В меню" in anna.labels
    assert "Шаг 1/1" in anna.tap("◀️ Назад").text


@pytest.mark.parametrize("code", ["moderation", "bad_input", "file"])
def test_where_no_single_answer_is_to_blame_change_offers_them_all(at, code):
    anna = at(EDIT)
    anna.photo()
    anna.tap("✅ Готово")
    anna.say("Ночь")
    screen = anna.press(f"amend:{failed(anna, code).pk}")
    assert "Что изменить?" in screen.text
    assert any("Ночь" in label for label in anna.labels)


def test_another_persons_job_cannot_be_changed(anna, person):
    anna.orders("z-image")
    job = failed(anna, "moderation")
    boris = person("50.00", name="Борис")
    assert boris.press(f"amend:{job.pk}").reason == "EXPIRED_BUTTON"


def test_history_offers_the_change_too_and_names_the_answer(at):
    anna = at(CLEAN)
    anna.say("https://example.com/dead.jpg")
    job = failed(anna, "link", "image")
    screen = anna.press(f"job:{job.pk}:0")
    assert "не открылась" in screen.text
    assert f"amend:{job.pk}" in [button.data for row in screen.keys for button in row]
