"""Results are real files: they are opened here as a player or a viewer would."""

from __future__ import annotations

import io
import json

import av
import pytest
from PIL import Image, ImageChops

SONG = {"custom_mode": False, "instrumental": True, "model": "V5", "prompt": "Тихая ночь"}
MISSING = "\U000f0000"  # a private character that no font has


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("ratio", "width_to_height"), [("1:1", 1), ("16:9", 16 / 9), ("9:16", 9 / 16), ("21:9", 21 / 9), ("auto", 1)]
)
def test_a_picture_has_the_wished_proportions(kie, ratio, width_to_height):
    picture = opened(kie.file("google/nano-banana", {"prompt": "Кот", "aspect_ratio": ratio}))
    assert picture.width / picture.height == pytest.approx(width_to_height, rel=0.01)
    assert max(picture.size) == 768


@pytest.mark.parametrize(
    ("size", "width_to_height"), [("portrait_16_9", 9 / 16), ("landscape_4_3", 4 / 3), ("square_hd", 1)]
)
def test_named_sizes_are_understood(kie, size, width_to_height):
    picture = opened(kie.file("qwen/text-to-image", {"prompt": "Кот", "image_size": size}))
    assert picture.width / picture.height == pytest.approx(width_to_height, rel=0.01)


@pytest.mark.parametrize(("wished", "format"), [("png", "PNG"), ("jpeg", "JPEG")])
def test_a_picture_has_the_wished_format(kie, wished, format):
    assert opened(kie.file("google/nano-banana", {"prompt": "Кот", "output_format": wished})).format == format


def seeded(kie, prompt: str) -> Image.Image:
    """The same colours each time: only the words differ."""
    return opened(kie.file("qwen/text-to-image", {"prompt": prompt, "seed": 7})).convert("RGB")


def test_cyrillic_letters_are_drawn(kie):
    missing = seeded(kie, MISSING)
    assert not ImageChops.difference(missing, seeded(kie, "\U000f0001")).getbbox()  # two missing glyphs look the same
    assert ImageChops.difference(seeded(kie, "Ж"), missing).getbbox()
    assert ImageChops.difference(seeded(kie, "ж"), seeded(kie, "щ")).getbbox()


def test_emojis_are_drawn_each_as_itself(kie):
    nothing = seeded(kie, "Кот")
    assert ImageChops.difference(seeded(kie, "Кот 🚀"), nothing).getbbox()
    assert ImageChops.difference(seeded(kie, "Кот 🚀"), seeded(kie, "Кот 🦊")).getbbox()


@pytest.mark.parametrize("unknown", [MISSING, "\ufe0f", "\u200d", "🏽", "\u20e3"])
def test_what_no_font_has_leaves_no_box(kie, unknown):
    assert not ImageChops.difference(seeded(kie, f"Кот {unknown}"), seeded(kie, "Кот")).getbbox()


def test_without_a_seed_a_repeat_is_another_picture(kie):
    assert kie.file("google/nano-banana", {"prompt": "Кот"}) != kie.file("google/nano-banana", {"prompt": "Кот"})


@pytest.mark.parametrize("prompt", ["я" * 5000, "слово " * 800, "🦊🦊🦊", "\x00\u202e<b>&", "a\n\n\nb"])
def test_any_prompt_can_be_drawn(kie, prompt):
    assert opened(kie.file("google/nano-banana", {"prompt": prompt})).size == (768, 768)


def red(size: tuple[int, int] = (600, 400)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (220, 10, 10)).save(out, "PNG")
    return out.getvalue()


def test_an_edited_picture_shows_the_persons_own_inside(kie):
    url = kie.upload(red(), "red.png")
    edited = opened(kie.file("google/nano-banana-edit", {"prompt": "Зима", "image_urls": [url]})).convert("RGB")
    assert edited.getpixel((edited.width // 2, edited.height // 3)) == pytest.approx((220, 10, 10), abs=12)


def test_a_removed_background_is_transparent(kie):
    cut = opened(kie.file("recraft/remove-background", {"image": kie.upload(red(), "red.png")}))
    assert (cut.format, cut.mode, cut.size) == ("PNG", "RGBA", (600, 400))
    assert cut.getpixel((0, 0))[3] == 0
    assert cut.getpixel((300, 200)) == (220, 10, 10, 255)


@pytest.mark.parametrize("factor", ["1", "2", "4"])
def test_an_upscaled_picture_is_as_much_larger(kie, factor):
    url = kie.upload(red((90, 60)), "small.png")
    large = opened(kie.file("topaz/image-upscale", {"image_url": url, "upscale_factor": factor}))
    assert large.size == (90 * int(factor), 60 * int(factor))


def test_a_broken_upload_still_gives_a_picture(kie):
    url = kie.upload(b"\x89PNG\r\n\x1a\n and nothing", "broken.png")
    assert opened(kie.file("google/nano-banana-edit", {"prompt": "Зима", "image_urls": [url]})).width == 768


def test_a_video_plays_and_starts_before_its_end_has_come(kie):
    clip = kie.file(
        "kling-2.6/text-to-video", {"prompt": "Волны", "sound": False, "aspect_ratio": "9:16", "duration": "5"}
    )
    with av.open(io.BytesIO(clip)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_image() for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert 2 <= container.duration / av.time_base <= 3
        assert stream.width / stream.height == pytest.approx(9 / 16, rel=0.02)
    assert len(frames) > 30
    assert ImageChops.difference(frames[0], frames[len(frames) // 2]).getbbox()  # it moves
    assert clip.index(b"moov") < clip.index(b"mdat")


def test_a_picture_comes_to_life_in_a_video(kie):
    url = kie.upload(red(), "red.png")
    given = {"prompt": "Оживи", "image_urls": [url], "sound": False, "duration": "5"}
    with av.open(io.BytesIO(kie.file("kling-2.6/image-to-video", given))) as container:
        frame = next(container.decode(video=0)).to_image()
    assert frame.width > frame.height
    assert frame.getpixel((frame.width // 2, frame.height // 3)) == pytest.approx((220, 10, 10), abs=25)


def loudness(content: bytes) -> tuple[float, int]:
    """(seconds, the loudest sample) of a sound."""
    with av.open(io.BytesIO(content)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
        chunks = [
            bytes(out.planes[0])[: 2 * out.samples]
            for frame in container.decode(audio=0)
            for out in resampler.resample(frame)
        ]
    samples = memoryview(b"".join(chunks)).cast("h")
    return len(samples) / 8000, max(samples)


def test_speech_is_a_sound_as_long_as_its_text(kie):
    short_s, loud = loudness(kie.file("elevenlabs/text-to-speech-turbo-2-5", {"text": "Привет"}))
    long_s, _ = loudness(kie.file("elevenlabs/text-to-speech-turbo-2-5", {"text": "Привет, мир! " * 40}))
    assert 1 < short_s < 2.5 < long_s < 6.5
    assert loud > 5000


def test_music_lasts_eight_seconds(kie):
    url = kie.made("ai-music-api/generate", SONG)["data"][0]["audio_url"]
    assert loudness(kie.fetch(url).content)[0] == pytest.approx(8, abs=0.3)


def test_a_wav_is_a_wav(kie):
    song = kie.task("ai-music-api/generate", SONG)
    track = json.loads(kie.ended(song)["resultJson"])["data"][0]
    sound = kie.file("ai-music-api/convert-to-wav-format", {"task_id": song, "audio_id": track["id"]})
    assert (sound[:4], sound[8:12]) == (b"RIFF", b"WAVE")
