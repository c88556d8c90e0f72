"""What stands before the handlers: blocked people, buttons of old messages, the revision on every button of the wizard."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.utils.translation import gettext as _

from bot.events import Event, Tap
from bot.handlers import flow, shop
from bot.models import DialogState
from bot.router import on
from bot.screen import Screen
from bot.screens import help
from bot.wizard.draft import Draft
from kie.catalogue import AIModel

Step = Callable[..., Screen]
LARGEST = 2**31 - 1


class Whole(int):
    """A number on a button. Raises ValueError where no row and no page can have it."""

    def __new__(cls, raw: str) -> "Whole":
        if not (raw.isascii() and raw.isdigit() and int(raw) <= LARGEST):
            raise ValueError(raw)
        return super().__new__(cls, raw)

    def __reduce__(self) -> tuple[type, tuple[int]]:
        """Its copy is a plain number: it may stand in a draft, which is copied when it is kept."""
        return int, (int(self),)


@on.first
def blocked(event: Event) -> Screen | None:
    """People whom an operator has blocked get one polite sentence and nothing else."""
    return help.blocked() if event.customer.blocked else None


@on.outdated
def outdated(tap: Tap) -> Screen:
    """A button of an old message or an older release: the current screen with a short note, below all that was said since,
    where the person looks. The old message keeps its words (they may be a result) and loses its keys."""
    note = _("That button is from an earlier message. This is where we are now.")
    screen = flow.lapse(tap) or flow.current(tap, note, "EXPIRED_BUTTON")
    return replace(screen, fresh=True, retires=True)


def step(action: str, *types: type, states: tuple[str, ...] = (DialogState.WIZARD,)) -> Callable[[Step], Step]:
    """Registers a button of the wizard, `action:revision:…`: its handler gets tap, model, draft and the other arguments.

    A revision that has passed is outdated; but the second tap of a double one is answered with the current screen, in
    its place and without a word.
    """

    def register(handler: Step) -> Step:
        @on.tap(action, Whole, *types)
        @wraps(handler)
        def checked(tap: Tap) -> Screen:
            if late := flow.lapse(tap):
                return late
            dialog = tap.dialog
            flow.back_to_order(dialog)
            if dialog.revision == tap.arg + 1 and _once_more(tap):
                return flow.current(tap, reason="DUPLICATE")
            if dialog.revision != tap.arg or dialog.state not in states:
                return outdated(tap)
            return with_model(tap, handler, *tap.args[1:])

        return handler

    return register


def _once_more(tap: Tap) -> bool:
    """Whether it was under this very message that the last step was tapped."""
    return flow.waiting(tap) and Draft.of(tap.dialog.data).tapped == tap.message_id


def with_model(event: Event, handler: Step, *args: Any) -> Screen:
    """Calls `handler(event, model, draft, …)` with the order that stands; if its model is not sold any more, says so."""
    draft = Draft.of(event.dialog.data)
    draft.tapped = event.message_id if isinstance(event, Tap) else 0
    model: AIModel | None = shop.on_sale(draft.model)
    if model is None:
        flow.leave(event)
        return shop.gone(draft.model)
    return handler(event, model, draft, *args)
