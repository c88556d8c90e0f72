"""Lists: filters, newest first, in pieces with a cursor. Source: yookassa.ru/developers/api#get_payments_list, #get_refunds_list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .errors import bad

_COMPARED = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
_TIMES = {"created_at": "created_ms", "captured_at": "captured_ms"}
LONGEST, USUAL = 100, 10


class Asked:
    """A list's query: the words of a WHERE, its values, and how many are wanted. `equal` are the plain filters. Raises ApiError."""

    def __init__(self, query: Mapping[str, str], equal: Mapping[str, str], times: tuple[str, ...]) -> None:
        self._words, self._values = ["1"], list[Any]()
        self.limit = USUAL
        for name, value in query.items():
            field, _, how = name.partition(".")
            if name == "limit":
                self.limit = _limit(value)
            elif name == "cursor":
                self._and("n < ?", _cursor(value))
            elif name in equal:
                self._and(f"{equal[name]} = ?", value)
            elif field in times and how in _COMPARED:
                self._and(f"{_TIMES[field]} {_COMPARED[how]} ?", _ms(name, value))
            else:
                raise bad(f"Unknown parameter {name}", name)

    def _and(self, words: str, value: Any) -> None:
        self._words.append(words)
        self._values.append(value)

    def where(self) -> tuple[str, tuple[Any, ...], int]:
        """For `select`: one more than wanted, so that we know whether there are more."""
        return " AND ".join(self._words), tuple(self._values), self.limit + 1

    def answer(self, shown: list[dict[str, Any]], last_n: int | None) -> dict[str, Any]:
        """The list object; `last_n` is the number of the last row shown, where more follow."""
        more = {} if last_n is None else {"next_cursor": f"c{last_n:x}"}
        return {"type": "list", "items": shown, **more}


def _limit(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= LONGEST:
        raise bad(f"Limit is a number from 1 to {LONGEST}", "limit")
    return int(value)


def _cursor(value: str) -> int:
    try:
        return int(value.removeprefix("c"), 16)
    except ValueError:
        raise bad("Incorrect cursor", "cursor") from None


def _ms(name: str, value: str) -> int:
    """ISO 8601 with its zone."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise bad("Incorrect time, 2018-07-18T10:51:18.139Z is expected", name)
    return round(at.timestamp() * 1000)
