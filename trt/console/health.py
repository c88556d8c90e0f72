"""`/health`: how TRT is, in one JSON object, within a second however slow the database is.

Public: it says how the service is, and nothing of persons, addresses, or the words of errors, which may name either. What
tells how the business goes is for those alone who may see /metrics.
"""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from bot.models import Update
from payments import ledger
from reliability import clock, outage
from trt.console import facts
from trt.console.facts import Facts, Look
from trt.console.question import Question, TooSlow
from trt.console.verdict import DIGESTS, RULES
from trt.sweeps import DUTIES

PATIENCE_S = 0.8
BACKPRESSURE_PERCENT = 80
LATE_S = 60  # a row that waits longer without being worked on is a reason to say «degraded»
SILENT_S = 5  # a holder's heart beats every two seconds; its lease is free four seconds after this at the earliest
NOT_COMPARED_S = 600  # so long a provider may be silent, or its list not to be understood
STUCK_S = 1800  # so is a sweep that is so late
REMEMBERED_S = 3600  # how long a refused movement of money is a reason
EVERY_S = {duty.name: duty.every.total_seconds() for duty in DUTIES}
KIE_REFUSES = {
    "provider_credits": "KIE says that its account is empty",
    "provider_key": "KIE refuses our key",
    "provider_cap": "KIE says that our key has reached its limit",
}
OF_THE_BUSINESS = {"pricing", "work_list", "kie_credits"}  # facts that are no stranger's affair
PUBLIC_COUNTERS = ("received", "stored", "done", "dead")
MODES = {"no holder": "no bot process holds the lease", "passive": "held in PASSIVE by the operator"}


class Console:
    """The questions of this process to the database: one at a time of each, however many ask."""

    def __init__(self) -> None:
        self.look = Look()
        self.everything = Question("health", self._look)
        self.storable = Question("ready", self._storable)

    def close(self) -> None:
        """Let go of the database."""
        for question in (self.everything, self.storable):
            question.close()

    def _look(self) -> Facts:
        self.look = Look()
        return self.look.all()

    @staticmethod
    def _storable() -> str:
        """As facts.not_stored says it. Raises what the database raises when it is away."""
        Update.objects.only("pk").first()
        return facts.not_stored()


console = Console()


def report(*, to_strangers: bool = False) -> dict[str, Any]:
    """`status` is ok, degraded (with reasons) or down: no update can be stored. All fields, or those for everybody."""
    known, hangs = known_now()
    told = _public if to_strangers else _all
    if isinstance(hangs, Down):
        return {"status": "down", "reasons": [str(hangs)], "mode": "unknown", **told(known), "version": _version()}
    known |= {"peers": _peers(), "backpressure_active": under_pressure(known)}
    reasons = [*([hangs] if hangs else []), *_reasons(known)]
    status = "down" if known.get("not_stored") else "degraded" if reasons else "ok"
    return {"status": status, "reasons": reasons, **told(known), "version": _version()}


def under_pressure(known: Facts) -> bool:
    """Whether the inbox is so full that refusals are near."""
    return known.get("queue_utilization_percent", 0) > BACKPRESSURE_PERCENT


class Down(str):
    """Why no update can be stored."""

    __slots__ = ()


def known_now() -> tuple[Facts, str | Down]:
    """The facts, within 0.8 s, and what hangs or is away, "" if nothing does. While it is, the facts are those already
    gathered; without the database only what this process itself has counted."""
    try:
        return dict(console.everything.answer(PATIENCE_S)), ""
    except TooSlow:
        part = console.look.part
        if part in {"the connection", "storing", "updates"}:
            return facts.own_counts(), Down(f"the database does not answer within {PATIENCE_S} s ({part})")
        return dict(console.look.facts), f"the database does not answer within {PATIENCE_S} s about {part}"
    except (DatabaseError, InterfaceError) as trouble:
        return facts.own_counts(), Down(away(trouble))


def not_ready() -> list[str]:
    """Why this process cannot do its work now; empty if it can."""
    try:
        why = console.storable.answer(PATIENCE_S)
    except TooSlow:
        return [f"the database does not answer within {PATIENCE_S} s"]
    except (DatabaseError, InterfaceError) as trouble:
        return [away(trouble)]
    return [refused(why)] if why else []


def away(trouble: Exception) -> str:
    """For everybody only the kind; the words, with hosts and users in them, are for the log."""
    outage.noted(trouble)
    return f"the database is away ({type(trouble.__cause__ or trouble).__name__})"


def refused(why: str) -> str:
    """The database answers, and takes no update."""
    return f"updates cannot be stored ({why})"


def _all(known: Facts) -> Facts:
    return _but(known, "counted")


def _public(known: Facts) -> Facts:
    told = {name: value for name, value in _all(known).items() if name not in OF_THE_BUSINESS}
    if "counters" in told:
        told["counters"] = {name: told["counters"][name] for name in PUBLIC_COUNTERS}
    if "jobs" in told:
        told["jobs"] = _but(told["jobs"], "open")
    if "sweeps" in told:
        told["sweeps"] = {name: _but(run, "count") for name, run in told["sweeps"].items()}
    return told


