"""What TRT tells Telegram about itself when it takes the lease, where updates go and the menu of commands; and what
Telegram tells about us and its deliveries.
"""

import threading
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import translation
from telebot import types

from bot import gateway
from bot.inbox import ALLOWED_UPDATES
from bot.refusals import Rejected, TelegramError, TooFast
from reliability import clock, outage
from reliability.lease import Held
from reliability.log import masked

log = structlog.get_logger()
SEEN: Final = "telegram.webhook"  # in the cache: what Telegram said last
ME: Final = "telegram.me"  # in the cache, by the bot's id: our username
LOOK_EVERY_S: Final = 60.0


def webhook_url() -> str:
    """The address that Telegram is given; only Telegram and we know its last part."""
    return f"{settings.WEBHOOK_BASE_URL}/webhook/{settings.WEBHOOK_SECRET_PATH}"


def set_webhook() -> None:
    """Point Telegram at us. Always on taking the lease: whether its secret token is still ours cannot be asked."""
    gateway.call(
        gateway.bot().set_webhook,
        webhook_url(),
        secret_token=settings.WEBHOOK_SECRET_TOKEN,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=40,
    )
    log.info("telegram.webhook_set", base_url=settings.WEBHOOK_BASE_URL)


def set_menu() -> None:
    """The commands that Telegram offers under «/», in both languages; English is the default for the rest of the world."""
    from bot.handlers.commands import MENU  # noqa: PLC0415 (handlers import half the bot)

    for language, column in ((None, 2), ("ru", 1), ("en", 2)):
        commands = [types.BotCommand(row[0], row[column]) for row in MENU]
        gateway.call(gateway.bot().set_my_commands, commands, language_code=language)


def describe() -> None:
    """What stands in an empty chat («What can this bot do?») and on the bot's page; in English for the rest of the world.

    Only what differs is set: Telegram lets a bot change these a few times, then not for hours.
    """
    from bot.screens import menu  # noqa: PLC0415 (screens import models)

    bot = gateway.bot()
    for language in (None, "ru", "en"):
        with translation.override(language or "en"):
            full, short = menu.description(), menu.short_description()
        if gateway.call(bot.get_my_description, language).description != full:
            gateway.call(bot.set_my_description, full, language)
        if gateway.call(bot.get_my_short_description, language).short_description != short:
            gateway.call(bot.set_my_short_description, short, language)


def learn_name() -> None:
    """Ask Telegram for our username and keep it: links lead to it, and a handler never asks. Raises TelegramError."""
    cache.set(_me(), gateway.call(gateway.bot().get_me).username or "", timeout=None)


def username() -> str:
    """Our own name at Telegram, without @; "" until an instance has taken the lease."""
    known: str = cache.get(_me(), "")
    return known


def _me() -> str:
    return f"{ME}:{settings.TELEGRAM_BOT_TOKEN.partition(':')[0]}"


def introduce() -> bool:
    """All of the above. False if Telegram could not be reached: to be tried again. A repeat sets the same."""
    try:
        if settings.BOT_MODE == "webhook":
            set_webhook()
        else:
            _drop_our_own()
        learn_name()
        set_menu()
        _describe_if_allowed()
    except TelegramError as trouble:
        log.warning("telegram.not_introduced", why=str(trouble))
        return False
    return True


def _describe_if_allowed() -> None:
    """Nobody waits for a description: a no, or a wait of hours, is left to the next taking of the lease."""
    try:
        describe()
    except (Rejected, TooFast) as refusal:
        log.warning("telegram.not_described", why=str(refusal))


def webhook_elsewhere() -> str:
    """The address of a webhook that this token has, if it is not ours: polling would take its updates away. "" if none."""
    found = gateway.call(gateway.bot().get_webhook_info).url
    return found if found and found != webhook_url() else ""


def drop_webhook(elsewhere: str = "") -> None:
    """Let updates be polled; those that wait stay. A webhook `elsewhere` that is lost by it is told, but for its secret part."""
    gateway.call(gateway.bot().delete_webhook, drop_pending_updates=False)
    if elsewhere:
        log.warning("telegram.webhook_removed", was_at=place(elsewhere))


def _drop_our_own() -> None:
    """One of ours that polls follows one that was delivered to, which set the webhook anew as long as it held the lease."""
    found = gateway.call(gateway.bot().get_webhook_info).url
    if found and found.endswith(f"/webhook/{settings.WEBHOOK_SECRET_PATH}"):
        drop_webhook()


def place(webhook: str) -> str:
    """The server of a webhook: the rest of its address, like a user and password before it, may be a secret."""
    parts = urlsplit(webhook)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def look() -> None:
    """Ask Telegram how its deliveries go and keep its answer for /health, which never asks. Where updates were to be delivered and
    are not, or not all kinds, it is told again where to. Raises TelegramError."""
    info = _seen()
    if settings.BOT_MODE == "webhook" and _is_lost(info):
        log.warning("telegram.webhook_lost", was_set=bool(info.url), kinds=info.allowed_updates)
        set_webhook()
        _seen()


def _seen() -> types.WebhookInfo:
    info: types.WebhookInfo = gateway.call(gateway.bot().get_webhook_info)
    seen = {
        "at": clock.now().timestamp(),
        "set": bool(info.url),
        "elsewhere": bool(info.url) and info.url != webhook_url(),
        "pending": info.pending_update_count or 0,
        "error": masked(info.last_error_message or "")[:200],
        "error_at": info.last_error_date or 0,
    }
    cache.set(SEEN, seen, timeout=None)
    return info


def _is_lost(info: types.WebhookInfo) -> bool:
    """Somebody with our token has removed it, or polled, or chosen other kinds of updates. Of another server's we take nothing away."""
    if not info.url:
        return True
    kinds: Any = info.allowed_updates  # None: all, ours among them
    return info.url == webhook_url() and bool(kinds) and set(kinds) != set(ALLOWED_UPDATES)


def keep_looking(lease: Held, stop: threading.Event) -> None:
    """Once a minute while the lease is ours, until `stop`. Trouble is waited out: what was seen before grows old."""
    while not stop.is_set():
        try:
            if lease.valid:
                close_old_connections()  # one that died with its server since the last look
                look()
        except TelegramError as trouble:
            log.info("telegram.not_seen", why=str(trouble))
        except (DatabaseError, InterfaceError) as trouble:
            connection.close()
            outage.noted(trouble)
        stop.wait(LOOK_EVERY_S if lease.valid else 1.0)
