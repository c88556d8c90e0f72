"""The reckoning of a drill: each thing that can go wrong is seen, and only what a death explains is forgiven."""

import json
import random
from pathlib import Path

import pytest

from trt import drill
from trt.drill import verdict
from trt.drill.load import Load, Sent, Try
from trt.drill.report import Drill, Pause, table
from trt.drill.stack import Death, Stack
from trt.drill.telegram import Call, Telegram
from trt.drill.verdict import Verdict

ANNA = 7_200_000_001


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
def stack(tmp_path: Path, telegram: Telegram) -> Stack:
    """One that was never started: only what was done to it counts here."""
    return Stack(tmp_path, telegram)


@pytest.fixture
def load(stack: Stack) -> Load:
    return Load(stack, random.Random(1))


def said(telegram: Telegram, text: str, *, at: float, door: str = "bot-1", method: str = "sendMessage") -> None:
    telegram.calls.append(Call(at, door, method, ANNA, len(telegram.calls) + 1, {"chat_id": str(ANNA), "text": text}))


def wrote(load: Load, update_id: int, *, acknowledged_at: float | None = 1.0) -> Sent:
    sent = Sent(update_id, ANNA, "message", b"{}", lambda call: call.text == f"to {update_id}", acknowledged_at)
    load.journal.append(sent)
    return sent


def rows(*update_ids: int, state: str = "done") -> dict[int, dict]:
    same = {"state": state, "reason": "OK", "error": ""}
    return {one: same | {"seq": seq, "update_id": one} for seq, one in enumerate(update_ids)}


def lost(stack: Stack, telegram: Telegram, load: Load, stored: dict[int, dict]) -> list[str]:
    found = Verdict()
    verdict._updates(found, stack, load, stored, verdict.answers_of(telegram, load))
    return found.lost


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (rows(), "7 was acknowledged and is not stored"),
        (rows(7, state="new"), "7 is new"),
        (rows(7, state="dead"), "7 is dead"),  # and no apology
        (rows(7), "7 is done, and nobody saw an answer"),
    ],
)
def test_what_was_acknowledged_and_came_to_nothing_is_lost(stack, telegram, load, monkeypatch, stored, why):
    monkeypatch.setattr(Stack, "rows", lambda *_, **__: [])
    wrote(load, 7)

    assert lost(stack, telegram, load, stored) == [why]


@pytest.mark.parametrize(("error", "wrong"), [("its worker died each time", 0), ("ValueError: planted", 1)])
def test_an_update_may_die_of_kills_and_of_nothing_else(stack, telegram, load, monkeypatch, error, wrong):
    monkeypatch.setattr(Stack, "rows", lambda *_, **__: [{"dedup_key": "update:0:dead"}])
    wrote(load, 7)
    found = Verdict()

    verdict._updates(found, stack, load, {7: rows(7, state="dead")[7] | {"error": error}}, {})

    assert (found.lost, found.dead, len(found.wrong_effects)) == ([], 1, wrong)


def test_every_acknowledged_update_is_in_one_of_the_figures(stack, telegram, load, monkeypatch):
    monkeypatch.setattr(Stack, "rows", lambda *_, **__: [{"dedup_key": "update:9:dead"}])
    for update_id in (5, 6, 7, 8, 9):
        wrote(load, update_id, acknowledged_at=None if update_id == 5 else 1.0)
    load.journal[3].fits = None  # a pre-checkout
    said(telegram, "to 5", at=1.0)
    said(telegram, "to 6", at=1.0)
    said(telegram, "to 7", at=2.0)
    stored = rows(5, 6, 7, 8) | {9: rows(9, state="dead")[9] | {"seq": 9, "error": "its worker died each time"}}
    found = Verdict(acknowledged=len(load.acknowledged))

    verdict._updates(found, stack, load, stored, verdict.answers_of(telegram, load))

    assert (found.answered, found.wordless, found.dead, found.lost) == (2, 1, 1, [])
    assert found.acknowledged == found.answered + found.wordless + found.dead


def test_what_telegram_still_keeps_is_not_lost(stack, telegram, load, monkeypatch):
    monkeypatch.setattr(Stack, "rows", lambda *_, **__: [])
    wrote(load, 7, acknowledged_at=None)

    assert lost(stack, telegram, load, rows()) == []


