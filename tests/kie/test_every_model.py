"""Every model that is sold can be asked, checked before anybody pays, and made: inputs of all of them, from their schemas.

Two checks that share no line judge each input: ours, and that of the local KIE.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from kie.inputs import BadInput, check, complete, fields, source
from kie.inputs import spec as specs
from kie.inputs.places import placed, replaced
from sandbox.kie import schema
from sandbox.kie.catalogue import Model
from sandbox.kie.envelope import Refusal
from tests.kie.every import LINK, MODELS, OWN, answer, cases, file, sample, walked

every_model = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
CHANCES = 12  # walks by chance through each wizard


def ours(model: Any, input: dict[str, Any]) -> str:
    """Why TRT refuses an input; "" if it does not."""
    try:
        check(model, input)
    except BadInput as bad:
        return str(bad)
    return ""


def theirs(model: Any, input: dict[str, Any]) -> str:
    """Why the local KIE refuses an input; "" if it does not."""
    known = Model(id=model.kie_model, category=model.category, output=model.output, input=model.input)
    plain = placed(model.input["properties"], input)
    try:
        schema.check(known, {name: value for name, value in plain.items() if value is not None})
    except Refusal as refusal:
        return str(refusal.args)
    return ""


def with_files(model: Any, name: str, value: Any) -> Any:
    """`value` with a person's file where a link to one stands, or one of their generations where that is asked for. Files are
    as short as may be: how long all may be together is no limit of one."""
    if source.is_source(model.input["properties"][name]):
        return OWN
    field = next((one for one in fields(model) if one.name == name and one.media), None)
    short = {"duration": (field.min_seconds or 1)} if field and field.media in ("audio", "video") else {}
    spec = model.input["properties"][name]
    return replaced(spec, value, lambda one: file(field) | short if field and one == LINK else one)


def test_all_that_is_sold_is_here() -> None:
    assert len(MODELS) == 177


@every_model
def test_the_plainest_answers_to_its_questions_are_an_order(model: Any) -> None:
    whole = complete(model, walked(model))
    assert (ours(model, whole), theirs(model, whole)) == ("", "")
    assert complete(model, whole) == whole


@pytest.mark.long
@every_model
def test_whatever_is_answered_of_what_is_offered_ends_in_an_order(model: Any) -> None:
    for seed in range(CHANCES):
        answers = walked(model, random.Random(seed))
        whole = complete(model, answers)
        assert (ours(model, whole), theirs(model, whole)) == ("", ""), (seed, answers)


@pytest.mark.long
@every_model
def test_each_rule_holds_at_its_edge_and_is_seen_broken(model: Any) -> None:
    base = complete(model, walked(model))
    free = not ({"allOf", "anyOf", "oneOf"} & model.input.keys())
    tried = 0
    for name, spec in model.input["properties"].items():
        if "x-source" in spec:
            continue
        for case in cases(spec):
            input = {**base, name: with_files(model, name, case.value)}
            mine, other = ours(model, input), theirs(model, input)
            assert bool(mine) == bool(other), (name, case, mine, other)
            assert mine or case.fits, (name, case)
            assert not mine or not (case.fits and free), (name, case, mine)
            tried += 1
    assert tried > 1 or all("x-source" in spec for spec in model.input["properties"].values())


@every_model
def test_what_is_required_may_neither_be_missing_nor_blank(model: Any) -> None:
    base = complete(model, walked(model))
    known = model.input["properties"]
    for name in (one for one in model.input.get("required", ()) if "x-with" not in known[one]):
        for blank in ({}, {name: None}, {name: []}, {name: "  "}):
            input = {key: value for key, value in base.items() if key != name} | blank
            assert ours(model, {key: value for key, value in input.items() if value is not None}), (name, blank)
            assert theirs(model, input), (name, blank)


@pytest.mark.long
@every_model
def test_any_choice_of_its_fields_is_judged_alike(model: Any) -> None:
    known = model.input["properties"]
    for seed in range(CHANCES):
        chance = random.Random(f"{model.key} {seed}")
        base = complete(model, walked(model)) if chance.random() < 0.5 else {}
        free = sorted(known.keys() - source.companions(known).keys())  # the others come with their choice
        names = chance.sample(free, chance.randint(0, len(free)))
        input = base | {name: with_files(model, name, _any(known[name], chance)) for name in names}
        assert bool(ours(model, input)) == bool(theirs(model, input)), (input, ours(model, input), theirs(model, input))


def _any(spec: Any, chance: random.Random) -> Any:
    values = [True, False] if spec.get("type") == "boolean" else list(specs.choices(spec))
    return chance.choice(values) if values else sample(spec)


@every_model
def test_a_file_is_held_against_each_limit_before_it_is_sent(model: Any) -> None:
    for field in (one for one in fields(model) if one.media):
        good = file(field)
        assert field.parse(good)["file_id"] == good["file_id"]
        for code, spoilt in _spoilt(field, good):
            with pytest.raises(BadInput) as caught:
                field.parse(good | spoilt)
            assert caught.value.code == code, (field.name, spoilt)


def _spoilt(field: Any, good: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    side, most = good.get("width", 0), field.max_aspect
    spoilt = [
        ("file_too_big", {"size": int(field.max_mb * 1_000_000) + 1}),
        (field.accept and "wrong_format", {"kind": "document", "mime": f"{good['mime'].partition('/')[0]}/x-none"}),
        (field.max_seconds and "lasts_too_long", {"duration": (field.max_seconds or 0) + 1}),
        ((field.min_seconds or 0) > 1 and "too_brief", {"duration": (field.min_seconds or 2) - 0.5}),
        (field.min_side_px and "picture_too_small", {"width": (field.min_side_px or 1) - 1}),
        (field.max_side_px and "picture_too_large", {"height": (field.max_side_px or 1) + 1}),
        (
            most and most < 2.6 and not field.max_side_px and "wrong_proportions",
            {"width": int(side * ((most or 1) + 0.5))},
        ),
    ]
    return [(code, change) for code, change in spoilt if code]


@every_model
def test_a_typed_answer_is_refused_where_the_whole_would_be(model: Any) -> None:
    """What the wizard takes field by field fits the field's own schema, and each choice it offers does."""
    base = walked(model)
    for field in fields(model, base):
        for value in field.choices if not field.led_by else ():
            given = [value] if field.several else value
            bad = ours(model, complete(model, {**base, field.name: given}))
            assert field.name not in bad, (field.name, value, bad)
        assert answer(field) is not None
