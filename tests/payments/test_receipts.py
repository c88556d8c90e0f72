"""Receipts: taken, opened by the worker, compared with all before, waited for; a killed worker changes nothing."""

import hashlib
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from payments import paying, receipts, topups
from payments.models import Receipt, ReceiptKind, ReceiptState, TopUp, TopUpState
from payments.signals import receipt_repeated, receipt_unreadable
from reliability import cid, clock
from reliability.due import run_due
from reliability.models import Instance
from tests.payments.papers import PDF, anna, asked, picture, request_, sent, taken, telegram_has

__all__ = ["anna", "request_"]
pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24, seconds=1)


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def unreadable():
    """The receipts that the bot hears of."""
    heard = []

    def hear(receipt, **_):
        heard.append(receipt.pk)

    receipt_unreadable.connect(hear)
    yield heard
    receipt_unreadable.disconnect(hear)


def opens(kept=(), **how) -> int:
    """A worker opens what is due."""
    with telegram_has(dict(kept), **how):
        return run_due(receipts.QUEUE, Instance.objects.create(role="worker", host="here", pid=1).pk)


def state(row) -> str:
    row.refresh_from_db()
    return row.state


def test_a_receipt_puts_its_request_before_an_operator(request_):
    receipt, new = receipts.take(request_.pk, sent(), cid=cid.new())

    assert new
    assert (receipt.state, state(request_)) == (ReceiptState.NEW, TopUpState.PENDING)


def test_a_second_receipt_is_added_and_the_same_file_is_not(request_):
    taken(request_, unique_id="one")
    due_at = TopUp.objects.get().due_at
    with clock.moved(timedelta(hours=1)):
        taken(request_, unique_id="two")
        again, new = receipts.take(request_.pk, sent(unique_id="one"), cid=cid.new())

    assert (new, Receipt.objects.count()) == (False, 2)
    assert again.file_unique_id == "one"
    assert TopUp.objects.get().due_at == due_at  # the first one is what waits


def test_nobody_need_look_at_more_than_ten(request_):
    for _ in range(receipts.MOST):
        taken(request_)
    with pytest.raises(receipts.Enough):
        taken(request_)


@pytest.mark.parametrize("decide", [topups.approve, lambda pk, by: topups.reject(pk, by=by, reason="no such money")])
def test_a_receipt_to_a_decided_request_changes_nothing(request_, decide):
    taken(request_)
    decide(request_.pk, by="admin:1")
    with pytest.raises(receipts.Closed):
        taken(request_)
    assert Receipt.objects.count() == 1


def test_a_receipt_that_comes_late_opens_the_request_again(request_):
    topups.expire(request_.pk)
    taken(request_)
    assert state(request_) == TopUpState.PENDING


def test_while_another_request_is_open_an_expired_one_stays_so(request_, anna):
    receipts.take_back(request_.pk)
    other = asked(anna)
    with pytest.raises(receipts.Closed):
        taken(request_)
    assert (state(request_), state(other)) == (TopUpState.EXPIRED, TopUpState.CREATED)


def test_the_end_of_an_offer_never_takes_one_whose_receipt_has_just_come(request_):
    """The worker has claimed it as created; before it acts, the receipt is there."""
    claimed = TopUp.objects.get(pk=request_.pk)
    with clock.moved(DAY):
        taken(request_)
        assert paying.step(claimed) is None
    assert state(request_) == TopUpState.PENDING


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture(), ReceiptKind.PHOTO),
        (picture(form="JPEG"), ReceiptKind.PHOTO),
        (picture(form="WEBP"), ReceiptKind.PHOTO),
        (PDF, ReceiptKind.PDF),
        (PDF + b"\n" * 1000, ReceiptKind.PDF),
    ],
)
def test_what_opens_is_hashed(request_, unreadable, content, kind):
    receipt = taken(request_, file_id="f", kind=kind)
    assert opens({"f": content}) == 1

    assert state(receipt) == ReceiptState.READ
    assert (receipt.sha256, receipt.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (receipt.seen_before, unreadable) == (None, [])
    assert opens({"f": content}) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 a docx that calls itself a pdf",
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        picture()[:60],
        PDF[:60],
        b"GIF89a" + bytes(20),
    ],
)
def test_what_is_no_picture_and_no_pdf_is_told_once_and_the_request_stays(request_, unreadable, content):
    receipt = taken(request_, file_id="f")
    assert opens({"f": content}) == 1
    assert opens({"f": content}) == 0

    assert (state(receipt), state(request_), unreadable) == ("unfit", TopUpState.PENDING, [receipt.pk])
    assert (receipt.sha256, receipts.shown(request_)) == ("", 0)


def test_what_telegram_does_not_give_is_told(request_, unreadable):
    receipt = taken(request_, file_id="f")
    opens({})
    assert (state(receipt), unreadable) == (ReceiptState.GONE, [receipt.pk])


def test_while_telegram_is_away_it_is_tried_again_and_at_last_given_up(request_, unreadable):
    receipt = taken(request_, file_id="f")

    def away(_):
        raise ConnectionError("no answer")

    for attempt in range(receipts.QUEUE.max_attempts):
        assert state(receipt) == ReceiptState.NEW, attempt
        with clock.moved(timedelta(hours=attempt)):
            opens({}, before=away)

    assert (state(receipt), state(request_), unreadable) == (ReceiptState.GONE, TopUpState.PENDING, [receipt.pk])


