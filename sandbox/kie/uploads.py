"""The upload host: three ways to bring a file, one answer; its errors are real HTTP statuses with `success: false`."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from sandbox.store import transaction

from .clock import now_ms, stamp
from .envelope import UploadRefusal
from .files import UPLOAD_MS
from .media import source

if TYPE_CHECKING:
    from .peer import Peer

FETCH_TIMEOUT_S = 30
LARGEST_BYTES = 100 * 1024 * 1024
_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "audio/mpeg": ".mp3",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
    "audio/x-wav": ".wav",
}


async def stream(peer: Peer, request: web.Request) -> web.Response:
    """POST /api/file-stream-upload: multipart with file, uploadPath, fileName."""
    if not request.content_type.startswith("multipart/"):
        raise UploadRefusal(400, "Content-Type must be multipart/form-data")
    form = await request.post()
    file = form.get("file")
    if not isinstance(file, web.FileField):
        raise UploadRefusal(400, "Missing required parameter: file")
    name = form.get("fileName") or file.filename
    return await _keep(peer, await asyncio.to_thread(file.file.read), form.get("uploadPath"), name)


async def from_base64(peer: Peer, request: web.Request) -> web.Response:
    """POST /api/file-base64-upload: JSON with base64Data (raw or a data: URL), uploadPath, fileName."""
    body = await _body(request)
    text = str(_required(body, "base64Data"))
    try:
        content = base64.b64decode(re.sub(r"^data:[^,]*;base64,", "", text), validate=True)
    except (binascii.Error, ValueError):
        raise UploadRefusal(400, "Base64 decoding failed: invalid Base64 format") from None
    return await _keep(peer, content, body.get("uploadPath"), body.get("fileName"))


async def from_url(peer: Peer, request: web.Request) -> web.Response:
    """POST /api/file-url-upload: JSON with fileUrl, uploadPath, fileName; the peer fetches the file."""
    body = await _body(request)
    url = str(_required(body, "fileUrl"))
    _required(body, "uploadPath")
    if urlsplit(url).scheme not in ("http", "https"):
        raise UploadRefusal(400, "Invalid fileUrl: only http and https are supported")
    name = body.get("fileName") or urlsplit(url).path.rpartition("/")[2]
    return await _keep(peer, await _fetched(url), body.get("uploadPath"), name)


async def _fetched(url: str) -> bytes:
    timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            answer.raise_for_status()
            content = await answer.content.read(LARGEST_BYTES + 1)
            while len(content) <= LARGEST_BYTES and (more := await answer.content.read(LARGEST_BYTES)):
                content += more
            return content
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise UploadRefusal(500, f"Failed to download file from URL: {error or type(error).__name__}") from error


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UploadRefusal(400, "The request body must be a JSON object")
    return body


def _required(body: dict[str, Any], name: str) -> Any:
    if not body.get(name):
        raise UploadRefusal(400, f"Missing required parameter: {name}")
    return body[name]


async def _keep(peer: Peer, content: bytes, folder: Any, name: Any) -> web.Response:
    """Store the bytes for a day. The same folder and name overwrite. The URL holds no more of the names than is safe."""
    if not folder or not isinstance(folder, str):
        raise UploadRefusal(400, "Missing required parameter: uploadPath")
    if not content:
        raise UploadRefusal(400, "The uploaded file is empty")
    if len(content) > LARGEST_BYTES:
        raise UploadRefusal(400, "File size exceeds the maximum limit of 100MB")
    mime = source.mime(content[: source.HEAD_BYTES])
    filename = _safe(str(name or "").replace("\\", "/").rpartition("/")[2]) or secrets.token_hex(8) + _extension(mime)
    path = "/".join(part for part in (*map(_safe, folder.split("/")), filename) if part)
    disk = await asyncio.to_thread(peer.files.write, f"u/{path}", content)
    with transaction(peer.db):
        peer.files.sweep()
        stored = peer.files.add(f"u/{path}", disk, life_ms=UPLOAD_MS)
    url, now = peer.files.url(stored.path), now_ms()
    data = {
        "fileName": filename,
        "filePath": path,
        "downloadUrl": url,
        "fileUrl": url,
        "fileSize": stored.size,
        "mimeType": stored.mime,
        "uploadedAt": stamp(now),
        "expiresAt": stamp(now + UPLOAD_MS),
    }
    return web.json_response({"success": True, "code": 200, "msg": "File uploaded successfully", "data": data})


def _safe(part: str) -> str:
    return re.sub(r"[^\w.\-]+", "_", part.strip(), flags=re.UNICODE).strip(".")[-80:]


def _extension(mime: str) -> str:
    return _EXTENSIONS.get(mime) or ("." + mime.split("/")[-1] if mime != source.UNKNOWN else "")
