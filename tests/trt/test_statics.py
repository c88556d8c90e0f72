"""Static files as a browser gets them from the web process: whole, in parts, not again, and without a warning."""

import asyncio
import warnings
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import AsyncClient

PATH = "trt/favicon.svg"


@pytest.fixture
def content() -> bytes:
    found = finders.find(PATH)
    assert isinstance(found, str)
    return Path(found).read_bytes()


def asked(method: str = "GET", **headers: str) -> tuple[HttpResponse, bytes]:
    """The answer and its bytes, under ASGI; where Django warns of a stream that it cannot read asynchronously, an error."""

    async def ask() -> tuple[HttpResponse, bytes]:
        answer = await getattr(AsyncClient(), method.lower())(f"/static/{PATH}", headers=headers)
        if answer.streaming:
            return answer, b"".join([part async for part in answer])
        return answer, answer.content

    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="StreamingHttpResponse")
        return asyncio.run(ask())


def test_a_file_is_whole_and_nothing_is_warned_of(content):
    answer, sent = asked()

    assert (answer.status_code, sent) == (200, content)
    assert (answer["Content-Type"], answer["Content-Length"]) == ("image/svg+xml", str(len(content)))
    assert "max-age" in answer["Cache-Control"]


def test_a_part_is_a_part(content):
    answer, sent = asked(range="bytes=5-14")

    assert (answer.status_code, sent) == (206, content[5:15])
    assert (answer["Content-Range"], answer["Content-Length"]) == (f"bytes 5-14/{len(content)}", "10")


def test_what_the_browser_has_is_not_sent_again():
    known, _ = asked()
    answer, sent = asked(**{"if-modified-since": known["Last-Modified"]})

    assert (answer.status_code, sent, answer.get("Content-Type")) == (304, b"", None)


def test_head_tells_the_length_and_other_methods_are_refused(content):
    head, sent = asked("HEAD")

    assert (head.status_code, sent, head["Content-Length"]) == (200, b"", str(len(content)))
    assert asked("POST")[0].status_code == 405
