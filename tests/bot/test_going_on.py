"""Going on with one's own results: keys under them, the choice in the wizard, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from bot.models import Delivery, DialogState
from bot.renders import render
from kie.job import Job
from kie.models import AIModel
from reliability import clock
from tests.bot.finished import FILM, TRACKS, made
from tests.bot.person import Person, check
from tests.kie.own_models import put_on_sale

pytestmark = pytest.mark.django_db


@pytest.fixture
def models(shop) -> dict[str, AIModel]:
    return put_on_sale()


@pytest.fixture
def anna(models, person) -> Person:
    return person("1000.00")


def told(job: Job) -> Any:
    """The result as it comes into the chat."""
    screen = render(Delivery(kind=Delivery.Kind.RESULT, chat=job.chat, payload={"job": job.pk}))
    assert screen is not None
    check(screen)
    return screen


def labels(screen: Any) -> list[str]:
    return [button.text for row in screen.keys for button in row]


def test_under_a_result_stand_the_models_that_go_on_with_it(anna):
    film, song, picture = (made(anna, key, FILM) for key in ("own/veo3", "own/music", "own/kontext"))
    usual = ["🔁 Ещё раз", "⭐ В избранное", "🏠 В меню"]
    assert labels(told(film)) == ["➕ Veo-extend", "🎞 Veo-1080p", "🎞 Veo-4k", *usual]
    assert labels(told(song)) == ["🎚 Stems", "➕ Longer", "➕ Cover", *usual]
    assert labels(told(picture)) == usual


def test_a_model_that_is_off_sale_is_not_offered(anna, models):
    AIModel.objects.filter(key="own/veo-4k").update(state="off")
    assert not any("4k" in text for text in labels(told(made(anna, "own/veo3", FILM))))


def test_of_many_follow_ups_the_rest_is_a_list(anna, models):
    for number in range(3):
        copy = models["own/stems"]
        copy.pk, copy.key, copy._state.adding = None, f"own/more-{number}", True
        copy.save()
    song = made(anna, "own/music", TRACKS)
    screen = told(song)
    assert len(labels(screen)) == 7
    anna.screen = screen
    assert len(labels(anna.tap("✨ Что ещё сделать"))) == 7


def test_a_tap_under_a_film_fills_in_its_source_and_asks_for_the_rest(anna):
    film = made(anna, "own/veo3", FILM)
    anna.screen = told(film)
    anna.press(anna.data("extend"), on_text=False)
    assert anna.screen.fresh  # the film stays where it is
    assert "Шаг 2/2" in anna.screen.text
    anna.say("Дальше, в открытое море")
    assert "Волна у маяка" in anna.screen.text
    anna.tap("✅ Запустить")

    answer = Job.objects.get(model__key="own/veo-extend").input["taskId"]
    assert (answer["job"], answer["track"], answer["resolution"]) == (str(film.public_id), 0, "720p")


def test_where_nothing_else_is_asked_one_tap_leads_to_the_price(anna):
    anna.screen = told(made(anna, "own/veo3", FILM))
    assert "✅ Запустить" in labels(anna.tap("🎞 Veo-4k"))[0]
    assert anna.dialog.state == DialogState.CONFIRM


def test_of_a_song_the_track_is_asked_for_first(anna):
    song = made(anna, "own/music", TRACKS)
    anna.screen = told(song)
    assert "Какой трек" in anna.tap("🎚 Stems").text
    anna.tap("2. Ночь 2")
    anna.tap("✅ Запустить")

    answer = Job.objects.get(model__key="own/stems").input["task_id"]
    assert (answer["job"], answer["track"]) == (str(song.public_id), 1)
    assert "2. Ночь 2" in answer["name"]


def test_in_the_wizard_ones_own_generations_are_offered_newest_first(anna, models):
    first, second = made(anna, "own/veo3", FILM), made(anna, "own/veo3_fast", FILM)
    made(anna, "own/music", TRACKS)
    anna.press(f"start:{models['own/veo-1080p'].pk}")

    offered = [button.data.split(":") for row in anna.screen.keys for button in row if button.data.startswith("source")]
    assert [int(data[2]) for data in offered] == [second.pk, first.pk]
    assert "Волна у маяка" in anna.labels[0]
    anna.press(":".join(offered[1]))
    assert anna.dialog.data["answers"]["taskId"]["job"] == str(first.public_id)
    assert anna.dialog.state == DialogState.CONFIRM


def test_many_generations_come_in_pages(anna, models):
    for _ in range(12):
        made(anna, "own/veo3", FILM)
    anna.press(f"start:{models['own/veo-1080p'].pk}")
    pages = []
    for number in range(1, 4):
        assert f"{number}/3" in anna.labels
        pages += [button.data for row in anna.screen.keys for button in row if button.data.startswith("source")]
        anna.tap("▶️")
    assert len(set(pages)) == 12


def test_every_track_is_offered(anna, models):
    made(anna, "own/music", TRACKS)
    anna.press(f"start:{models['own/longer'].pk}")
    assert [text.rpartition(" • ")[2] for text in anna.labels[:2]] == ["1. Ночь 1", "2. Ночь 2"]


def test_who_has_nothing_is_led_to_where_it_is_made(anna, models, person):
    made(person(), "own/veo3", FILM)  # somebody else's
    anna.press(f"start:{models['own/veo-1080p'].pk}")
    assert "У вас пока нет ничего" in anna.screen.text
    assert f"model:{models['own/veo3'].pk}:0" in [button.data for row in anna.screen.keys for button in row]


def test_a_text_is_no_answer_to_it(anna, models):
    made(anna, "own/veo3", FILM)
    anna.press(f"start:{models['own/veo-1080p'].pk}")
    assert "кнопкой" in anna.say("veo_task_1").text
    assert anna.dialog.data["answers"] == {}


@pytest.mark.parametrize("days", [13, 15])
def test_a_film_that_is_too_old_is_refused_at_the_tap(anna, days):
    film = made(anna, "own/veo3", FILM)
    anna.screen = told(film)
    tap = anna.data("1080p")
    Job.objects.filter(pk=film.pk).update(submitted_at=clock.now() - timedelta(days=days))
    assert ("слишком старый" in anna.press(tap, on_text=False).text) == (days > 14)


def test_buttons_of_strangers_results_and_of_no_result_are_outdated(anna, models, person):
    theirs = made(person(), "own/veo3", FILM)
    mine = made(anna, "own/veo3", FILM)
    hd = models["own/veo-1080p"]
    for data in (
        f"follow:{hd.pk}:{theirs.pk}",
        f"follow:{hd.pk}:99999999",
        f"track:{hd.pk}:{mine.pk}:7",
        f"follow:{models['own/kontext'].pk}:{mine.pk}",
        f"follow_ups:{theirs.pk}",
    ):
        assert anna.press(data).reason == "EXPIRED_BUTTON", data
    anna.press(f"start:{hd.pk}")
    revision = anna.dialog.revision
    assert anna.press(f"source:{revision}:{theirs.pk}:0").reason == "EXPIRED_BUTTON"
    assert anna.dialog.data["answers"] == {}


def test_the_list_of_generations_leads_on_too(anna):
    film = made(anna, "own/veo3", FILM)
    assert any("1080p" in text for text in labels(anna.press(f"media:{film.pk}")))


def test_a_result_of_music_is_named_by_its_titles(anna):
    assert [file.name for file in told(made(anna, "own/music", TRACKS)).media] == ["Ночь 1", "Ночь 2"]


def test_a_follow_up_that_failed_for_its_source_says_so_and_asks_for_another(anna, models):
    made(anna, "own/veo3", FILM)
    job = made(anna, "own/veo-1080p", [])
    Job.objects.filter(pk=job.pk).update(state="failed", error_code="source", error_field="taskId", result=None)
    anna.screen = told(Job.objects.get(pk=job.pk))
    assert "недоступна" in anna.screen.text
    assert any("Волна" in text for text in labels(anna.tap("✏️ Изменить")))


def made_in(anna: Person, resolution: str | None) -> Job:
    film = made(anna, "own/veo3", FILM)
    film.input = {"prompt": "Волна у маяка"} | ({"resolution": resolution} if resolution else {})
    film.save()
    return film


@pytest.mark.parametrize(
    ("resolution", "larger"), [(None, ["1080p", "4k"]), ("720p", ["1080p", "4k"]), ("1080p", ["4k"]), ("4k", [])]
)
def test_no_version_is_offered_that_is_no_larger_than_the_film(anna, models, resolution, larger):
    film = made_in(anna, resolution)
    assert [text.rpartition("-")[2] for text in labels(told(film)) if "🎞" in text] == larger
    for version in ("1080p", "4k"):
        anna.press(f"start:{models[f'own/veo-{version}'].pk}")
        assert any("Волна" in text for text in anna.labels) == (version in larger)


def test_an_old_key_of_a_version_that_is_no_larger_says_so(anna, models):
    film = made_in(anna, "4k")
    assert "уже сделано в 4k" in anna.press(f"follow:{models['own/veo-1080p'].pk}:{film.pk}").text
    assert anna.dialog.state == DialogState.IDLE


def version_of(anna: Person, film: Job) -> Job:
    version = made(anna, "own/veo-1080p", FILM)
    version.input = {"taskId": {"job": str(film.public_id), "track": 0}}
    version.save()
    return version


def test_a_version_that_one_has_is_shown_again_before_it_is_sold_again(anna, models):
    film, other = made(anna, "own/veo3", FILM), made(anna, "own/veo3", FILM)
    version = version_of(anna, film)
    anna.screen = told(film)

    assert "уже есть" in anna.tap("🎞 Veo-1080p").text
    assert anna.data("👀 Показать") == f"media:{version.pk}"
    anna.tap("🔁 Заказать ещё раз")
    assert anna.dialog.state == DialogState.CONFIRM
    anna.screen = told(other)
    assert "уже есть" not in anna.tap("🎞 Veo-1080p").text


def test_a_version_that_one_has_is_told_of_on_the_confirmation(anna, models):
    film = made(anna, "own/veo3", FILM)
    version_of(anna, film)
    anna.press(f"start:{models['own/veo-1080p'].pk}")
    anna.tap("Волна")
    assert anna.dialog.state == DialogState.CONFIRM
    assert "уже есть" in anna.screen.text


def test_what_asks_for_more_than_its_source_may_be_made_again_without_a_word(anna, models):
    film = made(anna, "own/veo3", FILM)
    longer = made(anna, "own/veo-extend", FILM)
    longer.input = {"taskId": {"job": str(film.public_id), "track": 0}, "prompt": "Дальше"}
    longer.save()
    anna.screen = told(film)
    assert "Шаг 2/2" in anna.press(anna.data("extend"), on_text=False).text