def doubles(stack: Stack, telegram: Telegram, *, noted: tuple[int, ...] = (1, 2)) -> tuple[int, int]:
    """(doubled, perhaps doubled), the deliveries knowing of these messages."""
    found = Verdict()
    stack.rows = lambda *_, **__: [{"message_ids": list(noted)}]
    verdict._sends(found, stack, telegram)
    return len(found.doubled), len(found.maybe_doubled)


def test_a_message_that_came_twice_is_doubled(stack, telegram):
    said(telegram, "Hello", at=1.0)
    said(telegram, "Hello", at=2.0)

    assert doubles(stack, telegram) == (1, 0)


@pytest.mark.parametrize(
    ("who", "at", "until", "found"),
    [
        ("bot-1", 1.5, 1.5, (0, 1)),
        ("PostgreSQL", 0.9, 1.8, (0, 1)),  # sent while it was away: the note failed
        ("bot-2", 1.5, 1.5, (1, 0)),  # not its sender
        ("web-1", 1.5, 1.5, (1, 0)),
        ("bot-1", 0.9, 0.9, (0, 1)),  # its last bytes were still on their way to us
        ("bot-1", 2.5, 2.5, (1, 0)),  # after the second
    ],
)
def test_a_double_is_forgiven_only_where_its_sender_died_in_between(stack, telegram, who, at, until, found):
    said(telegram, "Hello", at=1.0)
    said(telegram, "Hello", at=2.0, door="bot-2")
    stack.deaths.append(Death(who, at, until))

    assert doubles(stack, telegram) == found


def test_a_message_that_no_delivery_knows_was_said_beside_the_outbox(stack, telegram):
    said(telegram, "Hello", at=1.0)

    assert doubles(stack, telegram, noted=(1,)) == (0, 0)
    assert doubles(stack, telegram, noted=()) == (1, 0)


def test_an_edit_that_came_twice_shows_the_same(stack, telegram):
    said(telegram, "Hello", at=1.0, method="editMessageText")
    said(telegram, "Hello", at=2.0, method="editMessageText")

    assert doubles(stack, telegram) == (0, 0)


def order(telegram: Telegram, load: Load, stored: dict[int, dict]) -> int:
    found = Verdict()
    verdict._order(found, load, stored, verdict.answers_of(telegram, load), telegram)
    return len(found.out_of_order)


def test_answers_come_in_the_order_of_their_updates(telegram, load):
    for update_id in (7, 8):
        wrote(load, update_id)
    said(telegram, "to 7", at=1.0)
    said(telegram, "to 8", at=2.0)
    said(telegram, "to 7", at=3.0)  # a double is no disorder

    assert order(telegram, load, rows(7, 8)) == 0
    assert order(telegram, load, rows(8, 7)) == 1  # stored in another order


def test_an_answer_before_that_to_an_earlier_update_is_out_of_order(telegram, load):
    for update_id in (7, 8):
        wrote(load, update_id)
    said(telegram, "to 8", at=1.0)
    said(telegram, "to 7", at=2.0)

    assert order(telegram, load, rows(7, 8)) == 1


@pytest.mark.parametrize(
    ("one", "lies"),
    [
        (Try(1.1, 1.2, 200), 1),
        (Try(1.1, 1.2, 503), 0),
        (Try(0.9, 1.2, 200), 0),  # it may have been stored before
        (Try(1.9, 2.1, 200), 0),  # or after
    ],
)
def test_a_200_while_postgresql_was_away_is_a_lie(stack, load, one, lies):
    stack.away.append((1.0, 2.0))
    load.tries.append(one)

    assert len(verdict._lies(stack, load)) == lies


def test_the_table_says_what_does_not_hold_and_which_pause_is_over():
    found = Drill(
        Verdict(acknowledged=2, answered=1, lost=["7 is new"]), [Pause("restart", 0.4), Pause("restart", 2.5)], 9.0
    )

    assert "7 is new" in table(found)
    assert "OVER 2 s" in table(found)
    assert "not judged" in table(found)
    shown = json.loads(json.dumps(found.as_json()))
    assert (shown["holds"], shown["lost"], shown["pauses"]["restart"]["max_s"]) == (False, 1, 2.5)


@pytest.mark.parametrize("arguments", [["--rate", "0"], ["--rate", "nan"], ["--rate", "100"], ["--restarts", "-1"]])
def test_what_makes_no_sense_is_refused_before_anything_starts(arguments, capsys):
    with pytest.raises(SystemExit) as refusal:
        drill.main(arguments)

    assert refusal.value.code == 2
    assert arguments[0] in capsys.readouterr().err
