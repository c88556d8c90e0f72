"""The dedicated APIs: each with its own path, body, record and callback, as strangers wrote their clients for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.kie_side import Kie, until

VEO, FOUR_O, KONTEXT = "/api/v1/veo", "/api/v1/gpt4o-image", "/api/v1/flux/kontext"
FILM = {"prompt": "Волна у маяка", "model": "veo3_fast"}
SONG = {"prompt": "Тихая ночь", "customMode": False, "instrumental": True, "model": "V5"}


def made(kie: Kie, path: str, body: Any) -> str:
    """A task that must be accepted; its id."""
    answer = kie.post(path, body)
    assert answer["code"] == 200, answer
    return answer["data"]["taskId"]


def record(kie: Kie, path: str, task: str) -> dict[str, Any]:
    """The record once its task has ended: whatever says so there."""

    def look() -> Any:
        answer = kie.get(path, taskId=task)
        data = answer["data"] if answer["code"] == 200 else {}
        flag = data.get("status") or data.get("state") or data.get("successFlag")
        over = str(flag).endswith(("FAILED", "ERROR")) or flag in (1, 2, 3, "SUCCESS", "success", "fail")
        return (over or data.get("errorCode")) and data

    return until(look)


def test_a_film_of_veo_is_told_in_its_own_words(kie, receiver):
    task = made(kie, f"{VEO}/generate", FILM | {"aspect_ratio": "9:16", "callBackUrl": receiver.url})
    _, said = receiver.next()
    told = record(kie, f"{VEO}/record-info", task)

    (link,) = told["response"]["resultUrls"]
    assert task.startswith("veo_task_")
    assert kie.fetch(link).headers["Content-Type"] == "video/mp4"
    assert (told["successFlag"], told["errorCode"], told["response"]["originUrls"]) == (1, None, [link])
    assert json.loads(told["paramJson"])["callBackUrl"] == receiver.url
    assert isinstance(told["createTime"], int)
    assert told["completeTime"][4:5] == "-"
    assert (said["code"], said["data"]["taskId"]) == (200, task)
    assert said["data"]["info"]["resultUrls"] == f"[{link}]"  # a text that looks like a list


@pytest.mark.parametrize(("model", "credits"), [("veo3", 250), ("veo3_fast", 60), ("veo3_lite", 30), (None, 60)])
def test_the_tier_of_veo_decides_the_price(kie, model, credits):
    before = kie.credits()
    made(kie, f"{VEO}/generate", {"prompt": "Волна"} | ({"model": model} if model else {}))
    assert before - kie.credits() == credits


def test_a_failed_film_has_flag_and_code_and_costs_nothing(kie, receiver):
    before = kie.credits()
    kie.fault("createTask", "task_fails", failCode="400", failMsg="Unsafe prompt")
    told = record(kie, f"{VEO}/record-info", made(kie, f"{VEO}/generate", FILM | {"callBackUrl": receiver.url}))
    _, said = receiver.next()

    assert (told["successFlag"], told["errorCode"], told["errorMessage"], told["response"]) == (
        3,
        400,
        "Unsafe prompt",
        None,
    )
    assert (said["code"], "info" in said["data"]) == (400, False)
    assert kie.credits() == before


def test_an_extension_needs_a_finished_film_and_gives_the_whole_one(kie):
    kie.config(durations_s={"video": 60})
    running = made(kie, f"{VEO}/generate", FILM)
    kie.config(durations_s={"video": 0.02})
    film = made(kie, f"{VEO}/generate", FILM)
    record(kie, f"{VEO}/record-info", film)

    for source in (running, "veo_task_unknown"):
        assert kie.post(f"{VEO}/extend", {"taskId": source, "prompt": "Дальше"})["code"] == 422
    told = record(kie, f"{VEO}/record-info", made(kie, f"{VEO}/extend", {"taskId": film, "prompt": "Дальше"}))
    assert told["response"]["fullResultUrls"]


def test_1080p_is_refused_until_it_is_there(kie):
    kie.config(hd_s={"1080p": 0.4})
    film = made(kie, f"{VEO}/generate", FILM)
    record(kie, f"{VEO}/record-info", film)
    before = kie.credits()

    first = kie.get(f"{VEO}/get-1080p-video", taskId=film, index=0)
    link = until(lambda: (kie.get(f"{VEO}/get-1080p-video", taskId=film)["data"] or {}).get("resultUrl"))

    assert first["code"] in (200, 422)
    assert kie.fetch(link).headers["Content-Type"] == "video/mp4"
    assert before - kie.credits() == 5  # once, however often somebody asks


def test_4k_is_begun_once_and_every_repeat_is_a_422_at_last_with_the_links(kie, receiver):
    kie.config(hd_s={"4k": 0.4})
    film = made(kie, f"{VEO}/generate", FILM)
    record(kie, f"{VEO}/record-info", film)
    before, ask = kie.credits(), {"taskId": film, "index": 0, "callBackUrl": receiver.url}

    first = kie.post(f"{VEO}/get-4k-video", ask)
    again = kie.post(f"{VEO}/get-4k-video", ask)
    done = until(lambda: (answer := kie.post(f"{VEO}/get-4k-video", ask))["data"]["resultUrls"] and answer)
    _, said = receiver.next()

    assert (first["code"], first["data"]["resultUrls"], again["code"], done["code"]) == (200, None, 422, 422)
    assert said["data"]["task_id"] == film  # the film's own: 4K has none
    assert said["data"]["result_urls"] == done["data"]["resultUrls"]
    assert before - kie.credits() == 120


def test_hd_of_what_is_no_film_is_refused(kie):
    picture = kie.task("google/nano-banana", {"prompt": "Кот"})
    kie.ended(picture)
    for task in (picture, "unknown"):
        assert kie.get(f"{VEO}/get-1080p-video", taskId=task)["code"] == 422
        answer = kie.post(f"{VEO}/get-4k-video", {"taskId": task})
        assert (answer["code"], answer["data"]) == (422, None)


def test_a_picture_of_4o_is_told_by_its_status(kie, receiver):
    body = {"prompt": "Кот", "size": "3:2", "callBackUrl": receiver.url}
    told = record(kie, f"{FOUR_O}/record-info", made(kie, f"{FOUR_O}/generate", body))
    _, said = receiver.next()

    assert (told["status"], told["progress"], told["errorCode"]) == ("SUCCESS", "1.00", None)
    assert said["data"]["info"]["result_urls"] == told["response"]["resultUrls"]


def test_a_task_that_4o_could_not_create_says_so(kie):
    kie.fault("createTask", "task_fails", failCode="CREATE_TASK_FAILED", failMsg="Queue")
    told = record(kie, f"{FOUR_O}/record-info", made(kie, f"{FOUR_O}/generate", {"prompt": "Кот", "size": "1:1"}))
    assert (told["status"], told["successFlag"]) == ("CREATE_TASK_FAILED", 2)


@pytest.mark.parametrize(("model", "credits"), [("flux-kontext-pro", 5), ("flux-kontext-max", 10)])
def test_kontext_comes_as_pro_and_max(kie, receiver, model, credits):
    before = kie.credits()
    body = {"prompt": "A cat", "model": model, "callBackUrl": receiver.url}
    told = record(kie, f"{KONTEXT}/record-info", made(kie, f"{KONTEXT}/generate", body))
    _, said = receiver.next()

    assert before - kie.credits() == credits
    assert told["createTime"].endswith("Z")
    assert said["data"]["info"]["resultImageUrl"] == told["response"]["resultImageUrl"]


def test_suno_tells_of_words_of_the_first_track_and_of_all(kie, receiver):
    task = made(kie, "/api/v1/generate", SONG | {"callBackUrl": receiver.url})
    stages = [receiver.next()[1]["data"] for _ in range(3)]
    told = record(kie, "/api/v1/generate/record-info", task)

    by_stage = {stage["callbackType"]: stage["data"] for stage in stages}
    assert {stage["task_id"] for stage in stages} == {task}
    assert [len(by_stage[name]) for name in ("text", "first", "complete")] == [0, 1, 2]
    tracks = told["response"]["sunoData"]
    assert told["status"] == "SUCCESS"
    assert [track["audioUrl"] for track in tracks] == [track["audio_url"] for track in by_stage["complete"]]
    assert "audio_url" not in tracks[0]


def test_suno_wants_an_address_for_callbacks(kie):
    assert kie.post("/api/v1/generate", SONG)["code"] == 422


def test_sunos_states_go_from_words_to_both_tracks(kie, receiver):
    kie.config(durations_s={"audio": 2})
    task, seen = made(kie, "/api/v1/generate", SONG | {"callBackUrl": receiver.url}), []

    def look() -> bool:
        told = kie.get("/api/v1/generate/record-info", taskId=task)[
            "data"
        ]  # None: asked more than three times a second
        status = told["status"] if told else seen[-1]
        seen.extend([] if status in seen else [status])
        return status == "SUCCESS"

    until(look)
    order = ["PENDING", "TEXT_SUCCESS", "FIRST_SUCCESS", "SUCCESS"]
    assert seen == [status for status in order if status in seen]
    assert len(seen) > 2


HELPERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "wav": ("/api/v1/wav/generate", "/api/v1/wav/record-info", {}),
    "stems": ("/api/v1/vocal-removal/generate", "/api/v1/vocal-removal/record-info", {}),
    "mp4": ("/api/v1/mp4/generate", "/api/v1/mp4/record-info", {}),
    "midi": ("/api/v1/midi/generate", "/api/v1/midi/record-info", {}),
    "cover": ("/api/v1/suno/cover/generate", "/api/v1/suno/cover/record-info", {}),
}


@pytest.mark.parametrize("name", HELPERS)
def test_a_helper_of_suno_takes_a_track_and_names_its_task_with_an_underscore(kie, receiver, name):
    create, query, more = HELPERS[name]
    song = made(kie, "/api/v1/generate", SONG | {"callBackUrl": receiver.url})
    track = record(kie, "/api/v1/generate/record-info", song)["response"]["sunoData"][1]["id"]
    for _ in range(3):
        receiver.next()
    about = {"taskId": song} | ({} if name == "cover" else {"audioId": track})

    task = made(kie, create, about | more | {"callBackUrl": receiver.url})
    _, said = receiver.next()
    told = record(kie, query, task)

    assert said["data"]["task_id"] == task
    assert told["successFlag"] in ("SUCCESS", 1)
    assert isinstance(told["successFlag"], str) == (name in ("wav", "stems", "mp4"))
    assert kie.post(create, {**about, "taskId": "unknown", "callBackUrl": receiver.url})["code"] == 422


def test_a_track_belongs_to_its_song(kie, receiver):
    songs = [made(kie, "/api/v1/generate", SONG | {"callBackUrl": receiver.url}) for _ in range(2)]
    track = record(kie, "/api/v1/generate/record-info", songs[0])["response"]["sunoData"][0]["id"]
    record(kie, "/api/v1/generate/record-info", songs[1])

    assert kie.create("ai-music-api/extend", {"audio_id": track, "model": "V5"})["code"] == 200
    for about in ({"audio_id": "unknown"}, {"audio_id": track, "task_id": songs[1]}):
        given = {"type": "separate_vocal", **about}
        model = "ai-music-api/extend" if "task_id" not in about else "ai-music-api/separate-vocals"
        assert kie.create(model, given | {"model": "V5"})["code"] == 422


def test_lyrics_come_in_two_spellings_and_style_comes_at_once(kie, receiver):
    task = made(kie, "/api/v1/lyrics", {"prompt": "Море", "callBackUrl": receiver.url})
    _, said = receiver.next()
    told = record(kie, "/api/v1/lyrics/record-info", task)

    assert "error_message" in said["data"]["data"][0]
    assert "errorMessage" in told["response"]["data"][0]
    assert kie.post("/api/v1/style/generate", {"content": "pop"})["data"]["text"]


@pytest.mark.parametrize(
    ("path", "query", "body", "won"),
    [
        (
            "/api/v1/runway/generate",
            "/api/v1/runway/record-detail",
            {"prompt": "Кот", "duration": 5, "quality": "720p"},
            lambda told: told["state"] == "success" and told["videoInfo"]["videoUrl"],
        ),
        (
            "/api/v1/aleph/generate",
            "/api/v1/aleph/record-info",
            {"prompt": "Снег", "videoUrl": "https://a.example/v.mp4"},
            lambda told: told["successFlag"] == 1 and told["response"]["resultVideoUrl"],
        ),
        (
            "/api/v1/modify/generate",
            "/api/v1/modify/record-info",
            {"prompt": "Snow", "videoUrl": "https://a.example/v.mp4"},
            lambda told: told["successFlag"] == 1 and told["response"]["resultUrls"][0],
        ),
    ],
    ids=["runway", "aleph", "luma"],
)
def test_older_video_apis_answer_too(kie, path, query, body, won):
    assert kie.fetch(won(record(kie, query, made(kie, path, body)))).status_code == 200


def test_aleph_says_0_of_a_failure_and_names_it_by_its_code(kie):
    kie.fault("createTask", "task_fails")
    body = {"prompt": "Снег", "videoUrl": "https://a.example/v.mp4"}
    told = record(kie, "/api/v1/aleph/record-info", made(kie, "/api/v1/aleph/generate", body))
    assert (told["successFlag"], told["errorCode"]) == (0, 500)


def test_records_are_known_only_to_the_api_that_made_the_task(kie):
    film, picture = made(kie, f"{VEO}/generate", FILM), kie.task("google/nano-banana", {"prompt": "Кот"})
    for path, task in (
        ("/api/v1/jobs/recordInfo", film),
        (f"{VEO}/record-info", picture),
        (f"{KONTEXT}/record-info", film),
    ):
        answer = kie.get(path, taskId=task)
        assert (answer["code"], answer["msg"]) == (422, "recordInfo is null")


def test_a_tier_that_is_not_there_is_refused(kie):
    assert kie.post(f"{VEO}/generate", {"prompt": "Кот", "model": "veo9"})["code"] == 422
    assert kie.create("veo3", {"prompt": "Кот"})["code"] == 422  # createTask does not know the tiers
