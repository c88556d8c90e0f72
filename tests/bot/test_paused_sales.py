"""While KIE's account is empty nothing is sold: the tap on «start» says why, takes nothing, and works later; what waits says so."""

from datetime import timedelta

import pytest

from bot import renders
from bot.models import Delivery
from kie import breaker
from kie.breaker import ACCOUNT, Breaker, Reason, State, creates_of
from kie.models import Job
from payments import ledger
from reliability import clock
from tests.bot.person import check

pytestmark = pytest.mark.django_db


def test_the_tap_on_start_says_why_and_keeps_the_order(anna):
    before = ledger.available(anna.customer)
    breaker.trip(ACCOUNT, Reason.CREDITS, "402: Credits insufficient")
    anna.orders("z-image")

    screen = anna.tap("✅ Запустить")

    check(screen)
    assert screen.reason == "PROVIDER_ERROR"
    assert "У сервиса кончились ресурсы" in screen.text
    assert "деньги не списаны" in screen.text
    assert (Job.objects.count(), ledger.available(anna.customer)) == (0, before)
    Breaker.objects.filter(pk=ACCOUNT).update(state=State.HALF_OPEN)
    anna.tap("✅ Запустить")
    assert Job.objects.count() == 1


def test_what_waits_for_maintenance_says_so_and_can_be_cancelled(anna):
    breaker.trip(creates_of("market"), Reason.MAINTENANCE, "455: back soon")
    anna.orders("z-image")

    screen = anna.tap("✅ Запустить")

    assert "На сервисе технические работы" in screen.text
    assert "деньги вернутся сами" in screen.text
    assert anna.data("❌ Отменить")


def test_the_operator_is_written_to_in_plain_words(settings, anna):
    settings.ADMIN_IDS = (anna.customer.telegram_id,)
    breaker.trip(ACCOUNT, Reason.KEY, "401: You do not have access permissions")

    (alarm,) = Delivery.objects.filter(payload__name="alarm")
    screen = renders.render(alarm)

    assert "KIE не принимает наш ключ" in screen.text
    assert "You do not have access permissions" in screen.text
    with clock.moved(timedelta(minutes=5)):
        breaker.trip(ACCOUNT, Reason.KEY, "401")
    assert Delivery.objects.filter(payload__name="alarm").count() == 1
