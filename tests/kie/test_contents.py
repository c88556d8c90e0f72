"""What a file is, told by its bytes."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from kie import contents

ZEROS = bytes(400)
SOUND = ("audio/mpeg", "audio/wav", "audio/aac", "audio/mp4", "audio/ogg")


def asked(media: str, *accept: str) -> Any:
    return SimpleNamespace(media=media, accept=accept)


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 32), "teal").save(out, form)
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"ID3\x03\x00\x00\x00\x00\x00\x21" + ZEROS, "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + ZEROS, "audio/mpeg"),
        (b"\xff\xf3\x90\x64" + ZEROS, "audio/mpeg"),
        (b"\xff\xf1\x50\x80" + ZEROS, "audio/aac"),
        (b"RIFF\x24\x08\x00\x00WAVEfmt " + ZEROS, "audio/wav"),
        (b"OggS\x00\x02" + ZEROS, "audio/ogg"),
        (b"\0\0\0\x20ftypM4A " + ZEROS, "audio/mp4"),
        (b"\0\0\0\x18ftypmp42" + ZEROS, "audio/mp4"),
    ],
)
def test_sound_is_known_in_every_form_that_phones_make(head, mime):
    assert contents.mime(asked("audio", *SOUND), head) == mime


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_known_and_measured(form):
    content = picture(form)
    mime = contents.mime(asked("image", "image/jpeg", "image/png", "image/webp"), content)
    assert mime == f"image/{form.lower()}"
    assert contents.sides(content, mime) == {"width": 64, "height": 32}


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"just a text",
        b"<html><head></head>",
        b"\n <!DOCTYPE HTML>",
        picture("GIF"),
        b"\0\0\0\x18ftypmp42" + ZEROS,
        b"\xff\xff\xff\xff" + ZEROS,
    ],
    ids=["empty", "text", "page", "page after blanks", "gif", "video", "ones"],
)
def test_what_is_no_picture_of_these_formats_is_refused(head):
    with pytest.raises(contents.Unknown):
        contents.mime(asked("image", "image/jpeg", "image/png"), head)


def test_without_a_list_of_formats_the_kind_of_media_decides():
    assert contents.mime(asked("image"), picture("GIF")) == "image/gif"
    assert contents.mime(asked("document"), b"just a text") == "application/octet-stream"
    with pytest.raises(contents.Unknown):
        contents.mime(asked("video"), picture("GIF"))
    with pytest.raises(contents.Unknown):
        contents.mime(asked("document"), b"<!doctype html><html>")


@pytest.mark.parametrize("cut", [40, 60])
def test_a_damaged_picture_is_not_whole(cut):
    with pytest.raises(contents.Unknown):
        contents.sides(picture("PNG")[:cut] + bytes(20), "image/png")
