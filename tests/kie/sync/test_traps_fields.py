"""The traps of KIE's documentation, by their numbers: a field's name, its limits and default, the file that it takes."""

import pytest

from tests.kie.sync.told import document, field, fields, one, page


def test_9_names_are_trimmed_and_remember_how_they_were_written():
    told = fields(**{"image_urls ": {"type": "array", "items": {"type": "string", "format": "uri"}}})
    told["required"] = ["prompt", "image_urls "]
    spec = one(page(document(told)))
    assert spec.input["properties"]["image_urls"]["x-name"] == "image_urls "
    assert spec.input["required"] == ["prompt", "image_urls"]


def test_9_two_names_that_trim_to_one_are_a_doubt():
    told = fields(**{"seed ": {"type": "string"}, "seed": {"type": "integer"}})
    assert any("there twice" in doubt for doubt in one(page(document(told))).doubts)


def test_10_what_is_required_and_not_there_is_a_doubt_and_not_required():
    told = fields() | {"required": ["prompt", "watermark"]}
    spec = one(page(document(told)))
    assert spec.input["required"] == ["prompt"]
    assert any("watermark is required and is not there" in doubt for doubt in spec.doubts)


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({"type": "string", "description": "Text (Max length: 5000 characters)"}, {"maxLength": 5000}),
        ({"type": "string", "description": "Required, maximum 20,000 characters."}, {"maxLength": 20000}),
        ({"type": "string", "description": "提示词，最多 800 个字符"}, {"maxLength": 800}),
        ({"type": "string", "description": "V4: max 3000 characters; V5: max 5000 characters"}, {}),
        ({"type": "integer", "description": "Value range: 10000-99999."}, {"minimum": 10000, "maximum": 99999}),
        ({"type": "integer", "description": "Range: [1, 15]. Default: 8"}, {"minimum": 1, "maximum": 15}),
        (
            {"type": "integer", "description": "4-15 seconds or -1"},
            {"anyOf": [{"const": -1}, {"minimum": 4, "maximum": 15}]},
        ),
        ({"type": "array", "items": {"type": "string"}, "description": "up to 8 images"}, {"maxItems": 8}),
    ],
)
def test_11_limits_in_prose_are_read(given, limits):
    read = field(given)
    assert {name: value for name, value in read.items() if name not in {"type", "description", "items"}} == limits


def test_11_what_is_ignored_may_be_sent():
    given = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Only 1 image is supported, rest will be ignored",
    }
    assert "maxItems" not in field(given, "reference_image_urls")


def test_11_of_two_limits_the_stricter_holds_and_both_are_kept():
    read = field({"type": "string", "maxLength": 5000, "description": "Max length: 3000 characters"})
    assert (read["maxLength"], read["x-said"]) == (3000, {"maxLength": 3000})
    read = field({"type": "string", "maxLength": 800, "description": "Max length: 3000 characters"})
    assert (read["maxLength"], read["x-said"]) == (800, {"maxLength": 3000})


def test_11_a_limit_that_the_default_breaks_was_misread():
    read = field({"type": "integer", "default": 20, "description": "Range: 1 to 10"})
    assert "maximum" not in read


def test_11_what_a_file_may_be():
    text = (
        "File URL after upload, not file content; accepted types: image/jpeg, image/png, image/webp. Max size: 10.0MB"
    )
    read = field({"type": "string", "description": text}, "image_url")
    kinds = ["image/jpeg", "image/png", "image/webp"]
    assert (read["x-media"], read["x-max-mb"], read["x-accept"], read["format"]) == ("image", 10, kinds, "uri")


def test_11_a_place_for_pictures_may_take_films_too():
    kinds = ["image/jpeg", "image/png", "video/mp4"]
    read = field({"type": "string", "description": f"Image URL; accepted types: {', '.join(kinds)}"}, "image_url")
    assert (read["x-media"], read["x-media-alt"], read["x-accept"]) == ("image", "video", kinds)


def test_12_a_file_typed_as_an_object_is_sent_as_an_address():
    read = field({"type": "object", "description": "URL of the mask image"}, "mask")
    assert (read["type"], read["x-media"], read["x-type"]) == ("string", "image", "object")


