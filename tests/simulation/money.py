"""What must hold of money: our rows against what Telegram, the bank and the operators know to be true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from bot.models import Delivery
from kie.models import Job, JobState
from payments.models import (
    AuditEntry,
    Customer,
    Invite,
    InviteState,
    Kind,
    PromoCode,
    Receipt,
    Redemption,
    Refund,
    RefundState,
    TopUp,
    Transfer,
    Wallet,
)  # fmt: skip
from payments.terms import MANUAL

if TYPE_CHECKING:
    from tests.simulation.world import World

GIVEN: Final = Decimal("2.00")  # to everybody at the first meeting
REWARD: Final = Decimal("25.00")  # for a friend, by the terms


def miscredited(world: World) -> Iterable[str]:
    """Stars that moved at Telegram, and credits: one for one, to who paid; what was given up waits for an operator."""
    ours = defaultdict(list)
    for transfer in Transfer.objects.filter(kind=Kind.TOPUP).select_related("customer"):
        topup = TopUp.objects.filter(transfer=transfer).first()
        ours[topup.external_id if topup else transfer.ref].append(transfer.customer.telegram_id)
    paid = {charge: [who] for charge, (who, _) in world.telegram.charges.items()}
    offers = {one.payload: one.customer.telegram_id for one in TopUp.objects.select_related("customer")}
    paid |= {payload: [who] for payload, who in _approved(world)}
    paid |= {one.payment: [offers.get(one.payload)] for one in world.bank.bills.values() if one.state == "paid"}
    if dict(ours) != paid:
        yield f"paid {paid}, credited {dict(ours)}"


def misreturned(world: World) -> Iterable[str]:
    """What went back at the provider, and what left the wallet for it: the same, to the last kopeck and star."""
    unclear = set(Refund.objects.filter(state=RefundState.UNCLEAR).values_list("topup__external_id", flat=True))
    ours = Counter[str]()
    for refund in Refund.objects.exclude(state=RefundState.REFUSED).select_related("topup"):
        ours[refund.topup.external_id or ""] += refund.minor_amount
    theirs = Counter({charge: world.telegram.charges[charge][1] for charge in world.telegram.returned})
    theirs += Counter({one.payment: sum(one.returned.values()) for one in world.bank.bills.values()})
    for bill in world.bank.bills.values():
        asked = Refund.objects.filter(topup__external_id=bill.payment).exclude(by=world.bank.name).count()
        made = sum(not ref.startswith("by-itself") for ref in bill.returned)
        if made > asked:
            yield f"{bill.payment} was returned {made} times, and asked for {asked} times"
    for payment in ours.keys() | theirs.keys():
        if ours[payment] != theirs[payment] and payment not in unclear:
            yield f"of {payment} {theirs[payment]} went back, the wallet paid {ours[payment]}"


def astray(world: World) -> Iterable[str]:
    """A person's money that is not what they were given, plus what they paid, minus what they got."""
    for wallet in Wallet.objects.select_related("customer"):
        customer = wallet.customer
        paid = TopUp.objects.filter(customer=customer, transfer__isnull=False)
        got = Job.objects.filter(customer=customer).exclude(state__in=(JobState.FAILED, JobState.TIMED_OUT))
        back = Refund.objects.filter(topup__customer=customer).exclude(state=RefundState.REFUSED)
        spent_before = Transfer.objects.filter(customer=customer, ref__startswith="short:")
        owned = GIVEN + sum(one.rubles for one in paid) - sum(one.price for one in got)
        owned += sum(one.amount for one in spent_before) - sum(one.rubles for one in back)
        owned += sum(one.code.rubles for one in Redemption.objects.filter(customer=customer).select_related("code"))
        owned += REWARD * Invite.objects.filter(friend__invited_by=customer, state=InviteState.REWARDED).count()
        if wallet.balance != owned:
            yield f"{customer.telegram_id} has {wallet.balance}, should have {owned}"


