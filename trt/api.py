"""The outside interface as one NinjaAPI: contracts, errors in one shape, documentation for staff."""

from http import HTTPStatus
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema, Status
from ninja.errors import ValidationError

from bot import inbox
from kie import callback
from payments import paying, providers
from reliability import counts
from trt.console import health, metrics

log = structlog.get_logger()

api = NinjaAPI(
    title="TRT",
    version=settings.RELEASE or "dev",
    docs_url="/api/docs",
    docs_decorator=staff_member_required,
    openapi_url="/api/openapi.json",
)


class Problem(Schema):
    """Every error, in one shape."""

    error_code: str
    fix_hint: str = ""


@api.exception_handler(Http404)
def not_found(request: HttpRequest, _: Exception) -> HttpResponse:
    return api.create_response(request, Problem(error_code="NOT_FOUND"), status=404)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, why: Exception) -> HttpResponse:
    return api.create_response(request, Problem(error_code="INVALID_INPUT", fix_hint=str(why)[:500]), status=422)


@api.post("/webhook/{secret_path}", auth=None, response={200: None, 503: Problem}, summary="Telegram's updates")
def webhook(request: HttpRequest, secret_path: str) -> HttpResponse:
    """Stores one update and answers 200; the rule is `inbox.accept`. Under ASGI a lane before Django serves the same."""
    body = request.read(inbox.MAX_BYTES + 1)
    answer = inbox.accept(secret_path, {name.lower(): value for name, value in request.headers.items()}, body)
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


@api.post(
    "/callbacks/kie/{uuid:job}/{signature}",
    auth=None,
    response={200: dict, 404: Problem, 413: Problem},
    summary="KIE's callbacks",
)
def kie_callback(request: HttpRequest, job: UUID, signature: str) -> Status:
    """KIE says a task has moved. We wake the job and believe only the task record, so a replay is harmless."""
    if not callback.genuine(job, signature):
        raise Http404  # a stranger learns nothing
    body = request.read(callback.MAX_BYTES + 1)
    if len(body) > callback.MAX_BYTES:
        return Status(413, Problem(error_code="TOO_LARGE"))
    if not callback.signed_by_kie(job, {name.lower(): value for name, value in request.headers.items()}, body):
        raise Http404
    callback.nudge(job, body)
    return Status(200, {"code": 200, "msg": "success"})


@api.post(
    "/payments/{provider}/notice",
    auth=None,
    response={200: None, 404: Problem, 413: Problem},
    summary="News of a payment provider",
)
def payment_notice(request: HttpRequest, provider: str) -> HttpResponse | Status:
    """A nudge: the provider's module alone judges it, and only what the provider says when asked is believed."""
    by = next((one for one in providers.ready() if one.name == provider), None)
    body = request.read(paying.MAX_BYTES + 1)
    if len(body) > paying.MAX_BYTES:
        return Status(413, Problem(error_code="TOO_LARGE"))
    try:
        invoice = by.parse(body, {name.lower(): value for name, value in request.headers.items()}) if by else None
    except providers.Forged as why:
        counts.mine.add(f"notices_forged:{provider}")
        log.warning("payment.forged", provider=provider, why=str(why)[:200])
        invoice = None
    if by is None or invoice is None:
        raise Http404  # a stranger learns nothing
    paying.heard(by, invoice)
    return HttpResponse(status=200)


@api.get("/health", auth=None, response={200: dict, 503: dict}, summary="How TRT is")
def how_it_is(request: HttpRequest) -> Status:
    """The whole state, within a second however slow the database is. Who may not see /metrics is told nothing of the business."""
    report = health.report(to_strangers=not metrics.admitted(request))
    return Status(HTTPStatus.OK if report["status"] != "down" else HTTPStatus.SERVICE_UNAVAILABLE, report)


@api.get("/metrics", auth=None, response={200: str, 404: Problem}, summary="The same for Prometheus")
def measured(request: HttpRequest) -> HttpResponse:
    """For METRICS_TOKEN, or direct neighbours on the private network; to others there is no such page."""
    if not metrics.admitted(request):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


@api.get("/health/live", auth=None, response={200: dict}, summary="The process answers")
def live(request: HttpRequest) -> Status:
    """Nothing but that: an orchestrator restarts us when it fails."""
    return Status(200, {"status": "live", "version": settings.RELEASE})


@api.get("/health/ready", auth=None, response={200: dict, 503: dict}, summary="Updates can be stored")
def ready(request: HttpRequest) -> Status:
    """Whether this process can do its work: the database answers and its tables are there."""
    reasons = health.not_ready()
    return Status(503 if reasons else 200, {"status": "not ready" if reasons else "ready", "reasons": reasons})
