"""`manage.py bot`: the process that talks."""

import signal
import threading
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bot import telegram
from bot.holder import Holder
from bot.polling import Poller
from bot.refusals import TelegramError

log = structlog.get_logger()


def say_what_is_off() -> None:
    """A line for each thing that people look for and find missing, with what to write."""
    if settings.SUPPORT_TELEGRAM or settings.SUPPORT_TEXT:
        return
    instead = "people are led to the first ADMIN_ID" if settings.ADMIN_IDS else "people find nobody to write to"
    log.warning("support.not_configured", instead=instead, fix_hint="write SUPPORT_TELEGRAM=@your_support into .env")


class Command(BaseCommand):
    help = "Hold the lease, answer updates and send. Several may run: one talks, the others wait. Exit 0 after SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--take-over",
            action="store_true",
            help="In polling mode: remove a webhook set elsewhere and take its updates.",
        )

    def handle(self, *, take_over: bool, **options: Any) -> None:
        holder = Holder(on_taking=lambda: self._introduce(holder))
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: holder.ask_to_stop())
        if settings.BOT_MODE == "polling":
            self._refuse_to_steal(take_over)
            threading.Thread(target=Poller(holder.lease, holder.stop).run, name="polling", daemon=True).start()
        looking = (holder.lease, holder.stop)
        threading.Thread(target=telegram.keep_looking, args=looking, name="telegram", daemon=True).start()
        log.info("bot.started", mode=settings.BOT_MODE, telegram=settings.TELEGRAM_API_URL, instance=str(holder.me))
        say_what_is_off()
        holder.run()
        log.info("bot.stopped")

    def _refuse_to_steal(self, take_over: bool) -> None:
        try:
            elsewhere = telegram.webhook_elsewhere()
            if elsewhere and not take_over:
                raise CommandError(
                    f"This bot's token has a webhook at {telegram.place(elsewhere)}/…: somebody else serves it, and polling would take "
                    "its updates. Stop that one, set WEBHOOK_BASE_URL to serve it here, or insist: manage.py bot --take-over",
                    returncode=2,
                )
            telegram.drop_webhook(elsewhere)
        except TelegramError as trouble:
            log.warning("bot.webhook_unknown", why=str(trouble))

    @staticmethod
    def _introduce(holder: Holder) -> None:
        pause_s = 1.0
        while not telegram.introduce() and not holder.stop.wait(pause_s):
            pause_s = min(pause_s * 2, 60.0)
