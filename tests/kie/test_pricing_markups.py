"""Of all markups that may be meant the most specific holds, and a line that is not understood is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie.markups import BadLine, Markups, Rule, impossible, parse, text

LINES = """
video = 2.5

kling/v2 = 3
kling/v2 duration=10 = 1,8
kling/v2 duration=10 resolution=1080p = 1.6
"""


@pytest.mark.parametrize(
    ("key", "shelf", "input", "markup"),
    [
        ("z-image", "image", {}, "2"),
        ("veo3", "video", {"duration": 10}, "2.5"),
        ("kling/v2", "video", {}, "3"),
        ("kling/v2", "video", {"duration": 5}, "3"),
        ("kling/v2", "video", {"duration": "10"}, "1.8"),
        ("kling/v2", "video", {"duration": 10.0, "resolution": "720p"}, "1.8"),
        ("kling/v2", "image", {"duration": 10, "resolution": "1080p"}, "1.6"),
    ],
)
def test_a_choice_goes_before_its_model_a_model_before_its_shelf_a_shelf_before_all(key, shelf, input, markup):
    assert Markups(Decimal(2), parse(LINES)).of(key, shelf, input) == Decimal(markup)


@pytest.mark.parametrize(
    ("lines", "number", "why"),
    [
        ("z-image", 1, "form"), ("= 2", 1, "form"), ("z-image = two", 1, "form"), ("z-image = ", 1, "form"),
        ("video = 2\nvideo duration=10 = 3", 2, "form"), ("z-image size = 2", 1, "form"), ("a=b = 2", 1, "form"),
        ("z-image = 0.99", 1, "markup"), ("z-image = 1001", 1, "markup"), ("z-image = NaN", 1, "markup"),
        ("z-image = 1.23456", 1, "markup"), ("z-image = 2\n\nz-image = 3", 3, "twice"),
    ],
)  # fmt: skip
def test_a_line_that_says_nothing_is_named_with_its_number(lines, number, why):
    with pytest.raises(BadLine) as bad:
        parse(lines)
    assert (bad.value.number, bad.value.why) == (number, why)


FIELDS = {
    "duration": {"type": "string", "enum": ["5", "10"]},
    "sound": {"type": "boolean"},
    "seconds": {"type": "integer", "anyOf": [{"const": -1}, {"minimum": 4, "maximum": 6}]},
    "seed": {"type": "integer"},
    "prompt": {"type": "string"},
}


@pytest.mark.parametrize(
    ("condition", "there"),
    [
        ("duration=7", {"duration": ["5", "10"]}), ("sound=yes", {"sound": ["false", "true"]}),
        ("seconds=7", {"seconds": ["-1", "4", "5", "6"]}), ("duration=10 sound=1", {"sound": ["false", "true"]}),
        ("duration=10", {}), ("sound=true", {}), ("seconds=-1", {}), ("seed=7", {}), ("prompt=cat", {}), ("other=1", {}),
    ],
)  # fmt: skip
def test_a_choice_that_there_is_not_is_told_with_those_that_there_are(condition, there):
    (rule,) = parse(f"kling/v2 {condition} = 2")
    assert impossible(rule, FIELDS) == there


words = st.text("abcdefgh0123456789-/._", min_size=1, max_size=12)
rules = st.builds(Rule, words, st.decimals("1", "1000", places=4), st.dictionaries(words, words, max_size=2))


@given(st.lists(rules, max_size=5, unique_by=lambda rule: (rule.of, tuple(sorted(rule.when.items())))))
def test_lines_are_read_as_they_were_written(written):
    assert parse(text(tuple(written))) == tuple(written)
