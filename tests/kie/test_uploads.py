"""A person's files on their way to KIE: uploaded by file_id, links as they are, and what becomes of those that cannot be had."""

import io

import pytest
import requests
from PIL import Image

from kie import client, uploads
from kie.errors import Refused, Unread
from reliability import files as persons_files
from tests.kie.at_work import BACK, HELD, PAID, ending, money, order, reloaded, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
A_MINUTE = 60.0


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def telegram_has():
    """What the opener finds by file_id; the one of the application is put back."""
    files: dict[str, bytes] = {}

    def opener(file_id: str) -> bytes:
        if file_id not in files:
            raise persons_files.FileGone(f"Telegram does not know {file_id}")
        return files[file_id]

    before = persons_files._opener[:]
    persons_files.register_opener(opener)
    yield files
    persons_files._opener[:] = before


def photo(file_id: str) -> dict:
    return {"file_id": file_id, "kind": "document", "mime": "image/png", "size": 900}


def test_a_persons_file_is_uploaded_and_its_url_is_sent(kie, telegram_has):
    telegram_has["cat"] = a_picture()
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat for the cat", "image_urls": [photo("cat")]})

    work()

    (task,) = kie.tasks(job)
    (url,) = task["input"]["image_urls"]
    assert url.endswith(".png")
    assert requests.get(url, timeout=5).content == telegram_has["cat"]
    assert reloaded(job).sent == {"prompt": "A hat for the cat", "image_urls": [url]}
    assert reloaded(job).input == job.input  # the file_id lasts, the URL does not
    kie.ended(task["taskId"])
    work(after_s=A_MINUTE)
    assert money(job) == PAID


def test_a_link_stays_as_it_is_and_nothing_is_uploaded(kie, telegram_has):
    before = len(kie.asked("upload"))
    link = kie.upload(a_picture(), "linked.png")  # at the very origin of a configured peer
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat by link", "image_urls": [link]})

    work()

    assert kie.tasks(job)[0]["input"]["image_urls"] == [link]
    assert len(kie.asked("upload")) == before + 1  # ours above


def a_page() -> bytes:
    return b"<!DOCTYPE html><html><body>Not found</body></html>"


def a_damaged_picture() -> bytes:
    return a_picture()[:60] + bytes(40)


def a_small_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (100, 100)).save(out, "PNG")
    return out.getvalue()


NOISE = bytes(range(7, 250)) * 20


def test_a_picture_goes_up_as_what_its_bytes_are_not_as_what_its_name_says(kie, telegram_has):
    out = io.BytesIO()
    Image.new("RGB", (320, 240)).save(out, "WEBP")
    telegram_has["cat"] = out.getvalue()
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat by bytes", "image_urls": [photo("cat")]})

    work()

    assert kie.tasks(job)[0]["input"]["image_urls"][0].endswith(".webp")


@pytest.mark.parametrize(
    "content",
    [None, b"", NOISE, a_page(), a_damaged_picture(), b"%PDF-1.4 a text"],
    ids=["gone", "empty", "noise", "page", "damaged", "pdf"],
)
def test_a_file_that_is_not_to_be_had_or_not_what_it_claims_ends_the_job(kie, telegram_has, ended, content):
    if content is not None:
        telegram_has["cat"] = content
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat for nobody", "image_urls": [photo("cat")]})

    work()

    assert (ending(job), money(job), ended) == (("failed", "file"), BACK, [job])
    assert reloaded(job).error_field == "image_urls"
    assert kie.tasks(job) == []


def test_limits_are_held_against_what_the_file_is_not_against_what_was_said_of_it(kie, telegram_has):
    telegram_has["dot"] = a_small_picture()
    job = order(model="recraft/remove-background", input={"image": photo("dot")})

    work()

    assert (ending(job), reloaded(job).error_field) == (("failed", "file"), "image")
    assert "picture_too_small" in reloaded(job).error


