"""KIE's callbacks: the URL carries our job and a signature of ours. A callback is a nudge; only the task record is believed."""

import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Case, F, Value, When

from kie.job import Job
from kie.record import storable
from reliability import cid, clock
from reliability.wake import wake

log = structlog.get_logger()
MAX_BYTES = 1_000_000


def signature(public_id: UUID) -> str:
    """What only we can write under a job's id: 32 hex digits of an HMAC-SHA256."""
    return hmac.new(settings.KIE_CALLBACK_TOKEN.encode(), public_id.bytes, hashlib.sha256).hexdigest()[:32]


def genuine(public_id: UUID, signed: str) -> bool:
    """Whether we made this URL; in constant time."""
    return hmac.compare_digest(signature(public_id).encode(), signed.encode())


def url(public_id: UUID) -> str:
    """The callback URL of a job; "" where KIE cannot reach us, then only polling is used."""
    base = settings.KIE_CALLBACK_BASE_URL
    return f"{base}/callbacks/kie/{public_id}/{signature(public_id)}" if base else ""


def nudge(public_id: UUID, body: bytes) -> bool:
    """Make the job due now and wake a worker; keep the task id that the body names where we know none. False: nothing open is called so.

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
        woken = Job.objects.open().filter(public_id=public_id).update(due_at=clock.now(), heard_task_id=names_one) > 0
        log.info("callback.heard", job=str(public_id), task=heard, woken=woken)
        if woken:
            wake()
    return woken


def task_id(body: bytes) -> str:
    """The task that a callback speaks of: `data.taskId`, `data.task_id`, or the same at the top. "" if there is none."""
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    top: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
    data: dict[str, Any] = top["data"] if isinstance(top.get("data"), dict) else {}
    for where in (data, top):
        for name in ("taskId", "task_id"):
            if isinstance(where.get(name), str):
                return storable(where[name])[:128]
    return ""
