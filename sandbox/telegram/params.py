"""The parameters of a call, from wherever they came: query, urlencoded, JSON or multipart; read by type, refused in Telegram's words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .errors import ApiError, bad


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
            if isinstance(value, bool):
                raise ValueError(value)
            return int(value)
        except (TypeError, ValueError):
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
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def shown(self) -> dict[str, Any]:
        """As the journal keeps them: of files the name and the size."""
        return self.values | {name: f"<{file.name}, {len(file.content)} bytes>" for name, file in self.files.items()}

    def urls(self) -> bool:
        """Is a file to be fetched by its URL?"""
        names = ("photo", "video", "audio", "voice", "document", "animation", "media")
        return any('"http' in self.text(name) or self.text(name).startswith("http") for name in names)


async def read(request: web.Request) -> Params:
    """All parameters of a request; the body wins over the query."""
    params = Params(dict(request.query))
    if not request.body_exists:
        return params
    try:
        if request.content_type == "application/json":
            body = json.loads(await request.read() or b"{}")
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
    except ValueError:
        raise bad("can't parse request body") from None
    return params
