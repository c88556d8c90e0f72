"""Django's registration of the floor."""

import logging

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class ReliabilityConfig(AppConfig):
    name = "reliability"
    verbose_name = _("Processes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from reliability.outage import outage, said_once  # noqa: PLC0415 (when apps are ready)

        connection_created.connect(outage.over, dispatch_uid="outage")
        logging.getLogger("django-q").addFilter(said_once)
