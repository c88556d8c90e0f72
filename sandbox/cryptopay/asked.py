"""Parameters of a call, from the query, a form or JSON: all may be texts, so `true`, `"true"` and `1` are one.

A wrong one is refused as NAME_INVALID, a missing one as NAME_REQUIRED.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .errors import ApiError

_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,18})?")
_BOOLS = {"true": True, "1": True, "false": False, "0": False}


class Asked:
    """What a call has been given. Every method raises ApiError."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def required(self, name: str) -> str:
        """A text that must be there."""
        value = self._given.get(name, "")
        if value == "":
            raise ApiError(f"{name.upper()}_REQUIRED")
        return str(value)

    def text(self, name: str, most: int) -> str | None:
        """An optional text."""
        value = self._given.get(name)
        if value is not None and (not isinstance(value, str | int | float) or len(str(value)) > most):
            raise ApiError(f"{name.upper()}_INVALID")
        return None if value is None else str(value)

    def one_of(self, name: str, known: tuple[str, ...], usual: str | None = None) -> str:
        """One of these; required where there is no usual one."""
        value = self.required(name) if usual is None else str(self._given.get(name) or usual)
        if value not in known:
            raise ApiError(f"{name.upper()}_INVALID")
        return value

    def several(self, name: str, known: tuple[str, ...]) -> list[str]:
        """A list with commas between; none given means all."""
        value = self._given.get(name) or ",".join(known)
        found = value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]
        if not set(found) <= set(known):
            raise ApiError(f"{name.upper()}_INVALID")
        return [str(one) for one in found]

    def amount(self, name: str = "amount") -> Decimal:
        """More than none; a text or a number, digits with a point."""
        value = self.required(name)
        if not _AMOUNT.fullmatch(value) or not Decimal(value):
            raise ApiError(f"{name.upper()}_INVALID")
        return Decimal(value)

    def number(self, name: str, least: int, most: int, usual: int | None = None) -> int:
        """A whole number; required where there is no usual one."""
        value = self.required(name) if usual is None else str(self._given.get(name, usual))
        if not re.fullmatch(r"\d{1,18}", value) or not least <= int(value) <= most:
            raise ApiError(f"{name.upper()}_INVALID")
        return int(value)

    def flag(self, name: str, usual: bool) -> bool:
        """True or false."""
        value = str(self._given.get(name, usual)).lower()
        if value not in _BOOLS:
            raise ApiError(f"{name.upper()}_INVALID")
        return _BOOLS[value]

    def ids(self, name: str) -> list[int]:
        """Numbers with commas between."""
        value = self._given[name]
        found = value if isinstance(value, list) else str(value).split(",")
        if not all(re.fullmatch(r"\s*\d{1,18}\s*", str(one)) for one in found):
            raise ApiError(f"{name.upper()}_INVALID")
        return [int(one) for one in found]
