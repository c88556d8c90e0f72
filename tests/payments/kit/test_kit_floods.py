"""What every way to pay must stand: one notice a thousand times by sixteen threads, and the worker among them."""

import pytest

from payments import ledger, paying
from payments.models import TopUp, Transfer
from payments.signals import topup_credited
from reliability import instance
from reliability.due import run_due
from tests.payments.kit.cases import every_way
from tests.payments.kit.drivers.driver import HUNDRED, Driver, work
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
THREADS, EACH = 16, 63  # 1,008 notices


@every_way()
@pytest.mark.long
def test_one_notice_a_thousand_times_by_sixteen_threads_is_one_credit(way: Driver) -> None:
    told_on = []
    hear = lambda topup, **_: told_on.append(topup.pk)  # noqa: E731
    topup = way.offer(way.somebody())
    way.pays(topup)
    told = way.notice()
    instance.beat("worker")

    def flood(_number: int) -> int:
        for time in range(EACH):
            way.hears(told)
            if time % 9 == 0:
                run_due(paying.QUEUE, instance.me(), most=2)
        return EACH

    topup_credited.connect(hear)
    try:
        assert together(THREADS, flood) == [EACH] * THREADS
        work()
    finally:
        topup_credited.disconnect(hear)

    assert Transfer.objects.filter(customer=topup.customer, kind="topup").count() == 1
    assert ledger.available(topup.customer) == HUNDRED
    assert (TopUp.objects.get().state, told_on) == ("paid", [topup.pk])
