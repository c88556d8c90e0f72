"""`/health`: how TRT is, in one JSON object, within a second however slow the database is."""

import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Min

from bot.models import Delivery, Hold, Update
from kie.models import Job, RegistryVersion
from payments import invariants as money
from reliability import clock
from reliability.models import Instance, Lease

PATIENCE_S = 0.8
BACKPRESSURE_PERCENT = 80
LATE_S = 60  # a row that waits longer without being worked on is a reason to say «degraded»
LEDGER_EVERY_S = 60.0

_pool = ThreadPoolExecutor(2, thread_name_prefix="health")
_ledger: dict[str, Any] = {"at": 0.0, "verdict": "not checked yet"}


def report() -> dict[str, Any]:
    """All fields; `status` is ok, degraded (with reasons) or down (the database does not answer in time)."""
    try:
        facts = _pool.submit(_with_database, _facts).result(PATIENCE_S)
    except TooSlow:
        return _down("the database does not answer within 0.8 s")
    except (DatabaseError, InterfaceError) as trouble:
        return _down(f"the database is away: {str(trouble).strip()[:200]}")
    reasons = _reasons(facts)
    return {"status": "degraded" if reasons else "ok", "reasons": reasons, **facts, "version": settings.RELEASE}


def not_ready() -> list[str]:
    """Why this process cannot do its work now; empty if it can."""
    try:
        _pool.submit(_with_database, Update.objects.only("pk").first).result(PATIENCE_S)
    except TooSlow:
        return ["the database does not answer within 0.8 s"]
    except (DatabaseError, InterfaceError) as trouble:
        return [f"the database is away: {str(trouble).strip()[:200]}"]
    return []


def _with_database(question: Any) -> Any:
    try:
        return question()
    except (DatabaseError, InterfaceError):
        connection.close()
        raise


def _down(reason: str) -> dict[str, Any]:
    return {"status": "down", "reasons": [reason], "mode": "unknown", "version": settings.RELEASE}


def _facts() -> dict[str, Any]:
    now = clock.now()
    lease = Lease.objects.filter(name="bot").first()
    held = bool(lease and lease.holder and lease.expires_at and lease.expires_at > now)
    waiting = Update.objects.open().aggregate(depth=Count("pk"), oldest=Min("created_at"))
    states = dict(Update.objects.order_by().values_list("state").annotate(Count("pk")))
    counters = _counters()
    published = RegistryVersion.objects.current()
    utilization = round(100 * waiting["depth"] / settings.INBOX_CAPACITY, 1)
    return {
        "mode": ("passive" if Hold.objects.open().exists() else "active") if held else "no holder",
        "lease_epoch": lease.epoch if lease else 0,
        "queue_depth": waiting["depth"],
        "queue_utilization_percent": utilization,
        "backpressure_active": utilization > BACKPRESSURE_PERCENT,
        "drop_rate_percent": round(100 * counters["refused"] / counters["received"], 2)
        if counters["received"]
        else 0.0,
        "last_drop_time": _moment(counters["last_refused_at"]),
        "oldest_age_s": _age_s(waiting["oldest"], now),
        "updates": {"new": 0, "done": 0, "dead": 0} | states,
        "counters": {name: counters[name] for name in ("received", "stored", "duplicate", "refused", "strangers")},
        "jobs": _open(Job, now),
        "deliveries": _open(Delivery, now),
        "instances": dict(Instance.objects.alive().order_by().values_list("role").annotate(Count("pk"))),
        "workers": _cluster(),
        "registry_version": published.version if published else None,
        "pricing_version": f"{published.version if published else '-'} × {settings.USD_RUB_RATE} × {settings.PRICE_MARKUP}",
        "ledger_verdict": _ledger_verdict(),
        "peers": {
            "telegram": "sandbox" if "telegram" in settings.SANDBOX_PEERS else "real",
            "kie": "sandbox" if "kie" in settings.SANDBOX_PEERS else "real",
        },
    }


def _counters() -> dict[str, int]:
    """Per-process counters, summed over the instances of the last day."""
    totals: dict[str, int] = dict.fromkeys(
        ("received", "stored", "duplicate", "refused", "strangers", "last_refused_at"), 0
    )
    for counters in Instance.objects.filter(role="web").values_list("counters", flat=True):
        for name, value in counters.items():
            totals[name] = max(totals[name], value) if name == "last_refused_at" else totals.get(name, 0) + value
    return totals


def _open(model: Any, now: datetime) -> dict[str, Any]:
    rows = model.objects.open()
    oldest = rows.filter(due_at__lte=now).aggregate(oldest=Min("due_at"))["oldest"]
    return {"open": rows.count(), "oldest_due_age_s": _age_s(oldest, now)}


def _cluster() -> int:
    """Workers of live qclusters, by their own heartbeats."""
    from django_q.status import Stat  # noqa: PLC0415 (reads the cache when imported lazily only)

    return sum(len(cluster.workers) for cluster in Stat.get_all())


def _ledger_verdict() -> str:
    """The last verdict; where it is older than a minute a new one is begun beside this request, for it may take seconds."""
    if time.monotonic() - _ledger["at"] > LEDGER_EVERY_S or not _ledger["at"]:
        _ledger["at"] = time.monotonic()
        _pool.submit(_with_database, _judge_ledger)
    return _ledger["verdict"]


def _judge_ledger() -> None:
    broken = [rule.name for rule in money.INVARIANTS if rule.check()]
    _ledger["verdict"] = "broken: " + ", ".join(broken) if broken else "ok"


def _reasons(facts: dict[str, Any]) -> list[str]:
    reasons = []
    if facts["mode"] == "no holder":
        reasons.append("no bot process holds the lease")
    if facts["mode"] == "passive":
        reasons.append("held in PASSIVE by the operator")
    if facts["backpressure_active"]:
        reasons.append(f"the inbox is {facts['queue_utilization_percent']} % full")
    if (facts["oldest_age_s"] or 0) > LATE_S:
        reasons.append(f"an update has waited {facts['oldest_age_s']} s")
    reasons += [
        f"{name} wait {age} s"
        for name in ("jobs", "deliveries")
        if (age := facts[name]["oldest_due_age_s"] or 0) > LATE_S
    ]
    if not facts["workers"]:
        reasons.append("no worker runs")
    if facts["registry_version"] is None:
        reasons.append("no registry is published")
    if facts["ledger_verdict"].startswith("broken"):
        reasons.append(f"the ledger is {facts['ledger_verdict']}")
    return reasons


def _age_s(moment: datetime | None, now: datetime) -> float | None:
    return round((now - moment).total_seconds(), 1) if moment else None


def _moment(timestamp: int) -> str | None:
    return datetime.fromtimestamp(timestamp, tz=clock.now().tzinfo).isoformat() if timestamp else None
