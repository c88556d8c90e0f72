"""Nobody real is served by a played peer where the real ones were: a credential that was lost would do it (decision 0064)."""

from django.conf import settings

from trt.joined import CORE, NEEDS
from trt.models import Served


class PlayedForReal(Exception):
    """One line: what is played in whose place, and what to write."""


def settle() -> None:
    """Note that Telegram and KIE are the real ones; where they were, a played one is refused. A repeat changes nothing.

    Raises PlayedForReal, unless PLAY_ON_REAL_DATA says that the people of this database are not real.
    """
    played = [peer for peer in CORE if peer in settings.SANDBOX_PEERS]
    if settings.IS_FOR_REAL:
        Served.objects.get_or_create(pk=1)
    elif played and not settings.PLAY_ON_REAL_DATA and (since := Served.objects.first()):
        unset = " and ".join(name for peer in played for name in NEEDS[peer])
        raise PlayedForReal(
            f"this database has served real people by the real services since {since}, and without {unset} they would be played "
            f"here, beside people's real money. Set {unset}; or play elsewhere: TRT_HOME=/a/folder/of/yours; or, if nobody in this "
            "database is real, write PLAY_ON_REAL_DATA=true"
        )
