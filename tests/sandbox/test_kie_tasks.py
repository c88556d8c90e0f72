"""A task from createTask to its record: states, the echo of the input, results of every kind, money."""

from __future__ import annotations

import json
import re

import pytest

from tests.sandbox.kie_side import until

PICTURE = {"prompt": "Красный змей над дюнами"}


def test_a_task_ends_in_success_and_says_what_it_cost(kie):
    before = kie.credits()
    record = kie.ended(kie.task("google/nano-banana", PICTURE))
    assert (record["state"], record["successFlag"], record["creditsConsumed"]) == ("success", 1, 4.0)
    assert (record["failCode"], record["failMsg"]) == ("", "")
    assert record["createTime"] <= record["completeTime"]
    assert record["response"] == json.loads(record["resultJson"])
    assert before - kie.credits() == 4.0


def test_a_task_waits_queues_and_generates_before_it_ends(kie):
    kie.config(durations_s={"image": 3})
    task, seen = kie.task("google/nano-banana", PICTURE), []

    def look() -> bool:
        record = kie.record(task)
        assert record["successFlag"] == int(record["state"] == "success")
        seen.extend([record["state"]] if record["state"] not in seen else [])
        return record["state"] == "success"

    until(look)
    order = ["waiting", "queuing", "generating", "success"]
    assert seen == [state for state in order if state in seen]  # never back
    assert len(seen) > 2


def test_a_running_record_has_no_result_and_no_end(kie):
    kie.config(durations_s={"image": 60})
    record = kie.record(kie.task("google/nano-banana", PICTURE))
    assert (record["resultJson"], record["response"], record["completeTime"], record["costTime"]) == (
        "",
        None,
        None,
        None,
    )


def test_param_echoes_the_body_with_the_input_encoded_twice(kie, receiver):
    record = kie.record(kie.task("google/nano-banana", PICTURE, receiver.url))
    param = json.loads(record["param"])
    assert (param["model"], param["callBackUrl"]) == ("google/nano-banana", receiver.url)
    assert json.loads(param["input"]) == PICTURE


def test_task_ids_come_in_both_spellings_and_never_twice(kie):
    pictures = {kie.task("google/nano-banana", PICTURE) for _ in range(3)}
    sound = kie.task("elevenlabs/text-to-speech-turbo-2-5", {"text": "Привет"})
    assert len(pictures) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", task) for task in pictures)
    assert re.fullmatch(r"task_\w+", sound)


def test_an_unknown_task_has_a_null_record(kie):
    answer = kie.get("/api/v1/jobs/recordInfo", taskId="0" * 32)
    assert answer == {"code": 422, "msg": "recordInfo is null", "data": None}


def test_several_results_come_when_the_input_asks_for_them(kie):
    urls = kie.made("wan/2-7-image", PICTURE | {"n": 3})["resultUrls"]
    assert len({kie.fetch(url).content for url in urls}) == 3


def test_music_is_two_tracks_with_covers(kie):
    song = {"custom_mode": False, "instrumental": True, "model": "V5", "prompt": "Тихая ночь"}
    tracks = kie.made("ai-music-api/generate", song)["data"]
    assert len({track["audio_url"] for track in tracks}) == 2
    for track in tracks:
        assert kie.fetch(track["audio_url"]).headers["Content-Type"] == "audio/mpeg"
        assert kie.fetch(track["image_url"]).headers["Content-Type"].startswith("image/")
        assert (track["title"], track["duration"]) == ("Тихая ночь", 8.0)


def test_words_come_as_a_result_object(kie):
    lyrics = kie.made("ai-music-api/generate-lyrics", {"prompt": "Море"})["resultObject"]["lyricsData"]
    assert all("Море" in verse["text"] for verse in lyrics)


def test_an_older_id_goes_on_working(kie):
    picture, sound = (
        kie.upload(kie.file("z-image", PICTURE | {"aspect_ratio": "1:1"}), "face.png"),
        "https://cdn.example/voice.mp3",
    )
    given = {"image_url": picture, "audio_url": sound, "prompt": "Говорит"}
    assert kie.create("kling/v1-avatar-standard", given)["code"] == 200


@pytest.mark.parametrize(
    ("model", "given", "credits"),
    [
        ("z-image", {"prompt": "а", "aspect_ratio": "1:1"}, 0.8),
        ("nano-banana-2", {"prompt": "а", "resolution": "4K"}, 18),
        ("kling-2.6/text-to-video", {"prompt": "а", "sound": True, "aspect_ratio": "1:1", "duration": "10"}, 220),
        ("elevenlabs/text-to-speech-turbo-2-5", {"text": "я" * 500}, 3),
        ("bytedance/seedance-2", {"prompt": "Кот", "resolution": "480p", "duration": 4}, 76),
        ("wan/2-7-image", {"prompt": "а", "n": 2}, 9.6),
        ("qwen/image-edit", PICTURE | {"image_url": "https://cdn.example/a.png", "num_images": "4"}, 20),
        ("grok-imagine/text-to-image", {"prompt": "а", "aspect_ratio": "1:1", "enable_pro": True}, 5),
    ],
)
def test_the_price_follows_the_published_rows(kie, model, given, credits):
    before = kie.credits()
    kie.task(model, given)
    assert before - kie.credits() == pytest.approx(credits)


def test_a_failed_task_gives_the_credits_back(kie):
    before = kie.credits()
    kie.fault("createTask", "task_fails", failCode="GENERATION_FAILED", failMsg="Content policy")
    record = kie.ended(kie.task("google/nano-banana", PICTURE))
    assert (record["state"], record["successFlag"], record["resultJson"]) == ("fail", 3, "")
    assert (record["failCode"], record["failMsg"], record["creditsConsumed"]) == (
        "GENERATION_FAILED",
        "Content policy",
        0,
    )
    assert kie.credits() == before
