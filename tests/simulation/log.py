"""What happened, a line an event. The same seed must write the same bytes: nothing of the machine's time or addresses."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

TOLD = {"lease.taken", "job.ended", "person.met", "topup.paid"}  # of what is not a warning


class Log:
    """The history of one schedule. `echo` prints each line at once."""

    def __init__(self, *, echo: bool = False) -> None:
        self.lines: list[str] = []
        self.echo = echo

    def write(self, at_s: float, who: str, what: str) -> None:
        """`at_s` are seconds since the schedule began."""
        self.lines.append(f"{at_s:10.3f}  {who:<16} {what}")
        if self.echo:
            print(self.lines[-1])

    def digest(self) -> str:
        """Twelve hex digits that two equal histories share."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:12]

    def tail(self, count: int) -> str:
        return "\n".join(self.lines[-count:])


@contextmanager
def overheard(hear: Callable[[str], None]) -> Iterator[None]:
    """Within the block the product's own warnings, errors and turning points are told to `hear`, other lines to nobody."""

    def line(_logger: Any, level: str, event: dict[str, Any]) -> Any:
        if level == "info" and event["event"] not in TOLD:
            raise structlog.DropEvent
        why = event.get("error") or event.get("why") or event.get("exc_info") or ""
        hear(f"{level}: {event['event']} {str(why)[:120]}".strip())
        raise structlog.DropEvent

    before = structlog.get_config()
    from_info = structlog.make_filtering_bound_logger(logging.INFO)
    structlog.configure(processors=[line], wrapper_class=from_info, cache_logger_on_first_use=False)
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**before)
