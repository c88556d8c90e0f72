"""GET as a guest: one request a second, what has not changed is not fetched again, nothing large, no other host.

The documentation's host answers 200 with a JavaScript shell when it is asked too fast: that is silence, not a page, and is never kept.
"""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
import stamina
import structlog

from kie.sync.errors import NotAnswered
from reliability import clock

log = structlog.get_logger()
EVERY_S: Final = 1.0
TIMEOUT_S: Final = (5, 10)  # to connect, and between bytes
MOST_BYTES: Final = 2_000_000
REDIRECTS: Final = 3
ATTEMPTS: Final = 3  # within 40 s: a worker that takes longer for a page is taken for stuck


class Pace:
    """At most one call a second, whoever calls. `sleep` and the clock are the caller's in tests."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep, every_s: float = EVERY_S) -> None:
        self._sleep, self._every_s = sleep, every_s
        self._next = 0.0

    def __call__(self) -> None:
        """Return when it is our turn."""
        now = clock.monotonic()
        if now < self._next:
            self._sleep(self._next - now)
            now = self._next
        self._next = now + self._every_s

    def rest(self, at_least_s: float = 0.0) -> None:
        """Nobody's turn comes sooner from now than the pace is, or than `at_least_s`."""
        self._next = max(self._next, clock.monotonic() + max(self._every_s, at_least_s))


class _Busy(Exception):
    """It may answer if asked again."""


class Polite:
    """Pages of one host. `cache` is a folder for what they said with an ETag or a date."""

    def __init__(self, cache: Path, pace: Pace | None = None) -> None:
        self._cache, self._pace = cache, pace or Pace()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = "TRT"

    def get(self, url: str, *, is_page: Callable[[str], bool]) -> str:
        """The text at `url`, asked for again where it did not come or is not what `is_page` says. Raises NotAnswered."""
        try:
            for attempt in stamina.retry_context(on=_Busy, attempts=ATTEMPTS, timeout=40, wait_initial=2, wait_max=10):
                with attempt:
                    return self._asked(url, is_page)
        except _Busy as why:
            raise NotAnswered(str(why)) from why
        raise NotAnswered("not asked")  # pragma: no cover (the loop returns or raises)

    def _asked(self, url: str, is_page: Callable[[str], bool]) -> str:
        kept = self._kept(url)
        try:
            status, body, headers = self._fetched(url, _conditions(kept))
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as trouble:
            raise _Busy(type(trouble).__name__) from trouble
        except (requests.RequestException, ValueError) as trouble:
            raise NotAnswered(type(trouble).__name__) from trouble
        if status == 304 and kept:
            return str(kept["body"])
        if status in {408, 425, 429} or status >= 500:
            raise _Busy(f"status {status}")
        if status != 200:
            raise NotAnswered(f"status {status}")
        text = body.decode("utf-8", errors="replace")
        if not is_page(text):
            raise _Busy("something else than the page, with status 200")
        self._keep(url, text, headers)
        return text

    def _fetched(self, url: str, conditions: dict[str, str]) -> tuple[int, bytes, Any]:
        """Status, body, headers behind redirects on the same host. Raises requests' errors, NotAnswered."""
        for _hop in range(REDIRECTS + 1):
            self._pace()
            with self._session.get(
                url, headers=conditions, timeout=TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer:
                log.info("kie_sync.asked", url=url, status=answer.status_code)
                if not answer.is_redirect:
                    return answer.status_code, _at_most(answer), answer.headers
                further = urljoin(url, answer.headers["location"])
            if _origin(further) != _origin(url):
                raise NotAnswered(f"led to another host: {urlsplit(further).netloc}")
            url = further
        raise NotAnswered("led on and on")

    def _file(self, url: str) -> Path:
        return self._cache / f"{hashlib.sha256(url.encode()).hexdigest()}.json"

    def _kept(self, url: str) -> dict[str, Any]:
        """What was kept of `url`; {} where nothing was, or what is there is not ours."""
        try:
            kept = json.loads(self._file(url).read_text())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) and kept.get("url") == url and isinstance(kept.get("body"), str) else {}

    def _keep(self, url: str, text: str, headers: Any) -> None:
        marks = {
            name: headers[header] for name, header in (("etag", "ETag"), ("date", "Last-Modified")) if header in headers
        }
        if not marks:
            return
        self._cache.mkdir(parents=True, exist_ok=True)
        temporary = self._file(url).with_suffix(".new")
        temporary.write_text(json.dumps({"url": url, "body": text} | marks, ensure_ascii=False))
        temporary.replace(self._file(url))


def _conditions(kept: dict[str, Any]) -> dict[str, str]:
    named = {"If-None-Match": kept.get("etag"), "If-Modified-Since": kept.get("date")}
    return {name: value for name, value in named.items() if value}


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _at_most(answer: requests.Response) -> bytes:
    body = bytearray()
    for chunk in answer.iter_content(65_536):
        body += chunk
        if len(body) > MOST_BYTES:
            raise NotAnswered(f"over {MOST_BYTES} bytes")
    return bytes(body)