def _but(facts: Facts, hidden: str) -> Facts:
    return {name: value for name, value in facts.items() if name != hidden}


def _version() -> str:
    return settings.RELEASE


def _peers() -> dict[str, str]:
    return {name: "sandbox" if name in settings.SANDBOX_PEERS else "real" for name in ("telegram", "kie")}


def _reasons(known: Facts) -> list[str]:
    """What an operator should look at; a fact that is not known is said once, as unknown."""
    reasons = [refused(why)] if (why := known.get("not_stored")) else []
    reasons += [f"{part} cannot be read ({why})" for part, why in known["unknown"].items()]
    reasons += [MODES[mode] for mode in [known.get("mode")] if mode in MODES]
    silent_s = known.get("holder_silent_s") or 0
    if known.get("mode") != "no holder" and silent_s > SILENT_S:
        reasons.append(f"the bot that holds the lease has been silent for {silent_s} s")
    if known["backpressure_active"]:
        reasons.append(f"the inbox is {known['queue_utilization_percent']} % full")
    reasons += _of_waiting(known) + _of_payments(known.get("payments_not_compared_s", {}))
    if known.get("workers") == 0:
        reasons.append("no worker runs")
    reasons += _of_kie(known)
    if dead := known.get("dead_with_money"):
        reasons.append(f"{dead} update(s) of a payment or a refund are dead")
    if known.get("registry_version", "?") is None:
        reasons.append("no registry is published")
    elif known.get("models_on_sale") == 0:
        reasons.append("nothing is on sale")
    reasons += _of_prices(known)
    if known.get("ledger_verdict", "").startswith("broken"):
        reasons.append(f"the ledger is broken: {known['ledger_verdict'].removeprefix('broken: ')}")
    if clock.now().timestamp() - known.get("counted", {}).get(ledger.LAST_CONFLICT_AT, 0) < REMEMBERED_S:
        reasons.append("a movement of money was refused: its ref is known with other facts")
    if known.get("migrations", "applied") != "applied":
        reasons.append(f"{len(known['migrations'])} migration(s) are not applied")
    return reasons + _of_sweeps(known.get("sweeps", {})) + _of_webhook(known.get("webhook") or {})


def _of_waiting(known: Facts) -> list[str]:
    ages_s = {name: known.get(name, {}).get("oldest_due_age_s") or 0 for name in ("jobs", "deliveries")}
    waiting = [f"{name} wait {age_s} s" for name, age_s in ages_s.items() if age_s > LATE_S]
    said = known.get("deliveries", {})
    if (said.get("failing_for_s") or 0) > LATE_S:
        waiting.append(f"Telegram does not take {said['failing']} message(s), the first for {said['failing_for_s']} s")
    update_s = known.get("oldest_age_s") or 0
    return [*([f"an update has waited {update_s} s"] if update_s > LATE_S else []), *waiting]


def _of_kie(known: Facts) -> list[str]:
    reasons = []
    if settings.KIE_PLAYED_FOR_PEOPLE:
        reasons.append("KIE is played here beside a real Telegram")
    if refusal := known.get("kie_refuses"):
        reasons.append(KIE_REFUSES[refusal])
    elif known.get("kie_credits_low"):
        reasons.append("KIE's account runs low")
    shut = known.get("kie_breakers", {})
    return reasons + [f"KIE does not do what is asked ({scope}: {why})" for scope, why in shut.items()]


def _of_payments(not_compared_s: Facts) -> list[str]:
    return [
        f"payments of {name} have not been compared for {age_s // 60:.0f} min"
        for name, age_s in not_compared_s.items()
        if age_s > NOT_COMPARED_S
    ]


def _of_prices(known: Facts) -> list[str]:
    reasons = []
    if known.get("rate_stale"):
        age = known.get("rate_age_days")
        reasons.append(
            "the daily rate of the dollar has never been heard"
            if age is None
            else f"the daily rate of the dollar is {age} days old"
        )
    if known.get("rate_waits"):
        reasons.append("a jump of the dollar waits for an operator")
    if paused := known.get("models_paused"):
        reasons.append(f"{paused} model(s) would sell at a loss and are off sale")
    return reasons


def _of_sweeps(sweeps: Facts) -> list[str]:
    failed = [f"the sweep «{name}» failed" for name, run in sweeps.items() if run["failed"]]
    if broken := sum(sweeps.get(check, {}).get("count", 0) for check in (RULES, DIGESTS)):
        failed.append(f"{broken} rule(s) that must always hold do not: manage.py verify")
    return failed + [
        f"the sweep «{name}» ran {run['age_s']} s ago"
        for name, run in sweeps.items()
        if (run["age_s"] or 0) > STUCK_S + EVERY_S.get(name, 0)
    ]


def _of_webhook(webhook: Facts) -> list[str]:
    if settings.BOT_MODE == "webhook" and webhook.get("set") is False:
        return ["Telegram has no webhook of ours"]
    if webhook.get("elsewhere"):
        return ["Telegram delivers to a webhook that is not ours"]
    if webhook.get("error") and (webhook.get("error_age_s") or LATE_S) < LATE_S and webhook.get("pending"):
        return [f"Telegram cannot deliver: {webhook['error']}"]
    return []
