"""Django's registration of the floor."""

from django.apps import AppConfig


class ReliabilityConfig(AppConfig):
    name = "reliability"
    default_auto_field = "django.db.models.BigAutoField"
