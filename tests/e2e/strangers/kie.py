"""A KIE written from docs.kie.ai, not from TRT: the unified jobs API, uploads, credits, download links, signed callbacks, a list of models.

Errors come as body codes over HTTP 200, in the documented order: key, rate, model, input, credits; the upload host answers with
real statuses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import requests
from PIL import Image

from tests.e2e.strangers.web import Reply, Request, Server, as_json

RATIOS = ("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "5:4", "4:5", "21:9", "auto")
# model → credits, kind of result, its input: name → (required, what it may be); from each model's page
MODELS: dict[str, tuple[float, str, dict[str, tuple[bool, Any]]]] = {
    "z-image": (
        0.8,
        "png",
        {"prompt": (True, 1000), "aspect_ratio": (True, RATIOS[:5]), "nsfw_checker": (False, bool)},
    ),
    "google/nano-banana-edit": (
        4,
        "png",
        {
            "prompt": (True, 5000),
            "image_urls": (True, list),
            "output_format": (False, ("png", "jpeg")),
            "aspect_ratio": (False, RATIOS),
        },
    ),
    "grok-imagine/text-to-video": (
        14.4,
        "mp4",
        {
            "prompt": (True, 5000),
            "aspect_ratio": (False, ("2:3", "3:2", "1:1", "16:9", "9:16")),
            "mode": (False, ("fun", "normal", "spicy")),
            "duration": (False, range(6, 31)),
            "resolution": (False, ("480p", "720p", "1080p")),
        },
    ),
}
TYPES = {"png": "image/png", "mp4": "video/mp4", "jpg": "image/jpeg"}
STATES = ((0.15, "waiting"), (0.3, "queuing"), (0.6, "generating"))  # seconds since the create until each is over
CREATES, WINDOW_S = 20, 10.0


class No(Exception):
    """An envelope with another code than 200."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.code, self.msg = code, msg


@dataclass
class Task:
    """One task from create to its record. `fails` is failCode and failMsg."""

    id: str
    body: dict[str, Any]
    credits: float
    suffix: str
    fails: tuple[str, str] | None = None
    created: float = field(default_factory=time.time)
    callbacks: list[int] = field(default_factory=list)  # statuses that the address answered

    @property
    def state(self) -> str:
        age = time.time() - self.created
        over = "fail" if self.fails else "success"
        return next((name for until, name in STATES if age < until), over)


