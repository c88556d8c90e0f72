"""What operators read of a new version of the registry: the words that changed, as the file writes them."""

from kie import changes


def lines(before, after):
    return list(changes.lines({"added": [], "gone": [], "changed": {"z-image": {"input": [before, after]}}}))


def test_of_a_schema_only_the_word_that_changed_is_shown():
    before = {"type": "object", "properties": {"prompt": {"type": "string", "maxLength": 1000}, "n": {"default": True}}}
    after = {"type": "object", "properties": {"prompt": {"type": "string", "maxLength": 900}, "n": {"default": 1}}}

    assert lines(before, after) == [
        ("z-image: input.prompt.maxLength", "1000 → 900"),
        ("z-image: input.n.default", "true → 1"),
    ]


def test_of_a_list_as_long_as_before_only_its_part_and_else_the_whole():
    assert lines([{"usd": "0.1"}, {"usd": "0.2"}], [{"usd": "0.1"}, {"usd": "0.3"}]) == [
        ("z-image: input 2.usd", "0.2 → 0.3")
    ]
    assert lines(["1:1"], ["1:1", "9:16"]) == [("z-image: input", '["1:1"] → ["1:1", "9:16"]')]


def test_what_comes_or_goes_stands_beside_a_dash_and_nothing_is_longer_than_a_page():
    assert lines({"a": None}, {"a": "x", "b": {"ru": "Да"}}) == [
        ("z-image: input.a", "— → x"),
        ("z-image: input.b", '— → {"ru": "Да"}'),
    ]
    assert len(lines("x" * 999, "y")[0][1]) < 210


def test_models_that_come_and_go_are_a_line_each():
    assert [key for key, _ in changes.lines({"added": ["a"], "gone": ["b"], "changed": {}})] == ["a", "b"]
