"""Questions that depend on answers, lists of files, dialogues: as people meet them in the chat."""

import pytest

from bot.models import DialogState
from kie.models import Job

pytestmark = pytest.mark.django_db
FRAMES, CLIPS, FROM_CLIP = "minimax-h3/reference-to-video", "wan/2-7-r2v", "wan/2-7-image-to-video"
DIALOGUE, SPEAKERS, SIZES = (
    "elevenlabs/text-to-dialogue-v3",
    "google/gemini-2-5-pro-tts",
    "nano-banana-2",
)
CLIP = {"kind": "video", "mime": "video/mp4", "size": 900_000, "width": 1024, "height": 1024, "duration": 5}


def test_one_of_several_can_be_passed_over_and_the_last_one_cannot(at):
    anna = at(FROM_CLIP)
    assert "Пропустить ▶️" in anna.labels
    assert "Можно пропустить и дать вместо этого" in anna.screen.text
    anna.tap("Пропустить")
    assert "Пропустить ▶️" not in anna.labels
    assert anna.dialog.state == DialogState.WIZARD
    anna.tap("◀️ Назад")
    assert "Пропустить ▶️" in anna.labels


def test_what_was_passed_over_is_not_asked_again_and_what_goes_against_an_answer_is_not_offered(at):
    anna = at(FROM_CLIP)
    anna.photo(width=1024, height=1024)
    anna.say("Море волнуется")
    assert anna.dialog.state == DialogState.CONFIRM
    anna.tap("⚙️")
    labels = " ".join(anna.labels).lower()
    assert "последний кадр" in labels
    assert "начало ролика" not in labels


def test_clips_come_one_by_one_and_are_counted(at):
    anna = at(FRAMES)
    anna.tap("Пропустить")
    assert "до 3 видео" in anna.screen.text.lower()
    assert "Получено: 1 из 3" in anna.send(**CLIP).text
    assert "Получено: 2 из 3" in anna.send(**CLIP).text
    anna.tap("✅ Готово (2)")
    anna.say("Море волнуется")
    assert anna.dialog.state == DialogState.CONFIRM
    assert "2 файла" in anna.screen.text


def test_a_clip_that_is_too_brief_is_refused_in_words(at):
    anna = at(FRAMES)
    anna.tap("Пропустить")
    screen = anna.send(**(CLIP | {"duration": 1}))
    assert screen.reason == "INVALID_INPUT"
    assert "слишком короткая" in screen.text


def test_a_dialogue_is_written_in_one_message(at):
    anna = at(DIALOGUE)
    assert "каждую реплику с новой строки" in anna.screen.text
    anna.say("Анна: Привет!\nБорис: Привет, как дела?")
    assert anna.dialog.state == DialogState.CONFIRM
    assert "Привет, как дела?" in anna.screen.text
    anna.tap("✅ Запустить")
    first, second = Job.objects.get().input["dialogue"]
    assert (first["text"], second["text"]) == ("Привет!", "Привет, как дела?")
    assert first["voice"] != second["voice"]


def test_who_is_called_by_a_voices_name_speaks_with_it(at):
    anna = at(DIALOGUE)
    anna.say("Анна: Привет!\nBella: Здравствуй.")
    anna.tap("✅ Запустить")
    first, second = Job.objects.get().input["dialogue"]
    voices = Job.objects.get().model.wizard[0]["choices"]
    assert voices[second["voice"]]["ru"] == "Bella" != voices[first["voice"]]["ru"]


def test_voices_are_chosen_for_those_who_speak(at):
    anna = at(SPEAKERS)
    anna.say("Анна: Привет!\nБорис: Привет!")
    anna.press(next(one.data for row in anna.screen.keys for one in row if one.data.startswith("pick:")))
    anna.tap("✅ Готово (1)")
    assert anna.dialog.state == DialogState.CONFIRM
    anna.tap("✅ Запустить")
    speakers = Job.objects.get().input["speakers"]
    assert [one["speaker_id"] for one in speakers] == ["Speaker 1", "Speaker 2"]
    assert len({one["voice_name"] for one in speakers}) == 2


def test_a_setting_that_another_forbids_is_said_and_asked_with_what_is_left(at):
    anna = at(SIZES)
    anna.say("Море волнуется")
    anna.tap("⚙️")
    anna.tap("○ Разрешение")
    anna.tap("2K")
    anna.tap("○ Пропорции")
    screen = anna.tap("1:4")
    assert screen.reason == "INVALID_INPUT"
    assert "Разрешение" in screen.text
    assert [label for label in anna.labels if "K" in label] == ["○ 1K"]
    anna.tap("○ 1K")
    assert anna.dialog.state == DialogState.CONFIRM


def test_the_card_names_what_will_do_instead(person):
    from kie.models import AIModel

    anna = person("0")
    screen = anna.press(f"model:{AIModel.objects.get(key=FRAMES).pk}:0")
    assert " или " in screen.text
