"""Handlers register themselves by what they answer; the dispatcher finds them by the event. A handler is event → Screen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from bot.events import Command, Event, Message, Paid, Refunded, Tap
from bot.screen import Screen

Handler = Callable[[Any], Screen | None]
Reads = Callable[[Any], bool]  # event → whether its answer only reads
H = TypeVar("H", bound=Handler)


class Router:
    """The table of handlers. A name registered twice is a mistake found at start."""

    def __init__(self) -> None:
        self.commands: dict[str, Handler] = {}
        self.taps: dict[str, tuple[Handler, tuple[type, ...]]] = {}
        self.kinds: dict[type[Event], Handler] = {}
        self.reading: dict[tuple[type[Event], str], Reads] = {}  # what is answered under the operator's hold too
        self.stale: Handler | None = None
        self.guard: Handler | None = None

    def command(self, *names: str, read_only: bool | Reads = False) -> Callable[[H], H]:
        """Answers /name; the first handler's names are those set in Telegram's menu elsewhere.

        `read_only`: it begins nothing and spends nothing, so it is answered under the operator's hold. It may move the
        dialog out of an order; where that would overtake what is kept of the chat, `passive.overtaking` puts it back.
        Where that depends on the command's argument, it is a function of the event.
        """

        def register(handler: H) -> H:
            for name in names:
                assert name not in self.commands, f"/{name} has two handlers"
                self.commands[name] = handler
                self._mark(Command, name, read_only)
            return handler

        return register

    def tap(self, action: str, *types: type, read_only: bool = False) -> Callable[[H], H]:
        """Answers a button whose data is `action:arg:…`; the arguments are read by `types` (int, str). `read_only` as above."""

        def register(handler: H) -> H:
            assert action not in self.taps, f"{action} has two handlers"
            self.taps[action] = handler, types
            self._mark(Tap, action, read_only)
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

    def _mark(self, kind: type[Event], name: str, read_only: bool | Reads) -> None:
        if read_only:
            self.reading[kind, name] = read_only if callable(read_only) else bool

    def reads(self, event: Event) -> bool:
        """Whether the answer to `event` is one that only reads. A button whose arguments do not fit is not."""
        if self.guard is not None and self.guard(event):
            return True
        if isinstance(event, Tap) and event.action in self.taps:
            return (Tap, event.action) in self.reading and read(event.args, self.taps[event.action][1]) is not None
        reads = self.reading.get((Command, event.name)) if isinstance(event, Command) else None
        return reads is not None and reads(event)

    def answer(self, event: Event) -> Screen | None:
        """The screen for `event`. Every command and tap has an answer: unknown commands are messages, unknown taps outdated."""
        if self.guard is not None and not isinstance(event, Paid | Refunded) and (screen := self.guard(event)):
            return screen
        handler, args = self._route(event)
        return handler(replace(event, args=args) if isinstance(event, Tap) else event)

    def handler(self, event: Event) -> Handler:
        """Who answers `event`, where the first one lets it pass."""
        return self._route(event)[0]

    def _route(self, event: Event) -> tuple[Handler, tuple[Any, ...]]:
        """Who answers, and the arguments of a tap as its handler reads them."""
        if isinstance(event, Tap):
            assert self.stale is not None
            handler, types = self.taps.get(event.action, (self.stale, ()))
            args = read(event.args, types)
            return (self.stale, event.args) if handler is self.stale or args is None else (handler, args)
        if isinstance(event, Command) and event.name in self.commands:
            return self.commands[event.name], ()
        return self.kinds[Message if isinstance(event, Command) else type(event)], ()


def read(raw: tuple[str, ...], types: tuple[type, ...]) -> tuple[Any, ...] | None:
    """The arguments by their types; None if their number or form does not fit."""
    if len(raw) != len(types):
        return None
    try:
        return tuple(kind(value) for kind, value in zip(types, raw, strict=True))
    except ValueError:
        return None


on = Router()
