"""Invited friends: who counts as one, and the reward that comes once, whatever dies on the way."""

from decimal import Decimal

import pytest

from payments import invites, ledger, people, refunds
from payments.models import Customer, Invite, InviteState, Terms, Transfer
from payments.signals import invite_rewarded
from reliability import cid, instance
from reliability.due import run_due
from tests.payments.own_money import spends, tops_up

REWARD = Decimal("25.00")


def meet(telegram_id, code=""):
    return people.meet(telegram_id, first_name="Борис", username=None, language_code="ru", invite_code=code)[0]


@pytest.fixture
def link(customer):
    return invites.code_of(customer)


@pytest.fixture
def friend(link):
    return meet(1001, link)


def pays(friend):
    """The friend has topped up and has a result for it, as kie.jobs ends it."""
    tops_up(friend, "50.00")
    spends(friend, "5.00", "first")
    return invites.earned(friend)


def works():
    instance.beat("worker")
    return run_due(invites.QUEUE, instance.me())


def test_the_word_of_a_link_is_made_once_and_is_not_the_telegram_id(customer):
    first = invites.code_of(Customer.objects.get(pk=customer.pk))

    assert invites.code_of(Customer.objects.get(pk=customer.pk)) == first
    assert str(customer.telegram_id) not in first


def test_a_newcomer_counts_for_whose_link_it_was(customer, friend):
    assert friend.invited_by == customer
    assert Invite.objects.get().state == InviteState.WAITS
    assert invites.standing(customer) == invites.Standing(1, 0, Decimal("0.00"))


def test_the_first_inviter_wins_and_who_is_known_already_does_not_count(customer, friend, met):
    other = met()

    again, known = meet(1001, invites.code_of(other)), meet(customer.telegram_id, invites.code_of(other))

    assert (again.invited_by, known.invited_by) == (customer, None)
    assert Invite.objects.count() == 1


def test_nobody_comes_by_their_own_link_by_an_unknown_one_or_by_a_blocked_persons(customer, link):
    assert meet(customer.telegram_id, link).invited_by is None
    assert meet(2001, "NOBODYS").invited_by is None
    Customer.objects.filter(pk=customer.pk).update(blocked=True)
    assert meet(2002, link).invited_by is None


def test_the_reward_comes_after_the_first_paid_result_and_only_then(customer, friend):
    assert works() == 0
    assert pays(friend)

    assert works() == 1

    invite = Invite.objects.get()
    assert (invite.state, invite.transfer.ref) == (InviteState.REWARDED, f"invite:{friend.pk}")
    assert invite.transfer.amount == REWARD
    assert ledger.available(customer) == Decimal("100.00") + REWARD
    assert invites.standing(customer) == invites.Standing(1, 1, REWARD)
    assert not invites.earned(friend)  # a second result
    assert works() == 0


def test_a_result_of_given_rubles_earns_nobody_anything(customer, friend):
    """Else a welcome above the price of a generation would pay whoever invites empty friends."""
    ledger.bonus(friend, Decimal("30.00"), ref="welcome:test", cid=cid.new())
    spends(friend, "5.00", "given")

    assert not invites.earned(friend)
    assert works() == 0

    tops_up(friend, "50.00")
    assert not invites.earned(friend)  # the money came after that result
    spends(friend, "5.00", "own")
    assert invites.earned(friend)


def test_a_result_dearer_than_what_was_topped_up_earns_nothing(customer, friend):
    ledger.bonus(friend, Decimal("30.00"), ref="welcome:test", cid=cid.new())
    tops_up(friend, "50.00")
    spends(friend, "50.01", "dear")

    assert not invites.earned(friend)


def test_money_that_went_back_was_no_money(payment, customer, friend):
    ledger.bonus(friend, Decimal("30.00"), ref="welcome:test", cid=cid.new())
    topup = payment(friend)
    back = refunds.ask(topup.pk, Decimal("96.00"), by="admin:1", reason="asked")
    spends(friend, "5.00", "after")
    assert not invites.earned(friend)

    refunds.refused(back.pk, "no")
    spends(friend, "5.00", "again")
    assert invites.earned(friend)


def test_what_failed_earns_nothing(customer, friend):
    ledger.bonus(friend, Decimal("5.00"), ref="bonus:test:f", cid=cid.new())
    hold = ledger.hold(friend, Decimal("5.00"), ref="hold:job:f", cid=cid.new())
    ledger.release(hold, ref="release:job:f", cid=cid.new())

    assert works() == 0
    assert ledger.available(customer) == Decimal("100.00")


def test_who_came_by_themselves_earns_nobody_anything(customer):
    assert not invites.earned(customer)


def test_a_step_that_is_run_again_after_its_commit_rewards_nobody_twice(customer, friend):
    pays(friend)
    stale = Invite.objects.get()
    invites.step(stale)
    Terms.objects.create(pk=1, invite_rub=50)  # the reward was decided then
    invites.step(stale)

    assert Transfer.objects.filter(ref__startswith="invite:").count() == 1


def test_a_step_that_dies_before_its_commit_is_taken_up_again(customer, friend):
    pays(friend)

    def dies(**_):
        raise RuntimeError("killed")

    invite_rewarded.connect(dies)
    try:
        works()
    finally:
        invite_rewarded.disconnect(dies)
    assert Invite.objects.get().state == InviteState.EARNED
    assert ledger.available(customer) == Decimal("100.00")  # the bonus went back with it

    Invite.objects.update(due_at=Invite.objects.get().created_at)
    works()

    assert ledger.available(customer) == Decimal("100.00") + REWARD


@pytest.mark.parametrize("no", ["rewards are off", "the inviter is blocked"])
def test_without_a_reward_to_give_the_invite_ends(customer, friend, no):
    if no == "rewards are off":
        Terms.objects.create(pk=1, invite_rub=0)
    else:
        Customer.objects.filter(pk=customer.pk).update(blocked=True)
    pays(friend)

    works()

    assert Invite.objects.get().state == InviteState.NOTHING
    assert ledger.available(customer) == Decimal("100.00")


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_one_reward_give_it_once(met, together):
    anna = met()
    friend = meet(3001, invites.code_of(anna))
    pays(friend)
    invite = Invite.objects.get()

    outcomes = together(8, lambda _: invites.step(invite))

    assert outcomes == [None] * 8
    assert ledger.available(anna) == REWARD


@pytest.mark.django_db(transaction=True)
def test_a_friend_who_taps_eight_links_at_once_came_by_one(met, together):
    links = [invites.code_of(met()) for _ in range(8)]

    together(8, lambda number: meet(4001, links[number]))

    assert Invite.objects.count() == Customer.objects.filter(invited_by__isnull=False).count() == 1
