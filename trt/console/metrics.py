"""`/metrics`: the same facts as /health in Prometheus' words and naming conventions, gathered anew for each scrape.

A collector of our own reads one look at the facts: several processes have counted, so there is nothing for a registry of
one process to hold.
"""

import hmac
import ipaddress
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.http import HttpRequest
from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import HistogramMetricFamily as Histogram
from prometheus_client.core import InfoMetricFamily as Info
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric

from bot import dispatch
from kie import callback
from payments import ledger
from reliability import counts
from trt.console import health, verdict
from trt.console.facts import MODES, Facts

CONTENT_TYPE = CONTENT_TYPE_LATEST
COUNTERS = {  # name of a count: name and help of its metric
    "received": ("trt_updates_received", "Posts to the webhook, strangers' included"),
    "stored": ("trt_updates_stored", "Updates committed to the inbox"),
    "duplicate": ("trt_updates_duplicate", "Updates that came again and changed nothing"),
    "refused": ("trt_updates_refused", "Genuine updates answered 503: Telegram keeps them; by received: the drop rate"),
    "strangers": ("trt_updates_foreign", "Posts with a wrong path, secret, type or size"),
    "claimed": ("trt_updates_claimed", "Claims of an update, repeated ones included"),
    "done": ("trt_updates_done", "Updates answered"),
    "dead": ("trt_updates_dead", "Updates given up: three failures, or nobody can read them"),
    "fenced": ("trt_updates_fenced", "Answers rolled back because the lease had gone"),
    ledger.CONFLICTS: ("trt_ledger_ref_conflicts", "Movements of money refused: their ref is known with other facts"),
    "maybe_doubled": ("trt_messages_maybe_doubled", "Sends taken up again that Telegram may have had already"),
}
OWN = {  # of the process that is asked, known without the database: other names, for the sums above hold these already
    "received": ("trt_process_updates_received", "Posts to the webhook of the process that answers this scrape"),
    "stored": ("trt_process_updates_stored", "Updates that it has committed"),
    "refused": ("trt_process_updates_refused", "Genuine updates that it has answered 503; told without the database"),
}
LABELLED = {  # counts by label: name, label and help of their metric
    "sends": ("trt_sends", "outcome", "Attempts to send a delivery"),
    "telegram": ("trt_telegram_calls", "outcome", "Calls of the Bot API; too_fast is 429"),
    "kie": ("trt_kie_requests", "code", "Requests to KIE by effective code; none: no answer"),
    "yookassa": ("trt_yookassa_requests", "code", "Requests to YooKassa by HTTP status; none: no answer"),
    "cryptopay": ("trt_cryptopay_requests", "code", "Requests to Crypto Pay by HTTP status; none: no answer"),
    callback.FORGED: (
        "trt_kie_callbacks_forged",
        "what",
        "Callbacks that were not let in: a URL, or a signature, not KIE's",
    ),
    "notices_forged": ("trt_payment_notices_forged", "provider", "Notices of payments that were not let in"),
}
HISTOGRAMS = {
    dispatch.CLAIMED_S: ("trt_update_claim_lag_seconds", "From an update's commit to its first claim; none replayed"),
    dispatch.ANSWERED_S: (
        "trt_update_answer_lag_seconds",
        "From an update's commit to its answer's; none held or replayed",
    ),
}
NUMBERS = {  # name of a fact: name and help of its gauge
    "queue_depth": ("trt_inbox_depth", "Updates that wait for an answer"),
    "oldest_age_s": ("trt_inbox_oldest_age_seconds", "Age of the oldest of them"),
    "lease_epoch": ("trt_lease_epoch", "Grows with every takeover"),
    "holder_silent_s": ("trt_lease_heartbeat_age_seconds", "Since the lease's holder was last heard of"),
    "workers": ("trt_workers", "Workers of live clusters"),
}
OF_KIE = {  # likewise; left out until KIE has said it
    "kie_credits": ("trt_kie_credits", "What is left on KIE's account, when it was read last"),
    "kie_credits_age_s": ("trt_kie_credits_age_seconds", "Since it was read"),
}
QUEUES = ("jobs", "deliveries")
MORTAL = ("updates", "deliveries")
TALKING = ("web", "bot")  # roles whose heart beats all the time


