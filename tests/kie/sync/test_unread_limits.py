"""What a text plainly says and no rule reads is a doubt; what only looks like a limit is neither a limit nor silence."""

from typing import Any

import pytest

from tests.kie.sync.told import document, fields, one, page

URLS: dict[str, Any] = {"type": "array", "items": {"type": "string", "format": "uri"}}
LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "x-max-mb", "x-max-seconds"}  # fmt: skip


def read(schema: dict[str, Any], name: str, text: str) -> tuple[dict[str, Any], str]:
    """The limits that a field gets by its text, and its doubts."""
    spec = one(page(document(fields(**{name: schema | {"description": text}}))))
    part = spec.input["properties"][name]
    found = {word: part[word] for word in LIMITS & part.keys()}
    return found, "; ".join(doubt for doubt in spec.doubts if doubt.startswith(f"{name}:"))


@pytest.mark.parametrize(
    ("name", "text", "numbers"),
    [
        ("num_clips", "How many clips, each 5-10 seconds long", "5, 10"),
        ("n", "Number of films. One takes 30-60 seconds to make.", "30, 60"),
        ("duration", "Duration in seconds. Rendering lasts 30-60 seconds.", "30, 60"),
        ("fps", "For films of 5-10 s use 30.", "5, 10"),
        ("duration", "Seconds in all. Each shot: 5-10 seconds.", "5, 10"),
        ("duration", "Range: 2-20 in the better mode", "2, 20"),
        ("width", "Pictures between 512 and 1024 cost less.", "512, 1024"),
        ("seed", "Use values between 1 and 10 for tests, any other in earnest", "1, 10"),
        ("strength", "Good results are between 0.4 and 0.6.", "0.4, 0.6"),
        ("n", "Results are kept from 3 to 7 days.", "3, 7"),
        ("count", "At most 10 requests.", "10"),
        ("volume", "Volume 0%-100%", "0, 100"),
        ("size", "[16, 64]", "16, 64"),
    ],
)
def test_a_range_of_something_else_is_a_doubt_and_no_limit(name, text, numbers):
    assert read({"type": "integer"}, name, text) == (
        {},
        f"{name}: {numbers} in its text, and no limit was read from that",
    )


def test_beside_a_range_of_something_else_the_fields_own_is_read():
    found, doubts = read({"type": "integer"}, "steps", "Quality grows between 20 and 40; allowed 1-100")
    assert (found, "20, 40" in doubts) == ({"minimum": 1, "maximum": 100}, True)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("n", "Number of pictures to make (1 to 4)", {"minimum": 1, "maximum": 4}),
        ("length", "Duration in seconds (5-10)", {"minimum": 5, "maximum": 10}),
        ("x", "Must be greater than 0 and less than 1.", {"exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        ("x", "At least 10000, at most 99999", {"minimum": 10000, "maximum": 99999}),
        ("x", "0 ≤ x ≤ 1", {"minimum": 0, "maximum": 1}),
        ("x", "Must be ≥ 1 and ≤ 10", {"minimum": 1, "maximum": 10}),
        ("x", "Valid range is 1..10", {"minimum": 1, "maximum": 10}),
        ("x", "Accepts 1 through 10.", {"minimum": 1, "maximum": 10}),
        ("fps", "Frames per second. Must be between 4 to 60.", {"minimum": 4, "maximum": 60}),
        ("width", "The width must be at least 256 and at most 2048", {"minimum": 256, "maximum": 2048}),
        ("duration", "Length of the film, supporting integer values from 4 to 15 seconds.", {"minimum": 4, "maximum": 15}),
    ],
)  # fmt: skip
def test_a_limit_plainly_said_is_read_and_leaves_no_doubt(name, text, found):
    assert read({"type": "number"}, name, text) == (found, "")


@pytest.mark.parametrize(
    "text",
    [
        "Lyrics. Each line at most 100 characters.",
        "JSON; every shot has a maximum length of 200 characters.",
        "Up to 500 characters per line",
        "Dialogue. Up to 300 characters per turn of a speaker.",
        "Verses of up to 200 characters",
        "Up to 3 characters in the scene",
        "Max 2k characters",
        "Max length: 5.000 characters",
    ],
)
def test_a_length_of_a_part_or_in_doubtful_digits_is_none_of_the_whole(text):
    found, doubts = read({"type": "string"}, "lyrics", text)
    assert (found, "no limit was read" in doubts) == ({}, True)


def test_a_count_that_no_rule_reads_is_a_doubt():
    found, doubts = read(URLS, "image_urls", "Supports up to 1 image in fast mode, up to 3 images in good mode")
    assert (found, "1, 3 in its text" in doubts) == ({}, True)
    assert read(URLS, "image_urls", "Exactly 2 image URLs") == ({"minItems": 2, "maxItems": 2}, "")
    assert read(URLS, "image_urls", "At least 2 images, at most 4") == ({"minItems": 2, "maxItems": 4}, "")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("video_url", "Duration: 3s - 10m", {"x-max-seconds": 600}),
        ("audio_url", "At most 8 minutes (480 seconds)", {"x-max-seconds": 480}),
        ("video_url", "3 to 10 seconds; the result is 5-8 seconds long", {"x-max-seconds": 10}),
        ("image_url", "Max size: 26214400 bytes", {"x-max-mb": 25}),
        ("image_url", "Max size: 10 MiB", {"x-max-mb": 10}),
    ],
)
def test_a_files_size_and_length_are_read_in_their_units(name, text, found):
    assert read({"type": "string", "format": "uri"}, name, text) == (found, "")


def test_a_length_of_a_file_in_two_ways_is_a_doubt():
    found, doubts = read({"type": "string", "format": "uri"}, "audio_url", "At most 30 seconds. At most 60 seconds.")
    assert (found, "a length in its text" in doubts) == ({}, True)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer", "minimum": 3, "maximum": 15}, "Must be between 3 and 15. Defaults to 5."),
        (
            {"type": "number", "minimum": 0, "maximum": 1},
            "How closely (0-1). More is less (Min: 0, Max: 1, Step: 0.01)",
        ),
        ({"type": "integer"}, "Above 1.0 it is usually too much. If set, between 3 and 5."),
        ({"type": "string", "enum": ["5", "10"]}, "From 5 to 10 seconds"),
        ({"type": "string"}, "Two persons between 20 and 30 years, in 4K, up to 60 fps."),
    ],
)
def test_what_the_schema_says_itself_and_what_binds_nobody_is_no_doubt(schema, text):
    assert read(schema, "it", text)[1] == ""


def test_what_only_the_text_calls_required_is_a_doubt():
    def doubts(required: list[str], text: str) -> tuple[str, ...]:
        told = fields(it={"type": "string", "description": text}) | {"required": required}
        return one(page(document(told))).doubts

    for text in ("Required. The text.", "(required) What to say", "必填"):
        assert doubts(["prompt"], text) == ("it: required by the text and not by the schema",)
        assert doubts(["it"], text) == ()
    assert doubts([], "Required when the mode is custom") == ()
