"""Files by their file_id: bytes on disk, facts in the database. A file_id lasts, as Telegram's does."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDERS = {
    "photo": "photos",
    "video": "videos",
    "audio": "music",
    "voice": "voice",
    "document": "documents",
    "animation": "animations",
}
_PREFIX = {"photo": "AgAC", "video": "BAAC", "audio": "CQAC", "voice": "AwAC", "document": "BQAC", "animation": "CgAC"}
SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    path TEXT NOT NULL UNIQUE,      -- Telegram's file_path, and the place below the folder
    content TEXT NOT NULL           -- what a message holds, as JSON: {"photo": [...]}, {"video": {...}}
);
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """One file that is kept."""

    id: str
    kind: str
    mime: str
    size: int
    path: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to be kept, and what was measured: width, height, duration, file_name…"""

    content: bytes
    mime: str
    extension: str
    facts: dict[str, Any]


class Files:
    """The bot's files, and the people's."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db, self._folder = db, folder
        db.executescript(SCHEMA)

    def keep(self, kind: str, pieces: list[Piece]) -> dict[str, Any]:
        """Keep one file (a photo: its sizes, the smallest first); returns what a message holds of it."""
        objects = []
        for piece in pieces:
            file_id, unique_id = _PREFIX[kind] + secrets.token_urlsafe(45), secrets.token_urlsafe(11)
            number = self._insert(file_id, kind, piece)
            self._write(number, kind, piece)
            objects.append(
                {"file_id": file_id, "file_unique_id": unique_id, "file_size": len(piece.content), **piece.facts}
            )
        content = _content(kind, objects)
        for made in objects:
            self._db.execute(
                "UPDATE files SET content = ? WHERE id = ?", (json.dumps(content, ensure_ascii=False), made["file_id"])
            )
        return content

    def get(self, file_id: str) -> Stored | None:
        """By its id, None when there is none."""
        return self._find("id", file_id)

    def by_path(self, path: str) -> Stored | None:
        """By the file_path that getFile gave."""
        return self._find("path", path)

    def disk(self, stored: Stored) -> Path:
        """Where the bytes are."""
        return self._folder / stored.path

    def _find(self, column: str, value: str) -> Stored | None:
        query = f"SELECT id, kind, mime, size, path, content FROM files WHERE {column} = ?"  # noqa: S608  our own two words
        row = self._db.execute(query, (value,)).fetchone()
        return Stored(row[0], row[1], row[2], row[3], row[4], json.loads(row[5])) if row else None

    def _insert(self, file_id: str, kind: str, piece: Piece) -> int:
        number: int = self._db.execute("SELECT coalesce(max(n), 0) + 1 FROM files").fetchone()[0]
        values = (number, file_id, kind, piece.mime, len(piece.content), _path(number, kind, piece), "{}")
        self._db.execute(
            "INSERT INTO files (n, id, kind, mime, size, path, content) VALUES (?, ?, ?, ?, ?, ?, ?)", values
        )
        return number

    def _write(self, number: int, kind: str, piece: Piece) -> None:
        place = self._folder / _path(number, kind, piece)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(piece.content)


def _path(number: int, kind: str, piece: Piece) -> str:
    return f"{FOLDERS[kind]}/file_{number}{piece.extension}"


def _content(kind: str, objects: list[dict[str, Any]]) -> dict[str, Any]:
    if kind == "photo":
        return {"photo": objects}
    if kind == "animation":  # for programs that know no animations
        plain = ("file_id", "file_unique_id", "file_size", "file_name", "mime_type")
        return {"animation": objects[0], "document": {n: v for n, v in objects[0].items() if n in plain}}
    return {kind: objects[0]}
