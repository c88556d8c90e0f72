"""The demo's login: a superuser whose password stands in the log of every demo. Good in a demo, and nowhere else."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from dotenv import dotenv_values

from trt.joined import is_demo
from trt.sources import given

NAME = "admin"


def settle(say: Callable[[str], object]) -> None:
    """In a demo it is there and active. Elsewhere it is switched off, as long as it has the demo's password: then `say` is told
    so in a line. Whoever gave it another password has made it their own. A repeat changes nothing."""
    name = "DEMO_ADMIN_PASSWORD"
    password = given().get(name) or dotenv_values(settings.TRT_HOME / "env").get(name)
    users, demo = get_user_model().objects, is_demo(settings.SANDBOX_PEERS)
    user = users.filter(username=NAME).first()
    if not password:
        return
    if user is None:
        if demo:
            users.create_superuser(NAME, password=password)
    elif user.is_active != demo and user.check_password(password):
        user.is_active = demo
        user.save(update_fields=["is_active"])
        if not demo:
            say(f"the demo's login «{NAME}» is switched off: make your own with manage.py createsuperuser")
