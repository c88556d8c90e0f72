"""A credential that was lost plays no peer in front of people who were served by the real ones."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from trt import served
from trt.models import Served

pytestmark = pytest.mark.django_db
DEMO, REAL = frozenset({"telegram", "kie"}), frozenset()


@pytest.fixture
def settled(settings):
    """Prepares the database for these local peers."""

    def _settled(peers: frozenset[str]) -> None:
        settings.SANDBOX_PEERS, settings.IS_FOR_REAL = peers, not peers
        served.settle()

    return _settled


@pytest.mark.parametrize(
    ("played", "unset"),
    [
        (frozenset({"kie"}), "KIE_API_KEY"),
        (frozenset({"telegram"}), "TELEGRAM_BOT_TOKEN"),
        (DEMO, "TELEGRAM_BOT_TOKEN and KIE_API_KEY"),
    ],
)
def test_where_both_were_real_neither_is_played_until_somebody_says_so(settled, settings, played, unset):
    settled(REAL)
    settled(REAL)

    with pytest.raises(served.PlayedForReal, match=f"without {unset} they would be played"):
        settled(played)

    settings.PLAY_ON_REAL_DATA = True
    settled(played)
    settings.PLAY_ON_REAL_DATA = False
    with pytest.raises(served.PlayedForReal):
        settled(played)
    settled(REAL)


def test_a_demo_one_real_peer_and_both_may_follow_each_other_as_a_developer_likes(settled):
    for peers in (DEMO, frozenset({"kie"}), DEMO, frozenset({"telegram"}), DEMO, REAL):
        settled(peers)


def test_prepare_refuses_in_one_line(settled, settings):
    settled(REAL)
    settings.SANDBOX_PEERS, settings.IS_FOR_REAL = frozenset({"kie"}), False

    with pytest.raises(CommandError, match=r"^this database has served real people .* Set KIE_API_KEY;"):
        call_command("prepare", verbosity=0)


def test_there_is_one_such_row_at_most(db):
    with pytest.raises(IntegrityError, match="served_is_one_row"):
        Served.objects.create(pk=2)
