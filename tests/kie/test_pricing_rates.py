"""The daily rate: read from a server of our own, believed in small steps, never half understood."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie import cbr, rates, tariff
from kie.models import DollarRate, Tariff
from kie.rate import RateState
from kie.signals import operator_wanted
from reliability import clock
from tests.serving import Quiet, serving

DAY = clock.now().date() - timedelta(days=2)
DOCUMENT = """<?xml version="1.0" encoding="windows-1251"?>
<ValCurs Date="{day}" name="Foreign Currency Market"><Valute ID="R01010"><NumCode>036</NumCode><CharCode>AUD</CharCode>
<Nominal>1</Nominal><Name>Австралийский доллар</Name><Value>51,0001</Value></Valute><Valute ID="R01235">
<NumCode>840</NumCode><CharCode>USD</CharCode><Nominal>{nominal}</Nominal><Name>Доллар США</Name><Value>{value}</Value>
<VunitRate>{value}</VunitRate></Valute></ValCurs>"""


def document(value: str = "90,5000", day: str = f"{DAY:%d.%m.%Y}", nominal: str = "1") -> bytes:
    return DOCUMENT.format(value=value, day=day, nominal=nominal).encode("windows-1251")


class Bank:
    """A stand-in for the source: what it says next, and how often it was asked."""

    status, said, asked = 200, b"", 0


@pytest.fixture
def bank(settings):
    class Feed(Quiet):
        def do_GET(self) -> None:
            Bank.asked += 1
            self.send_response(Bank.status)
            self.send_header("Content-Length", str(len(Bank.said)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(Bank.said)

    Bank.status, Bank.said, Bank.asked = 200, document(), 0
    with serving(Feed) as origin:
        settings.USD_RATE_URL = f"{origin}/scripts/XML_daily.asp"
        yield Bank


@pytest.fixture
def wanted():
    """What the operator was called for."""
    calls: list[tuple[str, str]] = []

    def listen(key: str, what: str, **_: object) -> None:
        calls.append((key, what))

    operator_wanted.connect(listen)
    yield calls
    operator_wanted.disconnect(listen)


@pytest.fixture
def on(db, settings) -> Tariff:
    """The daily source is on; the environment says 90."""
    settings.USD_RUB_RATE = Decimal(90)
    return Tariff.objects.create(pk=1, daily=True)


def states() -> list[tuple[Decimal, str]]:
    return list(DollarRate.objects.order_by("pk").values_list("rubles", "state"))


def test_the_feed_is_read_by_its_own_encoding_comma_and_nominal():
    assert cbr.read(document()) == (DAY, Decimal("90.5000"))
    assert cbr.read(document("905,0000", nominal="10")) == (DAY, Decimal("90.5000"))


BROKEN = {
    "nothing": b"",
    "no XML": b"<html>503</html",
    "another document": f"<rates Date='{DAY:%d.%m.%Y}'/>".encode(),
    "no dollar": document().replace(b"USD", b"EUR"),
    "two dollars": document().replace(b"AUD", b"USD"),
    "no number": document("n/a"),
    "an infinite rate": document("Infinity"),
    "a negative rate": document("-90,5"),
    "a rate of zero": document("0,0000"),
    "a huge rate": document("1" + "0" * 400),
    "no nominal": document(nominal=""),
    "a nominal of zero": document(nominal="0"),
    "no day": document(day="yesterday"),
    "a day to come": document(day=f"{DAY + timedelta(days=17):%d.%m.%Y}"),
    "an entity": b'<!DOCTYPE v [<!ENTITY a "90,5">]>' + document().split(b"?>")[1].replace(b"90,5000", b"&a;"),
    "an unknown encoding": document().replace(b"windows-1251", b"klingon-8"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_not_the_feeds_document_is_not_believed(what):
    with pytest.raises(cbr.Unheard):
        cbr.read(BROKEN[what])


@given(st.data())
def test_a_document_cut_or_changed_anywhere_is_refused_or_says_a_possible_rate(data):
    whole = document()
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = data.draw(st.sampled_from([whole[:at], whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + 1 :]]))
    try:
        day, rubles = cbr.read(changed)
    except cbr.Unheard:
        return
    assert 0 < rubles < 100_000
    assert day <= clock.now().date() + cbr.AHEAD


def test_a_source_that_is_off_is_not_asked(db, bank):
    Tariff.objects.create(pk=1)
    assert (rates.hear(), bank.asked) == (0, 0)


def test_a_rate_that_is_near_the_last_one_holds_at_once_and_is_asked_for_once_a_day(on, bank, wanted):
    assert rates.hear() == 1
    assert (tariff.now().rate, wanted) == (Decimal("90.5"), [])
    assert (rates.hear(), bank.asked) == (0, 1)
    with clock.moved(timedelta(hours=21)):
        assert (rates.hear(), bank.asked) == (0, 2)  # the same day's rate once more is no news
        assert (rates.hear(), bank.asked) == (0, 2)
    assert states() == [(Decimal("90.5000"), "accepted")]


def test_a_jump_waits_for_the_operator_who_is_called_once_and_the_last_rate_holds(on, bank, wanted):
    bank.said = document("94,5001")
    assert rates.hear() == 1
    assert states() == [(Decimal("94.5001"), "proposed")]
    assert tariff.now().rate == 90
    assert [what for _key, what in wanted] == ["rate_jump"]
    with clock.moved(timedelta(days=1)):
        assert rates.hear() == 0
    assert len(wanted) == 1


@pytest.mark.parametrize(("value", "state"), [("94,5", "accepted"), ("94,5001", "proposed"), ("85,5", "accepted"), ("85,4999", "proposed")])  # fmt: skip
def test_a_jump_is_told_at_the_operators_percent_in_both_directions(on, value, state):
    rates.note(DAY, Decimal(value.replace(",", ".")))
    assert states()[0][1] == state


def test_a_jump_is_measured_from_the_last_rate_that_was_taken(on):
    for day, rubles in enumerate(("93", "96", "100")):
        rates.note(DAY + timedelta(days=day), Decimal(rubles))
    assert [state for _rubles, state in states()] == ["accepted"] * 3


def test_a_later_rate_passes_a_jump_that_nobody_has_decided(on):
    rates.note(DAY, Decimal(120))
    rates.note(DAY + timedelta(days=1), Decimal(91))
    assert [state for _rubles, state in states()] == ["passed", "accepted"]
    assert tariff.now().rate == 91


def test_a_jump_that_is_taken_holds_and_one_that_is_declined_does_not_come_again(on):
    rates.note(DAY, Decimal(120))
    proposal = DollarRate.objects.get()
    assert rates.decide(proposal.pk, RateState.DECLINED, by="olga")
    rates.note(DAY, Decimal(120))
    assert (states(), tariff.now().rate) == ([(Decimal(120), "declined")], 90)
    rates.note(DAY + timedelta(days=1), Decimal(121))
    assert rates.decide(DollarRate.objects.proposed().get().pk, RateState.ACCEPTED, by="olga")
    assert tariff.now().rate == 121


def test_a_jump_is_decided_once(on):
    rates.note(DAY, Decimal(120))
    proposal = DollarRate.objects.get()
    assert rates.decide(proposal.pk, RateState.ACCEPTED, by="olga")
    assert not rates.decide(proposal.pk, RateState.DECLINED, by="ivan")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == ("accepted", "olga")


def test_a_source_that_goes_back_in_time_changes_nothing(on):
    rates.note(DAY, Decimal(91))
    assert rates.note(DAY - timedelta(days=3), Decimal(89)) == 0
    assert tariff.now().rate == 91


@pytest.mark.parametrize(("status", "said"), [(500, document()), (302, document()), (404, b""), (200, b"<html/>"), (200, b" " * 1_100_000)])  # fmt: skip
def test_a_source_that_fails_leaves_the_last_rate_and_says_so(on, bank, status, said):
    rates.note(DAY, Decimal(91))
    bank.status, bank.said = status, said
    with clock.moved(timedelta(days=1)), pytest.raises(cbr.Unheard):
        rates.hear()
    assert (tariff.now().rate, bank.asked) == (91, 1)


def test_an_address_where_nobody_listens_is_no_answer(on, settings):
    settings.USD_RATE_URL = "http://127.0.0.1:1/rates"
    with pytest.raises(cbr.Unheard):
        rates.hear()
