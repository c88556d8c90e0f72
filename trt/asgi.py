"""The web process: Telegram's lane, then Django. Answers the ASGI lifespan, in which this instance beats and counts."""

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import django
from django.core.handlers.asgi import ASGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trt.settings")
django.setup(set_prefix=False)

from django.db import connections  # noqa: E402

from trt.bounded import bounded, in_turn  # noqa: E402 (models need the set-up)
from trt.lane import App, Lane, Receive, Scope, Send  # noqa: E402
from trt.presence import present  # noqa: E402


def lived(app: Lane) -> App:
    """`app` with the lifespan answered: present from start-up to shutdown, when what waits is committed."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        async with AsyncExitStack() as stack:
            while True:
                message = await receive()
                if message["type"] == "lifespan.startup":
                    await stack.enter_async_context(_present())
                    await send({"type": "lifespan.startup.complete"})
                else:
                    await asyncio.to_thread(app.close)
                    break
        await send({"type": "lifespan.shutdown.complete"})

    return serve


@asynccontextmanager
async def _present() -> Any:
    task = asyncio.create_task(present())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# A request's thread ends with it: a connection that it kept would be nobody's.
connections.settings["default"]["CONN_MAX_AGE"] = 0
application = lived(Lane(bounded(in_turn(cast("App", ASGIHandler())))))
