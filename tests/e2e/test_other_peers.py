"""TRT against a Bot API and a KIE that it did not start: credentials and addresses are all it takes, nothing knows of a sandbox."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.stack import Person, Stack, free_ports, running
from tests.sandbox.kie_side import sandbox_process

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(180)]

TOKEN, KEY = "987654321:AAForeignTokenForeignToken", "a-key-of-another-kie"


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """TRT in webhook mode, told of peers by environment alone."""
    ports = free_ports()
    data: Path = tmp_path_factory.mktemp("abroad")
    listen = [f"--{peer}-port={ports[f'SANDBOX_{peer.upper()}_PORT']}" for peer in ("telegram", "kie")]
    with sandbox_process(data, *listen, peers=("telegram", "kie"), TELEGRAM_BOT_TOKEN=TOKEN, KIE_API_KEY=KEY) as peers:
        telegram, kie = peers.origins["telegram"], peers.origins["kie"]
        environment = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "KIE_API_KEY": KEY,
            "TELEGRAM_API_URL": telegram,
            "KIE_API_URL": kie,
            "KIE_UPLOAD_URL": kie,
            "WEBHOOK_BASE_URL": f"http://127.0.0.1:{ports['PORT']}",
        }
        with running(ports, **environment) as stack:
            yield stack


def test_nobody_is_given_demo_money_and_no_peer_is_started(abroad: Stack):
    person = Person(abroad.telegram)

    assert person.balance() == Decimal("0.00")
    assert not abroad.pids("-m sandbox")
    assert abroad.health()["peers"] == {"telegram": "real", "kie": "real"}


def test_an_order_waits_for_stars_and_is_then_made_and_paid(abroad: Stack):
    person = Person(abroad.telegram)
    person.orders("image", "Z-Image", "Дом у моря")
    person.presses("run:")  # not enough money: the ways to pay
    person.presses("pay:")
    assert person.pays()["paid"]

    person.presses("run:")

    person.sees("Z-Image", media="photo")
    assert person.balance() == Decimal("50.00") - Decimal("0.76")


def test_in_english_for_an_english_person(abroad: Stack):
    person = Person(abroad.telegram, name="John", language="en")
    person.writes("/start")

    person.sees("Hello, John")
