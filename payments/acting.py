"""How an operator's act is done: once for each form, with its entry in the audit, or as a proposal to a second person.

Everything of an act is one transaction, with the person's wallet locked from its first statement on: an act that fails
leaves no entry, and two that are sent at once come one after the other. An act that counts towards the second person's limit
locks its operator too: always the operator first and then the wallet, so that no two wait for each other.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from payments import audit, ledger, proposal
from payments.acts import ACTS, REFUSALS, in_words, shown
from payments.audit import AuditEntry
from payments.customer import Customer
from payments.order import Act, CannotAct, Order
from payments.proposal import STANDS, Proposal, ProposalState
from reliability import clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order: its entry, or the proposal that waits for a second person. `repeated`: it was so before."""

    entry: AuditEntry | None = None
    proposal: Proposal | None = None
    repeated: bool = False


def may(user: Any, act: Act) -> bool:
    """Whether an operator has the right."""
    return bool(user.has_perm(f"payments.{act.right}"))


def refusal(order: Order, person: Customer | None) -> str:
    """Why it cannot be done just now, "" if it can."""
    return order.act.why_not(order.target) or order.act.too_much(order, person)


def perform(order: Order) -> Outcome:
    """Do it, or, above the limit, propose it. A repeat of its key changes nothing.

    Raises CannotAct with a sentence, PermissionDenied; then nothing has changed.
    """
    _allowed(order)
    try:
        with transaction.atomic():
            if order.act.moves:
                proposal.lock(order.by)
            person = _locked(order)
            if known := _known(order):
                return known
            if why := refusal(order, person):
                raise CannotAct(why)
            if order.act.moves and person and proposal.needed(order.by, person, rubles := order.amount()):
                return Outcome(proposal=_propose(order, person, rubles))
            return Outcome(entry=_do(order, person))
    except REFUSALS as no:
        raise CannotAct(in_words(no)) from no


def carry_out(proposal_id: int, *, by: Any) -> AuditEntry:
    """open → done: another operator does what was proposed, exactly so. Raises CannotAct, also when the facts have changed
    meanwhile: then it stays open. PermissionDenied for whoever may not do the act itself."""
    try:
        with transaction.atomic():
            row = _decidable(proposal_id, by)
            order = proposed(row, by=by)
            _allowed(order)
            person = _locked(order)
            if why := refusal(order, person):
                raise CannotAct(why)
            row.state, row.decided_by, row.ended_at = ProposalState.DONE, by, clock.now()
            row.save(update_fields=["state", "decided_by", "ended_at"])
            return _do(order, person, row)
    except REFUSALS as no:
        raise CannotAct(in_words(no)) from no


@transaction.atomic
def decline(proposal_id: int, *, by: Any, reason: str) -> AuditEntry:
    """open → declined, by another operator. Raises CannotAct."""
    row = _decidable(proposal_id, by)
    row.state, row.decided_by, row.ended_at, row.answer = ProposalState.DECLINED, by, clock.now(), reason[:500]
    row.save(update_fields=["state", "decided_by", "ended_at", "answer"])
    before, after = {"state": ProposalState.OPEN.value}, {"state": ProposalState.DECLINED.value}
    return audit.record(
        "decline", row, by=by, reason=reason, before=before, after=after, customer=row.customer, cid=row.cid
    )


def for_another(row: Proposal, by: Any) -> None:
    """Raises CannotAct for whoever has asked for it: another decides."""
    if row.by_id == by.pk:
        raise CannotAct(_("You have asked for it yourself: another operator decides."))


def proposed(row: Proposal, *, by: Any) -> Order:
    """The order that a proposal keeps, answered for by another operator. Raises CannotAct when what it was about is gone."""
    target = apps.get_model(row.target)._default_manager.filter(pk=row.object_id).first()
    if target is None:
        raise CannotAct(_("What it was about is not there any more."))
    return Order(ACTS[row.act], target, by, row.key, row.reason, row.rubles, cid=row.cid, **row.facts)


def _allowed(order: Order) -> None:
    if not may(order.by, order.act):
        raise PermissionDenied


def _locked(order: Order) -> Customer | None:
    """The order's row as it is now, behind the lock of its person's wallet."""
    person = order.customer()
    if person is not None:
        ledger.lock(person)
        person.refresh_from_db()
    order.target.refresh_from_db()
    return person


def _known(order: Order) -> Outcome | None:
    if entry := AuditEntry.objects.filter(key=order.key).first():
        return Outcome(entry=entry, repeated=True)
    if row := Proposal.objects.filter(key=order.key).first():
        return Outcome(proposal=row, repeated=True)
    return None


def _decidable(proposal_id: int, by: Any) -> Proposal:
    row = Proposal.objects.lock(proposal_id)
    if row is None:
        raise CannotAct(_("It was decided before, or nobody decided it in time."))
    for_another(row, by)
    return row


def _propose(order: Order, person: Customer, rubles: Decimal) -> Proposal:
    row = Proposal.objects.create(
        key=order.key, by=order.by, act=order.act.name, target=order.target._meta.label_lower, object_id=str(order.target.pk),
        facts=order.facts(), customer=person, rubles=rubles, reason=order.reason, cid=_cid(order),
        expires_at=clock.now() + STANDS,
    )  # fmt: skip
    after = {"act": row.act, "rubles": str(row.rubles)}
    audit.record("propose", order.target, by=order.by, reason=row.reason, after=after, customer=person, cid=row.cid)
    transaction.on_commit(lambda: log.info("proposal.open", proposal=row.pk, act=row.act, rubles=str(row.rubles)))
    return row


def _do(order: Order, person: Customer | None, by_proposal: Proposal | None = None) -> AuditEntry:
    before = shown(order.target, person)
    order.act.do(order, person)
    order.target.refresh_from_db()
    entry = audit.record(
        order.act.name, order.target, by=order.by, reason=order.reason, before=before, after=shown(order.target, person),
        customer=person, rubles=order.rubles if order.act.moves else None, cid=_cid(order), key=order.key, proposal=by_proposal,
    )  # fmt: skip
    facts = {"act": entry.act, "row": f"{entry.target}:{entry.object_id}", "by": order.actor}
    transaction.on_commit(lambda: log.info("operator.acted", **facts))
    return entry


def _cid(order: Order) -> str:
    """Of the row's own story where it has one."""
    return getattr(order.target, "cid", "") or order.cid
