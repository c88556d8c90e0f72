"""Files against what their senders' programmes said of them: who is sold a second gets no minute."""

import pytest

from tests.kie import media_made as made
from tests.kie.at_work import BACK, ending, money, order, reloaded, work
from tests.kie.test_uploads import photo, telegram_has

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
__all__ = ["telegram_has"]


def an_aac(seconds: int) -> bytes:
    """Bare frames of 16 kHz: of each 1,024 samples only the head says something."""
    frame = bytes([0xFF, 0xF1, 0x60, 0x40, 0x08, 0x1F, 0xFC]) + bytes(57)  # 64 bytes
    return frame * (seconds * 16_000 // 1024)


def a_sound(seconds: float, mime: str = "audio/mpeg") -> dict:
    """What a programme says of it."""
    return {"file_id": "sound", "kind": "voice", "mime": mime, "size": 900, "duration": seconds}


@pytest.mark.parametrize("content", [made.content("audio/mpeg"), made.content("audio/wav"), an_aac(made.SECONDS)])
def test_a_sound_that_is_longer_than_its_sender_said_is_not_made_for_the_price_of_a_shorter(
    kie, telegram_has, ended, content
):
    telegram_has["sound"] = content
    job = order(model="elevenlabs/audio-isolation", input={"audio_url": a_sound(1)})

    work()

    assert (ending(job), money(job), ended) == (("failed", "dearer"), BACK, [job])
    assert reloaded(job).error_field == "audio_url"


@pytest.mark.parametrize("said_s", [made.SECONDS - 0.9, made.SECONDS, 60])
def test_a_second_more_or_less_is_how_programmes_count(kie, telegram_has, said_s):
    telegram_has["sound"] = made.content("audio/mpeg")
    job = order(model="elevenlabs/audio-isolation", input={"audio_url": a_sound(said_s)})

    work()

    assert reloaded(job).state == "running"


def test_a_clip_whose_length_sets_the_price_and_cannot_be_told_is_not_made(kie, telegram_has):
    telegram_has["sound"] = made.content("video/x-matroska")
    clip = a_sound(1, "video/x-matroska") | {"kind": "video"}
    job = order(model="topaz/video-upscale", input={"video_url": clip})

    work()

    assert (ending(job), money(job)) == (("failed", "dearer"), BACK)


@pytest.mark.parametrize(("kind", "said"), [("document", {}), ("photo", {"width": 3000, "height": 2000})])
def test_a_picture_that_was_priced_as_what_it_is_or_unseen_is_made(kie, telegram_has, kind, said):
    telegram_has["cat"] = made.content("image/png", 3000, 2000)
    picture = photo("cat") | {"kind": kind, "mime": "image/png"} | said
    job = order(model="qwen/image-to-image", input={"prompt": f"A cat, seen: {kind}", "image_url": picture})

    work()

    assert reloaded(job).state == "running"


def test_a_picture_of_more_points_than_were_priced_is_not_made(kie, telegram_has):
    telegram_has["cat"] = made.content("image/png", 3000, 2000)
    picture = photo("cat") | {"width": 300, "height": 200}
    job = order(model="qwen/image-to-image", input={"prompt": "A cat, larger", "image_url": picture})

    work()

    assert (ending(job), money(job)) == (("failed", "dearer"), BACK)
