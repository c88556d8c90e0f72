"""Django's registration of the top: its commands."""

from django.apps import AppConfig


class TrtConfig(AppConfig):
    name = "trt"
