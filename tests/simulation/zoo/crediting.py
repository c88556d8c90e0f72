"""Bugs of those who credit by hand, give by codes and reward for friends."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from django.db import transaction

from bot import stars
from payments import invites, ledger, share, topups
from payments.acts import ACTS
from payments.models import Customer, PromoCode, TopUp, TopUpState, Transfer
from payments.promo import PromoCodeQuerySet
from payments.share import Sum
from payments.signals import topup_credited
from reliability import cid, clock
from tests.simulation.zoo.bug import Bug, bug


@bug("admin panels whose «approve» trusts the page that was open", flow="a receipt that two operators approve at once")
def approval_looks_at_no_state() -> Iterator[None]:
    """Each approval of a receipt credits it, under a reference of its own."""

    def approve(topup_id: int, *, by: str, rubles: Decimal | None = None, reason: str = "") -> Transfer:
        topup = TopUp.objects.get(pk=topup_id)
        facts = {"provider": topup.provider, "external_id": f"{topup.payload}:{cid.new()}", "cid": topup.cid}
        transfer = ledger.topup(topup.customer, rubles or topup.rubles, actor=by, **facts)
        if topup.transfer is None:
            topup.external_id, topup.paid_at, topup.state = facts["external_id"], clock.now(), TopUpState.PAID
            topup.transfer = transfer
            topup.save()
            topup_credited.send(sender=TopUp, topup=topup, transfer=transfer)
        return transfer

    whenever = replace(ACTS["approve"], why_not=lambda _row: "")
    with patch.object(topups, "approve", approve), patch.dict(ACTS, approve=whenever):
        yield


@bug("shops that look at a coupon's limit before they lock it", flow="the last use of a promo code, by two people")
def code_is_counted_from_memory() -> Iterator[None]:
    """A promo code is read once: its uses are counted before anybody's lock."""
    kept: dict[str, PromoCode | None] = {}

    def lock(self: Any, code: str) -> PromoCode | None:
        return kept.setdefault(code, self.filter(code=code).first())

    with patch.object(PromoCodeQuerySet, "lock", lock):
        yield


@bug(
    "referral rewards by a signal after the commit: who dies in between owes one for ever",
    flow="an invited friend who pays",
)
def reward_outside_the_transaction() -> Iterator[None]:
    """What earns a reward is noted after the result's commit, not in it."""

    def earned(friend: Customer) -> bool:
        transaction.on_commit(lambda: honest(friend))
        return True

    honest = invites.earned
    with patch.object(invites, "earned", earned):
        yield


@bug("handlers that answer a pre-checkout when its turn comes: ten seconds are over", flow="stars")
def pre_checkout_waits_in_the_queue() -> Iterator[None]:
    """A pre-checkout is stored like any update, and no reply says yes."""
    with patch.object(stars, "pre_checkout_answer", lambda _query: None):
        yield


@bug("webhooks that take every «refunded» for the whole payment", flow="a bill of which the bank returns half")
def part_is_taken_for_the_whole() -> Iterator[None]:
    """Whatever part of a payment its provider returns, all of it leaves the wallet."""

    def of_minor(minor: int, *, paid: Sum, left: Sum) -> Sum:
        return left

    with patch.object(share, "of_minor", of_minor):
        yield


BUGS: tuple[Bug, ...] = (
    approval_looks_at_no_state,
    code_is_counted_from_memory,
    reward_outside_the_transaction,
    pre_checkout_waits_in_the_queue,
    part_is_taken_for_the_whole,
)
