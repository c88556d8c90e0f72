"""Bugs of those who answer updates."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from django.db import transaction

from bot import dispatch, reading
from bot.dispatch import Dispatch
from bot.models import Update, UpdateState
from tests.simulation.zoo.bug import Bug, bug


@bug("SKIP LOCKED over the rows of one chat: row 1 is locked, so row 2 is taken")
def rows_instead_of_heads() -> Iterator[None]:
    """Several threads take updates of one chat at once."""
    with patch.object(dispatch, "rows", lambda _now: Update.objects.all()):
        yield


@bug("consumers that acknowledge first: at most once")
def done_before_the_work() -> Iterator[None]:
    """An update is marked done, then answered."""

    def step(self: Dispatch, update: Update) -> Any:
        dispatch._finish(update, UpdateState.DONE, "OK")
        return honest(self, update)

    honest = Dispatch.step
    with patch.object(Dispatch, "step", step), patch.object(Dispatch, "_done", lambda *_: True):
        yield


@bug("handlers that commit as they go, and the queue's row after them")
def done_in_a_second_commit() -> Iterator[None]:
    """The effects are committed, then `done`: a death in between runs the handler again."""

    def step(self: Dispatch, update: Update) -> None:
        with transaction.atomic():
            event = reading.event(json.loads(bytes(update.raw)), update.kind)
            screen = self._answer(update, event, None) if event else None
        if not self._done(update, screen.reason if screen else "OK"):
            self.lease.lose()

    with patch.object(Dispatch, "step", step):
        yield


@bug("pyTelegramBotAPI with threads: a handler's exception never reaches who marks the update done")
def failure_is_success() -> Iterator[None]:
    """An update whose handler fails is done."""

    def step(self: Dispatch, update: Update) -> Any:
        try:
            return honest(self, update)
        except Exception:  # noqa: BLE001 (that is the bug)
            dispatch._finish(update, UpdateState.DONE, "OK")

    honest = Dispatch.step
    with patch.object(Dispatch, "step", step):
        yield


BUGS: tuple[Bug, ...] = (rows_instead_of_heads, done_before_the_work, done_in_a_second_commit, failure_is_success)