def test_a_file_that_kie_does_not_take_ends_the_job(kie, telegram_has):
    telegram_has["cat"] = a_picture()
    kie.fault("upload", "code", code=400, msg="File type not supported")
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat refused", "image_urls": [photo("cat")]})

    work()

    assert (ending(job), money(job)) == (("failed", "file"), BACK)


@pytest.mark.parametrize("fault", ["500", "429", "refused"])
def test_an_upload_service_that_is_away_is_tried_again(kie, telegram_has, fault):
    telegram_has["cat"] = a_picture()
    kie.fault("upload", fault)
    job = order(model="google/nano-banana-edit", input={"prompt": f"A hat after {fault}", "image_urls": [photo("cat")]})

    work()
    assert (reloaded(job).state, money(job), kie.tasks(job)) == ("queued", HELD, [])
    work(after_s=11)

    assert (reloaded(job).state, len(kie.tasks(job))) == ("running", 1)


def test_an_upload_service_that_stays_away_is_borne_for_minutes_then_the_money_is_back(
    kie, telegram_has, ended, called
):
    telegram_has["cat"] = a_picture()
    kie.fault("upload", "500", times=0)
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat never", "image_urls": [photo("cat")]})

    for seconds in range(0, 300, 20):
        assert work(after_s=seconds) == 1
    assert (ending(job), money(job), reloaded(job).attempts) == (("queued", ""), HELD, 0)
    work(after_s=311)

    assert (ending(job), money(job), ended) == (("failed", "provider_down"), BACK, [job])
    assert (kie.tasks(job), called) == ([], [])


def test_who_has_waited_long_for_kie_is_borne_as_long(kie, telegram_has):
    telegram_has["cat"] = a_picture()
    kie.fault("upload", "500")
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat late", "image_urls": [photo("cat")]})

    work(after_s=1200)
    assert ending(job) == ("queued", "")
    work(after_s=1211)

    assert (reloaded(job).state, reloaded(job).error) == ("running", "")


def uploads_of(kie, since: int) -> list[dict]:
    return [call["params"] for call in kie.asked("upload", since)]


def last_call(kie) -> int:
    return max((call["id"] for call in kie.asked("upload")), default=0)


@pytest.mark.parametrize("code", [404, 405, 413, 415])
def test_where_streams_are_not_taken_a_small_file_goes_up_as_text(kie, telegram_has, code):
    telegram_has["cat"] = a_picture()
    kie.fault("upload", "code", code=code, msg="Method Not Allowed")
    before = last_call(kie)
    job = order(
        model="google/nano-banana-edit", input={"prompt": f"A hat as text {code}", "image_urls": [photo("cat")]}
    )

    work()

    (url,) = reloaded(job).sent["image_urls"]
    assert requests.get(url, timeout=5).content == telegram_has["cat"]
    assert url.endswith(".png")
    assert "base64Data" in uploads_of(kie, before)[-1]


def test_a_file_too_large_for_text_is_not_sent_as_it(kie, settings):
    kie.fault("upload", "code", code=413, msg="Too large")
    before = last_call(kie)

    with pytest.raises(Refused):
        uploads.uploaded(bytes(uploads.AS_TEXT_BYTES + 1), "video/mp4")

    assert len(uploads_of(kie, before)) == 1


def test_a_result_is_copied_by_kie_itself_from_a_fresh_link(kie):
    link = kie.upload(a_picture(), "result.png")

    copy = uploads.kept(link)

    assert copy != link
    assert copy.endswith(".png")
    assert requests.get(copy, timeout=5).content == a_picture()


def test_a_result_that_is_gone_cannot_be_copied(kie):
    with pytest.raises(Refused):
        uploads.kept(f"{kie.origin}/files/r/gone/0.png")


def test_an_upload_host_that_cannot_fetch_a_link_is_away(kie):
    with pytest.raises(Unread):
        client.upload_from(f"{kie.origin}/files/r/gone/0.png", name="x.png")
