"""The parameters of a call, from wherever they came: query, urlencoded, JSON or multipart; read by type, refused in Telegram's words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .errors import ApiError, bad

NOT_UTF8 = "strings must be encoded in UTF-8"
_CALLED = {"reply_markup": "reply keyboard markup"}  # in refusals


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the call."""

    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass
class Params:
    """`values` are strings, or what JSON made of them; `files` are the uploads by field name."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) not in (None, "") or name in self.files

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers are taken as they are written."""
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """A whole number. Anything else is an error, nothing is the default."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return whole(value)
        except ValueError:
            raise bad(f'invalid parameter "{name}" value specified: a whole number is expected') from None

    def flag(self, name: str) -> bool:
        """true, yes, 1; anything else is false, as at Telegram's."""
        return str(self.values.get(name, "")).strip().lower() in ("true", "yes", "1")

    def json(self, name: str) -> Any:
        """An object or array, given as such or as JSON in a string. None when it is absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return parsed(value)
        except UnicodeError:
            raise bad(NOT_UTF8) from None
        except (ValueError, RecursionError):
            raise bad(f"can't parse {_CALLED.get(name, name.replace('_', ' '))} JSON object") from None

    def shown(self) -> dict[str, Any]:
        """As the journal keeps them: of files the name and the size."""
        return self.values | {name: f"<{file.name}, {len(file.content)} bytes>" for name, file in self.files.items()}

    def urls(self) -> bool:
        """Is a file to be fetched by its URL?"""
        names = ("photo", "video", "audio", "voice", "document", "animation", "media")
        return any('"http' in self.text(name) or self.text(name).startswith("http") for name in names)


def parsed(source: str | bytes) -> Any:
    """JSON whose strings can be written down. Raises UnicodeError for lone surrogates, ValueError, RecursionError."""
    value = json.loads(source)
    json.dumps(value, ensure_ascii=False).encode()
    return value


def whole(value: Any) -> int:
    """A whole number of at most 64 bits, or its digits. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("not a whole number")
    number = int(value)
    if abs(number) >= 2**63:
        raise ValueError("too large")
    return number


async def read(request: web.Request) -> Params:
    """All parameters of a request; the body wins over the query."""
    params = Params(dict(request.query))
    if not request.body_exists:
        return params
    try:
        if request.content_type == "application/json":
            body = parsed(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise ValueError("not an object")
            params.values |= body
        elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    params.files[name] = Upload(value.filename, value.content_type, value.file.read())
                else:
                    params.values[name] = value if isinstance(value, str) else bytes(value).decode()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    except UnicodeError:
        raise bad(NOT_UTF8) from None
    except (ValueError, RecursionError):
        raise bad("can't parse request body") from None
    return params
