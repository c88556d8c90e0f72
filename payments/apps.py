"""Django's registration of people and money."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("People and money")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from payments.providers import manual  # noqa: F401, PLC0415 (settings are there only now)
