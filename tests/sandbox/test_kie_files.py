"""Uploads in three ways, the life of files, download links, and inputs that point to them."""

from __future__ import annotations

import base64

import pytest
import requests

DAY_S = 24 * 3600
EDIT, CUT = "google/nano-banana-edit", "recraft/remove-background"


@pytest.fixture
def png(kie) -> bytes:
    return kie.file("z-image", {"prompt": "Лиса", "aspect_ratio": "1:1"})


def refused(kie, path: str, **request) -> tuple[int, bool, str]:
    answer = kie.session.post(f"{kie.origin}/api/{path}", timeout=30, **request)
    return answer.status_code, answer.json()["success"], answer.json()["msg"]


def test_a_stream_upload_is_served_as_it_came(kie, png):
    answer = kie.session.post(
        kie.origin + "/api/file-stream-upload",
        files={"file": ("лиса.png", png)},
        data={"uploadPath": "images/bot", "fileName": "fox.png"},
        timeout=30,
    ).json()
    data = answer["data"]
    assert (answer["success"], answer["code"]) == (True, 200)
    assert (data["fileName"], data["filePath"]) == ("fox.png", "images/bot/fox.png")
    assert (data["fileSize"], data["mimeType"]) == (len(png), "image/png")
    assert kie.fetch(data["downloadUrl"]).content == png


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_base64_comes_bare_or_as_a_data_url(kie, png, prefix):
    body = {"base64Data": prefix + base64.b64encode(png).decode(), "uploadPath": "images"}
    data = kie.post("/api/file-base64-upload", body)["data"]
    assert data["fileName"].endswith(".png")
    assert kie.fetch(data["downloadUrl"]).content == png


def test_a_url_upload_fetches_the_file(kie, png):
    url = kie.upload(png, "source.png")
    data = kie.post("/api/file-url-upload", {"fileUrl": url, "uploadPath": "copies", "fileName": "copy.png"})["data"]
    assert data["downloadUrl"] != url
    assert kie.fetch(data["downloadUrl"]).content == png


def test_the_same_name_overwrites(kie, png):
    first = kie.upload(png, "same.png")
    assert kie.upload(png + b"more", "same.png") == first
    assert kie.fetch(first).content == png + b"more"


def test_an_upload_cannot_leave_its_folder(kie, png):
    url = kie.upload(png, "../../../evil.png", folder="../../etc")
    assert url == kie.origin + "/files/u/etc/evil.png"
    assert kie.fetch(url).content == png


def test_upload_errors_are_real_statuses(kie, png):
    stream, b64, url = "file-stream-upload", "file-base64-upload", "file-url-upload"
    assert refused(kie, stream, files={"file": ("a.png", png)}) == (
        400,
        False,
        "Missing required parameter: uploadPath",
    )
    assert refused(kie, stream, files={"x": png}, data={"uploadPath": "a"})[:2] == (400, False)
    assert refused(kie, b64, json={"base64Data": "!!", "uploadPath": "a"})[0] == 400
    assert refused(kie, b64, json={"uploadPath": "a"}) == (400, False, "Missing required parameter: base64Data")
    assert refused(kie, b64, data=b"{")[0] == 400
    assert refused(kie, url, json={"fileUrl": kie.origin + "/files/u/none.png", "uploadPath": "a"})[0] == 500
    kie.session.headers["Authorization"] = "Bearer wrong"
    assert refused(kie, b64, json={}) == (401, False, "Authentication failed: Invalid API Key")


def test_uploads_die_after_a_day_and_results_after_fourteen(kie, png):
    upload = kie.upload(png, "short.png")
    result = kie.made("z-image", {"prompt": "Лиса", "aspect_ratio": "1:1"})["resultUrls"][0]
    statuses = []
    for age_days in (0.99, 1.01, 13.99, 14.01):
        kie.config(files_age_s=age_days * DAY_S)
        statuses.append((kie.fetch(upload).status_code, kie.fetch(result).status_code))
    assert statuses == [(200, 200), (404, 200), (404, 200), (404, 404)]


def test_a_download_link_works_for_twenty_minutes_and_only_for_kies_files(kie):
    result = kie.made("z-image", {"prompt": "Лиса", "aspect_ratio": "1:1"})["resultUrls"][0]
    link = kie.post("/api/v1/common/download-url", {"url": result})["data"]
    assert kie.fetch(link).content == kie.fetch(result).content
    kie.config(files_age_s=21 * 60)
    assert kie.fetch(link).status_code == 404
    assert kie.fetch(result).status_code == 200
    assert kie.post("/api/v1/common/download-url", {"url": "https://cdn.example/1.png"})["code"] == 422


def test_a_part_of_a_file_can_be_fetched(kie):
    url = kie.made("z-image", {"prompt": "Лиса", "aspect_ratio": "1:1"})["resultUrls"][0]
    answer = requests.get(url, headers={"Range": "bytes=1-3"}, timeout=30)
    assert (answer.status_code, answer.content) == (206, b"PNG")


def test_an_input_file_must_be_there(kie, png):
    gone = kie.upload(png, "gone.png")
    kie.config(files_age_s=2 * DAY_S)
    answer = kie.create(CUT, {"image": gone})
    assert (answer["code"], "Image fetch failed" in answer["msg"]) == (422, True)
    assert kie.create(CUT, {"image": kie.origin + "/files/u/never.png"})["code"] == 422


def test_an_input_file_must_be_of_the_accepted_kind_whatever_its_name(kie):
    pdf = kie.upload(b"%PDF-1.7 and so on", "photo.png")
    assert kie.create(CUT, {"image": pdf}) == {"code": 422, "msg": "image file type not supported", "data": None}
    gif = kie.upload(b"GIF89a and so on", "photo.png")
    assert kie.create(CUT, {"image": gif})["code"] == 422
    sound = kie.upload(b"ID3 and so on", "a.mp3")
    assert kie.create("elevenlabs/audio-isolation", {"audio_url": sound})["code"] == 200
    assert kie.create(EDIT, {"prompt": "Зима", "image_urls": [sound]})["code"] == 422
    song = {"upload_url": gif, "title": "a", "tags": "b", "negative_tags": "c"}  # this one names no formats
    assert kie.create("ai-music-api/add-instrumental", song)["msg"] == "upload_url file type not supported"
    assert kie.create("ai-music-api/add-instrumental", song | {"upload_url": sound})["code"] == 200


def test_an_input_file_must_not_be_too_large(kie, png):
    large = kie.upload(png + bytes(5 * 1024 * 1024), "large.png")
    answer = kie.create(CUT, {"image": large})
    assert (answer["code"], answer["msg"]) == (422, "image: file size exceeds the maximum limit of 5MB")


def test_of_other_hosts_only_the_form_is_looked_at(kie):
    assert kie.create(CUT, {"image": "https://photos.example/cat.jpg"})["code"] == 200
