"""Structured log lines: an event, then facts with units; secrets masked in one place, the correlation id in every line."""

import hashlib
import hmac
import logging
import re
import sys
import threading
import time
from collections.abc import Hashable, Iterable, MutableMapping
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote

import structlog
from django.conf import settings

SECRETS = (
    (re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}"), "<bot token>"),  # exceptions of requests carry the URL with the token
    (re.compile(r"(?i)(bearer\s+)\S+"), r"\1<key>"),
    (re.compile(r"\b(Basic\s+)[A-Za-z0-9+/]{12,}=*"), r"\1<key>"),
    (re.compile(r"\b(?:live|test)_(?=\w*[A-Z])[A-Za-z0-9_-]{35,}"), "<shop's key>"),  # YooKassa's
    (re.compile(r"(://[^/:@\s]*:)[^@\s]+@"), r"\1<password>@"),
    (re.compile(r"(/callbacks/kie/[^/\s]+/)[A-Za-z0-9_=-]+"), r"\1<signature>"),
    (re.compile(r"(webhook(?:/|%2F))[A-Za-z0-9_-]{16,}"), r"\1<secret>"),
    (re.compile(r"(?i)((?:secret|token|key)\w*=)[A-Za-z0-9_-]{8,}"), r"\1<secret>"),
)
SERVER = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")  # loggers that the web server sets up by itself
SECRET_NAMES = re.compile(r"(?i)token|secret|password|api_key|authorization|signature")
SHORTEST: Final = 8  # of a secret that is looked for by its value: a shorter one may be a piece of a word
_ours = re.compile(r"(?!)")  # nothing, until `hide`


def hide(secrets: Iterable[str]) -> None:
    """From here on these are masked wherever they stand, as they are or as an address spells them: they are known by nothing else
    where a proxy has changed the path around them, or a stranger posts what he has found. A repeat replaces the first."""
    global _ours
    spelt = {form for secret in secrets if len(secret) >= SHORTEST for form in (secret, quote(secret, safe=""))}
    # the longest first: of two that begin alike the shorter would leave the rest of the other
    _ours = re.compile("|".join(map(re.escape, sorted(spelt, key=len, reverse=True))) or r"(?!)")


def masked(text: str) -> str:
    """`text` without our own secrets, bot tokens, keys, passwords and callback signatures."""
    text = _ours.sub("<secret>", text)  # first: the patterns would take a piece of one and leave the rest
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


def redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The one processor that every line passes: names that speak of secrets lose their value, strings lose what looks like one."""
    for key, value in event.items():
        if SECRET_NAMES.search(key) and value:
            event[key] = "<secret>"
        elif not isinstance(value, int | float | None):  # a request's words carry its address
            event[key] = masked(str(value))
    return event


def person(telegram_id: int) -> str:
    """A person in the log: a keyed hash, so that lines of one person can be joined and the person not named."""
    return hmac.new(settings.SECRET_KEY.encode(), str(telegram_id).encode(), hashlib.sha256).hexdigest()[:10]


class Calm:
    """Equal warnings and errors pass once in 30 s; the next one to pass says how many did not, as `held_back`.

    Equal are those with the same words and facts, whatever their correlation ids. So a flood of strangers, or a database
    that is away, fills no disk. A processor of structlog's, and a filter for lines of the standard library.
    """

    EVERY_S = 30.0
    KINDS = 1000  # remembered at most

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: dict[Hashable, float] = {}  # when, the longest ago first
        self._held: dict[Hashable, int] = {}

    def __call__(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if method in {"debug", "info"}:
            return event
        facts = {name: value for name, value in event.items() if name not in {"cid", "exc_info"}}
        held = self._passes((method, repr(facts), _cause(event.get("exc_info"))))
        if held is None:
            raise structlog.DropEvent
        return {**event, "held_back": held} if held else event

    def filter(self, record: logging.LogRecord) -> bool:
        """For the standard library's handlers. Lines of structlog's have been asked about."""
        if record.levelno < logging.WARNING or isinstance(record.msg, dict):
            return True
        held = self._passes((record.name, record.getMessage(), _cause(record.exc_info)))
        if held:
            record.held_back = held
        return held is not None

    def _passes(self, kind: Hashable) -> int | None:
        """None: an equal one passed a moment ago. Else how many were held back since then."""
        now = time.monotonic()
        with self._lock:
            if now - self._passed.get(kind, -self.EVERY_S) < self.EVERY_S:
                self._held[kind] = self._held.get(kind, 0) + 1
                return None
            self._passed.pop(kind, None)
            self._passed[kind] = now
            if len(self._passed) > self.KINDS:
                oldest = next(iter(self._passed))
                del self._passed[oldest]
                self._held.pop(oldest, None)
            return self._held.pop(kind, 0)


def _cause(exc_info: Any) -> str:
    """The exception of a line: True means the one that is handled just now."""
    found = sys.exc_info() if exc_info is True else exc_info
    return repr(found[1] if isinstance(found, tuple) else found)


def configure(*, level: str = "INFO", json: bool = False) -> None:
    """Send structlog's and the standard library's lines to stdout in one form. A repeat replaces the first.

    The web server's lines, too: uvicorn gives its loggers handlers of their own before it loads us, and what strangers
    provoke there would be neither held back nor masked. Their levels stay.
    """
    calm = Calm()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso" if json else "%H:%M:%S", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=24)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(calm)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in SERVER:
        server = logging.getLogger(name)
        server.handlers[:], server.propagate = [], True
    for chatty in ("urllib3", "asyncio", "TeleBot"):
        logging.getLogger(chatty).setLevel(max(logging.INFO, root.level))
    if root.level > logging.DEBUG:  # six lines a task; what it does is told by our own events
        logging.getLogger("django-q").setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[calm, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    if sys.excepthook is sys.__excepthook__:  # not a debugger's, nor the tests' own
        sys.excepthook = _uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], trouble: BaseException, where: TracebackType | None) -> None:
    """What ends a process is a line like any other: in its form, without secrets."""
    structlog.get_logger().critical("process.died", exc_info=(kind, trouble, where))


def _uncaught_in_thread(died: threading.ExceptHookArgs) -> None:
    if died.exc_type is SystemExit:
        return
    name = died.thread.name if died.thread else ""
    structlog.get_logger().error(
        "thread.died", thread=name, exc_info=(died.exc_type, died.exc_value, died.exc_traceback)
    )


def aside() -> None:
    """From here on lines go to stderr: stdout is the answer of a command. A repeat changes nothing."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)