def test_12_numbers_as_text_stay_text():
    assert field({"type": "string", "enum": [5, 10], "default": 5}) == {
        "type": "string",
        "enum": ["5", "10"],
        "default": "5",
    }
    assert field({"type": "string", "enum": ["4k", "4K"]})["enum"] == ["4k", "4K"]
    assert field({"type": "integer", "enum": ["5", "10"], "default": "5"}) == {
        "type": "integer",
        "enum": [5, 10],
        "default": 5,
    }


@pytest.mark.parametrize(
    ("name", "media"),
    [
        *dict.fromkeys(
            [("image_url", "image"), ("image", "image"), ("first_frame_url", "image"), ("tail_image_url", "image"), ("inputImage", "image"), ("maskUrl", "image")]
        ),
        *[("video_url", "video"), ("first_clip_url", "video"), ("videoUrl", "video"), ("driving_audio_url", "audio"), ("reference_voice", "audio")],
        *[("prompt", None), ("voice", None), ("image_size", None), ("callback_image", None), ("num_images", None), ("sound", None)],
    ],
)  # fmt: skip
def test_13_files_are_known_by_their_names(name, media):
    given = {"type": "string", "description": "A URL"} if media else {"type": "string", "description": "Said"}
    assert field(given, name).get("x-media") == media


def test_13_a_name_without_a_kind_is_told_by_the_text():
    given = {"type": "array", "items": {"type": "string", "format": "uri"}}
    assert field(given | {"description": "Image URLs"}, "input_urls")["items"]["x-media"] == "image"
    assert field(given | {"description": "Audio to extend"}, "filesUrl")["items"]["x-media"] == "audio"


@pytest.mark.parametrize(
    ("name", "media"),
    [("image_input", "image"), ("image", "image"), ("start_image", "image"), ("video", "video"), ("audio", "audio")],
)
def test_13_a_name_alone_makes_a_file_and_a_doubt(name, media):
    for given in ({"type": "string"}, {"type": "array", "items": {"type": "string"}}):
        spec = one(page(document(fields(**{name: given}))))
        read = spec.input["properties"][name]
        assert read.get("items", read)["x-media"] == media
        assert spec.doubts == (f"{name}: a file by its name alone",)
    sized = {"type": "array", "items": {"type": "string"}, "description": "1 to 8 pieces, each up to 30MB"}
    assert one(page(document(fields(**{name: sized})))).doubts == ()


@pytest.mark.parametrize("name", ["input_urls", "filesUrl", "uploadUrl"])
def test_13_a_file_of_which_nobody_says_the_kind_is_a_doubt(name):
    doubts = one(page(document(fields(**{name: {"type": "string"}})))).doubts
    assert doubts == (f"{name}: a file by its name, and nobody says of which kind",)


@pytest.mark.parametrize(
    ("name", "text"),
    [("image", "What the picture should show"), ("image_style", ""), ("video_title", ""), ("music", ""), ("voice", "")],
)
def test_13_words_about_a_file_are_none_by_their_name_either(name, text):
    spec = one(page(document(fields(**{name: {"type": "string", "description": text}}))))
    assert ("x-media" in spec.input["properties"][name], spec.doubts) == (False, ())


@pytest.mark.parametrize(
    ("name", "text"), [("image_url", "An image or a video URL"), ("reference_urls", "Images or videos")]
)
def test_13_kinds_that_a_text_puts_on_a_level_are_both_taken(name, text):
    read = field({"type": "string", "format": "uri", "description": text}, name)
    assert (read["x-media"], read["x-media-alt"]) == ("image", "video")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("JPG, PNG up to 10 MB", ["image/jpeg", "image/png"]),
        ("Supported formats: JPEG, PNG. GIF and BMP are not supported.", ["image/jpeg", "image/png"]),
        ("GIF or BMP are not supported", None),
    ],
)
def test_11_types_are_read_from_a_list_of_them_and_not_from_what_is_denied(text, kinds):
    assert field({"type": "string", "format": "uri", "description": text}, "image_url").get("x-accept") == kinds


def test_17_a_default_that_the_text_denies_is_unknown():
    read = field({"type": "boolean", "default": False, "description": "Translate. Default value is true."})
    assert "default" not in read
    assert read["x-default"] == [False, True]
