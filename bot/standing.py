"""How a job stands, with what it depends on: the usual time of its model, and what keeps it from KIE."""

from bot.screen import Screen
from bot.screens import result
from kie import durations, starting
from kie.models import Job, JobState
from reliability import clock


def progress(job: Job) -> Screen:
    """Its progress message as it stands now, in the active language; `job` comes with its model."""
    held_up = starting.hindrance(job) if job.state == JobState.QUEUED else None
    return result.progress(job, clock.now(), durations.usual(job.model), held_up=held_up)