class Kie(Server):
    """One account."""

    def __init__(self, key: str, hmac_key: str, credits: float = 2450.5) -> None:
        super().__init__()
        self.key, self.hmac_key, self.credits = key, hmac_key, credits
        self.tasks = dict[str, Task]()
        self.fail_next = list[tuple[str, str]]()  # of the tasks that come
        self.files = dict[str, tuple[str, bytes]]()  # path → type and bytes
        self.creates = deque[float]()
        self.asked = list[tuple[str, int]]()  # path and the effective code of every call

    def answer(self, request: Request) -> Reply:
        if request.path in self.files:
            kind, content = self.files[request.path]
            return Reply(200, content, {"Content-Type": kind})
        if request.path.startswith("/f/"):
            return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>", {"Content-Type": "application/xml"})
        upload = request.path.startswith("/api/file-")
        try:
            if request.headers.get("authorization") != f"Bearer {self.key}":
                words = "Authentication failed: Invalid API Key" if upload else "You do not have access permissions"
                raise No(401, words)
            if schema_of := re.fullmatch(r"/api/v1/models/(.+)/schema", request.path):
                return as_json({"code": 200, "msg": "success", "data": {"model": schema_of[1], "openapi": None}})
            handler = ROUTES.get((request.method, request.path))
            if handler is None:
                raise No(405 if upload else 404, "Method Not Allowed" if upload else "Not Found")
            reply = as_json(handler(self, request))
            self.asked.append((request.path, 200))
        except No as no:
            self.asked.append((request.path, no.code))
            body: dict[str, Any] = {"success": False} if upload else {"data": None}
            http = no.code if upload else 404 if no.code == 404 else 200
            reply = as_json(body | {"code": no.code, "msg": no.msg}, http)
        return reply

    def create(self, request: Request) -> Any:
        body = request.json()
        if not request.headers.get("content-type", "").startswith("application/json") or not isinstance(body, dict):
            raise No(400, "Invalid JSON format")
        with self.lock:
            while self.creates and self.creates[0] < time.time() - WINDOW_S:
                self.creates.popleft()
            if len(self.creates) >= CREATES:
                raise No(429, "Your call frequency is too high. Please try again later.")
            self.creates.append(time.time())
        if body.get("model") not in MODELS:
            raise No(422, "The model name you specified is not supported. Please verify the model name.")
        credits, suffix, fields = MODELS[body["model"]]
        _check(body.get("input"), fields)
        with self.lock:
            if self.credits < credits:
                words = "Credits insufficient : Your current balance isn't enough to run this request. Please top up to continue."
                raise No(402, words)
            self.credits -= credits
            task = Task(uuid.uuid4().hex, body, credits, suffix, self.fail_next.pop(0) if self.fail_next else None)
            for url in body["input"].get("image_urls", []):
                if url.removeprefix(self.origin) not in self.files:
                    task.fails = ("422", "File download failed: the given URL cannot be fetched")
            self.tasks[task.id] = task
        threading.Timer(STATES[-1][0], self._finish, [task]).start()
        return {"code": 200, "msg": "success", "data": {"taskId": task.id, "recordId": task.id}}

    def _finish(self, task: Task) -> None:
        with self.lock:
            if task.fails:
                self.credits += task.credits
            else:
                self.files[f"/f/{task.id}/1.{task.suffix}"] = TYPES[task.suffix], _made(task.suffix)
        if task.body.get("callBackUrl"):
            self._call_back(task)

    def _call_back(self, task: Task) -> None:
        """Up to three tries more, until a 2xx."""
        stamp = str(int(time.time()))
        signed = hmac.new(self.hmac_key.encode(), f"{task.id}.{stamp}".encode(), hashlib.sha256).digest()
        headers = {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": base64.b64encode(signed).decode()}
        words = (501, "Playground task failed.") if task.fails else (200, "Playground task completed successfully.")
        body = {
            "code": words[0],
            "msg": words[1],
            "data": self.record(task) | {"failCode": task.fails and task.fails[0]},
        }
        for _ in range(4):
            try:
                answer = requests.post(task.body["callBackUrl"], json=body, headers=headers, timeout=15)
                task.callbacks.append(answer.status_code)
                if answer.ok:
                    return
            except requests.RequestException:
                task.callbacks.append(0)

    def record(self, task: Task) -> dict[str, Any]:
        """`data` of recordInfo; `param` has its input as text within text."""
        state, created = task.state, int(task.created * 1000)
        done, failed = state == "success", state == "fail"
        result = {"resultUrls": [f"{self.origin}/f/{task.id}/1.{task.suffix}"]}
        code, words = task.fails if failed and task.fails else ("", "")
        return {
            "taskId": task.id,
            "model": task.body["model"],
            "state": state,
            "param": json.dumps(task.body | {"input": json.dumps(task.body["input"], ensure_ascii=False)}),
            "resultJson": json.dumps(result) if done else None if failed else "",
            "failCode": code,
            "failMsg": words,
            "costTime": 600 if done or failed else None,
            "createTime": created,
            "updateTime": int(time.time() * 1000),
            "completeTime": created + 600 if done or failed else None,
            **({"creditsConsumed": task.credits} if done else {}),
        }

    def record_info(self, request: Request) -> Any:
        if not request.args.get("taskId"):
            raise No(400, "taskId cannot be empty")
        task = self.tasks.get(request.args["taskId"])
        if task is None:
            raise No(422, "recordInfo is null")
        return {"code": 200, "msg": "success", "data": self.record(task)}

    def credit(self, request: Request) -> Any:
        return {"code": 200, "msg": "success", "data": self.credits}

    def download_url(self, request: Request) -> Any:
        url = (request.json() or {}).get("url", "")
        if url.removeprefix(self.origin) not in self.files:
            raise No(422, "The URL is not a file of this service")
        return {"code": 200, "msg": "success", "data": url}

    def models(self, request: Request) -> Any:
        """The catalogue for agents. No schema of its models can be told."""
        listed = [{"model": name, "slug": name, "title": name, "taskType": []} for name in MODELS]
        return {"code": 200, "msg": "success", "data": {"total": len(listed), "models": listed}}

    def upload_stream(self, request: Request) -> Any:
        name, content = request.files.get("file", ("", b""))
        if not content:
            raise No(400, "Missing required parameter: file")
        return self._uploaded(request.args, name, content)

    def upload_base64(self, request: Request) -> Any:
        try:
            content = base64.b64decode(request.args.get("base64Data", "").rpartition(",")[2], validate=True)
        except ValueError:
            raise No(400, "Base64 decoding failed: invalid data") from None
        return self._uploaded(request.args, "", content)

    def _uploaded(self, args: dict[str, str], name: str, content: bytes) -> Any:
        folder = args.get("uploadPath", "")
        if not folder:
            raise No(400, "Missing required parameter: uploadPath")
        if folder.strip("/") != folder:
            raise No(400, "uploadPath must not begin or end with a slash")
        name = args.get("fileName") or name or uuid.uuid4().hex
        mime = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
        path = f"/kieai/183531/{folder}/{name}"
        with self.lock:
            self.files[path] = mime, content
        file = {"fileName": name, "filePath": f"{folder}/{name}", "downloadUrl": self.origin + path}
        file |= {"fileSize": len(content), "mimeType": mime, "uploadedAt": "2026-11-25T10:00:00.000Z"}
        return {"success": True, "code": 200, "msg": "File uploaded successfully", "data": file}


ROUTES = {
    ("POST", "/api/v1/jobs/createTask"): Kie.create,
    ("GET", "/api/v1/jobs/recordInfo"): Kie.record_info,
    ("GET", "/api/v1/chat/credit"): Kie.credit,
    ("GET", "/api/v1/models"): Kie.models,
    ("POST", "/api/v1/common/download-url"): Kie.download_url,
    ("POST", "/api/file-stream-upload"): Kie.upload_stream,
    ("POST", "/api/file-base64-upload"): Kie.upload_base64,
}


def _check(given: Any, fields: dict[str, tuple[bool, Any]]) -> None:
    """Judge an input by its model's page. Raises No."""
    if not isinstance(given, dict):
        raise No(422, "input cannot be null")
    for name, (required, may_be) in fields.items():
        value = given.get(name)
        if value in (None, "", []):
            if required:
                raise No(422, f"{name} is required")
            continue
        if may_be is list:
            fits = (
                isinstance(value, list) and len(value) <= 10 and all(re.match(r"https?://", str(url)) for url in value)
            )
        elif may_be is bool:
            fits = isinstance(value, bool)
        elif isinstance(may_be, int):
            fits = isinstance(value, str) and len(value) <= may_be
        else:
            fits = not isinstance(value, bool) and value in may_be
        if not fits:
            raise No(422, f"{name} is not within the range of allowed options")


def _made(suffix: str) -> bytes:
    if suffix == "mp4":
        return b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08mdat" + bytes(2048)
    out = io.BytesIO()
    Image.linear_gradient("L").resize((512, 512)).convert("RGB").save(out, "PNG")
    return out.getvalue()
