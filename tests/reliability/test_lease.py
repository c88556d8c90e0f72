"""The lease: one holder, a new epoch with every takeover, and a holder that knows when to stop."""

import uuid
from datetime import timedelta

import pytest

from reliability import clock
from reliability.lease import TERM_S, Held
from reliability.models import Lease

pytestmark = pytest.mark.django_db


def held() -> Held:
    return Held("bot", uuid.uuid4())


def test_one_holds_it_and_the_other_waits():
    first, second = held(), held()

    assert (first.take_or_renew(), second.take_or_renew(), first.take_or_renew()) == (True, False, True)
    assert (first.valid, second.valid, first.epoch) == (True, False, 1)


def test_a_release_lets_the_next_one_in_at_once_under_a_new_epoch():
    first, second = held(), held()
    first.take_or_renew()
    first.release()

    assert (second.take_or_renew(), second.epoch, first.valid) == (True, 2, False)
    first.release()  # of a lease already lost: changes nothing
    assert Lease.objects.get().holder == second.holder


def test_after_a_crash_it_is_free_when_its_term_has_passed():
    first, second = held(), held()
    first.take_or_renew()

    with clock.moved(timedelta(seconds=TERM_S - 1)):
        assert not second.take_or_renew()
    with clock.moved(timedelta(seconds=TERM_S + 1)):
        assert second.take_or_renew()
        assert not first.take_or_renew()


def test_force_takes_it_from_the_living_and_fences_them_off():
    first, second = held(), held()
    first.take_or_renew()

    assert second.take_or_renew(force=True)
    assert not first.take_or_renew()
    assert Lease.objects.get().epoch == second.epoch == 2
