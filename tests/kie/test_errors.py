"""Every code that KIE documents, as a refusal of createTask and as a task's failCode, becomes a reason with words of its own."""

import pytest
from django.utils import translation

from bot.screens import reasons
from kie.errors import REASONS, Refused, failure_code

# KIE's own table of `code`, those of the lyrics page included.
DOCUMENTED = {
    400: "bad_input", 401: "provider_key", 402: "provider_credits", 404: "model_off", 405: "busy", 408: "timeout",
    409: "made_already", 413: "protected", 422: "bad_input", 429: "busy", 430: "busy", 433: "provider_cap", 451: "file",
    455: "maintenance", 500: "provider_down", 501: "provider_down", 505: "model_off", 531: "provider_down", 550: "busy",
}  # fmt: skip


def test_every_documented_code_has_its_reason():
    assert {int(code): reason for code, reason in REASONS.items()} == DOCUMENTED


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(("code", "reason"), DOCUMENTED.items())
def test_every_code_is_told_in_words_of_its_own(language, code, reason):
    with translation.override(language):
        ours = reasons.why("internal")
        for found in (failure_code(str(code), "Some words"), Refused("Some words", code=code).error_code):
            assert found == reason or (code, found) == (500, "bad_input")
            assert reasons.why(found).happened != ours.happened
            assert reasons.why(found).advice


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        ("400", "Your prompt was flagged as violating content policies", "moderation"),
        ("500", "NSFW content detected", "moderation"),
        ("GENERATION_FAILED", "SENSITIVE_WORD_ERROR", "moderation"),
        ("500", "Credits insufficient : please top up", "provider_credits"),
        ("429", "Insufficient credits", "provider_credits"),
        ("413", "The prompt is too long", "bad_input"),
        ("400", "Failed to fetch the image", "file"),
        ("501", "The task timed out", "timeout"),
        ("422", "The model name you specified is not supported", "model_off"),
        ("GENERATION_FAILED", "", "provider_down"),
        ("", "", "provider_down"),
        ("999", "?", "provider_down"),
    ],
)
def test_words_are_asked_before_codes(code, words, reason):
    assert failure_code(code, words) == reason


@pytest.mark.parametrize(("code", "words"), [(403, "Forbidden"), (500, "prompt is required"), (418, "I am a teapot")])
def test_a_refusal_of_an_unknown_kind_is_of_the_input(code, words):
    assert Refused(words, code=code).error_code == "bad_input"


@pytest.mark.parametrize(
    ("code", "words", "off"),
    [
        (505, "Feature disabled", True),
        (422, "The model name you specified is not supported", True),
        (404, "Model not found", True),
        (404, "Not Found", False),  # a wrong address would switch off everything
        (422, "prompt is required", False),
        (400, "model not found", False),
    ],
)
def test_when_a_model_is_off(code, words, off):
    assert Refused(words, code=code).model_is_off is off
