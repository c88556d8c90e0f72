"""Behind a proxy that ends TLS and says nothing of it: people are sent to https, machines are heard."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/login/", 301),
        ("/payments/", 301),
        ("/callbacks/kie/01a22ede-8bca-7eb4-9f00-000000000001/forged", 404),
        ("/payments/nobody/notice", 404),
        ("/webhook/not-the-secret", 404),
    ],
)
def test_only_who_follows_redirects_is_sent_to_https(settings, path, status):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().post(path).status_code == status
