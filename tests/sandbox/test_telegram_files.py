"""Files: up, down, by URL, by file_id, in albums; what is measured and what is refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from PIL import Image

from tests.sandbox.telegram_side import DEADLINE_S, Telegram
from tests.serving import Quiet, serving


def picture(width: int = 1600, height: int = 900, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, form)
    return out.getvalue()


def video() -> bytes:
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 64, 48
        for _ in range(20):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    return out.getvalue()


@pytest.fixture
def site() -> Iterator[dict[str, Any]]:
    """A web site: path → (content type, body); `origin` is where."""
    pages: dict[str, Any] = {}

    class Give(Quiet):
        def do_GET(self) -> None:
            kind, body = pages.get(self.path, ("text/plain", None))
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body or b"")

    with serving(Give) as pages["origin"]:
        yield pages


def test_a_photo_comes_in_sizes_that_are_real_pictures(telegram: Telegram) -> None:
    sent = telegram.ok(
        "sendPhoto", {"photo": ("cat.png", picture())}, chat_id=telegram.user, caption="<b>Кот</b>", parse_mode="HTML"
    )
    assert [(size["width"], size["height"]) for size in sent["photo"]] == [
        (90, 51),
        (320, 180),
        (800, 450),
        (1280, 720),
    ]
    assert (sent["caption"], sent["caption_entities"][0]["type"]) == ("Кот", "bold")
    for size in sent["photo"]:
        place = telegram.ok("getFile", file_id=size["file_id"])["file_path"]
        body = requests.get(f"{telegram.origin}/file/bot{telegram.token}/{place}", timeout=DEADLINE_S).content
        assert (len(body), Image.open(io.BytesIO(body)).size) == (size["file_size"], (size["width"], size["height"]))


def test_a_file_id_is_sent_again_but_only_as_its_kind(telegram: Telegram) -> None:
    sent = telegram.ok("sendPhoto", {"photo": ("a.png", picture(50, 50))}, chat_id=telegram.user)
    file_id = sent["photo"][-1]["file_id"]
    assert telegram.ok("sendPhoto", chat_id=telegram.user, photo=file_id)["photo"] == sent["photo"]
    assert (
        telegram.refusal("sendVideo", chat_id=telegram.user, video=file_id)
        == "Bad Request: can't use file of type Photo as Video"
    )
    wrong = "Bad Request: wrong file identifier/HTTP URL specified"
    assert telegram.refusal("sendPhoto", chat_id=telegram.user, photo="AgACnothing") == wrong
    assert telegram.refusal("getFile", file_id="AgACnothing") == "Bad Request: invalid file_id"


def test_a_video_is_measured_and_played_in_ranges(telegram: Telegram) -> None:
    film = telegram.ok("sendVideo", {"video": ("a.mp4", video())}, chat_id=telegram.user)["video"]
    assert (film["width"], film["height"], film["duration"], film["mime_type"]) == (64, 48, 2, "video/mp4")
    url = f"{telegram.origin}/sandbox/files/{film['file_id']}"
    part = requests.get(url, headers={"Range": "bytes=4-7"}, timeout=DEADLINE_S)
    assert (part.status_code, part.content, part.headers["Content-Type"]) == (206, b"ftyp", "video/mp4")


def test_a_document_that_a_browser_could_run_is_only_downloaded(telegram: Telegram) -> None:
    sent = telegram.ok(
        "sendDocument", {"document": ("a.html", b"<script>1</script>", "text/html")}, chat_id=telegram.user
    )
    answer = requests.get(f"{telegram.origin}/sandbox/files/{sent['document']['file_id']}", timeout=DEADLINE_S)
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (b"", "file must be non-empty"),
        (picture(2500, 20), "PHOTO_INVALID_DIMENSIONS"),
    ],
)
def test_what_is_no_photo_is_refused(telegram: Telegram, body: bytes, why: str) -> None:
    assert telegram.refusal("sendPhoto", {"photo": ("a.png", body)}, chat_id=telegram.user) == f"Bad Request: {why}"


def test_sizes_have_limits(telegram: Telegram) -> None:
    big = b"%PDF-" + bytes(20 * 1024 * 1024)
    sent = telegram.ok("sendDocument", {"document": ("big.pdf", big)}, chat_id=telegram.user)
    assert telegram.refusal("getFile", file_id=sent["document"]["file_id"]) == "Bad Request: file is too big"
    photo = telegram.refusal(
        "sendPhoto", {"photo": ("a.png", picture(10, 10) + bytes(10 * 1024 * 1024))}, chat_id=telegram.user
    )
    assert photo.startswith("Bad Request: PHOTO_SAVE_FILE_INVALID")
    answer = telegram.call("sendDocument", {"document": ("huge.bin", bytes(51 * 1024 * 1024))}, chat_id=telegram.user)
    assert answer["error_code"] == 413
    assert (
        telegram.refusal("sendPhoto", chat_id=telegram.user, photo="x", caption="ж" * 1025)
        == "Bad Request: message caption is too long"
    )


def test_a_photo_by_its_url(telegram: Telegram, site: dict[str, Any]) -> None:
    site["/cat.webp"] = ("image/webp", picture(200, 100, "WEBP"))
    sent = telegram.ok("sendPhoto", chat_id=telegram.user, photo=site["origin"] + "/cat.webp")
    assert (sent["photo"][-1]["width"], sent["photo"][-1]["height"]) == (200, 100)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/gone.png", "failed to get HTTP URL content"),
        ("/page", "wrong type of the web page content"),
        ("/huge.png", "failed to get HTTP URL content"),
    ],
)
def test_a_url_that_leads_to_no_photo(telegram: Telegram, site: dict[str, Any], path: str, why: str) -> None:
    site["/page"] = ("text/html", b"<html>not a picture</html>")
    site["/huge.png"] = ("image/png", picture(10, 10) + bytes(5 * 1024 * 1024))
    url = site["origin"] + path
    assert telegram.refusal("sendPhoto", chat_id=telegram.user, photo=url) == f"Bad Request: {why}"


def test_an_unreachable_url(telegram: Telegram) -> None:
    words = telegram.refusal("sendVideo", chat_id=telegram.user, video="http://127.0.0.1:9/a.mp4")
    assert words == "Bad Request: failed to get HTTP URL content"


def test_an_album_is_one_group_and_all_or_nothing(telegram: Telegram, site: dict[str, Any]) -> None:
    site["/b.png"] = ("image/png", picture(30, 30))
    media: list[dict[str, str]] = [
        {"type": "photo", "media": "attach://a", "caption": "<i>два</i>", "parse_mode": "HTML"},
        {"type": "photo", "media": site["origin"] + "/b.png"},
    ]
    sent = telegram.ok("sendMediaGroup", {"a": ("a.png", picture(40, 40))}, chat_id=telegram.user, media=media)
    assert len({message["media_group_id"] for message in sent}) == 1
    assert [message["photo"][-1]["width"] for message in sent] == [40, 30]
    assert sent[0]["caption_entities"][0]["type"] == "italic"
    rev = telegram.chat()["rev"]
    broken = [media[1], {"type": "photo", "media": site["origin"] + "/none"}]
    words = telegram.refusal("sendMediaGroup", chat_id=telegram.user, media=broken)
    assert words == 'Bad Request: failed to send message #2 with the error message "WEBPAGE_CURL_FAILED"'
    assert telegram.chat()["rev"] == rev


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        (["photo"], "Too few messages to send as an album"),
        (["photo"] * 11, "Too many messages to send as an album"),
        (["photo", "document"], "Document can't be mixed with other media types"),
        (["photo", "audio"], "Audio can't be mixed with other media types"),
    ],
)
def test_a_group_that_cannot_be(telegram: Telegram, kinds: list[str], why: str) -> None:
    media = [{"type": kind, "media": "x"} for kind in kinds]
    assert telegram.refusal("sendMediaGroup", chat_id=telegram.user, media=media) == f"Bad Request: {why}"


def test_a_message_of_text_becomes_a_picture_by_an_edit(telegram: Telegram) -> None:
    sent = telegram.say("wait", "cancel")["message_id"]
    media = {"type": "photo", "media": "attach://a", "caption": "done"}
    telegram.ok(
        "editMessageMedia", {"a": ("a.png", picture(40, 40))}, chat_id=telegram.user, message_id=sent, media=media
    )
    seen = telegram.sees(sent)
    assert (seen["caption"], "text" in seen, "reply_markup" in seen) == ("done", False, False)
    telegram.ok("editMessageCaption", chat_id=telegram.user, message_id=sent, caption="really")
    assert telegram.sees(sent)["caption"] == "really"


@pytest.mark.parametrize(("kind", "name"), [("photo", "a.png"), ("document", "a.png"), ("video", "a.mp4")])
def test_a_person_uploads(telegram: Telegram, kind: str, name: str) -> None:
    body = video() if kind == "video" else picture(100, 50)
    url = f"{telegram.origin}/sandbox/chats/{telegram.user}/upload"
    form = {"kind": kind, "caption": "/edit это"}
    shown = requests.post(url, data=form, files={"file": (name, body)}, timeout=DEADLINE_S).json()
    got = telegram.ok("getUpdates")[-1]["message"]
    assert (got["message_id"], got["caption"], got["caption_entities"][0]["type"]) == (
        shown["message_id"],
        "/edit это",
        "bot_command",
    )
    one = got[kind][-1] if kind == "photo" else got[kind]
    assert one["file_size"] > 0
    facts = {"photo": (100, 50), "document": ("image/png", "a.png"), "video": (64, 48)}[kind]
    names = ("mime_type", "file_name") if kind == "document" else ("width", "height")
    assert tuple(one[name] for name in names) == facts
