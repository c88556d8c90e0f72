"""Ground of all tests: their own environment, and a real PostgreSQL that runs as long as they do."""

from trt.testing import environment

environment()  # before Django's settings are read

from collections.abc import Iterator  # noqa: E402
from contextlib import ExitStack  # noqa: E402

import django  # noqa: E402
import pytest  # noqa: E402
import stamina  # noqa: E402
from django.conf import settings  # noqa: E402
from django.utils import translation  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as examples  # noqa: E402

from trt import postgres  # noqa: E402
from trt.env import HOME  # noqa: E402

_server = ExitStack()
_server.enter_context(postgres.running(HOME, fast=True))  # before settings are read: they tell its address
# One that is meant to be slow takes a fifth of a second a user.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()  # conftests below import models
# A read that fails is repeated as often as ever, and at once: nothing here waits for time.
stamina.set_testing(True, attempts=100, cap=True)
# Hypothesis would time each example; speed is measured in bench/.
examples.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("untimed")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A database of the tests' own, with the registry at hand (tests.published)."""
    from tests import emptied, published

    with django_db_blocker.unblock():
        published.keep()
    with emptied.quickly():
        yield


@pytest.fixture(autouse=True)
def in_our_first_language() -> None:
    """A request leaves its thread in its own language; the next test begins anew."""
    translation.deactivate()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last process that uses the server stops it."""
    _server.close()
