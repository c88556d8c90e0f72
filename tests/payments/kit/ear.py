"""An HTTP server that keeps what providers post, raw, so that a test can deliver it when and as often as it likes."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.serving import Quiet, serving

DEADLINE_S = 30


@dataclass(frozen=True)
class Told:
    """One notice as it came over the wire."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Ear:
    """Where providers post to; what they said is in `heard`."""

    url: str = ""
    heard: queue.Queue[Told] = field(default_factory=queue.Queue)

    def next(self) -> Told:
        return self.heard.get(timeout=DEADLINE_S)


@contextmanager
def listening() -> Iterator[Ear]:
    """An ear that is open."""
    ear = Ear()

    class Take(Quiet):
        def do_POST(self) -> None:
            told = Told(self.body(), self.lower_headers())
            self.done()
            ear.heard.put(told)

    with serving(Take) as origin:
        ear.url = f"{origin}/"
        yield ear
