"""Stars over HTTP where Telegram's news are lost: the payment is credited all the same, and given back once."""

from decimal import Decimal

import pytest

from tests.e2e.stack import Person, Stack, read, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(300)]
PROMISED_S = 120  # within which a payment that nobody noticed is credited
RETURN = """
from payments import refunds
from payments.models import TopUp
topup = TopUp.objects.get(external_id={charge!r})
print(refunds.ask(topup.pk, topup.rubles, by="admin:1", reason="Вернули по просьбе").ref)
"""


def stars(stack: Stack) -> int:
    return read(f"{stack.telegram}/sandbox/state")["stars"]


def test_a_payment_whose_news_are_lost_is_credited_and_told_and_goes_back_once(stack: Stack, person: Person):
    before = stars(stack)
    person.writes("/balance")
    person.presses("topup")
    person.presses("pay:100")
    person.sees(media="invoice")
    stack.fault(stack.telegram, "webhook", "not_delivered", after=1)  # the pre-checkout comes, the payment does not
    paid = person.pays()
    assert paid["paid"], paid
    assert stars(stack) == before + 160

    person.sees("400,00", within_s=PROMISED_S)
    assert person.balance() == Decimal("400.00")
    assert until(lambda: stack.said("reconcile.credited"), "the comparison says that it has credited something")

    with stack.by_hand("shell", "-c", RETURN.format(charge=paid["charge_id"])) as command:
        assert command.stdout is not None
        said = command.stdout.read()
    assert f"refund:stars:{paid['charge_id']}:1" in said, said

    until(lambda: stars(stack) == before, "the stars are back")
    person.sees("Вернули вам 100,00", "Вернули по просьбе")
    until(lambda: person.balance() == Decimal("300.00"), "the sum has left the balance")
    until(lambda: stack.said("refund.done"), "the return is done")
    assert len(stack.said("refund.done")) == 1
    assert len([one for one in person.messages() if "Вернули вам" in one.get("text", "")]) == 1
    assert stack.health()["work_list"] == 0
