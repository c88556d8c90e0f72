"""KIE's catalogue API is asked as it wants to be: a question a second, repeats included, and a long wait after a 429."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kie.errors import Refused, Unread
from kie.sync.polite import Pace
from kie.sync.questions import Questions
from kie.sync.reading import read
from kie.sync.sources import Catalogue, Page
from tests.kie.sync.waiting import Waits
from tests.serving import Quiet, serving


class Busy:
    """KIE, as far as it answers at all: `codes` in turn, then 200. `asked`: at which moments; an answer takes 0.25 s."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.asked: list[float] = []
        self.waits = Waits()
        self.questions = Questions(Pace(self.waits.sleep))

    def answer(self) -> dict[str, Any]:
        """The next one."""
        self.asked.append(self.waits.now - 100)
        self.waits.now += 0.25
        code = self.codes.pop(0) if self.codes else 200
        return {"code": code, "msg": f"said {code}", "data": {"nothing": "much"}}


@pytest.fixture
def busy(settings) -> Iterator[Busy]:
    kie = Busy()

    class Handler(Quiet):
        def do_GET(self) -> None:
            content = json.dumps(kie.answer()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with serving(Handler) as origin, kie.waits.owned():
        settings.KIE_API_URL = origin
        yield kie


def test_a_question_comes_a_second_after_the_answer_before(busy):
    for _ in range(3):
        assert busy.questions.ask("/api/v1/models") == {"nothing": "much"}
    assert busy.asked == [0, 1.25, 2.5]


def test_a_repeat_waits_for_its_turn_like_any_other(busy):
    busy.codes = [500, 500]
    assert busy.questions.ask("/api/v1/models") == {"nothing": "much"}
    assert busy.asked == [0, 1.25, 2.5]


def test_after_too_many_questions_kie_is_left_alone_for_ten_seconds(busy):
    busy.codes = [429]
    for _ in range(2):
        busy.questions.ask("/api/v1/models")
    assert busy.asked == [0, 10.25, 11.5]


def test_who_is_refused_again_and_again_gives_up_and_the_next_waits_all_the_same(busy):
    busy.codes = [429, 429, 429]
    with pytest.raises(Unread, match="429"):
        busy.questions.ask("/api/v1/models")
    busy.questions.ask("/api/v1/models")
    assert busy.asked == [0, 10.25, 20.5, 30.75]


def test_a_no_is_not_asked_for_twice(busy):
    busy.codes = [404]
    with pytest.raises(Refused, match="404"):
        busy.questions.ask("/api/v1/models/gone/schema")
    assert len(busy.asked) == 1


def test_a_page_that_stays_away_is_reported(busy):
    busy.codes = [429, 429, 429]
    page = Page("catalogue:z-image", model="z-image")
    told = read(Catalogue(busy.questions), page, {})
    assert (told.page, told.found, told.answered) == (page.name, (), False)
    assert "429" in told.reason
