"""GET /: a page for the curious operator: what this is, the last tasks with their pictures, the faults that can be switched on."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from .peer import Peer
    from .tasks import Task

TASKS_SHOWN = 30
_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Local KIE</title><style>
:root{color-scheme:light dark}body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
ul.tasks{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem}
ul.tasks li{border:1px solid #8884;border-radius:.7rem;padding:.7rem;overflow:hidden}
img,video,audio{max-width:100%;border-radius:.4rem}code{background:#8882;padding:.1em .3em;border-radius:.3em}
dt{font-weight:600}small{opacity:.7}pre{white-space:pre-wrap;margin:0}</style>
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; frame-ancestors 'none'"


def shown(peer: Peer) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The page, made at each request."""

    async def page(_request: web.Request) -> web.Response:
        tasks = "".join(_task(task) for task in peer.tasks.last(TASKS_SHOWN)) or "<li>No task yet.</li>"
        faults = "".join(
            f"<dt><code>{escape(name)}</code></dt><dd>{escape(text)}</dd>" for name, text in peer.faults.names.items()
        )
        active = (
            escape(json.dumps(peer.faults.shown(), ensure_ascii=False, indent=1)) if peer.faults.shown() else "none"
        )
        example = """curl -X POST %s/sandbox/faults -d '{"method": "createTask", "fault": "task_fails", "times": 1}'"""
        body = (
            f"{_HEAD}<h1>Local KIE</h1><p>A stand-in for kie.ai on your machine: it checks inputs, takes play credits "
            f"(<b>{float(peer.settings.balance):g}</b> left), makes small pictures, clips and tunes, and sends callbacks. No model is asked.</p>"
            f"<h2>Last tasks <small>({peer.tasks.made()} made)</small></h2><ul class='tasks'>{tasks}</ul>"
            f"<h2>Faults</h2><p>Active: </p><pre>{active}</pre><p>Switch one on: <code>{escape(example % peer.public_url)}</code></p>"
            f"<p>Methods: {escape(', '.join(sorted(peer.faults.methods)))} or *</p><dl>{faults}</dl>"
            "<p>Also: <code>GET /sandbox/tasks</code>, <code>/sandbox/journal</code>, <code>/sandbox/config</code>.</p></html>"
        )
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": _POLICY})

    return page


def _task(task: Task) -> str:
    words = str(task.input.get("prompt") or task.input.get("text") or "")[:160]
    state = task.shown_state() + (f": {task.fail_msg}" if task.fail_msg else "")
    return (
        f"<li>{_media(task)}<p>{escape(words)}</p><small>{escape(task.model)} · {escape(state)} · "
        f"{float(task.credits):g} credits<br>{escape(task.id)}</small></li>"
    )


def _media(task: Task) -> str:
    said = json.loads(task.result) if task.result else {}
    urls = said.get("resultUrls") or [track["audio_url"] for track in said.get("data", [])]
    return "".join(_tag(urlsplit(url).path) for url in urls[:2])


def _tag(path: str) -> str:
    src = escape(path, quote=True)
    if path.endswith(".mp4"):
        return f"<video src='{src}' controls muted preload='metadata'></video>"
    if path.endswith((".mp3", ".wav")):
        return f"<audio src='{src}' controls preload='none'></audio>"
    return f"<img src='{src}' alt='' loading='lazy'>"
