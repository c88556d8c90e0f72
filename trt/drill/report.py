"""What a drill has found, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from trt.drill.field import Field
from trt.drill.verdict import Verdict, answers_of

TARGETS_S = {"restart": 2.0, "crash": 10.0, "stopped": 10.0}  # DESIGN: a handover takes two seconds, ten after a crash
NOTES = {
    "without_message": "pre-checkouts: answered in the 200 itself",
    "apologies": "died of the kills; the person has a support code",
}
SHOWN = (
    "Times are shown, not judged: another machine is as fast as it is. Loss, doubling and order are (the exit code)."
)
WORDS = {"restart": "restart, SIGTERM", "crash": "crash, SIGKILL", "stopped": "stopped, SIGSTOP"}


@dataclass(frozen=True, slots=True)
class Pause:
    """The longest that somebody waited for an answer in one handover, in seconds."""

    what: str  # restart, crash, stopped
    seconds: float


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill that was held."""

    verdict: Verdict
    pauses: list[Pause]
    took_s: float

    def of(self, what: str) -> list[float]:
        """The pauses of a kind of handover."""
        return [pause.seconds for pause in self.pauses if pause.what == what]

    def as_json(self) -> dict[str, Any]:
        """Counts, pauses in seconds, and a sentence for each thing that does not hold."""
        verdict = self.verdict
        pauses = {
            what: {"count": len(found), "min_s": min(found), "median_s": median(found), "max_s": max(found)}
            for what in TARGETS_S
            if (found := self.of(what))
        }
        return {**counts(verdict), "holds": verdict.holds, "pauses": pauses, "problems": verdict.problems()}


def counts(verdict: Verdict) -> dict[str, int]:
    """The figures of a verdict. Where nothing is lost, the three after `acknowledged` add up to it."""
    return {
        "acknowledged": verdict.acknowledged,
        "answered": verdict.answered,
        "without_message": verdict.wordless,
        "apologies": verdict.dead,
        "jobs": verdict.jobs,
        "payments": verdict.credits,
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "out_of_order": len(verdict.out_of_order),
        "perhaps_doubled": len(verdict.maybe_doubled),
    }


def table(drill: Drill) -> str:
    """Everything on a screenful."""
    lines = [
        f"{name.replace('_', ' '):<18}{count:>8}   {NOTES.get(name, '')}".rstrip()
        for name, count in counts(drill.verdict).items()
    ]
    lines += [
        f"{'took':<18}{drill.took_s:>7.0f}s",
        "",
        f"{'pauses, seconds':<18}{'count':>8}{'min':>8}{'median':>8}{'max':>8}",
    ]
    for what, target_s in TARGETS_S.items():
        if found := drill.of(what):
            held = "within" if max(found) < target_s else "OVER"
            figures = "".join(f"{value:>8.2f}" for value in (min(found), median(found), max(found)))
            lines.append(f"{WORDS[what]:<18}{len(found):>8}{figures}   {held} {target_s:.0f} s")
    lines.append(SHOWN)
    for name, sentences in drill.verdict.problems().items():
        lines += ["", f"{name.replace('_', ' ')}:", *[f"  {sentence}" for sentence in sentences[:20]]]
    return "\n".join(lines)


def longest_wait_s(field: Field, since: float, until: float) -> float:
    """The longest that somebody waited for an answer between the two: from its 200, or from `since`, to the answer."""
    answers = answers_of(field.telegram, field.load)
    waits = [
        answers[sent.update_id].at - max(since, sent.acknowledged_at)
        for sent in field.load.acknowledged
        if sent.acknowledged_at is not None and sent.update_id in answers and sent.acknowledged_at <= until
    ]
    return max([0.0, *waits])
