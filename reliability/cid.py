"""The correlation id: born with the update, carried in rows, requests, callbacks and every log line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any

import structlog
from django.db.models import Index, Q
from django.db.models.functions import Right
from django.db.models.lookups import Exact

from reliability import clock

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread aloud
LENGTH = 26
CODE = 8  # characters of a support code
_current: ContextVar[str] = ContextVar("cid", default="")


def new() -> str:
    """A fresh id of 26 characters, a ULID: ten of Unix milliseconds (so ids sort by birth), sixteen of chance."""
    value = int(clock.now().timestamp() * 1000) << 80 | clock.chance().getrandbits(80)
    return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def current() -> str:
    """The id of the work under way; a fresh one where there is none, so that no row is ever without."""
    return _current.get() or new()


@contextmanager
def bound(cid: str) -> Iterator[str]:
    """Within the block `cid` is current and stands in every log line."""
    token = _current.set(cid)
    try:
        with structlog.contextvars.bound_contextvars(cid=cid):
            yield cid
    finally:
        _current.reset(token)


def carried(act: Callable[..., Any]) -> Callable[..., Any]:
    """`act` for another thread, which would not know the id of the work that it is part of."""
    context = copy_context()
    return lambda *args, **params: context.run(act, *args, **params)


def support_code(cid: str) -> str:
    """What a person reads out to support: the last eight characters, in two fours."""
    return f"{cid[-8:-4]}-{cid[-4:]}"


def from_support_code(code: str) -> str:
    """The end of the id that a support code names: upper case, no dash, misread letters mended."""
    return code.strip().upper().replace("-", "").replace(" ", "").translate(str.maketrans("ILO", "110"))


def index(name: str) -> Index:
    """The one index over a model's `cid`: by support code, which also leads to a whole id."""
    return Index(Right("cid", CODE), name=name)


def carrying(words: str) -> Q | None:
    """The condition for rows with an id or a support code, as the index has it; None where the words can be neither."""
    typed = from_support_code(words)
    if len(typed) not in {CODE, LENGTH} or set(typed) - set(ALPHABET):
        return None
    coded = Q(Exact(Right("cid", CODE), typed[-CODE:]))
    return coded & Q(cid=typed) if len(typed) == LENGTH else coded
