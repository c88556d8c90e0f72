"""Pages with something wrong in them: a typed refusal or a doubt, never another error, never silently another model."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kie import registry_file
from kie.sync import run
from kie.sync.errors import Unreadable
from kie.sync.reading import Reading
from kie.sync.spec import Spec, all_fields, specs

PAGES = {one.name: one.read_text() for one in sorted((Path(__file__).parent / "pages").rglob("*.*"))}
WHOLE = {name: found for name, text in PAGES.items() if (found := specs(name, text)) and not found[0].doubts}
REGISTRY = registry_file.load()
BOMB = "a: &a [1,1]\n" + "".join(
    f"{n}: &{n} [{','.join(['*' + m] * 9)}]\n" for m, n in zip("abcdefgh", "bcdefghi", strict=True)
)
JUNK = st.sampled_from(
    ["&a ", "*a ", "!!python/name:os.system ", "<<: *a", "\t", "- ", ": ", '"', "'", "[", "{", "}", "%YAML 9.9\n", "\x00", "\ud800", '"\\ud800"', "```", "````yaml\n", "  ", "null", "true", "1e999", ".nan", "...", "---\n", "? ", "|", "#", "\u2028", BOMB]
)  # fmt: skip


def read(text: str) -> list[Spec]:
    """What a page tells; [] for one that is refused. Any error but Unreadable is a failure."""
    try:
        return specs("page", text)
    except Unreadable:
        return []


@given(name=st.sampled_from(sorted(PAGES)), cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), JUNK), min_size=1, max_size=4))  # fmt: skip
@settings(max_examples=150)
def test_no_text_raises_anything_but_unreadable(name: str, cuts: list[tuple[float, int, str]]) -> None:
    text = PAGES[name]
    for where, length, junk in cuts:
        at = int(where * len(text))
        text = text[:at] + junk + text[at + length :]
    read(text)


@given(st.text(max_size=300))
@example('{"paths": {}}')
@example('{"data": []}')
@example("# x\n```yaml\npaths: {/a: 1}\n```")
def test_no_stranger_raises_anything_but_unreadable(text: str) -> None:
    read(text)
    read(f"# t\n\n## OpenAPI Specification\n\n```yaml\n{text}\n```\n")


def cut(lines: list[str], at: int) -> list[str]:
    return lines[:at]


def cut_and_close(lines: list[str], at: int) -> list[str]:
    """The rest of the block is missing, its fence is not."""
    first = next((number for number, line in enumerate(lines) if line.startswith("```")), len(lines))
    return [*lines[:at], "`" * lines[first].count("`"), ""] if at > first else lines


def delete(lines: list[str], at: int) -> list[str]:
    return lines[:at] + lines[at + 1 :]


def double(lines: list[str], at: int) -> list[str]:
    return [*lines[: at + 1], *lines[at:]]


def swap(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], *reversed(lines[at : at + 2]), *lines[at + 2 :]]


def indent(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], "  " + lines[at], *lines[at + 1 :]]


def outdent(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], lines[at].removeprefix("  "), *lines[at + 1 :]]


MUTATIONS: list[Callable[[list[str], int], list[str]]] = [cut, cut_and_close, delete, double, swap, indent, outdent]


def types(spec: Spec) -> dict[str, list[Any]]:
    return {name: [one.get("type") for one in parts] for name, parts in all_fields(spec.input).items()}


@given(name=st.sampled_from(sorted(WHOLE)), mutate=st.sampled_from(MUTATIONS), where=st.floats(0, 1, exclude_max=True))
@settings(max_examples=250)
def test_a_lost_or_moved_line_never_makes_another_model_in_silence(name: str, mutate: Any, where: float) -> None:
    lines = PAGES[name].split("\n")
    told = read("\n".join(mutate(lines, int(where * len(lines)))))
    whole = {one.id: one for one in WHOLE[name]}
    for one in told:
        if one.doubts:
            continue
        assert one.id in whole
        before = whole[one.id]
        assert one.endpoint == before.endpoint
        assert types(one).items() <= types(before).items()
        assert set(one.input.get("required", ())) <= set(before.input.get("required", ()))


@given(name=st.sampled_from(sorted(WHOLE)), where=st.floats(0, 1, exclude_max=True))
@settings(max_examples=150)
def test_a_page_that_is_cut_off_and_closed_again_never_says_less_in_silence(name: str, where: float) -> None:
    lines = PAGES[name].split("\n")
    told = read("\n".join(cut_and_close(lines, int(where * len(lines)))))
    whole = {one.id: one.input for one in WHOLE[name]}
    assert all(one.doubts or one.input == whole[one.id] for one in told)


DESCRIPTION = re.compile(r"^( *)description: [^\n]*(?:\n\1 +[^\n]*|\n(?=\n))*", re.MULTILINE)
SENTENCES = st.lists(
    st.sampled_from(["max", "Max length:", "up to", "range", "between", "Pass -1", "default", "images", "characters", "seconds", "MB", "px", "4", "8,000", "-1", "2-15", "[2, 30]", "9" * 500, " " * 300, "`", "or", "and", "to", ".", "\u3002", "(", ")", "if", "URL of", "image/png", "docx"]),
    max_size=30,
).map(" ".join)  # fmt: skip


@given(name=st.sampled_from(sorted(WHOLE)), said=SENTENCES)
@settings(max_examples=100)
@example(name="image-to-video.md", said=f"Max length: {'9' * 5000}")
@example(name="seedance-2.md", said=f"range{' ' * 200}x")
def test_whatever_descriptions_say_a_run_ends_and_can_be_kept(name: str, said: str) -> None:
    text = DESCRIPTION.sub(lambda match: f"{match[1]}description: {json.dumps(said)}", PAGES[name])
    found = read(text)
    assert len(found) == len(WHOLE[name])
    outcome = run.compared([Reading(page=name, found=tuple(found))], REGISTRY, listed=None)
    assert json.dumps(outcome.as_data())
