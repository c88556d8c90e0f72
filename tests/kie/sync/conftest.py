"""Fixtures of runs under review."""

import pytest
from django.contrib.auth.models import User

from kie import registry
from kie.catalogue import AIModel, RegistryVersion
from tests.kie.sync.looks import BOOK


@pytest.fixture
def published(db: None) -> RegistryVersion:
    """The registry of a few models, on sale."""
    AIModel.objects.all().delete()
    RegistryVersion.objects.all().delete()
    return registry.publish(BOOK, by="test")


@pytest.fixture
def operator(db: None) -> User:
    """Who may do everything."""
    return User.objects.create_superuser("operator", password="correct horse battery")
