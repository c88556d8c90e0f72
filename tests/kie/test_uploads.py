"""A person's files on their way to KIE: uploaded by file_id, links as they are, and what becomes of those that cannot be had."""

import io

import pytest
import requests
from PIL import Image

from kie import uploads
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
            raise uploads.FileGone(f"Telegram does not know {file_id}")
        return files[file_id]

    before = uploads._opener[:]
    uploads.register_opener(opener)
    yield files
    uploads._opener[:] = before


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
    link = kie.upload(a_picture(), "linked.png")
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat by link", "image_urls": [link]})

    work()

    assert kie.tasks(job)[0]["input"]["image_urls"] == [link]
    assert len(kie.asked("upload")) == before + 1  # ours above


@pytest.mark.parametrize("content", [None, b""], ids=["gone", "empty"])
def test_a_file_that_telegram_does_not_give_ends_the_job(kie, telegram_has, ended, content):
    if content is not None:
        telegram_has["cat"] = content
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat for nobody", "image_urls": [photo("cat")]})

    work()

    assert (ending(job), money(job), ended) == (("failed", "file"), BACK, [job])
    assert kie.tasks(job) == []


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
    work(after_s=5)

    assert (reloaded(job).state, len(kie.tasks(job))) == ("running", 1)


def test_an_upload_service_that_stays_away_buries_the_job_with_the_money_back(kie, telegram_has, ended):
    telegram_has["cat"] = a_picture()
    kie.fault("upload", "500", times=0)
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat never", "image_urls": [photo("cat")]})

    for minutes in range(6):
        work(after_s=60 * minutes)

    assert (reloaded(job).state, money(job), ended) == ("failed", BACK, [job])
    assert kie.tasks(job) == []
