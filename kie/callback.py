"""KIE's callbacks: the URL carries our job and a signature of ours. A callback is a nudge; only the task record is believed.

So a replay is harmless, and no memory of callbacks seen is kept: it makes a look due that would have come anyway, and the
record says whatever it says. KIE's own signature, where its key is set, keeps out even those who have learnt a URL of ours.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Case, F, Q, Value, When

from kie.job import OPEN, Job
from kie.record import storable
from reliability import cid, clock, counts
from reliability.wake import wake

log = structlog.get_logger()
MAX_BYTES: Final = 1_000_000
TOLERANCE_S: Final = 300  # between KIE's clock, its delivery and ours; KIE documents no window
FORGED: Final = "callbacks_forged"  # a count by what was wrong: url, kie


def signature(public_id: UUID) -> str:
    """What only we can write under a job's id: 32 hex digits of an HMAC-SHA256."""
    return hmac.new(settings.KIE_CALLBACK_TOKEN.encode(), public_id.bytes, hashlib.sha256).hexdigest()[:32]


def genuine(public_id: UUID, signed: str) -> bool:
    """Whether we made this URL; in constant time. One that we did not is counted."""
    ours = hmac.compare_digest(signature(public_id).encode(), signed.encode())
    return ours or _forged("url", public_id)


def signed_by_kie(public_id: UUID, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether KIE has signed the task that the body names, within five minutes; True where KIE_WEBHOOK_HMAC_KEY is unset. One
    that it has not is counted. `headers` have lower-case names.

    Source: common-api/webhook-verification: base64(HMAC-SHA256(key, taskId + "." + timestamp)). The body itself is not signed.
    """
    if not settings.KIE_WEBHOOK_HMAC_KEY:
        return True
    stamp, given = headers.get("x-webhook-timestamp", ""), headers.get("x-webhook-signature", "")
    recent = stamp.isascii() and stamp.isdigit() and abs(clock.now().timestamp() - int(stamp[:12])) <= TOLERANCE_S
    told = [hmac.compare_digest(_of_kie(one, stamp), given.encode()) for one in named(body)]
    return (recent and any(told)) or _forged("kie", public_id)


def _of_kie(task: str, stamp: str) -> bytes:
    message = f"{task}.{stamp}".encode(errors="surrogatepass")
    return base64.b64encode(hmac.new(settings.KIE_WEBHOOK_HMAC_KEY.encode(), message, hashlib.sha256).digest())


def _forged(what: str, public_id: UUID) -> bool:
    counts.mine.add(f"{FORGED}:{what}")
    log.warning("callback.forged", what=what, job=str(public_id))
    return False


def url(public_id: UUID) -> str:
    """The callback URL of a job; "" where KIE cannot reach us, then only polling is used."""
    base = settings.KIE_CALLBACK_BASE_URL
    return f"{base}/callbacks/kie/{public_id}/{signature(public_id)}" if base else ""


def nudge(public_id: UUID, body: bytes) -> bool:
    """Make the job due now and wake a worker; keep the task id that the body names where we know none. False: nothing that is
    open, or looked for after its end, is called so.

    A replay makes the job due once more, harmlessly.
    """
    heard = task_id(body)
    names_one = (
        Case(When(kie_task_id__isnull=True, then=Value(heard)), default=F("heard_task_id"))
        if heard
        else F("heard_task_id")
    )
    job_cid = Job.objects.filter(public_id=public_id).values_list("cid", flat=True).first()
    if job_cid is None:
        return False
    with cid.bound(job_cid):
        waited_for = Job.objects.filter(Q(state__in=OPEN) | Q(late_until__isnull=False), public_id=public_id)
        woken = waited_for.update(due_at=clock.now(), heard_task_id=names_one) > 0
        log.info("callback.heard", job=str(public_id), task=heard, woken=woken)
        if woken:
            wake()
    return woken


def task_id(body: bytes) -> str:
    """The task that a callback speaks of, as far as it can be kept; "" if there is none."""
    return next((storable(one)[:128] for one in named(body)), "")


def named(body: bytes) -> list[str]:
    """Every task that a callback may speak of, best first: families spell it `data.task_id`, `data.taskId`, or either at the top."""
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return []
    top: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
    data: dict[str, Any] = top["data"] if isinstance(top.get("data"), dict) else {}
    found = [
        where.get(name) for where, name in ((data, "task_id"), (data, "taskId"), (top, "taskId"), (top, "task_id"))
    ]
    return [one for one in found if isinstance(one, str)]
