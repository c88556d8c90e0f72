"""Django's registration of KIE's side."""

from django.apps import AppConfig


class KieConfig(AppConfig):
    name = "kie"
    verbose_name = "KIE"
    default_auto_field = "django.db.models.BigAutoField"
