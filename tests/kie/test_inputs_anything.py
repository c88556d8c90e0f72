"""Whatever comes as an answer, nothing breaks, and what is taken can be stored and passes the check of the whole."""

import json
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from kie.inputs import BadInput, Field, Kind, check, complete
from tests.kie.asking import FIELDS, GOOD, MODEL, PROPERTIES

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=6,
)
file_like = st.fixed_dictionaries(
    {
        "file_id": st.text(max_size=5) | anything,
        "kind": st.sampled_from(["photo", "document", "voice", "video", "x"]) | anything,
    },
    optional=dict.fromkeys(("mime", "size", "width", "height", "duration", "name"), anything),
)
written = st.text() | st.from_regex(r"-?[0-9]{1,20}[.,]?[0-9]{0,20}") | st.from_regex(r"https?://\S{0,30}")


@given(st.sampled_from(sorted(FIELDS)), written | file_like | anything)
@example("steps", "9" * 400)
@example("photos", {"file_id": "x", "kind": "photo", "size": float("nan")})
def test_no_answer_breaks_anything_and_what_is_taken_can_be_stored(name, raw):
    field: Field = FIELDS[name]
    try:
        value = field.parse(raw)
    except BadInput:
        return
    stored = json.dumps(value, allow_nan=False, ensure_ascii=False)
    assert "\x00" not in stored
    assert "\\u0000" not in stored
    assert json.loads(stored.encode()) == value
    several = field.kind in {Kind.IMAGES, Kind.MANY}
    check(MODEL, complete(MODEL, GOOD | {name: [value] if several else value}))


@given(st.dictionaries(st.sampled_from(sorted(PROPERTIES)), anything | file_like))
def test_no_input_breaks_the_check(answers):
    with suppress(BadInput):  # the only way out
        check(MODEL, complete(MODEL, answers))
