"""Friends who were invited: the link, who counts, and the reward after the friend's first result that their own money covers.

What earns it is noted in the commit of that result; the reward is a step of its own by the worker. Killed anywhere in
between, the row stays earned and is taken up again; its ref, `invite:<friend's id>`, is given once.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import structlog
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Count, Func, Q, Sum

from payments import ledger
from payments.customer import Customer
from payments.invite import Invite, InviteState
from payments.promos import word
from payments.signals import invite_rewarded
from payments.terms import Terms
from reliability import clock
from reliability.due import DueQuerySet, Queue
from reliability.log import person
from reliability.wake import wake

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person's link has brought: friends who came, those who are rewarded, rubles in all."""

    invited: int
    rewarded: int
    rubles: Decimal


def code_of(customer: Customer) -> str:
    """The word in a person's link: made when they first ask for it, the same ever after."""
    while customer.invite_code is None:
        mine = Customer.objects.filter(pk=customer.pk, invite_code__isnull=True)
        try:
            with transaction.atomic():
                mine.update(invite_code=word())
        except IntegrityError:  # somebody else's word: another is drawn
            continue
        customer.refresh_from_db(fields=["invite_code"])
    return customer.invite_code


def inviter(code: str) -> Customer | None:
    """Whose link it is. Nobody's, if they are blocked."""
    return Customer.objects.filter(invite_code=code.upper(), blocked=False).first() if code else None


def earned(friend: Customer) -> bool:
    """waits → earned: the friend has a result, and by then had topped up at least its price. Within the commit of that result,
    whose capture holds the friend's wallet; a repeat changes nothing.

    Rubles have no marks: which of them paid a result the ledger cannot tell. It can tell that given rubles alone did not:
    what was topped up, less what went back, reaches the price.
    """
    if friend.invited_by_id is None:
        return False
    of_own_money = Func("friend_id", function="public.has_result_of_own_money", output_field=BooleanField())
    waits = Invite.objects.filter(friend=friend, state=InviteState.WAITS).alias(own=of_own_money).filter(own=True)
    if not waits.update(state=InviteState.EARNED, due_at=clock.now()):
        return False
    transaction.on_commit(wake)
    return True


def standing(customer: Customer) -> Standing:
    """What the person's link has brought up to now."""
    theirs = Customer.objects.filter(invited_by=customer)
    rewarded = Q(invite__state=InviteState.REWARDED)
    told = theirs.aggregate(
        invited=Count("pk"), rewarded=Count("pk", filter=rewarded), rubles=Sum("invite__transfer__amount")
    )
    return Standing(told["invited"], told["rewarded"], told["rubles"] or Decimal("0.00"))


def rows(_now: datetime) -> DueQuerySet:
    """Rewards that are earned and not given yet."""
    return Invite.objects.open()


@transaction.atomic
def step(invite: Invite) -> None:
    """earned → rewarded or nothing. A repeat, after whatever death, gives no second reward."""
    row = Invite.objects.lock(invite.pk, InviteState.EARNED)
    if row is None:
        return
    who, reward = row.friend.invited_by, Terms.now().invite_rub
    assert who is not None  # a trigger: an invite is of somebody who was invited
    if reward <= 0 or who.blocked:
        row.state = InviteState.NOTHING
    else:
        row.transfer = ledger.bonus(who, reward, ref=f"invite:{row.friend_id}", cid=row.cid, note="invite")
        row.state = InviteState.REWARDED
        invite_rewarded.send(sender=Invite, invite=row)
    row.save(update_fields=["state", "transfer"])
    facts = {"state": row.state, "rubles": str(reward), "person": person(who.telegram_id), "cid": row.cid}
    transaction.on_commit(lambda: log.info("invite.ended", **facts))


def bury(invite: Invite, why: str) -> None:
    """The reward could not be given, again and again: the row says why, the log calls the operator."""
    Invite.objects.filter(pk=invite.pk, state=InviteState.EARNED).update(state=InviteState.NOTHING)


QUEUE: Final[Queue[Invite]] = Queue("invite", rows=rows, step=step, bury=bury, max_attempts=5)
