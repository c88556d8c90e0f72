"""Every model that is sold makes what it is for: confirmed, sent to the local KIE over HTTP, paid when the result is there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from kie import jobs, pricing
from kie.catalogue import AIModel
from kie.families import FAMILIES
from kie.inputs import complete
from kie.job import JobState
from payments import ledger
from payments.models import Transfer
from reliability import cid
from reliability import files as persons_files
from tests.kie.at_work import Peer, reloaded, somebody, work
from tests.kie.every import MODELS, some_first, walked
from tests.kie.media_made import content

A_MINUTE = 60.0
OF_FILES_AND_WORDS = [  # what goes on from an earlier generation is tested with that
    key
    for key, model in MODELS.items()
    if model.family in FAMILIES
    and not any("x-source" in model.input["properties"][name] for name in complete(model, walked(model)))
]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale", "sent_files")]


@pytest.fixture
def sent_files() -> Iterator[None]:
    """Telegram has what the answers name: `file_id` says of which type and sides."""
    before = persons_files._opener[:]
    persons_files.register_opener(lambda file_id: content(*_named(file_id)))
    yield
    persons_files._opener[:] = before


def _named(file_id: str) -> tuple[str, int, int]:
    mime, sides = file_id.split(";")
    width, height = sides.split("x")
    return mime, int(width), int(height)


@pytest.mark.parametrize("key", some_first(OF_FILES_AND_WORDS))
def test_it_is_made_and_paid(key: str, kie: Peer) -> None:
    model = AIModel.objects.get(key=key)
    input = complete(model, walked(model))
    price = pricing.quote(model, input).price
    who = somebody(price)
    job = jobs.confirm(who, model, input, chat=who.telegram_id, price=price, idempotency_key=cid.new())

    work()
    task_id = reloaded(job).kie_task_id
    assert task_id, (reloaded(job).error_code, reloaded(job).error)
    kie.ended(task_id)
    work(after_s=A_MINUTE)

    done = reloaded(job)
    assert (done.state, done.error_code) == (JobState.SUCCEEDED, ""), done.error
    assert done.result["files"] or done.result["text"]
    assert (ledger.available(who), ledger.held(who)) == (Decimal("0.00"), Decimal("0.00"))
    assert Transfer.objects.get(settles=job.hold_id).kind == "capture"
