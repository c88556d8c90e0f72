"""The servers that TRT's webhook is measured against: `.trt/bench/bin/python bench/peers.py NAME PORT`.

Each is as its own documentation starts it, on uvloop, without access log. All check Telegram's secret token; a handler
does nothing but, where the name says so, insert the same row into the same table before 200 is said.
Runs in an environment of its own and imports nothing of TRT.
"""

import os
import sys
from contextvars import ContextVar
from typing import Any

import uvloop

PATH, TOKEN, DATABASE = os.environ["BENCH_PATH"], os.environ["BENCH_TOKEN"], os.environ["BENCH_DATABASE"]
BOT_TOKEN = "4242:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
INSERT = """
INSERT INTO bot_update (bot_id, update_id, chat_key, kind, raw, state, reason, cid, attempts, due_at, error, created_at)
VALUES (4242, $1, $2, 'message', $3, 'new', '', '01J00000000000000000000000', 0, now(), '', now())
ON CONFLICT (bot_id, update_id) DO NOTHING
"""


async def pool() -> Any:
    import asyncpg

    return await asyncpg.create_pool(DATABASE)  # ten connections, its default


def aiogram(port: int, *, insert: bool) -> None:
    """docs.aiogram.dev, «Webhook»: SimpleRequestHandler under aiohttp.

    Its default says 200 first and handles afterwards; where the row must be there before, that is switched off.
    """
    from aiogram import Bot, Dispatcher
    from aiogram.types import Message, Update
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
    from aiohttp import web

    raw: ContextVar[bytes] = ContextVar("raw")

    class Keeping(SimpleRequestHandler):
        async def handle(self, request: web.Request) -> web.Response:
            raw.set(await request.read())
            return await super().handle(request)

    dispatcher, bot = Dispatcher(), Bot(BOT_TOKEN)

    @dispatcher.message()
    async def message(message: Message, event_update: Update) -> None:
        if insert:
            await dispatcher["pool"].execute(INSERT, event_update.update_id, message.chat.id, raw.get())

    async def connect() -> None:
        dispatcher["pool"] = await pool()

    if insert:
        dispatcher.startup.register(connect)
    application = web.Application()
    handler = Keeping if insert else SimpleRequestHandler
    handler(dispatcher, bot, handle_in_background=not insert, secret_token=TOKEN).register(application, path=PATH)
    setup_application(application, dispatcher, bot=bot)
    web.run_app(application, host="127.0.0.1", port=port, access_log=None, print=None)


def telebot(port: int) -> None:
    """pyTelegramBotAPI's own server: `run_webhooks`' FastAPI application under uvicorn."""
    import uvicorn
    from telebot import TeleBot
    from telebot.ext.sync import SyncWebhookListener

    bot = TeleBot(BOT_TOKEN)
    bot.register_message_handler(lambda message: None)
    listener = SyncWebhookListener(bot, TOKEN, "127.0.0.1", port, url_path=PATH)
    uvicorn.run(listener.app, host="127.0.0.1", port=port, access_log=False, log_level="warning")


def bare(port: int, *, insert: bool) -> None:
    """The least that can be written on uvicorn: how fast the ground is, and the check that the load is faster."""
    import json

    import uvicorn

    rows: dict[str, Any] = {}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] == "lifespan.startup":
                if insert:
                    rows["pool"] = await pool()
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = (await receive())["body"]
        allowed = (b"x-telegram-bot-api-secret-token", TOKEN.encode()) in scope["headers"]
        if insert and allowed:
            update = json.loads(body)
            await rows["pool"].execute(INSERT, update["update_id"], update["message"]["chat"]["id"], body)
        head = {
            "type": "http.response.start",
            "status": 200 if allowed else 404,
            "headers": [(b"content-length", b"0")],
        }
        await send(head)
        await send({"type": "http.response.body"})

    uvicorn.run(
        application, host="127.0.0.1", port=port, loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )


SERVERS = {
    "aiogram": lambda port: aiogram(port, insert=False),
    "aiogram-insert": lambda port: aiogram(port, insert=True),
    "telebot": telebot,
    "bare": lambda port: bare(port, insert=False),
    "bare-insert": lambda port: bare(port, insert=True),
}

if __name__ == "__main__":
    uvloop.install()
    SERVERS[sys.argv[1]](int(sys.argv[2]))
