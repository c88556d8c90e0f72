"""What a planted bug is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from reliability import claim


@dataclass(frozen=True, slots=True)
class Bug:
    """`sentence` says what is wrong, `seen` where somebody shipped it; within `planted()` it is in our code. `flow` names the
    flow whose deaths are lived through for it, where histories by chance would seldom come to it; else it is hunted by those."""

    name: str
    sentence: str
    seen: str
    planted: Callable[[], AbstractContextManager[None]]
    flow: str = ""


def bug(seen: str, *, flow: str = "") -> Callable[[Callable[[], Iterator[None]]], Bug]:
    """Makes a bug of a generator that plants it, yields, and takes it out; its docstring is the sentence."""

    def made(plant: Callable[[], Iterator[None]]) -> Bug:
        @contextmanager
        def planted() -> Iterator[None]:
            claim.forget()  # what was compiled before it, or with it, says the other query
            try:
                with contextmanager(plant)():
                    yield
            finally:
                claim.forget()

        return Bug(plant.__name__, (plant.__doc__ or "").strip(), seen, planted, flow)

    return made
