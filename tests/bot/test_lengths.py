"""A sound or clip that was sent as a document: its length is looked at, and the price is by it."""

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


@pytest.fixture
def asked(bot, telegram, command):
    """The person is asked for a recording whose length sets the price."""

    def begin(event):
        return offering.go_on(event.dialog, AIModel.objects.get(key=CLEAN), Draft(AIModel.objects.get(key=CLEAN).pk))

    command("clean", begin)
    telegram.writes("/clean")
    bot.polls(telegram)
    return bot


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
