"""Going on with what was made: HD versions, extensions, stems; only of one's own, and only while KIE keeps it."""

import itertools
from datetime import timedelta

import pytest

from kie import callback, running
from kie.job import Job
from kie.record import kies_own
from reliability import clock
from tests.kie.at_work import Peer, ending, money, order, reloaded, somebody, work
from tests.kie.going_on import LATER_S, confirmed, done, follow_up, of, ordered, over
from tests.sandbox.kie_side import until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_models")]


@pytest.mark.parametrize(("key", "version"), [("own/veo-1080p", "1080p"), ("own/veo-4k", "4k")])
def test_an_hd_version_is_asked_for_until_it_is_there(kie, key, version):
    kie.config(hd_s={"1080p": 0.3, "4k": 0.3})
    film = done(kie, "own/veo3_fast")
    before = kie.credits()
    job = follow_up(film, key)
    work()
    assert (reloaded(job).state, kies_own(reloaded(job).kie_task_id)) == ("running", film.kie_task_id)

    later_s = itertools.count(LATER_S, LATER_S)
    until(lambda: [work(after_s=next(later_s)), ending(job)[0] == "succeeded"][-1])

    (file,) = reloaded(job).result["files"]
    assert version in file["url"]
    assert before - kie.credits() == {"1080p": 5, "4k": 120}[version]


def test_a_version_that_kie_calls_nobody_back_for_is_looked_at_before_its_usual_time(kie, settings):
    settings.KIE_CALLBACK_BASE_URL = "https://bot.example.org"
    film = done(kie, "own/veo3_fast")
    told, untold = (running.pause(reloaded(follow_up(film, key))) for key in ("own/veo-4k", "own/veo-1080p"))
    assert untold <= timedelta(seconds=30) < told


def test_the_same_version_may_be_ordered_twice(kie):
    kie.config(hd_s={"1080p": 0, "4k": 0})
    film = done(kie, "own/veo3_fast")
    jobs = [follow_up(film, key) for key in ("own/veo-4k", "own/veo-4k", "own/veo-1080p")]
    work()
    work(after_s=LATER_S)

    assert {ending(job)[0] for job in jobs} == {"succeeded"}
    assert len({reloaded(job).kie_task_id for job in jobs}) == 3


@pytest.mark.parametrize("fault", ["answer_lost", "timeout", "refused", "500", "502"])
def test_a_lost_answer_to_4k_is_no_doubt(kie, impatient, fault):
    """Asking again is harmless there, by KIE's own words, so the looks find out by themselves and pay once."""
    kie.config(hd_s={"4k": 0})
    film = done(kie, "own/veo3_fast")
    before = kie.credits()
    kie.fault("hd", fault)
    job = follow_up(film, "own/veo-4k")
    work()
    assert (reloaded(job).state, reloaded(job).in_doubt) == ("running", False)

    for look in range(1, 4):
        work(after_s=LATER_S * look)
    assert (ending(job), before - kie.credits()) == (("succeeded", ""), 120)


@pytest.mark.parametrize(("code", "state"), [(402, "queued"), (422, "failed"), (429, "queued")])
def test_4k_that_is_refused_is_not_begun(kie, code, state):
    film = done(kie, "own/veo3_fast")
    kie.fault("hd", "code", code=code, msg="No")
    job = follow_up(film, "own/veo-4k")
    work()

    assert reloaded(job).state == state


def test_the_callback_of_4k_names_the_film_and_only_wakes_the_job(kie, door):
    kie.config(hd_s={"4k": 0.1})
    film = ordered("own/veo3_fast")
    work()
    door.lets_in()
    work()
    job = follow_up(reloaded(film), "own/veo-4k")
    work()

    assert callback.task_id(door.lets_in()) == reloaded(film).kie_task_id
    work()

    assert (ending(job), money(film)[1]) == (("succeeded", ""), 0)


# Follow-ups on what a person has made


