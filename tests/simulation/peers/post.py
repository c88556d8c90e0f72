"""What a peer posts to our web: on its way, tried again a few times, then dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.simulation.world import World

TRIES: Final = 3  # more, as KIE does it


@dataclass(eq=False)  # two that say the same are two
class Letter:
    """One post: `request` is what our web does with it, and gives the HTTP status. A forged one wants no 200."""

    request: Callable[[], int]
    genuine: bool
    due: datetime
    told: str = ""  # what the log says of it when it is posted
    tries: int = 0
    in_flight: bool = False


class Post:
    """All that one peer has on its way."""

    def __init__(self, world: World, peer: str, what: str) -> None:
        self.world, self.peer, self.what = world, peer, what
        self.letters: list[Letter] = []

    def send(
        self, request: Callable[[], int], *, genuine: bool, after: timedelta = timedelta(0), told: str = ""
    ) -> None:
        """Put it on its way."""
        self.letters.append(Letter(request, genuine, self.world.now + after, told))

    def moves(self) -> list[Any]:
        """Those that could be posted now."""
        now = self.world.now
        return [partial(self._deliver, one) for one in self.letters if not one.in_flight and one.due <= now]

    def next_due(self) -> list[datetime]:
        return [one.due for one in self.letters]

    def _deliver(self, letter: Letter) -> None:
        web = self.world.a_web()
        if web is None:
            self._again(letter)
            return
        letter.in_flight = True
        if letter.told:
            self.world.tell(self.peer, f"{letter.told} at {web.name}")
        web.takes(
            self.what, letter.request, answered=partial(self._answered, letter), broken=partial(self._again, letter)
        )

    def _answered(self, letter: Letter, status: int) -> None:
        if status != 200 and letter.genuine:
            self._again(letter)
        else:
            self.letters.remove(letter)

    def _again(self, letter: Letter) -> None:
        letter.in_flight = False
        letter.tries += 1
        letter.due = self.world.now + timedelta(seconds=5 * letter.tries)
        if letter.tries > TRIES:
            self.letters.remove(letter)
