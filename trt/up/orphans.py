"""Orphans: what a child of ours leaves behind falls to us, and is collected when it ends (docs/decisions/0067).

Else it falls to process 1, which in a container without an init collects nobody; and a killed PostgreSQL that nobody has
collected still answers to its number, so that no other starts in its place.
"""

import ctypes
import os
import sys
from collections.abc import Container

_PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """From now on orphans among our descendants are our children. Elsewhere than on Linux it does nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def collect(awaited: Container[int]) -> None:
    """Take leave of every child that has ended, but for those that somebody here waits for. Blocks never."""
    if sys.platform != "linux":
        return
    # Those that stand behind one that is awaited have the next turn.
    while (pid := _ended()) is not None and pid not in awaited:
        os.waitpid(pid, os.WNOHANG)


def _ended() -> int | None:
    """A child that has ended and was not collected, left as it is."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None
