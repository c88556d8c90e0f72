"""A result's files where KIE keeps them: by the link of the record, else by a fresh one, else proved lost.

A link of KIE's may die before its file does, so a dead one proves nothing until KIE gives no living one for it.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from kie import client, contents, fetch, peers
from kie.errors import Refused, Unread

log = structlog.get_logger()
LOOK_S = 20.0  # for one file: a worker's time
WHOLE_S = 120.0  # for all of one file on its way to a chat: 50 MB at 3.5 Mbit/s
NO_FILE = {400, 404, 422}  # of these words about a link the file is to blame, of a 401 we are

T = TypeVar("T")


def lost(files: list[dict[str, str]]) -> bool:
    """Whether every one of a result's files is proved gone; one that is there is enough. Raises Away where none is and
    one may be there later."""
    silence: fetch.Away | None = None
    for file in files:
        try:
            _by_either_link(file["url"], _looked_at)
        except fetch.Away as away:
            silence = away
        except fetch.Dead as why:
            log.warning("result.file_lost", why=str(why))
        else:
            return False
    if silence:
        raise silence
    return True


def whole(url: str, *, most_bytes: int) -> bytes:
    """The file of a result. Raises Away (perhaps later), TooBig (it is there, and over `most_bytes`), else Dead: it is gone."""
    return _by_either_link(url, lambda link: _whole(link, most_bytes))


def _by_either_link(url: str, take: Callable[[str], T]) -> T:
    try:
        return take(url)
    except fetch.TooBig:
        raise
    except fetch.Dead as why:
        log.info("result.link_dead", why=str(why))
        return take(_fresh(url))


def _fresh(url: str) -> str:
    try:
        return client.fresh_link(url)
    except Refused as no:
        kind = fetch.Dead if no.code in NO_FILE else fetch.Away
        raise kind(f"no fresh link: {no}") from no
    except Unread as silence:
        raise fetch.Away(f"no fresh link: {silence}") from silence


def _looked_at(link: str) -> None:
    _no_excuse(fetch.head(link, most_bytes=None, peer=peers.on_host(link), until=time.monotonic() + LOOK_S))


def _whole(link: str, most_bytes: int) -> bytes:
    until = time.monotonic() + WHOLE_S
    return _no_excuse(fetch.whole(link, most_bytes=most_bytes, peer=peers.on_host(link), until=until))


def _no_excuse(content: bytes) -> bytes:
    """No result is a page or JSON: so servers say under 200 that there is nothing."""
    if contents.is_page(content) or content[:1] == b"{":
        raise fetch.Dead("a page, or an error told as JSON under 200")
    return content
