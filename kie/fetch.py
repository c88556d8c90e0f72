"""Addresses that others chose (results, links that people send), opened: public ones only, or a configured peer's.

The one place where that is done. Every hop of a redirect is held against the same rule; a peer's own address is followed nowhere.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import requests
from requests_hardened import Config, HTTPSession

from kie.public_line import PublicLine
from reliability.line import Lid, Line

HEAD_BYTES = 65_536  # tells every kind of file that we know
TIMEOUT_S = (5, 15)  # to connect, and between bytes
REDIRECTS = 5
NOT_NOW = {408, 425, 429}  # and all from 500 on: the host says that it cannot just now
NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class NotFetched(Exception):
    """The address did not give a file."""


class Dead(NotFetched):
    """Proof that it does not: no such name, a closed address, a «no» of the host, too large, empty."""


class TooBig(Dead):
    """Proof of the other kind: there is a file, and it has more bytes than may be taken."""


class Away(NotFetched):
    """No proof: the host is silent, or says that it cannot just now."""


def whole(url: str, *, most_bytes: int, peer: bool, until: float) -> bytes:
    """The file at `url`. `peer`: it is on the host of a configured peer, which may be on a closed address. Raises NotFetched;
    Away where it has not come by `until` (on the monotonic clock)."""
    with _opened(url, peer=peer, until=until) as answer:
        content = b"".join(_at_most(answer, most_bytes))
    if not content:
        raise Dead("empty")
    return content


def head(url: str, *, most_bytes: int | None, peer: bool, until: float) -> bytes:
    """The first bytes of the file at `url`, which has at most `most_bytes`; None: of any size. Raises NotFetched.

    A size that matters and is not declared is counted while bytes come, but not after `until` (on the monotonic clock); Away
    where not even the first bytes have come by then.
    """
    kept = bytearray()
    try:
        with _opened(url, peer=peer, until=until) as answer:
            declared = _declared(answer)
            if most_bytes is not None and declared is not None and declared > most_bytes:
                raise TooBig(f"{declared} bytes, over {most_bytes}")
            to_count = most_bytes is not None and declared is None
            for chunk in _at_most(answer, most_bytes):
                kept += chunk[: HEAD_BYTES - len(kept)]
                if not to_count and len(kept) == HEAD_BYTES:
                    break
    except Away:
        if len(kept) < HEAD_BYTES or time.monotonic() < until:
            raise
    if not kept:
        raise Dead("empty")
    return bytes(kept)


class _Session(HTTPSession):
    """Redirects are ours to follow: requests would read their bodies first, and a stranger's may be endless."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


@contextmanager
def _opened(url: str, *, peer: bool, until: float) -> Iterator[requests.Response]:
    """The answer of the last hop. All of it, names, headers and body, is over by `until`: whatever waits then raises Away."""
    config = Config(
        default_timeout=TIMEOUT_S,
        never_redirect=peer,
        ip_filter_enable=not peer,
        ip_filter_allow_loopback_ips=False,
        user_agent_override="TRT",
    )
    try:
        with _Session(config) as session:
            session.trust_env = False
            line = Line() if peer else PublicLine()
            session.mount("http://", line)
            session.mount("https://", line)
            lid = Lid(line, until)
            with lid.on(), _last_hop(session, url, follow=0 if peer else REDIRECTS, until=until) as answer:
                lid.over(answer)
                _believe(answer.status_code)
                yield answer
                if lid.shut:  # a body without a declared end looks whole when it is cut
                    raise Away("not all of it has come in time")
    except (requests.RequestException, ValueError) as trouble:  # ValueError: what urllib3 says of a URL it cannot read
        kind = Away if _passing(trouble) or time.monotonic() >= until else Dead  # what is cut may look like anything
        raise kind(f"{type(trouble).__name__}: {trouble}"[:300]) from trouble


def _last_hop(session: _Session, url: str, *, follow: int, until: float) -> requests.Response:
    """The answer where at most `follow` redirects lead. Their bodies are left unread."""
    answer = session.get(url, stream=True, headers={"Accept-Encoding": "identity"})
    if not (answer.is_redirect and follow):
        return answer
    answer.close()
    if time.monotonic() > until:
        raise Away("no time left for redirects")
    return _last_hop(session, urljoin(url, answer.headers["location"]), follow=follow - 1, until=until)


def _believe(status: int) -> None:
    if status in NOT_NOW or status >= 500:
        raise Away(f"status {status}")
    if not 200 <= status < 300:
        raise Dead(f"status {status}")


def _passing(trouble: Exception) -> bool:
    """Whether it may be otherwise in a minute: silence and broken connections, not a wrong name or certificate."""
    if isinstance(trouble, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" not in str(trouble)
    if isinstance(trouble.__cause__, socket.gaierror):
        return trouble.__cause__.errno not in NO_SUCH_NAME
    return isinstance(trouble, requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError)


def _declared(answer: requests.Response) -> int | None:
    written = answer.headers.get("Content-Length", "")
    return int(written) if written.isascii() and written.isdigit() else None


def _at_most(answer: requests.Response, most_bytes: int | None) -> Iterator[bytes]:
    size = 0
    for chunk in answer.iter_content(16_384):
        size += len(chunk)
        if most_bytes is not None and size > most_bytes:
            raise TooBig(f"over {most_bytes} bytes")
        yield chunk
