"""Generations that have ended well, with results of several kinds."""

from typing import Any

from kie.job import Job, JobState
from kie.models import AIModel
from reliability import cid, clock
from tests.bot.person import Person

TRACKS = [
    {"url": f"https://cdn.example/{n}.mp3", "kind": "audio", "id": f"track-{n}", "title": f"Ночь {n}"} for n in (1, 2)
]
FILM = [{"url": "https://cdn.example/1.mp4", "kind": "video"}]


def made(person: Person, key: str, files: list[dict[str, str]], **facts: Any) -> Job:
    """A finished generation of hers."""
    now = clock.now()
    return Job.objects.create(
        customer=person.customer,
        chat=person.chat,
        model=AIModel.objects.get(key=key),
        input={"prompt": "Волна у маяка", "resolution": "720p"},
        price=7,
        state=JobState.SUCCEEDED,
        idempotency_key=cid.new(),
        kie_task_id=f"task-{cid.new()}",
        submitted_at=now,
        ended_at=now,
        result={"files": files, "text": None},
        **facts,
    )