def _approved(world: World) -> Iterable[tuple[str, int]]:
    """Of the bank transfers that an operator was about to approve, those that are credited: whoever died meanwhile approves
    nothing. That they are credited once, and no others are, is the check's."""
    for topup in TopUp.objects.filter(pk__in=world.operator.approved, transfer__isnull=False).select_related(
        "customer"
    ):
        yield topup.payload, topup.customer.telegram_id


def misjudged(world: World) -> Iterable[str]:
    """A receipt with two decisions, or one that was credited though nobody has approved it."""
    decided = Counter(AuditEntry.objects.filter(act__in=["approve", "reject"]).values_list("object_id", flat=True))
    for topup in TopUp.objects.filter(provider=MANUAL):
        if decided[str(topup.pk)] > 1:
            yield f"top-up {topup.pk} was decided {decided[str(topup.pk)]} times"
        if topup.transfer_id and topup.pk not in world.operator.approved:
            yield f"top-up {topup.pk} is credited, nobody has approved it"


def overgiven(world: World) -> Iterable[str]:
    """Rubles of a code that were given to one person twice, or more often than it may be used."""
    given = Counter(Transfer.objects.filter(kind=Kind.BONUS, note__startswith="promo ").values_list("customer", "note"))
    for (customer, note), times in given.items():
        if times > 1:
            yield f"customer {customer} got {note} {times} times"
    for code in PromoCode.objects.all():
        if code.uses > world.shop.uses or sum(given.values()) > world.shop.uses:
            yield f"{code} was used {code.uses} times, {sum(given.values())} gifts, at most {world.shop.uses}"


def misrewarded(world: World) -> Iterable[str]:
    """Rewards, and the friends who earned them: one for one. Whose friends have paid stars, whatever came later, and had a
    result after that, has earned it; what went back, or was given, earns nothing."""
    for friend in Customer.objects.filter(invited_by__isnull=False).select_related("invited_by"):
        own, earned = Decimal(0), False
        for moved in Transfer.objects.filter(customer=friend).order_by("n"):
            own += moved.amount * {Kind.TOPUP: 1, Kind.REFUND_FAILURE: 1, Kind.REFUND: -1}.get(Kind(moved.kind), 0)
            earned = earned or (moved.kind == Kind.CAPTURE and own >= moved.amount)
        rewards = Transfer.objects.filter(kind=Kind.BONUS, customer=friend.invited_by, note="invite")
        told = [one.amount for one in rewards if one.ref.endswith(f":{friend.pk}")]
        if told != [REWARD] * earned:
            yield f"{friend.telegram_id} has {'earned a' if earned else 'earned no'} reward, given were {told}"


def unmarked(world: World) -> Iterable[str]:
    """The same content sent again, and no operator would see it."""
    first: dict[str, int] = {}
    for receipt in Receipt.objects.exclude(sha256="").order_by("pk"):
        if receipt.seen_before_id != first.get(receipt.sha256):
            yield f"receipt {receipt.pk} was seen before as {first.get(receipt.sha256)}, marked {receipt.seen_before_id}"
        first.setdefault(receipt.sha256, receipt.pk)


def unanswered_checkouts(world: World) -> Iterable[str]:
    """A pre-checkout that Telegram was acknowledged without a yes or no: ten seconds later the payment is off."""
    return (f"{query} got no answer" for query in world.telegram.unanswered_checkouts)


def untold(_world: World) -> Iterable[str]:
    """A credit, an operator's no, a return or a reward of which no row will ever tell the person."""
    keys = set(Delivery.objects.values_list("dedup_key", flat=True))
    due = [f"topup:{one.pk}" for one in TopUp.objects.filter(transfer__isnull=False)]
    due += [f"topup:{one.pk}:rejected" for one in TopUp.objects.filter(state="rejected")]
    due += [f"refund:{one.pk}" for one in Refund.objects.filter(state__in=[RefundState.DONE, RefundState.REFUSED])]
    due += [f"invite:{one.friend_id}" for one in Invite.objects.filter(state=InviteState.REWARDED)]
    return (f"nothing is said of {key}" for key in due if key not in keys)
