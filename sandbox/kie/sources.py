"""The media that an input points to: of this peer's own files everything is checked, of other hosts the URL's form only."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .envelope import Refusal
from .media import source

if TYPE_CHECKING:
    from .catalogue import Model
    from .files import Files, Stored

NOT_FETCHED = "Image fetch failed. Check access settings or use our File Upload API instead."
_SAME = {
    "jpg": "jpeg",
    "mp3": "mpeg",
    "mov": "quicktime",
    "x-wav": "wav",
    "wave": "wav",
    "m4a": "mp4",
    "heif": "heic",
    "mkv": "x-matroska",
}
_MB = 1024 * 1024


@dataclass
class Sources:
    """Own files of one input, in its order."""

    paths: list[Path] = field(default_factory=list)

    def longest_s(self) -> float:
        """Length of the longest video or sound among them; 0 without any. Opens the files: run it in a thread."""
        return max((source.seconds(path) for path in self.paths if _timed(path)), default=0.0)


def _timed(path: Path) -> bool:
    with path.open("rb") as file:
        return source.mime(file.read(source.HEAD_BYTES)).split("/")[0] in ("video", "audio")


def find(model: Model, given: dict[str, Any], files: Files) -> Sources:
    """The own files among the input's media. Raises the Refusal that KIE would give for a URL that it cannot use."""
    found = Sources()
    for name, url, spec in model.media(given):
        parts = urlsplit(url)
        if parts.scheme == "asset" and parts.netloc:
            continue
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Refusal(422, f"{name} must be a valid http or https URL")
        if (path := files.own(url)) is not None:
            stored = files.get(path)
            if stored is None:
                raise Refusal(422, f"{name}: {NOT_FETCHED}")
            _check(name, stored, spec)
            found.paths.append(stored.disk)
    return found


def _check(name: str, stored: Stored, spec: dict[str, Any]) -> None:
    kinds = {spec["x-media"], spec.get("x-media-alt", spec["x-media"])}
    accepted = {_plain(kind) for kind in spec.get("x-accept", [])}
    by_name = stored.mime == source.UNKNOWN  # documents
    told = stored.path.rpartition(".")[2] if by_name else _plain(stored.mime)
    if stored.kind not in kinds or (accepted and told not in accepted):
        raise Refusal(422, f"{name} file type not supported")
    if stored.size > spec.get("x-max-mb", 10_000) * _MB:
        raise Refusal(422, f"{name}: file size exceeds the maximum limit of {spec['x-max-mb']}MB")


def _plain(kind: str) -> str:
    kind = kind.split("/")[-1].lower()
    return _SAME.get(kind, kind)


def at_end(model: Model, given: dict[str, Any], files: Files) -> Sources:
    """The same when the task is done: what has expired since is left out."""
    own = (files.own(url) for _, url, _ in model.media(given))
    return Sources([stored.disk for path in own if path and (stored := files.get(path))])
