"""Django's registration of the bot: signals are joined to the outbox, handlers to the router, Stars to the ways to pay."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BotConfig(AppConfig):
    name = "bot"
    verbose_name = _("Chats")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bot import handlers, receivers, stars  # noqa: F401, PLC0415 (models are there only now)
