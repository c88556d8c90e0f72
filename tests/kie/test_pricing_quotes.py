"""The offer is signed: what was shown for this order is charged, and nothing else can be."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from kie import jobs, quotes
from kie.catalogue import AIModel
from kie.job import Job
from kie.markups import Markups
from kie.pricing import Numbers, Quote
from kie.quotes import NotOurs
from payments import ledger
from reliability import cid, clock
from tests.kie.at_work import PRICE, PURSE, offered, order, somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
ANSWERS = {"prompt": "Маяк", "aspect_ratio": "1:1"}


def model(key: str = "z-image") -> AIModel:
    return AIModel.objects.get(key=key)


def offer() -> dict:
    quote = Quote(Decimal("0.76"), Decimal("0.004"), "", rate=Decimal("95"), markup=Decimal("2.0"))
    by = Numbers(Decimal(95), Markups(Decimal(2)), version=7)
    return quotes.signed(model(), ANSWERS, quote, by, until=clock.now() + timedelta(minutes=15))


def test_an_offer_says_what_made_its_price_and_is_charged_for_its_order():
    kept = offer()
    assert {name: kept[name] for name in ("price", "cost_usd", "rate", "markup", "tariff", "model")} == {
        "price": "0.76", "cost_usd": "0.004", "rate": "95", "markup": "2.0", "tariff": 7, "model": "z-image",
    }  # fmt: skip
    assert quotes.price_of(kept, model(), ANSWERS) == Decimal("0.76")


@pytest.mark.parametrize("name", sorted(["price", "cost_usd", "rate", "markup", "tariff", "variant", "registry_version", "until", "model", "input"]))  # fmt: skip
def test_an_offer_of_which_one_fact_was_changed_is_refused(name):
    kept = offer()
    for changed in (kept | {name: "0.01"}, {one: value for one, value in kept.items() if one != name}):
        assert not quotes.genuine(changed)
        with pytest.raises(NotOurs):
            quotes.price_of(changed, model(), ANSWERS)


@pytest.mark.parametrize("signature", ["", "00", "f" * 64, None, 5])
def test_an_offer_without_our_signature_is_refused(signature):
    with pytest.raises(NotOurs):
        quotes.price_of(offer() | {"signature": signature}, model(), ANSWERS)


def test_an_offer_of_another_key_is_refused(settings):
    kept = offer()
    settings.LEDGER_KEY = "another key of sixteen"
    assert not quotes.genuine(kept)


def test_an_offer_does_not_go_with_another_order_or_another_model():
    with pytest.raises(NotOurs):
        quotes.price_of(offer(), model(), ANSWERS | {"aspect_ratio": "16:9"})
    with pytest.raises(NotOurs):
        quotes.price_of(offer(), model("google/nano-banana"), ANSWERS)


def test_a_forged_offer_moves_no_money_and_makes_no_job():
    anna = somebody()
    forged = offered(model(), ANSWERS) | {"price": "0.01"}
    with pytest.raises(NotOurs), transaction.atomic():
        jobs.confirm(anna, model(), ANSWERS, chat=1, quote=forged, idempotency_key=cid.new())
    assert (Job.objects.count(), ledger.available(anna), ledger.held(anna)) == (0, PURSE, 0)


def test_a_job_keeps_its_offer_so_that_it_can_say_why_it_cost_that():
    job = Job.objects.get(pk=order().pk)
    assert (quotes.genuine(job.quote), Decimal(job.quote["price"])) == (True, job.price)


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("change", ["price = 0.01", "quote = NULL", """quote = '{"price": "0.01"}'"""])
def test_nobody_changes_the_price_or_the_offer_of_a_job(change):
    job = order()
    with pytest.raises(DatabaseError, match="job_price_stays"):
        sql(f"UPDATE kie_job SET {change} WHERE id = %s", job.pk)


def copied(job: Job, **other: object) -> None:
    """The row once more under another key, in SQL, with some columns otherwise."""
    columns = [field.column for field in Job._meta.concrete_fields if field.column != "id"]
    new = {"idempotency_key": cid.new(), "public_id": clock.uuid7(), "hold_id": None, **other}
    shown = ", ".join("%s" if column in new else f'"{column}"' for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    sql(f"INSERT INTO kie_job ({names}) SELECT {shown} FROM kie_job WHERE id = %s", *(new[one] for one in columns if one in new), job.pk)  # fmt: skip


def test_a_job_costs_what_was_shown_or_is_not_written():
    job = order()
    copied(job)
    for price in (Decimal("6.99"), Decimal("7.01")):
        with pytest.raises(IntegrityError, match="job_costs_what_was_shown"):
            copied(job, price=price)
    with pytest.raises(IntegrityError, match="job_costs_what_was_shown"):
        copied(job, quote="{}")
    with pytest.raises(IntegrityError, match="job_price_not_negative"):
        copied(job, price=Decimal("-0.01"), quote=None)


def test_a_job_holds_exactly_its_price_of_its_own_person():
    job, dear, others = order(), order(price=PRICE + 1), order()
    spare = ledger.hold(job.customer, PRICE + 1, ref="hold:spare", cid=cid.new())
    own = ledger.hold(job.customer, PRICE, ref="hold:own", cid=cid.new())
    for wrong in (spare, ledger.hold(others.customer, PRICE, ref="hold:others", cid=cid.new())):
        with pytest.raises(IntegrityError, match="does not hold its price"):
            copied(job, hold_id=wrong.pk)
        with pytest.raises(IntegrityError, match="does not hold its price"):
            sql("UPDATE kie_job SET hold_id = %s WHERE id = %s", wrong.pk, job.pk)
    copied(job, hold_id=own.pk)
    assert dear.hold.amount == PRICE + 1
