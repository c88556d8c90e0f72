"""A job's progress, result and failure as screens, without a database."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot.screens import alarm, history, reasons, result, states, words
from kie.breaker import Reason
from kie.durations import Usual
from kie.errors import REASONS, Refused, failure_code
from kie.job import Job, JobState
from tests.bot.person import check
from tests.bot.things import NOW, job, model

USUAL = Usual(median_s=30, low_s=20, high_s=40)
CODES = [
    "moderation",
    "bad_input",
    "file",
    "dearer",
    "link",
    "link_away",
    "source",
    "provider_down",
    "result_lost",
    "provider_credits",
    "provider_cap",
    "provider_key",
    "maintenance",
    "model_off",
    "protected",
    "made_already",
    "busy",
    "timeout",
    "lost",
    "dry_run",
    "cancelled",
    "internal",
]


@pytest.mark.parametrize("state", JobState.values)
@pytest.mark.parametrize("elapsed_s", [0, 20, 500])
def test_progress_speaks_in_every_state_and_can_be_cancelled_only_in_the_queue(language, state, elapsed_s):
    submitted = None if state == "queued" else NOW
    one = job(
        state=state,
        submitted_at=submitted,
        ended_at=NOW + timedelta(seconds=24),
        error_code="timeout" if state in {"failed", "timed_out"} else "",
    )
    screen = result.progress(one, NOW + timedelta(seconds=elapsed_s), USUAL)
    check(screen)
    assert "Z-Image &lt;1&gt;" in screen.text
    actions = [button.data for row in screen.keys for button in row]
    assert ("drop:81" in actions) == (state == "queued")
    assert bool(actions) == (state in Job.OPEN)


def test_progress_tells_elapsed_and_usual_time(russian):
    running = job(state="running", submitted_at=NOW)
    assert (
        "Прошло 24\u202fс, обычно занимает 20–40\u202fс"
        in result.progress(running, NOW + timedelta(seconds=24), USUAL).text
    )
    assert "дольше обычного" in result.progress(running, NOW + timedelta(seconds=81), USUAL).text
    ended = job(state="succeeded", ended_at=NOW + timedelta(seconds=24))
    assert "готово за 24\u202fс" in result.progress(ended, NOW, USUAL).text


@pytest.mark.parametrize("why", list(Reason))
def test_what_holds_an_order_up_is_said_with_its_end_and_the_way_out(language, why):
    waits = job(state="queued", deadline_at=NOW + timedelta(minutes=30))
    screen = result.progress(waits, NOW + timedelta(minutes=5), USUAL, held_up=why)
    check(screen)
    assert states.waiting(why) in screen.text
    assert words.lasting(25 * 60) in screen.text
    assert "drop:81" in [button.data for row in screen.keys for button in row]


@pytest.mark.parametrize("why", list(Reason))
def test_nothing_sold_means_nothing_taken(language, why):
    said = states.not_started(why)
    assert {"ru": "деньги не списаны", "en": "no money was taken"}[language] in said


def test_what_holds_orders_up_is_told_apart(language):
    assert len({states.waiting(why) for why in Reason}) == len(Reason)


@pytest.mark.parametrize("hold", [5, None])
def test_a_late_result_is_a_gift_with_its_file(language, hold):
    late = job(
        state="timed_out",
        error_code="timeout",
        hold_id=hold,
        result={"files": [{"url": "https://f/1", "kind": "image"}]},
    )
    screen = result.gift(late)
    check(screen)
    assert [file.source for file in screen.media] == ["https://f/1"]
    assert words.rubles(Decimal("12.40")) not in screen.text  # no price: it is free
    assert {"ru": "подарок", "en": "on us"}[language] in screen.text
    assert ({"ru": "Деньги уже вернулись", "en": "The money went back"}[language] in screen.text) == bool(hold)


@pytest.mark.parametrize("what", [*Reason.values[:3], "model_off", "buried"])
def test_an_operator_hears_what_happened_and_what_to_do(language, what):
    facts = {"model": "z-image <1>", "why": "402: <empty>", "code": "01KQ0000000000000000007F3K"}
    screen = alarm.screen(what, facts)
    assert screen.text.startswith("<b>⚠️")
    assert "402: &lt;empty&gt;" in screen.text
    assert len(screen.text.splitlines()) == 4


@pytest.mark.parametrize("code", [*CODES, "something new"])
def test_every_failure_says_why_what_to_do_where_the_money_is_and_its_code(language, code):
    screen = result.failed(job(state="failed", error_code=code))
    check(screen)
    assert screen.fresh
    assert words.rubles(Decimal("12.40")) in screen.text
    if code != "cancelled":
        assert "0000-7F3K" in screen.text
        assert reasons.why(code).advice in screen.text


NEXT = {
    "moderation": [["amend:81"], ["again:81"]],
    "timeout": [["again:81", "models"]],
    "provider_down": [["again:81", "models"]],
    "model_off": [["models"]],
    "made_already": [["history:0"]],
    "internal": [["again:81"], ["support"]],
    "something new": [["again:81"], ["support"]],
    "busy": [["again:81"]],
    "cancelled": [["again:81"]],
}


@pytest.mark.parametrize("code", NEXT)
def test_what_the_advice_of_a_failure_names_has_a_button_there_and_in_the_history(language, code):
    one = job(state="failed", error_code=code)
    told, kept = result.failed(one), history.one(one, [("Prompt", "A cat")], page=2)
    check(kept)
    assert [[button.data for button in row] for row in told.keys] == [*NEXT[code], ["home"]]
    assert [[button.data for button in row] for row in kept.keys] == [*NEXT[code], ["history:2"], ["menu"]]


@pytest.mark.parametrize("code", ["file", "dearer", "link", "link_away"])
def test_a_source_that_could_not_be_used_is_named_and_leads_to_another_one(language, code):
    screen = result.failed(job(state="failed", error_code=code, error_field="photo", model=editor()))
    check(screen)
    assert {"ru": "«Фото &lt;1&gt;»", "en": "“Photo <1>”".replace("<1>", "&lt;1&gt;")}[language] in screen.text
    assert [row[0].data for row in screen.keys] == ["amend:81", "again:81", "home"]
    if code in {"file", "link"}:
        assert "JPG, PNG" in screen.text


@pytest.mark.parametrize("code", CODES)
def test_a_change_is_offered_where_it_may_cure(language, code):
    screen = result.failed(job(state="failed", error_code=code))
    offered = "amend:81" in [button.data for row in screen.keys for button in row]
    assert offered == (
        code in {"moderation", "bad_input", "file", "dearer", "link", "link_away", "source", "protected"}
    )
    assert offered or "✏️" not in screen.text


def test_an_answer_to_blame_that_is_not_asked_any_more_is_not_named(russian):
    screen = result.failed(job(state="failed", error_code="link", error_field="gone", model=editor()))
    assert "Ваша ссылка не открылась" in screen.text


def editor():
    """A model that asks for a photo."""
    spec = {
        "type": "string",
        "format": "uri",
        "x-media": "image",
        "x-max-mb": 5,
        "x-accept": ["image/jpeg", "image/png"],
    }
    words = {"name": "photo", "label": {"ru": "Фото <1>", "en": "Photo <1>"}}
    schema = {"type": "object", "properties": {"photo": spec}, "required": ["photo"]}
    return model(input=schema, wizard=[words], pricing=[])


def test_a_lost_answer_is_told_as_a_check_with_its_end_and_nothing_charged(language, settings):
    settings.KIE_CALLBACK_BASE_URL = "https://bot.example.org"
    unsure = job(state="submitting", submitted_at=NOW, error="500: Internal error", model=model(deadline_s=300))
    text = result.progress(unsure, NOW + timedelta(seconds=10), USUAL).text
    assert {"ru": "Проверяем заказ", "en": "Checking the order"}[language] in text
    assert {"ru": "ничего не списывается", "en": "Nothing is charged until then"}[language] in text
    assert words.lasting(80) in text
    assert {"ru": "ясного ответа от сервиса нет", "en": "no clear answer"}[language] in text  # KIE may have said 500
    sure = job(state="submitting", submitted_at=NOW, error="", model=model(deadline_s=300))
    assert {"ru": "В очереди", "en": "In the queue"}[language] in result.progress(sure, NOW, USUAL).text


def test_failures_of_different_causes_are_told_apart(language):
    assert len({reasons.why(code).happened for code in CODES}) == len(CODES)


def test_every_error_code_that_kie_can_lead_to_has_words_of_its_own(russian):
    codes = {failure_code(*facts) for facts in [("500", ""), ("400", "nsfw"), ("402", ""), ("408", ""), ("422", "")]}
    codes |= set(REASONS.values()) | {Reason.DOWN.value, Reason.MAINTENANCE.value}
    codes |= {Refused("policy").error_code, Refused("x", code=451).error_code, Refused("x", code=422).error_code}
    ours = reasons.why("internal").happened
    assert all(reasons.why(code).happened != ours for code in codes)


def test_what_was_not_held_is_not_said_to_have_come_back(russian):
    screen = result.failed(job(state="failed", error_code="busy", hold_id=None))
    assert "Ничего не списано" in screen.text


@pytest.mark.parametrize(
    ("kind", "sent_as"), [("image", "photo"), ("video", "video"), ("audio", "audio"), ("archive", "document")]
)
def test_a_result_is_sent_as_what_it_is_with_model_and_price_under_it(language, kind, sent_as):
    files = [{"url": f"https://files.example/{n}", "kind": kind} for n in range(3)]
    screen = result.done(job(state="succeeded", result={"files": files, "text": None}))
    check(screen)
    assert [(file.kind, file.source) for file in screen.media] == [(sent_as, file["url"]) for file in files]
    assert "Z-Image &lt;1&gt;" in screen.text
    assert words.rubles(Decimal("12.40")) in screen.text
    assert [row[0].data for row in screen.keys] == ["again:81", "home"]


@pytest.mark.parametrize("files", [[], [{"url": "https://files.example/1", "kind": "audio"}]])
def test_a_long_text_fits_under_a_file_and_alone(language, files):
    screen = result.done(job(state="succeeded", result={"files": files, "text": "<&>" * 5000}))
    check(screen)
    assert "&lt;&amp;&gt;" in screen.text


def test_results_and_progress_of_a_demo_are_marked(language, settings):
    settings.DEMO_MARK = True
    mark = words.demo()
    assert mark
    assert mark in result.done(job(state="succeeded", result={"files": [], "text": "x"})).text
    assert mark in result.progress(job(state="queued"), NOW, USUAL).text
    assert mark in result.media_again(job(), [{"kind": "photo", "file_id": "A"}]).text