def test_an_extension_goes_on_with_kies_own_task(kie):
    film = done(kie, "own/veo3_fast")
    job = follow_up(film, "own/veo-extend", prompt=f"On {clock.uuid7().hex}")
    work()

    (task,) = kie.tasks(job)
    assert (task["input"]["taskId"], task["input"]["model"]) == (film.kie_task_id, "fast")
    assert reloaded(job).input["taskId"]["job"] == str(film.public_id)
    over(kie, job)
    work(after_s=LATER_S)
    assert ending(job) == ("succeeded", "")


@pytest.fixture
def song(kie: Peer) -> Job:
    return done(kie, "own/music")


def test_a_song_keeps_what_follow_ups_need(song):
    files = song.result["files"]
    assert len({file["id"] for file in files}) == 2
    assert all(file["title"] and file["cover"].startswith("http") for file in files)


@pytest.mark.parametrize("track", [0, 1])
def test_stems_are_of_the_track_that_was_chosen(kie, song, track):
    job = confirmed(song.customer, "own/stems", task_id=of(song, track))
    work()

    assert reloaded(job).sent == {"task_id": song.kie_task_id, "audio_id": song.result["files"][track]["id"]}
    assert reloaded(job).state == "running"


def test_a_field_may_take_the_track_alone(kie, song):
    job = confirmed(song.customer, "own/longer", audio_id=of(song, 1))
    work()

    assert reloaded(job).sent == {"audio_id": song.result["files"][1]["id"], "model": "V5"}
    assert reloaded(job).state == "running"


def test_a_field_may_take_the_file_which_kie_copies_by_itself(kie, song):
    job = confirmed(song.customer, "own/cover", upload_url=of(song))
    work()

    link = reloaded(job).sent["upload_url"]
    assert link != song.result["files"][0]["url"]
    assert kie.fetch(link).content == kie.fetch(song.result["files"][0]["url"]).content
    assert kie.asked("upload")[-1]["params"]["fileUrl"]
    assert reloaded(job).state == "running"


def refused_source(job: Job) -> bool:
    work()
    return (ending(job), reloaded(job).error_field, money(job)[2]) == (("failed", "source"), "taskId", ["release"])


def test_only_ones_own_generation_will_do(kie):
    film = done(kie, "own/veo3_fast")

    assert refused_source(confirmed(somebody(), "own/veo-1080p", taskId=of(film)))


def test_only_a_generation_of_the_named_models_will_do(kie):
    picture = done(kie, "own/kontext")

    assert refused_source(follow_up(picture, "own/veo-1080p"))


def test_only_a_finished_generation_will_do(kie):
    kie.fault("createTask", "task_never_ends")
    film = ordered("own/veo3_fast")
    work()

    assert refused_source(follow_up(film, "own/veo-1080p"))


def test_a_film_of_over_14_days_is_refused_before_kie_is_asked(kie):
    film = done(kie, "own/veo3_fast")
    Job.objects.filter(pk=film.pk).update(submitted_at=film.submitted_at - timedelta(days=14))
    asked = len(kie.asked("hd"))

    assert refused_source(follow_up(film, "own/veo-4k"))
    assert len(kie.asked("hd")) == asked


def test_records_are_good_for_two_months_and_files_for_14_days(kie, song):
    Job.objects.filter(pk=song.pk).update(submitted_at=clock.now() - timedelta(days=59))
    stems = confirmed(song.customer, "own/stems", task_id=of(song))
    cover = confirmed(song.customer, "own/cover", upload_url=of(song))
    work()
    assert (reloaded(stems).state, ending(cover)) == ("running", ("failed", "source"))

    Job.objects.filter(pk=song.pk).update(submitted_at=clock.now() - timedelta(days=61))
    too_late = confirmed(song.customer, "own/stems", task_id=of(song))
    work()
    assert ending(too_late) == ("failed", "source")


@pytest.mark.parametrize("answer", ["a guess of KIE's id", {"job": "no id"}, {"track": 0}])
def test_an_answer_that_names_nothing_is_refused(kie, answer):
    assert refused_source(order(model="own/veo-1080p", input={"taskId": answer}))
