"""What must hold: the product's own invariants, and our rows against what Telegram and KIE know to be true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from bot.models import Delivery, DeliveryState, Update, UpdateState
from kie import jobs
from kie.models import Job, JobState
from payments.models import Invite, Receipt, Wallet
from reliability.invariants import Invariant
from tests.simulation import money, shop
from trt.console.invariants import INVARIANTS

if TYPE_CHECKING:
    from tests.simulation.world import World

SETTINGS: dict[str, Any] = {
    "DEMO_BONUS_RUB": money.GIVEN,  # two pictures; then stars
    "DEMO_MARK": False,
    "SINGLE_MODEL_ONLY": False,
    "DRY_RUN": False,
    "TEST_MODE": False,
    "MOVES_MONEY": True,
    "CHARGES_ORDERS": True,
    "PAYMENTS_ENABLED": True,
    "KIE_CALLBACK_BASE_URL": "https://trt.example",
    "LOCK_MODE": "wait_then_passive",
    **shop.SETTINGS,
}
NEED_TIME = {
    "nobody_waits_in_silence",
    "no_job_waits_in_silence",
    "no_job_past_its_deadline",
}  # they hold only while somebody of ours lives
LIMIT = 3  # an update is given up after so many attempts


@dataclass(frozen=True, slots=True)
class Check:
    """A promise, and what breaks it; nothing: it is kept."""

    sentence: str
    broken: Callable[[World], Iterable[str]]


def _of_the_product(rule: Invariant) -> Check:
    return Check(rule.name, lambda _: (str(row) for row in rule.check()))


def lost(world: World) -> Iterable[str]:
    """Acknowledged with 200, and not in the table."""
    stored = set(Update.objects.values_list("update_id", flat=True))
    return (f"update {one} was acknowledged and is gone" for one in world.telegram.acknowledged if one not in stored)


def unanswered(world: World) -> Iterable[str]:
    """A tap or message whose answer Telegram never got."""
    said = {one.dedup_key: one for one in Delivery.objects.all()}
    for update in Update.objects.order_by("seq"):
        if update.update_id not in world.telegram.acknowledged or update.kind == "pre_checkout_query":
            continue
        if {"successful_payment", "refunded_payment"} & world.telegram.acknowledged[update.update_id].get(
            "message", {}
        ).keys():
            continue  # the credit, or the return, is told by itself: see `untold`
        key = f"update:{update.pk}" + ":dead" * (update.state == UpdateState.DEAD)
        answer = said.get(key)
        if answer is None or not _reached(world, answer):
            yield f"{key} ({update.kind}, {update.state}) has no answer: {answer and (answer.state, answer.error)}"


def _reached(world: World, told: Delivery) -> bool:
    if told.state == DeliveryState.DEAD:
        return told.chat in world.telegram.ever_blocked
    there = world.telegram.chats[told.chat]
    return told.state == DeliveryState.SENT and bool(told.message_ids) and max(told.message_ids) <= len(there)


def untold(world: World) -> Iterable[str]:
    """An end of a job, a credit, a no, a reward or a return that Telegram never got."""
    ends = Q(kind__in=(Delivery.Kind.RESULT, Delivery.Kind.TOPUP)) | Q(payload__name__in=["refund", "invite", "topup"])
    for told in Delivery.objects.filter(ends):
        if not _reached(world, told):
            yield f"{told.dedup_key} is {told.state}: {told.error}"


def doubled(world: World) -> Iterable[str]:
    """A message in a chat that none of our rows knows, though nobody died and no answer was lost."""
    noted = {(one.chat, number) for one in Delivery.objects.all() for number in one.message_ids}
    for sent in world.telegram.sent:
        if sent.new and not sent.excused and (sent.chat, sent.message_id) not in noted:
            yield f"message {sent.chat}/{sent.message_id} {sent.text[:40]!r} was said twice, or by nobody"


def disordered(world: World) -> Iterable[str]:
    """A later update of a chat answered before an earlier one."""
    first: dict[tuple[int, str, str], int] = {}
    for number, sent in enumerate(world.telegram.sent):
        first.setdefault((sent.chat, sent.cid, sent.text), number)
    newest: dict[int, tuple[int, str]] = {}
    for told in Delivery.objects.filter(kind=Delivery.Kind.ANSWER, state=DeliveryState.SENT).order_by("pk"):
        number = first.get((told.chat, told.cid, told.payload["text"]), -1)
        if told.dedup_key in world.operator.sent_anew:
            continue  # its chat went on without it
        before, by = newest.get(told.chat, (-1, ""))
        if 0 <= number < before:
            yield f"{told.dedup_key} was said before {by}"
        newest[told.chat] = max((number, told.dedup_key), (before, by))


def worked_out_of_order(world: World) -> Iterable[str]:
    """A later update of a chat done before an earlier one."""
    newest: dict[int, Any] = {}
    for update in Update.objects.exclude(kind="pre_checkout_query").filter(done_at__isnull=False).order_by("seq"):
        if update.chat_key in newest and update.done_at < newest[update.chat_key]:
            yield f"update {update.pk} was done after a later one"
        newest[update.chat_key] = update.done_at


def made_twice(world: World) -> Iterable[str]:
    """More than one KIE task for a job, or one for none."""
    jobs = set(Job.objects.values_list("public_id", flat=True))
    tasks = Counter(task.job for task in world.kie.tasks.values())
    for job, count in tasks.items():
        if count > 1 or job not in jobs:
            yield f"{count} tasks for job {job} were made and paid"


def charged_for_nothing(world: World) -> Iterable[str]:
    """Money taken without a picture at KIE made for that very job; a picture that was known of and not given."""
    tasks = {task.job: task for task in world.kie.tasks.values()}
    for job in Job.objects.all():
        task = tasks.get(job.public_id)
        made = task is not None and task.state(job.ended_at or world.now) == "success"
        if job.state == JobState.SUCCEEDED and not made:
            yield f"job {job.pk} was captured, KIE has made nothing for it"
        if job.state == JobState.SUCCEEDED and task and task.lost and task.found != "away":
            yield f"job {job.pk} was captured, KIE has lost its picture"
        if job.error_code == "result_lost" and task and not task.lost:
            yield f"job {job.pk} is given up, its picture is there"
        if (
            made
            and job.ended_at
            and job.state != JobState.SUCCEEDED
            and job.kie_task_id
            and not job.late_at
            and job.error_code not in {"timeout", "internal", "result_lost"}
        ):
            yield f"job {job.pk} is {job.state} ({job.error_code}), KIE has made it"


def withheld(world: World) -> Iterable[str]:
    """A picture that came within half an hour after the money went back, and was not given away; one that was, and is not."""
    tasks = {task.job: task for task in world.kie.tasks.values()}
    for job in Job.objects.filter(state__in=(JobState.FAILED, JobState.TIMED_OUT)):
        task = tasks.get(job.public_id)
        there = task is not None and task.succeeds and not task.lost and task.ends_at is not None
        if job.late_at and not there:
            yield f"job {job.pk} was given a picture that KIE does not have"
        known = job.state == JobState.TIMED_OUT and job.late_at is None
        if known and there and world.blows < LIMIT and task.ends_at < job.ended_at + jobs.LATE - timedelta(minutes=1):
            yield f"job {job.pk} timed out, its picture came and was not given"


def held(_: World) -> Iterable[str]:
    """Money that is still held when all is over."""
    return (f"{one.customer_id} has {one.held} held" for one in Wallet.objects.exclude(held=0))


def unended(_: World) -> Iterable[str]:
    """A generation that has not come to its end."""
    return (f"job {one.pk} is {one.state}: {one.error}" for one in Job.objects.open())


def ordered_twice(world: World) -> Iterable[str]:
    """More generations than confirm buttons that a person has tapped."""
    jobs = Counter(Job.objects.values_list("chat", flat=True))
    for person in world.people.all:
        if jobs[person.id] > len(person.confirmed):
            yield f"{person.id} tapped {len(person.confirmed)} confirm buttons and got {jobs[person.id]} generations"


def buried_alive(world: World) -> Iterable[str]:
    """Given up though fewer attempts were lost to faults than these rows are given."""
    dead = [f"update {one.pk}: {one.error}" for one in Update.objects.filter(state=UpdateState.DEAD)]
    dead += [f"job {one.pk}: {one.error}" for one in Job.objects.filter(error_code="internal")]
    dead += [f"receipt {one.pk}: {one.error}" for one in Receipt.objects.exclude(state__in=["new", "read"])]
    dead += [f"invite {one.pk}: {one.error}" for one in Invite.objects.filter(state="nothing")]
    if len(dead) * LIMIT > world.blows:
        yield f"given up after {world.blows} faults: " + "; ".join(dead)


TRUTHS = (
    Check("what is acknowledged is stored", lost),
    Check("one KIE task for a confirmed generation", made_twice),
    Check("nobody is charged for nothing", charged_for_nothing),
    Check("one generation for a confirmation", ordered_twice),
    Check("every ruble is where it belongs", money.astray),
    Check("a receipt is judged once, and nothing is credited unjudged", money.misjudged),
    Check("a promo code gives once a person, and not above its limit", money.overgiven),
    Check("updates of a chat are answered in order", disordered),
    Check("updates of a chat are worked on in order", worked_out_of_order),
)
AT_ANY_TIME = (*map(_of_the_product, (rule for rule in INVARIANTS if rule.name not in NEED_TIME)), *TRUTHS)
AT_THE_END = (
    *map(_of_the_product, INVARIANTS),
    *TRUTHS,
    Check("every generation ends", unended),
    Check("nothing is held at the end", held),
    Check("what comes late is given away", withheld),
    Check("everybody is answered", unanswered),
    Check("ends and credits are told", untold),
    Check("nothing is said twice", doubled),
    Check("each payment is credited once, to who paid", money.miscredited),
    Check("what goes back leaves the wallet", money.misreturned),
    Check("whoever invited a friend who paid is rewarded, once", money.misrewarded),
    Check("a receipt that was seen before is marked", money.unmarked),
    Check("whoever pays in stars hears from us in time", money.unanswered_checkouts),
    Check("money that moved is told", money.untold),
    Check("nothing is given up without a reason", buried_alive),
)
