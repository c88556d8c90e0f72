"""The reckoning after a drill: what Telegram was told to forget against what the database holds and what people saw.

Nothing here asks the processes that were killed: the journal and the calls lie outside of them.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from trt.drill.load import Load, Sent
from trt.drill.people import Crowd
from trt.drill.stack import PATIENCE_S, CannotRun, Stack
from trt.drill.telegram import Call, Telegram

HELD_BACK_S = 120.0  # a lost createTask answer waits a minute for its callback, a claim of the dead nine seconds
NOTE_S = 5.0  # from Telegram's accept to our note of it, at most
NOTED = "SELECT message_ids FROM bot_delivery WHERE kind <> 'progress'"
DEATHS = ("its worker died", "OperationalError", "InterfaceError")  # what an update may die of here
OPEN = """
SELECT 'update' AS what, seq AS id, attempts, claimed_by, due_at, error FROM bot_update WHERE state = 'new'
UNION ALL SELECT kind, id, attempts, claimed_by, due_at, error FROM bot_delivery WHERE state = 'pending'
UNION ALL SELECT 'job', id, attempts, claimed_by, due_at, error FROM kie_job WHERE ended_at IS NULL
"""


@dataclass
class Verdict:
    """What happened to everything that was acknowledged. Lists hold sentences; all but `maybe_doubled` must be empty.

    Each acknowledged update is in one of `answered`, `wordless` and `dead`, or is lost.
    """

    acknowledged: int = 0
    answered: int = 0
    wordless: int = 0  # done, and no message was to come: a pre-checkout has its answer in the 200 itself
    dead: int = 0  # updates that ended with an apology
    jobs: int = 0
    credits: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    wrong_effects: list[str] = field(default_factory=list)
    lied: list[str] = field(default_factory=list)  # 200 while nobody could store
    broken: list[str] = field(default_factory=list)  # invariants
    maybe_doubled: list[str] = field(default_factory=list)  # its sender died between Telegram's accept and our note

    @property
    def holds(self) -> bool:
        """Nothing lost, doubled or out of order, one effect each, no lie, every invariant."""
        return not (self.lost or self.doubled or self.out_of_order or self.wrong_effects or self.lied or self.broken)

    def problems(self) -> dict[str, list[str]]:
        """What does not hold, by name."""
        names = ("lost", "doubled", "out_of_order", "wrong_effects", "lied", "broken")
        return {name: found for name in names if (found := getattr(self, name))}


async def drained(stack: Stack) -> None:
    """Until no update, delivery or job is open. Raises CannotRun, saying what is left."""
    try:
        await stack.until(lambda: not stack.rows(OPEN) and stack.rows("SELECT 1"), "drained", HELD_BACK_S + PATIENCE_S)
    except CannotRun as why:
        raise CannotRun(f"{why}; left: {stack.rows(OPEN)[:10]}") from None


def reckon(stack: Stack, telegram: Telegram, load: Load, crowd: Crowd) -> Verdict:
    """Look at everything. Changes nothing."""
    rows = {row["update_id"]: row for row in stack.rows("SELECT seq, update_id, state, reason, error FROM bot_update")}
    answers = answers_of(telegram, load)
    verdict = Verdict(acknowledged=len(load.acknowledged), lied=list(_lies(stack, load)))
    _updates(verdict, stack, load, rows, answers)
    _order(verdict, load, rows, answers, telegram)
    _sends(verdict, stack, telegram)
    _jobs(verdict, stack, crowd, rows)
    _credits(verdict, stack, crowd)
    verified = stack.run("verify", "--json")
    if verified.returncode:
        broken = (
            json.loads(verified.stdout)["broken"] if verified.returncode == 2 else {"verify": [verified.stderr[-500:]]}
        )
        verdict.broken += [f"{rule}: {found[:3]}" for rule, found in broken.items()]
    return verdict


def answers_of(telegram: Telegram, load: Load) -> dict[int, Call]:
    """The first answer to each update, by its id."""
    calls: dict[int, list[Call]] = defaultdict(list)
    for call in telegram.calls:
        calls[call.chat].append(call)
    found = {}
    for sent in load.journal:
        first = next(filter(sent.fits, calls[sent.chat]), None) if sent.fits is not None else None
        if first is not None:
            found[sent.update_id] = first
    return found


def _updates(
    verdict: Verdict, stack: Stack, load: Load, rows: dict[int, dict[str, Any]], answers: dict[int, Call]
) -> None:
    apologies = {
        row["dedup_key"] for row in stack.rows("SELECT dedup_key FROM bot_delivery WHERE dedup_key LIKE '%%:dead'")
    }
    for sent in load.acknowledged:
        row = rows.get(sent.update_id)
        if row is None:
            verdict.lost.append(f"{sent.update_id} was acknowledged and is not stored")
        elif row["state"] == "dead" and f"update:{row['seq']}:dead" in apologies:
            verdict.dead += 1
            if not row["error"].startswith(DEATHS):
                verdict.wrong_effects.append(f"{sent.update_id} is dead: {row['error'][:100]}")
        elif row["state"] != "done":
            verdict.lost.append(f"{sent.update_id} is {row['state']}")
        elif sent.fits is None:
            verdict.wordless += 1
        elif sent.update_id in answers:
            verdict.answered += 1
        else:
            verdict.lost.append(f"{sent.update_id} is done, and nobody saw an answer")


def _order(
    verdict: Verdict, load: Load, rows: dict[int, dict[str, Any]], answers: dict[int, Call], telegram: Telegram
) -> None:
    """The screens of a chat come in the order of its updates. News of a payment are of another kind, with an order of their own."""
    place = {id(call): number for number, call in enumerate(telegram.calls)}
    lanes: dict[tuple[int, bool], list[Sent]] = defaultdict(list)
    for sent in load.journal:
        if sent.update_id in answers:
            lanes[sent.chat, b"successful_payment" in sent.body].append(sent)
    for lane in lanes.values():
        for before, after in pairwise(lane):
            first, then = answers[before.update_id], answers[after.update_id]
            if place[id(first)] > place[id(then)]:
                how = f"{first.at - then.at:.2f} s, {first.method} by {first.door}, {then.method} by {then.door}"
                verdict.out_of_order.append(f"{after.update_id} was answered before {before.update_id}: {how}")
            if rows[before.update_id]["seq"] > rows[after.update_id]["seq"]:
                verdict.out_of_order.append(f"{after.update_id} was stored before {before.update_id}")


def _sends(verdict: Verdict, stack: Stack, telegram: Telegram) -> None:
    """A new message that came again, or that no delivery knows, is forgiven only if its sender or PostgreSQL died at it."""
    noted = {int(message_id) for row in stack.rows(NOTED) for message_id in row["message_ids"]}
    again: dict[tuple[Any, ...], Call] = {}
    for call in reversed([call for call in telegram.calls if call.method.startswith("send")]):
        later = again.get(call.content)
        again[call.content] = call
        if later is None and call.message_id in noted:
            continue
        until = later.at if later else call.at + NOTE_S
        what = f"{call.method} to {call.chat} by {call.door}: {call.text[:60]!r}"
        (verdict.maybe_doubled if _died_at(stack, call, until) else verdict.doubled).append(what)


def _died_at(stack: Stack, call: Call, until: float) -> bool:
    """Whether what sent a call died before it could note it. A door is one process: what came through it, left before its death."""
    return any(
        death.at <= until and (death.who == call.door or (death.who == "PostgreSQL" and call.at <= death.until))
        for death in stack.deaths
    )


def _jobs(verdict: Verdict, stack: Stack, crowd: Crowd, rows: dict[int, dict[str, Any]]) -> None:
    """One job a confirm that was answered with OK, at most one KIE task a job, one last word each."""
    jobs = stack.rows("SELECT id, public_id, idempotency_key, state, error_code FROM kie_job")
    verdict.jobs = len(jobs)
    made = Counter(job["idempotency_key"] for job in jobs)
    for order in crowd.orders:
        accepted = any(rows.get(tap.update_id, {}).get("reason") == "OK" for tap in order.taps)
        if made[order.key] != accepted:
            verdict.wrong_effects.append(f"order {order.key}: {made[order.key]} job(s), accepted: {accepted}")
    callbacks = Counter(task["callBackUrl"] for task in stack.kie_tasks())
    for job in jobs:
        tasks = sum(count for url, count in callbacks.items() if str(job["public_id"]) in url)
        if tasks > 1 or (job["state"] == "succeeded" and tasks == 0):
            verdict.wrong_effects.append(f"job {job['id']} is {job['state']} and has {tasks} KIE tasks")
    told = {row["dedup_key"] for row in stack.rows("SELECT dedup_key FROM bot_delivery WHERE state = 'sent'")}
    verdict.lost += [
        f"the end of job {job['id']} was not told" for job in jobs if f"job:{job['id']}:result" not in told
    ]


def _credits(verdict: Verdict, stack: Stack, crowd: Crowd) -> None:
    """One credit a charge, of its sum."""
    credited = defaultdict(list)
    for row in stack.rows("SELECT ref, amount FROM payments_transfer WHERE kind = 'topup'"):
        credited[row["ref"]].append(int(row["amount"]))
    verdict.credits = len(credited)
    for payment in crowd.payments:
        if payment.update.acknowledged_at is None:
            continue
        found = credited[f"topup:stars:{payment.charge}"]
        if found != [payment.rubles]:
            verdict.wrong_effects.append(f"{payment.charge} of {payment.rubles} ₽ was credited {found}")
    verdict.wrong_effects += crowd.refusals


def _lies(stack: Stack, load: Load) -> list[str]:
    """A POST that began and was answered while PostgreSQL was away, and the answer was 200."""
    return [
        f"200 at {one.ended:.3f}, PostgreSQL was away from {since:.3f} to {until:.3f}"
        for one in load.tries
        for since, until in stack.away
        if one.status == 200 and since <= one.began and one.ended <= until
    ]
