"""A person's own generations as sources of the next one: which of them will do, and what KIE calls them.

KIE keeps records for two months, but extends and enlarges only videos of Veo that are at most 14 days old; files live 14
days. Source: docs.kie.ai (getting started), …/veo3-api/extend-video.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, F, Func, JSONField, Q, Value

from kie import bill, uploads
from kie.catalogue import AIModel
from kie.errors import Refused
from kie.families import veo_hd
from kie.inputs import Field, fields
from kie.inputs import spec as specs
from kie.job import Job, JobQuerySet, JobState
from kie.record import kies_own
from payments.models import Customer
from reliability import clock

RECORDS, FILES = timedelta(days=60), timedelta(days=14)
VEO = timedelta(days=14)
SIZES = ("720p", "1080p", "4k")  # of Veo, growing; what does not say its own is of the first


class NotUsable(Exception):
    """This generation cannot be the source, or not any more."""


def usable(customer: Customer, of: Iterable[str]) -> JobQuerySet:
    """What `customer` has made with the models `of` and KIE still goes on with, newest first."""
    now = clock.now()
    young = Q(submitted_at__gt=now - RECORDS) & (~Q(model__family="veo") | Q(submitted_at__gt=now - VEO))
    made = Q(state=JobState.SUCCEEDED, kie_task_id__isnull=False)
    return Job.objects.of(customer).filter(made & young, model__key__in=list(of))


def offered(customer: Customer, model: AIModel, field: Field) -> JobQuerySet:
    """Of what is usable, that for which `field` of `model` gives something new and KIE has a price: no HD version of what was
    made that large."""
    as_large = Q(input__has_key="resolution", input__resolution__in=_as_large(model))
    mine = usable(customer, field.of).exclude(as_large)
    sizes = _priced_sizes(model)
    return mine if sizes is None else mine.filter(~Q(input__has_key="resolution") | Q(input__resolution__in=sizes))


def goes_on(model: AIModel, job: Job) -> bool:
    """Whether `model` makes something new of this generation by its size, and KIE has a price for it."""
    size, sizes = job.input.get("resolution"), _priced_sizes(model)
    return size not in _as_large(model) and (size is None or sizes is None or size in sizes)


def _as_large(model: AIModel) -> tuple[str, ...]:
    """The sizes of which an HD version is no larger; of any other model none."""
    version = veo_hd.VERSIONS.get(model.kie_model)
    return SIZES[SIZES.index(version) :] if version else ()


def _priced_sizes(model: AIModel) -> set[str] | None:
    """The sizes of a source that a row of the price list fits beside anything that can be chosen; None: any."""
    choices = {name: specs.choices(spec) for name, spec in model.input["properties"].items()}
    sizes: set[str] = set()
    for row in model.pricing:
        wanted = [str(value) for name, value in row["when"].items() if name in bill.SOURCE]
        beside = {name: value for name, value in row["when"].items() if name not in bill.SOURCE}
        if all(_can_be(value, choices.get(name, ())) for name, value in beside.items()):
            if not wanted:
                return None
            sizes |= set(wanted)
    return sizes


def _can_be(value: Any, choices: tuple[Any, ...]) -> bool:
    return not choices or bill.said(value) in {bill.said(one) for one in choices}


def made_already(model: AIModel, field: Field, job: Job, track: int) -> Job | None:
    """What `model` has made of this very generation, where it asks for nothing else: it would make the same again."""
    if len(fields(model)) > 1:
        return None
    same = {f"input__{field.name}__job": str(job.public_id), f"input__{field.name}__track": track}
    made = Job.objects.filter(customer=job.customer_id, model=model, state=JobState.SUCCEEDED, **same)
    return made.order_by("-pk").first()


def follow_ups(job: Job) -> list[AIModel]:
    """What is sold that goes on with this result, in the order of the registry."""
    names_it = Func(
        F("input"),
        Value('$.properties.*."x-of"[*] ? (@ == $key)'),
        Value({"key": job.model.key}, output_field=JSONField()),
        function="jsonb_path_exists",
        output_field=BooleanField(),
    )
    return [model for model in AIModel.objects.on_sale().filter(names_it) if goes_on(model, job)]


def chosen(customer: Customer, field: Field, answer: dict[str, Any]) -> Job:
    """The generation behind an answer. Raises NotUsable: not theirs, not finished, of another model, too old."""
    job = usable(customer, field.of).filter(public_id=answer["job"]).first()
    if job is None or (field.by_track and answer["track"] not in tracks(job, field)):
        raise NotUsable(f"no such generation that KIE goes on with: {answer['job']}, file {answer['track']}")
    return job


def tracks(job: Job, field: Field) -> dict[int, dict[str, str]]:
    """The files of a generation that can be meant, by their number; one that needs none counts as a whole, under 0."""
    files: list[dict[str, str]] = (job.result or {}).get("files", [])
    if not field.by_track:
        return {0: files[0] if files else {}}
    return {number: file for number, file in enumerate(files) if file.get("id") or field.gives == "file"}


def at_kie(job: Job, gives: str, track: int) -> str:
    """What stands in KIE's input for a generation: its task, the id of one of its tracks, or a file of it. Raises NotUsable, Unread."""
    if gives == "task":
        return kies_own(job.kie_task_id or "")
    file: dict[str, str] = (job.result or {})["files"][track]
    return file["id"] if gives == "track" else _file(job, file["url"])


def _file(job: Job, url: str) -> str:
    if job.submitted_at is None or job.submitted_at <= clock.now() - FILES:
        raise NotUsable("its files are not kept any more")
    try:
        return uploads.kept(url)
    except Refused as no:
        raise NotUsable(f"its file is gone: {no}") from no
