"""What is known of TRT at a moment, part by part: /health says it in JSON, /metrics in Prometheus' words. Nothing of persons."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.core.cache import cache as kept
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Min, Q

from bot import dispatch, inbox, telegram
from bot.models import Delivery, DeliveryState, Hold, Update
from kie import withdrawn
from kie.breaker import ACCOUNT, State
from kie.models import AIModel, Balance, Breaker, DollarRate, Job, Pause, RegistryVersion, Tariff
from payments.models import Difference, Reconciliation
from reliability import clock, counts, instance
from reliability.models import Instance, Lease, Sweep
from trt.console import verdict

STATEMENT_MS = 2000  # a part that hangs is given up, and the next one asked
MODES = ("active", "passive", "no holder")
MOST = 50  # instances told of
TRIED_S = 3600  # so long after a refusal it is tried whether updates can be stored
TOLD = ("received", "stored", "duplicate", "refused", "strangers", "claimed", "done", "dead", "fenced", "maybe_doubled")

Facts = dict[str, Any]


class Look:
    """One look at everything. Another thread may see how far it has come: `part` is what is asked just now."""

    def __init__(self) -> None:
        self.part = "the connection"
        self.facts: Facts = {"unknown": {}}

    def all(self) -> Facts:
        """Every part. One that cannot be read is named in `unknown`. Raises what the database raises when it is away."""
        connection.ensure_connection()
        for name, part in PARTS:
            self.part = name
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MS}")
                    self.facts |= part(clock.now())
            except DatabaseError as trouble:
                if not connection.is_usable():
                    raise
                self.facts["unknown"] |= {name: type(trouble.__cause__ or trouble).__name__}
        self.part = ""
        return self.facts


def not_stored() -> str:
    """The kind of error that storing an update ends with; "" if it is stored, for a database may answer and let nobody write.

    It is tried only where this process had to refuse one of late, whatever for: else who asks how we are would make us write.
    """
    if clock.now().timestamp() - counts.mine["last_refused_at"] > TRIED_S:
        return ""
    try:
        inbox.try_out()
    except DatabaseError as trouble:
        return type(trouble.__cause__ or trouble).__name__
    return ""


def own_counts() -> Facts:
    """What this very process has counted: known without the database."""
    return told(counts.mine.snapshot())


def told(counted: dict[str, int]) -> Facts:
    """The counts under the names that people read, and what follows from them."""
    refused_at = counted.get("last_refused_at", 0)
    return {
        "drop_rate_percent": percent(counted.get("refused", 0), counted.get("received", 0)),
        "last_drop_time": datetime.fromtimestamp(refused_at, tz=clock.now().tzinfo).isoformat() if refused_at else None,
        "counters": {name: counted.get(name, 0) for name in TOLD},
        "counted": counted,
    }


def percent(part: int, whole: int) -> float:
    """0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def _updates(now: datetime) -> Facts:
    waiting = Update.objects.open().aggregate(depth=Count("pk"), oldest=Min("created_at"))
    dead = Update.objects.filter(state="dead").aggregate(
        all=Count("pk"), money=Count("pk", filter=Q(reason=dispatch.DEAD_WITH_MONEY))
    )
    kept = Update.objects.kept().count()
    return {
        "queue_depth": waiting["depth"],
        "queue_utilization_percent": percent(waiting["depth"], settings.INBOX_CAPACITY),
        "oldest_age_s": _age_s(waiting["oldest"], now),
        "held": kept,  # told once, answered when the hold ends
        # other dead ones are no reason to be degraded: it would never go away
        "updates": {"new": waiting["depth"] + kept, "dead": dead["all"]},
        "dead_with_money": dead["money"],
    }


def _lease(now: datetime) -> Facts:
    """A killed holder keeps its lease for some seconds: its own heartbeat says sooner that nobody answers."""
    lease = Lease.objects.filter(name="bot").first()
    holder = Instance.objects.filter(pk=lease.holder).only("heartbeat").first() if lease and lease.holder else None
    return {
        "mode": mode(lease, now),
        "lease_epoch": lease.epoch if lease else 0,
        "holder_silent_s": _age_s(holder.heartbeat, now) if holder else None,
    }


def mode(lease: Lease | None, now: datetime) -> str:
    """active, or passive under an operator's hold, or «no holder»."""
    held = lease is not None and lease.holder is not None and lease.expires_at is not None and lease.expires_at > now
    return ("passive" if Hold.objects.open().exists() else "active") if held else "no holder"


def _instances(now: datetime) -> Facts:
    rows = Instance.objects.exclude(pk=instance.PAST).order_by("-heartbeat")[:MOST]
    return {"instances": [_instance(row, now) for row in rows]} | told(instance.counted())


def _instance(row: Instance, now: datetime) -> Facts:
    return {
        "role": row.role,
        "release": row.release,
        "heartbeat_age_s": _age_s(row.heartbeat, now),
        "state": row.life(now).value,
    }


