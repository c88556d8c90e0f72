"""The Bank of Russia's daily rates, as its public feed has them: cbr.ru/development/SXML. The address is a setting.

A document of the feed: <ValCurs Date="02.03.2026" …><Valute ID="R01235"><CharCode>USD</CharCode><Nominal>1</Nominal>…
<Value>92,5058</Value>…, in windows-1251. On days off it goes on saying the last working day's.
"""

import time
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.conf import settings

from kie import fetch
from reliability import clock

MOST_BYTES: Final = 1_000_000  # it has twenty thousand
HEARD_WITHIN_S: Final = 30.0
AHEAD: Final = timedelta(days=14)  # a rate is published for the next working day; longer holidays there are none
PLACES: Final = Decimal("0.0001")
LARGEST: Final = Decimal(100_000)


class Unheard(Exception):
    """The source has not answered, or not with a document that we understand."""


def today() -> tuple[date, Decimal]:
    """The day that the feed speaks of, and rubles a dollar. Raises Unheard. Takes seconds: outside transactions."""
    try:
        until = time.monotonic() + HEARD_WITHIN_S
        document = fetch.whole(settings.USD_RATE_URL, most_bytes=MOST_BYTES, peer=True, until=until)
    except fetch.NotFetched as trouble:
        raise Unheard(str(trouble)) from trouble
    return read(document)


def read(document: bytes) -> tuple[date, Decimal]:
    """The day and rubles a dollar of a document. Raises Unheard for whatever is not one."""
    try:
        root = ElementTree.fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:  # the last two: an encoding's
        raise Unheard(f"not the feed's document ({type(fault).__name__})") from fault
    dollars = [one for one in root.iter("Valute") if one.findtext("CharCode") == "USD"]
    if root.tag != "ValCurs" or len(dollars) != 1:
        raise Unheard(f"{len(dollars)} rates of the dollar in <{root.tag[:40]}>")
    return _day(root.get("Date", "")), _rubles(dollars[0])


def _day(written: str) -> date:
    try:
        day = datetime.strptime(written, "%d.%m.%Y").date()  # noqa: DTZ007 (a day of Moscow's calendar)
    except ValueError:
        raise Unheard("no day") from None
    if day > clock.now().date() + AHEAD:
        raise Unheard(f"a day to come: {day}")
    return day


def _rubles(valute: Element) -> Decimal:
    try:
        value = Decimal((valute.findtext("Value") or "").replace(",", "."))
        nominal = Decimal(valute.findtext("Nominal") or "")
    except InvalidOperation:
        raise Unheard("a rate that is no number") from None
    if not (value.is_finite() and nominal.is_finite() and value > 0 and nominal >= 1):
        raise Unheard("a rate that is no rate")
    rubles = (value / nominal).quantize(PLACES) if value < LARGEST else value
    if not 0 < rubles < LARGEST:
        raise Unheard("a rate that is no rate")
    return rubles
