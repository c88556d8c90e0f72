"""Every movement of money: one short transaction each, once for each `ref`.

A repeat with the same ref and facts returns the first transfer and moves nothing; other facts under a known ref are a
RefConflict. A movement locks one wallet and nothing else, so there is no order of locks to get wrong. All raise
BadAmount for what is no amount (amount.exact): also for 0, so what costs nothing has no hold and nothing to settle.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from payments import digest, movement
from payments.amount import LARGEST, exact
from payments.customer import Customer, Wallet
from payments.signals import money_moved
from payments.transfer import MOST, SETTLED, Account, Kind, Transfer
from reliability import clock, counts

__all__ = ["AlreadySettled", "Kind", "LedgerError", "NotEnoughMoney", "RefConflict", "Transfer"]

log = structlog.get_logger()

CONFLICTS: Final = "ref_conflicts"
LAST_CONFLICT_AT: Final = "last_ref_conflict_at"


class LedgerError(Exception):
    """A movement that was refused; nothing has moved."""


class NotEnoughMoney(LedgerError):
    """The person has less than is needed. Both sums are rubles."""

    def __init__(self, needed: Decimal, available: Decimal) -> None:
        super().__init__(f"{needed} needed, {available} available")
        self.needed, self.available = needed, available


class RefConflict(LedgerError):
    """The ref is known with other facts. A fault of the caller or a forgery, never of the person; logged as an error."""


class AlreadySettled(LedgerError):
    """The hold was captured or released, or the refund has failed, before: under another ref."""


def topup(
    customer: Customer, amount: Decimal, *, provider: str, external_id: str, cid: str, actor: str = ""
) -> Transfer:
    """provider → wallet: credit one payment, named by the provider's own id of it. `topups` calls this, with its row."""
    ref = topup_ref(f"{provider}:{external_id}")
    return _move(Kind.TOPUP, customer, amount, ref=ref, cid=cid, provider=provider, actor=actor)


def topup_ref(payment: str) -> str:
    """The ref that credits a payment (`Notice.payment`), so that only one movement can: also where an operator has to say whose it is."""
    return f"topup:{payment}"


def hold(customer: Customer, amount: Decimal, *, ref: str, cid: str) -> Transfer:
    """wallet → hold: set a price aside. Raises NotEnoughMoney. Refuses 0: a free generation has no hold."""
    return _move(Kind.HOLD, customer, amount, ref=ref, cid=cid)


def capture(hold: Transfer, *, ref: str, cid: str) -> Transfer:
    """hold → revenue: what was held is earned, all of it. Raises AlreadySettled."""
    return _settle(Kind.CAPTURE, hold, ref=ref, cid=cid)


def release(hold: Transfer, *, ref: str, cid: str) -> Transfer:
    """hold → wallet: what was held goes back, all of it. Raises AlreadySettled."""
    return _settle(Kind.RELEASE, hold, ref=ref, cid=cid)


def bonus(customer: Customer, amount: Decimal, *, ref: str, cid: str, actor: str = "", note: str = "") -> Transfer:
    """promo → wallet: a gift."""
    return _move(Kind.BONUS, customer, amount, ref=ref, cid=cid, actor=actor, note=note)


def refund(
    customer: Customer, amount: Decimal, *, provider: str, ref: str, cid: str, actor: str = "", note: str = ""
) -> Transfer:
    """wallet → provider: a payment goes back, wholly or in part, under a ref of its own. Raises NotEnoughMoney."""
    return _move(Kind.REFUND, customer, amount, ref=ref, cid=cid, provider=provider, actor=actor, note=note)


def refund_failure(refund: Transfer, *, ref: str, cid: str, actor: str, note: str) -> Transfer:
    """provider → wallet: the provider did not return it, so the wallet has all of it again. Raises AlreadySettled."""
    return _settle(Kind.REFUND_FAILURE, refund, ref=ref, cid=cid, actor=actor, note=note)


def payout(customer: Customer, amount: Decimal, *, ref: str, cid: str, actor: str, note: str) -> Transfer:
    """wallet → payout: money was given to the person by other ways than a provider's refund. Raises NotEnoughMoney."""
    return _move(Kind.PAYOUT, customer, amount, ref=ref, cid=cid, actor=actor, note=note)


def adjust(
    customer: Customer, amount: Decimal, *, ref: str, cid: str, actor: str, note: str, debit: bool = False
) -> Transfer:
    """adjustment → wallet, or with `debit` wallet → adjustment: an operator's correction, with who and why.

    Raises NotEnoughMoney for a debit of more than is available.
    """
    return _move(
        Kind.ADJUST_OUT if debit else Kind.ADJUST_IN, customer, amount, ref=ref, cid=cid, actor=actor, note=note
    )


def available(customer: Customer) -> Decimal:
    """What the person may spend, in rubles."""
    return Wallet.objects.get(pk=customer.pk).balance


