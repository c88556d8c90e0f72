"""The peer's files: uploads (a day), results (14 days) and download links (20 minutes), each under a URL that dies with it."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from .media import source

if TYPE_CHECKING:
    from .clock import Clock

DAY_MS = 24 * 3600 * 1000
UPLOAD_MS, RESULT_MS, LINK_MS = DAY_MS, 14 * DAY_MS, 20 * 60 * 1000
PREFIX = "/files/"
SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY,  -- of the URL, after /files/
    disk TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS files_expiry ON files (expires_ms);
"""


@dataclass(frozen=True)
class Stored:
    """A file that is there now."""

    path: str
    disk: Path
    mime: str
    size: int

    @property
    def kind(self) -> str:
        """image, video, audio, or document for the rest."""
        kind = self.mime.split("/")[0]
        return kind if kind in ("image", "video", "audio") else "document"


class Files:
    """Bytes on disk, their life in the database."""

    def __init__(self, db: sqlite3.Connection, folder: Path, public_url: str, clock: Clock) -> None:
        self._db, self._folder, self._clock = db, folder, clock
        self.origin = public_url.rstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        db.executescript(SCHEMA)

    def url(self, path: str) -> str:
        """Where the world finds the file."""
        return f"{self.origin}{PREFIX}{quote(path)}"

    def write(self, path: str, content: bytes) -> Path:
        """Put the bytes on disk, whole or not at all; nobody sees them before `add`. May run in a thread."""
        disk = self._folder / (hashlib.sha256(path.encode()).hexdigest()[:32] + Path(path).suffix[:8])
        half = disk.with_name(disk.name + ".part")
        half.write_bytes(content)
        half.replace(disk)
        return disk

    def add(self, path: str, disk: Path, *, life_ms: int) -> Stored:
        """Make the file known under `path` for `life_ms`, in the caller's transaction. A repeat replaces."""
        with disk.open("rb") as file:
            mime = source.mime(file.read(source.HEAD_BYTES))
        size = disk.stat().st_size
        self._insert(path, disk, mime, size, life_ms)
        return Stored(path, disk, mime, size)

    def link(self, stored: Stored, path: str) -> None:
        """One more way to the same bytes, for 20 minutes."""
        self._insert(path, stored.disk, stored.mime, stored.size, LINK_MS)

    def _insert(self, path: str, disk: Path, mime: str, size: int, life_ms: int) -> None:
        row = (path, disk.name, mime, size, self._clock.aged_ms() + life_ms)
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", row)

    def get(self, path: str) -> Stored | None:
        """The file under `path`; None when it never was or has expired."""
        query = "SELECT disk, mime, size FROM files WHERE path = ? AND expires_ms > ?"
        row = self._db.execute(query, (path, self._clock.aged_ms())).fetchone()
        disk = self._folder / row[0] if row else None
        return Stored(path, disk, row[1], row[2]) if disk and disk.exists() else None

    def own(self, url: str) -> str | None:
        """The path of a URL of this peer, None for other hosts: only this peer's own files can be looked into."""
        parts, mine = urlsplit(url), urlsplit(self.origin)
        here = {mine.netloc, f"localhost:{mine.port}", f"127.0.0.1:{mine.port}"}
        return unquote(parts.path).removeprefix(PREFIX) if parts.netloc in here else None

    def expire(self, paths: list[str]) -> None:
        """End the life of these files now."""
        self._db.executemany("UPDATE files SET expires_ms = 0 WHERE path = ?", [(path,) for path in paths])

    def sweep(self) -> None:
        """Forget what has expired, and the bytes that nothing points to any more. Cheap; called when something is added."""
        rows: list[Any] = self._db.execute(
            "DELETE FROM files WHERE expires_ms <= ? RETURNING disk", (self._clock.aged_ms(),)
        ).fetchall()
        for (disk,) in rows:
            if self._db.execute("SELECT 1 FROM files WHERE disk = ?", (disk,)).fetchone() is None:
                (self._folder / disk).unlink(missing_ok=True)
