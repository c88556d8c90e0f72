"""What sentences say of a field, and what only looks as if they did: a limit is read where it is said plainly, else none is made up."""

from typing import Any

import pytest

from tests.kie.sync.told import field

URLS: dict[str, Any] = {"type": "array", "items": {"type": "string", "format": "uri"}}
OR_MINUS_ONE = {"anyOf": [{"const": -1}, {"minimum": 4, "maximum": 30}]}
LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "anyOf")


def limits(text: str, name: str = "it", **schema: Any) -> dict[str, Any]:
    """The limits of a field with this description."""
    read = field(schema | {"description": text}, name)
    return {word: read[word] for word in LIMITS if word in read}


@pytest.mark.parametrize(
    "text",
    [
        "4-30 seconds or -1",
        "Video duration in 4-30 seconds.\nSpecial values -1:\n Pass -1 for automatic duration selection",
        "The range is [4, 30]. Pass `-1` to let the model choose.",
        "Range: 4 to 30. Use -1 for random.",
        "Range: 4-30 (-1 = automatic)",
        "取值范围：4-30，传 -1 表示自动",
    ],
)
def test_minus_one_beside_a_range_is_a_value_of_its_own(text):
    assert limits(text, "duration", type="integer") == OR_MINUS_ONE


def test_minus_one_stands_also_beside_a_range_that_the_schema_gives():
    assert limits("Pass -1 for automatic", "duration", type="integer", minimum=4, maximum=30) == OR_MINUS_ONE
    over_none = {"exclusiveMinimum": 0, "maximum": 2}
    assert limits("Pass -1 for automatic", type="number", **over_none) == {"anyOf": [{"const": -1}, over_none]}


def test_branches_of_the_schemas_own_are_not_bounded_again():
    own = [{"const": -1}, {"minimum": 4, "maximum": 60}]
    assert limits("4-30 seconds or -1", "duration", type="integer", anyOf=own) == {"anyOf": own}


@pytest.mark.parametrize("text", ["Range: 4 to 30. Do not pass -1.", "Range 4-30; -1 is not allowed", "Range: 4-30"])
def test_minus_one_that_is_forbidden_or_not_there_is_none(text):
    assert limits(text, "duration", type="integer") == {"minimum": 4, "maximum": 30}


def test_minus_one_that_ends_a_range_is_no_choice():
    assert limits("Range: -1 to 1", type="number") == {"minimum": -1, "maximum": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Provide 1–9 images", {"minItems": 1, "maxItems": 9}),
        ("Maximum: 10 images", {"maxItems": 10}),
        ("You can provide up to 7\nreference images.", {"maxItems": 7}),
        ("Between 2 and 4 pictures", {"minItems": 2, "maxItems": 4}),
        ("Exactly one URL", {"maxItems": 1}),
    ],
)
def test_a_count_of_things_limits_a_list(text, found):
    assert limits(text, **URLS) == found


@pytest.mark.parametrize(
    "text",
    [
        "Reference images, max 10 MB per image.",
        "Reference clips, 2-15 seconds per clip.",
        "Reference images (up to 10.0MB each).",
        "Up to 15 second clips",
        "At least 2 seconds of video per clip. 1920 to 1080 images",
        "4, 6, 8 images",
        "When only one image is provided it is the first frame; with two the second is the last frame.",
        "If there is a video, up to 5 images.",
        "We recommend 3-5 images of the subject. 4-6 pictures work best.",
    ],
)
def test_what_counts_no_things_or_binds_nobody_limits_no_list(text):
    assert limits(text, **URLS) == {}