def _open(model: Any, now: datetime) -> Facts:
    rows = model.objects.open().aggregate(open=Count("pk"))
    oldest = model.objects.open().filter(due_at__lte=now).aggregate(oldest=Min("due_at"))["oldest"]
    return rows | {"oldest_due_age_s": _age_s(oldest, now)}


def _deliveries(now: datetime) -> Facts:
    """Their errors tell an outage of Telegram's: what it does not take is put off again and again, and never long due."""
    dead = Delivery.objects.filter(state=DeliveryState.DEAD).count()
    failing = Delivery.objects.open().exclude(error="").aggregate(count=Count("pk"), since=Min("created_at"))
    told = {"dead": dead, "failing": failing["count"], "failing_for_s": _age_s(failing["since"], now)}
    return {"deliveries": _open(Delivery, now) | told}


def _kie(now: datetime) -> Facts:
    """Whether KIE takes what we ask for, as far as its breakers know: our account, and the rest; and what is left to pay with."""
    shut = dict(Breaker.objects.exclude(state=State.CLOSED).order_by("pk").values_list("scope", "reason"))
    left = Balance.last()
    return {
        "kie_refuses": shut.pop(ACCOUNT, None),
        "kie_breakers": shut,
        "kie_credits": float(left.credits) if left else None,
        "kie_credits_age_s": _age_s(left.read_at, now) if left else None,
        "kie_credits_low": left is not None and left.is_low,
    }


def _payments(now: datetime) -> Facts:
    """With whom our books could not be compared, and how much of what does not agree waits for an operator."""
    failing = Reconciliation.objects.exclude(failing_since=None).values_list("pk", "failing_since")
    return {
        "payments_not_compared_s": {name: _age_s(since, now) for name, since in failing.order_by("pk")},
        "work_list": Difference.objects.open().count(),
    }


def _registry(_now: datetime) -> Facts:
    published = RegistryVersion.objects.current()
    return {
        "registry_version": published.version if published else None,
        "models_on_sale": AIModel.objects.on_sale().count(),
        "models_withdrawn": withdrawn.standing().count(),
    }


def _prices(now: datetime) -> Facts:
    """With what prices are made, how old the dollar's daily rate is, what waits for an operator, what sells at a loss."""
    row, last = Tariff.standing(), DollarRate.objects.accepted().first()
    source, rate = row.rate(last.rubles if last else None)
    markup = row.numbers().markups.of_all
    return {
        "pricing_version": row.version,
        "pricing": f"{rate.normalize():f} ({source}) × {markup.normalize():f}",
        "rate_age_days": (now.date() - last.day).days if last and row.daily else None,
        "rate_stale": row.is_stale(last),
        "rate_waits": DollarRate.objects.proposed().exists(),
        "models_paused": Pause.objects.open().count(),
    }


def _workers(_now: datetime) -> Facts:
    """Of live qclusters, by their own heartbeats."""
    from django_q.status import Stat  # noqa: PLC0415 (reads the cache when imported lazily only)

    return {"workers": sum(len(cluster.workers) for cluster in Stat.get_all())}


def _telegram(now: datetime) -> Facts:
    """What the lease holder was told within the last minute or so."""
    seen = dict(kept.get(telegram.SEEN) or {})
    for name in ("at", "error_at"):
        if since := seen.pop(name, 0):
            seen[name.replace("at", "age_s")] = round(max(0.0, now.timestamp() - since), 1)
    return {"webhook": seen or None}


def _migrations(_now: datetime) -> Facts:
    missing = _on_disk() - set(MigrationRecorder(connection).applied_migrations())
    return {"migrations": [f"{app}.{name}" for app, name in sorted(missing)] or "applied"}


@cache
def _on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def _sweeps(now: datetime) -> Facts:
    rows = Sweep.objects.order_by("name")
    return verdict.of_ledger(rows) | {
        "sweeps": {
            row.name: {
                "last_run": row.ran_at.isoformat() if row.ran_at else None,
                "age_s": _age_s(row.ran_at, now),
                "took_ms": row.took_ms,
                "count": row.count,
                "found": row.found,
                "failed": bool(row.error),
            }
            for row in rows
        }
    }


def _age_s(moment: datetime | None, now: datetime) -> float | None:
    return round(max(0.0, (now - moment).total_seconds()), 1) if moment else None


PARTS: tuple[tuple[str, Callable[[datetime], Facts]], ...] = (
    ("storing", lambda _now: {"not_stored": not_stored()}),  # these two first: while one hangs nothing can be stored
    ("updates", _updates),
    ("lease", _lease),
    ("instances", _instances),
    ("jobs", lambda now: {"jobs": _open(Job, now)}),
    ("deliveries", _deliveries),
    ("KIE", _kie),
    ("payments", _payments),
    ("registry", _registry),
    ("prices", _prices),
    ("workers", _workers),
    ("telegram", _telegram),
    ("migrations", _migrations),
    ("sweeps", _sweeps),
)