def test_the_same_content_is_noticed_whoever_sends_it_and_in_whichever_order_it_is_read(request_, met):
    first = taken(request_, file_id="a")
    second = taken(asked(met()), file_id="b")
    third = taken(asked(met()), file_id="c")
    same = picture()
    Receipt.objects.filter(pk=first.pk).update(due_at=clock.now() + timedelta(hours=1))
    with capture_logs() as lines:
        assert opens({"b": same, "c": same}) == 2
    third.refresh_from_db()
    assert third.seen_before == second
    assert lines == []  # told at the commit

    with clock.moved(timedelta(hours=2)):
        opens({"a": same})
    for row in (first, second, third):
        row.refresh_from_db()
    assert (first.seen_before, second.seen_before) == (None, first)
    assert third.seen_before in (first, second)


def test_the_same_file_is_noticed_by_its_lasting_name_even_if_it_cannot_be_opened_any_more(request_, met):
    first = taken(request_, file_id="a", unique_id="same")
    second = taken(asked(met()), file_id="b", unique_id="same")
    stranger = taken(asked(met()), file_id="c", unique_id="another")
    opens({"a": picture()})

    stranger.refresh_from_db()
    assert (stranger.state, stranger.seen_before) == (ReceiptState.GONE, None)
    second.refresh_from_db()
    assert (second.state, second.seen_before) == (ReceiptState.GONE, first)


def test_another_picture_is_no_repetition(request_, met):
    taken(request_, file_id="a")
    other = taken(asked(met()), file_id="b")
    opens({"a": picture(1), "b": picture(2)})
    other.refresh_from_db()
    assert other.seen_before is None


@pytest.mark.django_db(transaction=True)
def test_of_one_content_read_by_eight_workers_at_once_all_but_the_first_are_marked(met, together):
    rows = [taken(asked(met()), file_id=f"f{number}") for number in range(8)]
    content = picture()

    with telegram_has({f"f{number}": content for number in range(8)}):
        together(8, lambda number: receipts.step(rows[number]))

    first, *others = Receipt.objects.order_by("pk")
    assert (first.state, first.seen_before) == (ReceiptState.READ, None)
    assert all(other.seen_before_id for other in others)


@pytest.mark.parametrize("where", ["before the file", "with the file in hand", "in the last transaction"])
def test_a_worker_killed_at_any_moment_leaves_it_to_the_next(request_, unreadable, monkeypatch, where):
    receipt, content = taken(request_, file_id="f"), b"neither picture nor PDF"
    compare = receipts._compare
    if where == "with the file in hand":
        monkeypatch.setattr(receipts.receipt_file, "mime", lambda _: (_ for _ in ()).throw(Killed))
    if where == "in the last transaction":
        monkeypatch.setattr(receipts, "_compare", lambda _: (_ for _ in ()).throw(Killed))

    def dies(_):
        if where == "before the file":
            raise Killed

    with pytest.raises(Killed):
        opens({"f": content}, before=dies)
    receipt.refresh_from_db()
    assert (receipt.state, receipt.attempts, unreadable) == (ReceiptState.NEW, 1, [])
    assert opens({"f": content}) == 0  # its claimer is alive, for all anybody knows

    monkeypatch.undo()
    assert receipts._compare is compare
    Instance.objects.update(heartbeat=clock.now() - timedelta(minutes=1))
    assert opens({"f": content}) == 1
    assert (state(receipt), unreadable) == (ReceiptState.UNFIT, [receipt.pk])


def test_a_worker_that_was_taken_for_dead_and_comes_back_changes_nothing(request_, unreadable):
    receipt = taken(request_, file_id="f")
    late = Receipt.objects.get(pk=receipt.pk)
    opens({"f": picture()})
    with telegram_has({}):
        receipts.step(late)

    assert (state(receipt), unreadable) == (ReceiptState.READ, [])


@pytest.fixture
def repeated():
    """The receipts that their own people have shown before."""
    heard = []

    def hear(receipt, **_):
        heard.append(receipt.pk)

    receipt_repeated.connect(hear)
    yield heard
    receipt_repeated.disconnect(hear)


def test_the_same_picture_sent_anew_is_told_to_its_person_and_does_not_count_twice(request_, repeated):
    """Telegram gives each upload a name of its own: only the content shows it."""
    first, again = taken(request_, file_id="a", unique_id="a"), taken(request_, file_id="b", unique_id="b")
    other = taken(request_, file_id="c", unique_id="c")
    opens({"a": picture(), "b": picture(), "c": picture(90)})

    again.refresh_from_db()
    assert (again.seen_before, repeated) == (first, [again.pk])
    assert receipts.shown(request_) == 2
    assert other.seen_before is None


def test_somebody_elses_receipt_is_for_the_operator_alone(request_, met, repeated):
    taken(request_, file_id="a", unique_id="a")
    again = taken(asked(met()), file_id="b", unique_id="b")
    opens({"a": picture(), "b": picture()})

    again.refresh_from_db()
    assert again.seen_before
    assert repeated == []