class Snapshot:
    """One look at the facts as a collector of metrics."""

    def __init__(self, known: Facts, hangs: str) -> None:
        self.known, self.hangs = known, hangs

    def collect(self) -> Iterator[Metric]:
        """What is not known is left out, for 0 would be a lie; `trt_database_up` says why."""
        yield Info("trt_build", "The release", value={"version": settings.RELEASE})
        down = isinstance(self.hangs, health.Down)
        yield Gauge("trt_database_up", "Whether the database answers in time", value=int(not down))
        yield Gauge("trt_inbox_capacity", "Depth at which updates are refused", value=settings.INBOX_CAPACITY)
        mine = counts.mine.snapshot()
        for name, (metric, what) in OWN.items():
            yield Gauge(metric, what, value=mine.get(name, 0))
        if not down and "counted" in self.known:  # one process alone would make the sums go down
            yield from self._counted(self.known["counted"])
        yield from self._measured()

    def _counted(self, counted: Mapping[str, int]) -> Iterator[Metric]:
        for name, (metric, what) in COUNTERS.items():
            yield Counter(metric, what, value=counted.get(name, 0))
        for name, (metric, label, what) in LABELLED.items():
            family = Counter(metric, what, labels=[label])
            for value, count in counts.labelled(counted, name).items():
                family.add_metric([value], count)
            yield family
        for name, (metric, what) in HISTOGRAMS.items():
            buckets, total_s = counts.histogram(counted, name)
            yield Histogram(metric, what, buckets=buckets, sum_value=total_s)
        if at := counted.get("last_refused_at"):
            yield Gauge("trt_updates_last_refused_timestamp_seconds", "When an update was last answered 503", value=at)

    def _measured(self) -> Iterator[Metric]:
        known = self.known
        for name, (metric, what) in NUMBERS.items():
            if name in known:
                yield Gauge(metric, what, value=known[name] or 0)
        for name, (metric, what) in OF_KIE.items():
            if known.get(name) is not None:
                yield Gauge(metric, what, value=known[name])
        if "queue_utilization_percent" in known:
            pressed = int(health.under_pressure(known))
            yield Gauge("trt_inbox_backpressure", "1 while the inbox is over 80 % full", value=pressed)
        if "mode" in known:
            yield _family("trt_mode", "1 for the mode that is", "mode", {m: m == known["mode"] for m in MODES})
        open_rows = {name: known[name]["open"] for name in QUEUES if name in known}
        yield _family("trt_rows_open", "Rows with work to be done", "queue", open_rows)
        dead = {name: known[name]["dead"] for name in MORTAL if name in known}
        yield _family("trt_rows_dead", "Rows given up, which an operator can take up again", "queue", dead)
        late = {name: known[name]["oldest_due_age_s"] or 0 for name in QUEUES if name in known}
        yield _family("trt_rows_oldest_due_age_seconds", "How long the longest waiting row is due", "queue", late)
        if "instances" in known:
            alive = [row["role"] for row in known["instances"] if row["state"] == "alive"]
            living = {role: alive.count(role) for role in TALKING}
            yield _family("trt_instances", "Living web and bot processes; of workers see trt_workers", "role", living)
        if seen := known.get("webhook"):
            yield Gauge("trt_telegram_pending_updates", "Updates that Telegram holds for us", value=seen["pending"])
        if known.get("ledger_verdict", verdict.UNKNOWN) != verdict.UNKNOWN:
            well = int(known["ledger_verdict"] == verdict.OK)
            yield Gauge("trt_ledger_ok", "1 while every rule of money holds, by the last check", value=well)
        sweeps = known.get("sweeps", {})
        yield _family(
            "trt_sweep_age_seconds", "Since the last run", "sweep", {n: r["age_s"] or 0 for n, r in sweeps.items()}
        )
        took = {name: run["took_ms"] / 1000 for name, run in sweeps.items()}
        yield _family("trt_sweep_duration_seconds", "Of the last run", "sweep", took)


def exposition() -> bytes:
    """The whole page, within a second however slow the database is."""
    return generate_latest(Snapshot(*health.known_now()))


def admitted(request: HttpRequest) -> bool:
    """Whether these numbers, which tell a business from outside, are this caller's business: it has METRICS_TOKEN, or it is
    a neighbour on the private network that came directly. Through a proxy everybody has a private address, the proxy's."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return True
    if any(name in request.headers for name in ("x-forwarded-for", "x-real-ip", "forwarded", "via")):
        return False
    try:
        return not ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_global
    except ValueError:  # a unix socket: a proxy of this machine
        return False


def _family(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    family = Gauge(name, what, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
