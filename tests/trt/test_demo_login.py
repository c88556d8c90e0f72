"""The demo's login, whose password everybody has seen: it opens the demo, and nothing real."""

import pytest
from django.contrib.auth.models import User

from trt import demo_login, sources

PASSWORD = "printed-by-every-demo"
DEMO = frozenset({"telegram", "kie", "yookassa", "cryptopay"})
pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(settings, monkeypatch, tmp_path):
    """Prepares for these local peers; what was said."""
    settings.TRT_HOME = tmp_path
    monkeypatch.setenv("DEMO_ADMIN_PASSWORD", PASSWORD)

    def _settled(peers: frozenset[str]) -> list[str]:
        settings.SANDBOX_PEERS, said = peers, []
        demo_login.settle(said.append)
        return said

    return _settled


def opens(client) -> bool:
    client.logout()
    client.post("/admin/login/", {"username": "admin", "password": PASSWORD})
    return client.get("/admin/").status_code == 200


def test_the_demos_login_opens_the_demo_at_each_start(settled, client):
    assert (settled(DEMO), opens(client)) == ([], True)
    assert (settled(DEMO), opens(client)) == ([], True)


@pytest.mark.parametrize("peers", [frozenset(), frozenset({"kie"}), frozenset({"telegram"})])
def test_it_opens_nothing_once_a_service_is_real_and_whoever_is_in_is_out(settled, client, peers):
    settled(DEMO)
    assert opens(client)

    (said,) = settled(peers)

    assert "«admin» is switched off" in said
    assert client.get("/admin/").status_code == 302
    assert not opens(client)
    assert settled(peers) == []
    assert (settled(DEMO), opens(client)) == ([], True)  # a developer who is back


def test_an_admin_with_a_password_of_its_own_is_somebodys_and_stays(settled):
    User.objects.create_superuser("admin", password="of-an-operator")

    assert settled(frozenset()) == []
    assert User.objects.get().is_active


def test_the_password_is_found_where_up_keeps_it(settled, monkeypatch, tmp_path):
    settled(DEMO)
    monkeypatch.delenv("DEMO_ADMIN_PASSWORD")
    (tmp_path / "env").write_text(f"DEMO_ADMIN_PASSWORD={PASSWORD}\n")

    settled(frozenset())

    assert not User.objects.get().is_active


def test_the_password_is_found_where_a_person_has_written_it(settled, monkeypatch, tmp_path):
    monkeypatch.delenv("DEMO_ADMIN_PASSWORD")
    (tmp_path / "dotenv").write_text(f"DEMO_ADMIN_PASSWORD={PASSWORD}\n")
    monkeypatch.setattr(sources, "DOTENV", tmp_path / "dotenv")
    settled(DEMO)
    assert User.objects.get(username="admin").check_password(PASSWORD)


def test_where_nobody_has_had_a_demo_there_is_no_login(settled):
    assert settled(frozenset()) == []
    assert not User.objects.exists()