def test_how_few_a_list_may_hold_is_the_schemas_word_and_nothing_where_one_is_enough_of_some():
    text = "For a subject, provide 2 to 4 images. For a character, provide exactly 1 video."
    assert limits(text, minItems=1, maxItems=4, **URLS) == {"minItems": 1, "maxItems": 4}
    assert limits("Provide 2 to 4 images.", minItems=1, **URLS) == {"minItems": 1, "maxItems": 4}
    assert limits(text, **URLS) == {"maxItems": 4}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Maximum length:\n3,072 characters", {"maxLength": 3072}),
        ("Recommended 300 characters or less. Maximum length: 1000 characters.", {"maxLength": 1000}),
        ("Max 200 characters (40 words are best)", {"maxLength": 200}),
        ("If provided, max 500 characters", {"maxLength": 500}),
        ("Max 500 characters, e.g. a dog; the prompt is used when omitted", {"maxLength": 500}),
        ("Must not be under 10 characters.", {"minLength": 10}),
        ("Max length: 500 words.", {}),
        ("Non-custom mode: max length 500. Custom mode: up to 5000 characters.", {}),
        ("For best results use 10-50 characters.", {}),
        (f"Max length: {'1' * 5000}", {}),
    ],
)
def test_a_length_is_of_characters_and_said_once(text, found):
    assert limits(text, type="string") == found


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("it", "(Min: 1, Max: 10, Step: 0.1)", {"minimum": 1, "maximum": 10}),
        ("seed", "Range: [0,2147483647].", {"minimum": 0, "maximum": 2147483647}),
        ("num_images", "How many, max 4 images", {"maximum": 4}),
        ("width", "Output width. Min 256px, max 2048 px.", {}),
        ("weight", "In grams, max 10MB file", {}),
        ("timeout", "Maximum 25 concurrent tasks", {}),
        ("size", "Maximum 1920x1080, max 16:9", {}),
        ("duration", "Length of the video. Supported: 4, 6, 8 seconds", {}),
        ("duration", "Either 4, 8 and 12 seconds", {}),
        ("n", "max 4 for 720p. At 1080p max 2.", {}),
        ("strength", "Recommended range: 0.5-0.8", {}),
        ("end_time", "The trimmed duration must be between 3,000 and 8,000 milliseconds.", {}),
    ],
)
def test_a_number_is_bounded_by_what_is_said_of_itself(name, text, found):
    assert limits(text, name, type="number") == found


def test_a_default_with_a_comma_between_its_thousands_is_one_number():
    assert field({"type": "integer", "default": 8000, "description": "The default is 8,000."})["default"] == 8000


@pytest.mark.parametrize("filler", [" ", "\n", "`", "-", "1", "1,111", "max ", "up to ", "not ", "a-", "(", "range"])
def test_a_text_of_one_thing_without_end_is_read(filler):
    text = f"Range{(filler * 100_000)[:100_000]}x"
    for schema in ({"type": "integer"}, {"type": "string"}, URLS):
        assert limits(text, "image_urls", **schema) == {}


def test_what_comes_after_many_blanks_is_read():
    assert limits(f"Range:{' ' * 9000}4 to 30", type="integer") == {"minimum": 4, "maximum": 30}


def test_advice_on_a_files_size_is_no_limit():
    text = "Audio URL. Duration must be less than 60 seconds (recommended 15 seconds or less). No larger than `20MB`."
    read = field({"type": "string", "description": text}, "audio_url")
    assert (read["x-max-seconds"], read["x-max-mb"]) == (60, 20)
    assert "x-max-mb" not in field({"type": "string", "description": "URL. We recommend max 5MB."}, "image_url")


def test_a_media_field_that_is_an_object_without_fields_is_an_address():
    empty = {"type": "object", "properties": {}, "description": "URL of the first frame. ≤ 20MB."}
    read = field(empty, "first_frame_url")
    assert read == {"type": "string", "format": "uri", "x-media": "image", "x-type": "object", "x-max-mb": 20} | {
        "description": empty["description"]
    }
    assert field({"type": "array", "items": empty}, "reference_image_urls")["items"]["type"] == "string"
    assert field({"type": "object", "properties": {}, "description": "More settings"}, "extra") == {
        "type": "object",
        "properties": {},
        "description": "More settings",
    }


def test_a_document_is_no_video_though_it_becomes_one_and_its_item_was_copied():
    copied = {"type": "object", "properties": {}, "description": "URL of the image. Formats: JPEG, PNG; ≤ 20MB."}
    text = "File-to-video generation. Up to 1 file.\n\nFormats: docx/pdf/pages/txt; ≤ 100MB"
    item = field({"type": "array", "items": copied, "description": text}, "reference_file_urls")["items"]
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    kinds = [office, "application/pdf", "application/vnd.apple.pages", "text/plain"]
    assert (item["x-media"], item["x-max-mb"], item["x-accept"]) == ("document", 100, kinds)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("image_description", "Describe the uploaded image in a few words."),
        ("video_title", "Title of the video that you upload."),
        ("mask_color", "Colour of the mask, for the image at the URL above."),
        ("voice", "Voice preset. Listen to samples at the URL https://example.com/voices"),
        ("music", "Describe the music; see the URL below"),
        ("song_subject", "Upload nothing: words"),
    ],
)
def test_words_about_a_file_are_no_file(name, text):
    assert field({"type": "string", "description": text}, name).keys() == {"type", "description"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("background_image_url", "Behind the subject."),
        ("subject_image", "Upload a picture of the subject."),
        ("image", "The image to edit; accepted types: image/png"),
        ("mask", "The mask, as the URL of an uploaded file"),
        ("first_frame", "The first frame of the video. Must be a public URL."),
    ],
)
def test_a_file_is_one_whatever_it_shows(name, text):
    assert field({"type": "string", "description": text}, name)["x-media"] == "image"
