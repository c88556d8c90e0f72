"""Ground of all tests: their own environment, and a real PostgreSQL that runs as long as they do."""

from trt.testing import environment

environment()  # before Django's settings are read

import sys  # noqa: E402
from contextlib import ExitStack  # noqa: E402
from pathlib import Path  # noqa: E402

import django  # noqa: E402
import pytest  # noqa: E402

from trt import postgres  # noqa: E402
from trt.env import HOME  # noqa: E402

django.setup()  # conftests below import models
_server = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """The server starts with the session and stops with the last process that uses it."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    _server.enter_context(postgres.running(HOME, fast=True))


def pytest_unconfigure(config: pytest.Config) -> None:
    _server.close()
