"""What one person may have at once, and whose turn it is: limits are the operator's (payments.terms), the turn is everybody's."""

from datetime import datetime, timedelta
from typing import Final

from kie.job import Job, JobState
from payments.models import Customer
from payments.terms import Terms
from reliability import clock

BEHIND: Final = timedelta(minutes=1)  # so much later than their previous one a person's next waiting job takes its turn


class TooMany(Exception):
    """The person has as many generations as they may: `wait_s` says how long to wait; 0: until one of the `most` has ended."""

    def __init__(self, wait_s: int = 0, *, most: int = 0) -> None:
        super().__init__(f"wait {wait_s} s" if wait_s else f"{most} are running")
        self.wait_s, self.most = wait_s, most


def check(customer: Customer) -> None:
    """Raises TooMany. The caller has locked the person's wallet, so that two taps are counted one after the other."""
    now, terms = clock.now(), Terms.now()
    mine = Job.objects.filter(customer=customer)
    if mine.open().count() >= terms.running_at_once:
        raise TooMany(most=terms.running_at_once)
    for most, span in ((terms.starts_a_minute, timedelta(minutes=1)), (terms.starts_an_hour, timedelta(hours=1))):
        recent = list(
            mine.filter(created_at__gt=now - span).order_by("-created_at").values_list("created_at", flat=True)[:most]
        )
        if len(recent) == most:
            raise TooMany(max(1, int((recent[-1] + span - now).total_seconds())))


def turn(customer: Customer) -> datetime:
    """When a new job of theirs is in turn among those that wait: now, or a minute after their last that waits too. So a person's
    tenth stands behind the first of whoever comes within nine minutes, and behind nobody for longer than that; nothing is
    delayed by it while nobody else waits."""
    waiting = Job.objects.filter(customer=customer, state=JobState.QUEUED).order_by("-turn_at")
    last = waiting.values_list("turn_at", flat=True).first()
    return max(clock.now(), last + BEHIND) if last else clock.now()
