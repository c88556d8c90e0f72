"""What TRT tells Telegram about itself when it takes the lease: where updates go, and the menu of commands."""

import structlog
from django.conf import settings
from telebot import types

from bot import gateway
from bot.gateway import TelegramError
from bot.inbox import ALLOWED_UPDATES

log = structlog.get_logger()


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


def introduce() -> bool:
    """All of the above. False if Telegram could not be reached: to be tried again. A repeat sets the same."""
    try:
        if settings.BOT_MODE == "webhook":
            set_webhook()
        set_menu()
    except TelegramError as trouble:
        log.warning("telegram.not_introduced", why=str(trouble))
        return False
    return True


def webhook_elsewhere() -> str:
    """The address of a webhook that this token has, if it is not ours: polling would take its updates away. "" if none."""
    found = gateway.call(gateway.bot().get_webhook_info).url
    return found if found and found != webhook_url() else ""


def drop_webhook() -> None:
    """Let updates be polled; those that wait stay."""
    gateway.call(gateway.bot().delete_webhook, drop_pending_updates=False)
