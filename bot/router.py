"""Handlers register themselves by what they answer; the dispatcher finds them by the event. A handler is event → Screen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from bot.events import Command, Event, Message, Paid, Refunded, Tap
from bot.screen import Screen

Handler = Callable[[Any], Screen | None]
H = TypeVar("H", bound=Handler)


class Router:
    """The table of handlers. A name registered twice is a mistake found at start."""

    def __init__(self) -> None:
        self.commands: dict[str, Handler] = {}
        self.taps: dict[str, tuple[Handler, tuple[type, ...]]] = {}
        self.kinds: dict[type[Event], Handler] = {}
        self.stale: Handler | None = None
        self.guard: Handler | None = None

    def command(self, *names: str) -> Callable[[H], H]:
        """Answers /name; the first handler's names are those set in Telegram's menu elsewhere."""

        def register(handler: H) -> H:
            for name in names:
                assert name not in self.commands, f"/{name} has two handlers"
                self.commands[name] = handler
            return handler

        return register

    def tap(self, action: str, *types: type) -> Callable[[H], H]:
        """Answers a button whose data is `action:arg:…`; the arguments are read by `types` (int, str)."""

        def register(handler: H) -> H:
            assert action not in self.taps, f"{action} has two handlers"
            self.taps[action] = handler, types
            return handler

        return register

    def on(self, kind: type[Event]) -> Callable[[H], H]:
        """Answers every Message, Paid or Refunded."""

        def register(handler: H) -> H:
            assert kind not in self.kinds, f"{kind.__name__} has two handlers"
            self.kinds[kind] = handler
            return handler

        return register

    def outdated(self, handler: H) -> H:
        """Answers a tap that no handler reads: a button of an older release, or arguments that do not fit."""
        self.stale = handler
        return handler

    def first(self, handler: H) -> H:
        """Asked before any other about all that a person does; its screen, if it has one, is the answer. Money that moves
        is not asked about: it is noticed in any case."""
        self.guard = handler
        return handler

    def answer(self, event: Event) -> Screen | None:
        """The screen for `event`. Every command and tap has an answer: unknown commands are messages, unknown taps outdated."""
        if self.guard is not None and not isinstance(event, Paid | Refunded) and (screen := self.guard(event)):
            return screen
        if isinstance(event, Tap):
            return self._tap(event)
        if isinstance(event, Command) and event.name in self.commands:
            return self.commands[event.name](event)
        return self.kinds[Message if isinstance(event, Command) else type(event)](event)

    def _tap(self, tap: Tap) -> Screen | None:
        assert self.stale is not None
        handler, types = self.taps.get(tap.action, (self.stale, ()))
        args = read(tap.args, types)
        if handler is self.stale or args is None:
            return self.stale(tap)
        return handler(replace(tap, args=args))


def read(raw: tuple[str, ...], types: tuple[type, ...]) -> tuple[Any, ...] | None:
    """The arguments by their types; None if their number or form does not fit."""
    if len(raw) != len(types):
        return None
    try:
        return tuple(kind(value) for kind, value in zip(types, raw, strict=True))
    except ValueError:
        return None


on = Router()
