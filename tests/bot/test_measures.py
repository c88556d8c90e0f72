"""A sound, clip or picture that was sent as a document: its length or its sides are looked at, and the price is by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers import offering
from bot.models import DialogState
from bot.wizard.draft import Draft
from kie import lasting
from kie.models import AIModel
from tests.bot.chat import last
from tests.bot.test_receipt_chat import uploads
from tests.kie.media_made import SECONDS, content

pytestmark = pytest.mark.django_db
CLEAN = "elevenlabs/audio-isolation"
ENLARGE = "topaz/image-upscale"


@pytest.fixture
def asking(bot, telegram, command):
    """Lets the person be asked for what a model needs."""

    def begin(key: str):
        def at_first(event):
            model = AIModel.objects.get(key=key)
            return offering.go_on(event.dialog, model, Draft(model.pk))

        command("begin", at_first)
        telegram.writes("/begin")
        bot.polls(telegram)
        return bot

    return begin


@pytest.fixture
def asked(asking):
    """The person is asked for a recording whose length sets the price."""
    return asking(CLEAN)


def dialog():
    from bot.models import Dialog

    return Dialog.objects.get()


def test_a_document_of_sound_is_measured_and_priced(asked, telegram):
    uploads(telegram, content("audio/wav"), "голос.wav", "audio/wav")
    asked.polls(telegram)
    assert dialog().state == DialogState.CONFIRM
    assert dialog().data["answers"]["audio_url"]["duration"] == SECONDS


def test_what_cannot_be_measured_is_asked_for_in_another_way(asked, telegram):
    uploads(telegram, b"RIFF----WAVEjunk" + bytes(200), "голос.wav", "audio/wav")
    asked.polls(telegram)
    assert dialog().state == DialogState.WIZARD
    assert "Цена зависит от длительности" in last(telegram)["text"]


@pytest.mark.parametrize(("side", "output"), [(300, "2K"), (1500, "4K"), (3000, "8K")])
def test_a_picture_costs_as_a_document_what_it_costs_as_a_photo(asking, telegram, side, output):
    bot = asking(ENLARGE)
    uploads(telegram, content("image/png", side, 200), "кот.png", "image/png")
    bot.polls(telegram)
    answer = dialog().data["answers"]["image_url"]
    assert (dialog().state, answer["kind"], answer["width"]) == (DialogState.CONFIRM, "document", side)
    assert dialog().quote["variant"] == f"x-output={output}"


def test_a_picture_that_cannot_be_looked_at_costs_the_dearest(asking, telegram):
    bot = asking(ENLARGE)
    uploads(telegram, content("image/png")[:60], "кот.png", "image/png")
    bot.polls(telegram)
    assert dialog().quote["variant"] == "x-output=8K"


def test_a_picture_is_not_opened_where_its_sides_set_no_price(asking, telegram):
    bot, before = asking("recraft/crisp-upscale"), len(telegram.journal("getFile"))
    uploads(telegram, content("image/png"), "кот.png", "image/png")
    bot.polls(telegram)
    assert dialog().state == DialogState.CONFIRM
    assert len(telegram.journal("getFile")) == before


def test_nothing_is_opened_where_no_order_asks_for_it(bot, telegram):
    before = len(telegram.journal("getFile"))
    uploads(telegram, content("audio/wav"), "голос.wav", "audio/wav")
    bot.polls(telegram)
    assert len(telegram.journal("getFile")) == before


@pytest.mark.parametrize("mime", ["audio/mpeg", "audio/wav", "video/mp4"])
def test_lengths_are_told_by_the_bytes(mime):
    assert lasting.seconds(content(mime)) == pytest.approx(SECONDS, abs=0.1)


@given(st.sampled_from(["audio/mpeg", "audio/wav", "video/mp4"]), st.data())
def test_no_bytes_break_the_look_at_them(mime, data):
    whole = bytearray(content(mime))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, min(len(whole) - 1, 1500)))] = data.draw(st.integers(0, 255))
    length = lasting.seconds(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    assert length is None or 0 < length < lasting.LONGEST_S


@pytest.mark.parametrize("broken", [b"", b"ID3", b"RIFF", b"\x00\x00\x00\x18ftypmp42", b"OggS" * 9, bytes(99)])
def test_bytes_that_say_nothing_have_no_length(broken):
    assert lasting.seconds(broken) is None
