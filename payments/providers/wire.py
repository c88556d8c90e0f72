"""One request to a provider: bounded in time and size, never repeated here, and its errors without addresses, keys or bodies."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

import requests
import structlog
import urllib3
from django.utils import translation
from django.utils.translation import gettext as _

from payments.providers import Unavailable
from payments.topup import TopUp
from reliability import counts
from reliability.log import masked

log = structlog.get_logger()
CONNECT_S: Final = 5.0
TOTAL_S: Final = 15.0  # connection included
AMOUNT: Final = re.compile(r"\d{1,12}(\.\d{1,18})?", re.ASCII)
MAX_BYTES: Final = 5_000_000  # a page of a hundred payments has a tenth of it


def ask(
    provider: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, Any] | None = None,
    body: Any = None,
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of an answer. Raises Unavailable: no answer in time, or none that is an object."""
    started, path = time.monotonic(), url.split("/", 3)[-1]
    try:
        status, content = _exchanged(method, url, headers=dict(headers), params=params, json=body)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as trouble:
        status, content = 0, b""
        why = type(trouble).__name__  # its words carry the address
    took_ms = round((time.monotonic() - started) * 1000)
    counts.mine.add(f"{provider}:{status or 'none'}")
    log.info("provider.asked", provider=provider, path=path, code=status, took_ms=took_ms)
    if not status:
        raise Unavailable(f"no answer: {why}")
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Unavailable(f"answered {status} with what is no JSON object")
    return status, said


class _Session(requests.Session):
    """No redirect is followed with our key, nor its body read: requests would do that without our limits."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


def _exchanged(method: str, url: str, **what: Any) -> tuple[int, bytes]:
    """On a connection of its own: a kept one may be dead, and then nobody knows what has arrived."""
    until = time.monotonic() + TOTAL_S
    limits = urllib3.Timeout(connect=CONNECT_S, total=TOTAL_S)
    what["headers"]["Accept-Encoding"] = "identity"
    with _Session() as session:
        session.trust_env = False  # no proxies, no .netrc of the machine
        with session.request(method, url, timeout=limits, stream=True, allow_redirects=False, **what) as answer:  # type: ignore[arg-type]
            content = b""
            while piece := answer.raw.read1(65_536):  # what is there: one that drips does not hold us
                content += piece
                if time.monotonic() > until:
                    raise requests.ReadTimeout
                if len(content) > MAX_BYTES:
                    raise requests.exceptions.ContentDecodingError
    return answer.status_code, content


@contextmanager
def understood() -> Iterator[None]:
    """What an answer should have and has not, in the block, becomes Unavailable: nobody knows what the provider means."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as odd:
        raise Unavailable(f"its answer cannot be understood: {type(odd).__name__} {masked(str(odd))[:100]}") from odd


def minor(value: str, places: int = 2) -> int:
    """A decimal text in smallest units, of which `places` make the part after the point. A fraction of one counts as none.

    Raises ValueError for anything but digits with a point.
    """
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        raise ValueError(f"an amount is a text such as 12.50, not {value!r}"[:100])
    return int((Decimal(value) * 10**places).to_integral_value(ROUND_FLOOR))


def major(minor_amount: int) -> str:
    """Kopecks as a provider wants rubles: 12.50."""
    return f"{minor_amount // 100}.{minor_amount % 100:02d}"


def description(topup: TopUp, locale: str = "") -> str:
    """What the person pays for, in their language."""
    with translation.override(locale or topup.customer.locale):
        return _("Balance top-up: {} ₽").format(topup.rubles)