def held(customer: Customer) -> Decimal:
    """What is set aside for generations under way, in rubles."""
    return Wallet.objects.get(pk=customer.pk).held


def lock(customer: Customer) -> Wallet:
    """The person's wallet, locked until the transaction ends: other movements and confirms of theirs wait."""
    return Wallet.objects.lock(customer)


def note_conflict(event: str, **facts: Any) -> None:
    """A RefConflict is an error in the log and in /metrics, and for an hour a reason for /health to say «degraded»."""
    log.error(event, **facts)
    counts.mine.add(CONFLICTS)
    counts.mine.latest(LAST_CONFLICT_AT, clock.now().timestamp())


def verify_digests() -> Iterator[str]:
    """What does not bear its own digest: refs of transfers, and wallets as `wallet:<key of the row>`. Reads every row."""
    yield from digest.changed_transfers()
    yield from (f"wallet:{customer}" for customer in digest.changed_wallets())


def sign_wallets() -> list[str]:
    """Sign the wallets that stand where their last transfer left them and do not bear their digest; their keys, logged.

    For an operator who knows why: a version that signed no wallets has moved money after `0006_wallet_digest`.
    """
    signed = []
    for key in list(digest.changed_wallets()):
        with transaction.atomic():
            wallet = Wallet.objects.select_for_update().get(pk=int(key))
            last = (
                Transfer.objects.filter(customer=wallet.pk)
                .order_by("-n")
                .values_list("n", "balance_after", "held_after")
            )
            if (wallet.last_n, wallet.balance, wallet.held) == (last.first() or (0, 0, 0)):
                wallet.sign()
                wallet.save(update_fields=["digest"])
                signed.append(key)
    log.warning("ledger.wallets_signed", wallets=signed[:100], count=len(signed))
    return signed


def _settle(kind: Kind, settled: Transfer, *, ref: str, cid: str, actor: str = "", note: str = "") -> Transfer:
    if settled.kind != SETTLED[kind]:
        raise LedgerError(f"{settled.ref} is no {SETTLED[kind]}")
    provider = settled.credit.removeprefix(Account.PROVIDER)  # of a refund
    return _move(
        kind, settled.customer, settled.amount, ref=ref, cid=cid, provider=provider, settles=settled, actor=actor, note=note
    )  # fmt: skip


def _move(
    kind: Kind,
    customer: Customer,
    amount: Decimal,
    *,
    ref: str,
    cid: str,
    provider: str = "",
    settles: Transfer | None = None,
    actor: str = "",
    note: str = "",
) -> Transfer:
    """Move rubles once for each `ref`: the facts are put together here, the rest is `_write`."""
    debit, credit = kind.pair(provider)
    wanted = Transfer(
        ref=ref, customer=customer, kind=kind.value, debit=debit, credit=credit, amount=exact(amount, most=MOST.get(kind, LARGEST)),
        settles=settles, cid=cid, actor=actor, note=note,
    )  # fmt: skip
    try:
        made = _write(wanted)
    except RefConflict as conflict:
        note_conflict("ledger.ref_conflict", why=str(conflict), **wanted.as_log())
        raise
    if made is wanted:
        transaction.on_commit(lambda: log.info("ledger.moved", **made.as_log()))
    return made


def _write(wanted: Transfer) -> Transfer:
    """Write `wanted` and its wallet, or return what was written under its ref before."""
    try:
        with transaction.atomic():
            wallet = movement.lock(wanted.customer_id)
            if known := _known(wanted):
                return known
            before = wallet.balance
            wallet.apply(Kind(wanted.kind), wanted.amount)
            if wallet.balance < 0:
                raise NotEnoughMoney(wanted.amount, before)
            wallet.sign()
            wanted.n, wanted.balance_after, wanted.held_after = wallet.last_n, wallet.balance, wallet.held
            wanted.sign()
            movement.write(wallet, wanted)
            if wanted.actor:
                money_moved.send(sender=Transfer, transfer=wanted)
            return wanted
    except IntegrityError:
        _known(wanted)  # a movement of another person may have taken the ref just now: then it is a RefConflict
        raise


def _known(wanted: Transfer) -> Transfer | None:
    """What already stands under the ref of `wanted`. Raises RefConflict, AlreadySettled."""
    if not movement.stands(wanted):
        return None
    same = Q(ref=wanted.ref) | Q(settles=wanted.settles) if wanted.settles else Q(ref=wanted.ref)
    for known in Transfer.objects.filter(same):
        if known.ref != wanted.ref:
            raise AlreadySettled(f"{wanted.settles} was settled by {known.ref}, not by {wanted.ref}")
        if known.moved() != wanted.moved():
            raise RefConflict(f"{known.ref} is {_told(known)}, not {_told(wanted)}")
        return known
    return None


def _told(transfer: Transfer) -> str:
    settled = f", settling {transfer.settles_id}" if transfer.settles_id else ""
    return f"a {transfer.kind} of {transfer.amount} ₽ by person {transfer.customer_id}{settled}"
