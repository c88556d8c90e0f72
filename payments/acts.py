"""The catalogue of what an operator may do with money and people: each act's right, its words, its deed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.db import models
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payments import cures, deeds, ledger, refunds, saying
from payments.amount import KOPECK, BadAmount
from payments.customer import Customer
from payments.difference import Difference
from payments.order import Act, Order
from payments.refund import Refund
from payments.terms import MANUAL
from payments.topup import TopUp


def _in_words(rubles: Decimal | None) -> str:
    return str(localize(rubles.quantize(KOPECK))) if rubles is not None else ""


def _says(*sentences: Any) -> Callable[[Order], list[str]]:
    def said(order: Order) -> list[str]:
        return [str(sentence).format(rubles=_in_words(order.rubles)) for sentence in sentences]

    return said


def _approval_says(order: Order) -> list[str]:
    """With what should make an operator look twice."""
    rubles, asked = _in_words(order.rubles), order.target.rubles
    said = [
        gettext("{rubles} ₽ are added to the person's balance: you have seen that the money came.").format(
            rubles=rubles
        )
    ]
    if order.rubles is not None and order.rubles != asked:
        said.append(
            gettext("⚠️ {} ₽ were asked for: the person reads the other sum with your reason.").format(_in_words(asked))
        )
    if order.target.receipts.filter(seen_before__isnull=False).exists():
        said.append(
            gettext(
                "⚠️ A receipt of it was seen before, on this page it says where: the same money may be credited twice."
            )
        )
    return [*said, str(TOLD)]


def _refund_says(order: Order) -> list[str]:
    leaves = gettext("{rubles} ₽ leave the person's balance at once.").format(rubles=_in_words(order.rubles))
    if order.target.provider == MANUAL:
        return [
            leaves,
            gettext(
                "Nothing is sent from here: make the bank transfer yourself, then press «It did go» on the refund's page."
            ),
            gettext("Until then it stands on the work list, and the person hears nothing."),
        ]
    return [
        leaves,
        gettext("The worker asks {provider} to return them, and tells the person how it ended.").format(
            provider=saying.provider(order.target.provider)
        ),
        gettext("If the provider refuses, the balance has them again, and a line of the work list says so."),
    ]


def _cure_says(what: Any) -> Callable[[Order], list[str]]:
    def said(order: Order) -> list[str]:
        return [*_says(what, TOLD, ENDS)(order), *cures.told(order.target, order.act.name)]

    return said


def _requery_says(order: Order) -> list[str]:
    if deeds.asked_by_worker(order.target):
        return [gettext("The worker asks the provider about this invoice now.")]
    return [
        gettext(
            "Within a minute the provider's list is read again from {} on; what was paid is credited by itself."
        ).format(timezone.localtime(order.target.created_at).strftime("%d.%m.%Y %H:%M"))
    ]


TOLD = _("The person is told.")
ENDS = _("The line is taken off the work list.")
CREDITS = _("{rubles} ₽ are added to the person's balance, from the account of corrections.")
DEBITS = _("{rubles} ₽ are taken from the person's balance, to the account of corrections.")
SUM, WHO = ("rubles",), ("rubles", "telegram_id")

ACTS: Final[dict[str, Act]] = {
    act.name: act
    for act in (
        Act("credit", "credit_person", deeds.credit, _says(CREDITS, TOLD), asks=SUM, moves=True, told=True),
        Act(
            "debit", "debit_person", deeds.debit, _says(DEBITS, TOLD), asks=SUM, moves=True, takes=True, told=True
        ),
        Act(
            "bonus", "bonus_person", deeds.bonus, asks=SUM, moves=True, told=True,
            said=_says(_("{rubles} ₽ are added to the person's balance, from the account of gifts."), TOLD),
        ),
        Act(
            "payout", "payout_person", deeds.payout, asks=SUM, moves=True, takes=True, told=True,
            said=_says(
                _("{rubles} ₽ are taken from the person's balance."),
                _("You give them to the person by other ways: nothing is sent from here."),
                TOLD,
            ),
        ),
        Act(
            "block", "block_person", deeds.block, danger=True,
            said=_says(_("The person gets one polite answer and can do nothing else. Their money stays.")),
            why_not=lambda person: gettext("It is so already.") if person.blocked else "",
        ),
        Act(
            "unblock", "block_person", deeds.unblock,
            said=_says(_("The person can use the bot again.")),
            why_not=lambda person: "" if person.blocked else gettext("It is so already."),
        ),
        Act(
            "approve", "approve_topup", deeds.approve, why_not=deeds.cannot_approve, asks=SUM, moves=True,
            said=_approval_says, told_if_other=True,
        ),
        Act(
            "reject", "reject_topup", deeds.reject, why_not=deeds.cannot_reject, danger=True, told=True,
            said=_says(_("Nothing is credited. The person is told so, with your reason, word for word.")),
        ),
        Act(
            "refund", "refund_topup", deeds.refund, _refund_says, deeds.cannot_refund, asks=SUM, moves=True,
            takes=True, told=True, asked=True, danger=True,
        ),
        Act("requery", "requery_topup", deeds.requery, _requery_says, deeds.cannot_requery),
        Act(
            "went", "decide_refund", deeds.went, why_not=deeds.cannot_decide, asks=("external_id",),
            said=_says(_("The refund counts as done: the person has the money."), TOLD),
        ),
        Act(
            "did_not", "decide_refund", deeds.did_not, why_not=deeds.cannot_decide, danger=True, told=True,
            said=_says(_("The refund counts as refused: its rubles go back into the person's balance."), TOLD),
        ),
        Act(
            "settle", "settle_difference", deeds.settle, why_not=deeds.cannot_end,
            said=_says(_("No money moves."), ENDS),
        ),
        Act(
            "settle_credit", "credit_person", deeds.cure, _cure_says(CREDITS), cures.cannot_credit, cures.too_much, WHO,
            moves=True, told=True,
        ),
        Act(
            "settle_debit", "debit_person", deeds.cure, _cure_says(DEBITS), cures.cannot_debit, cures.too_much, WHO,
            moves=True, takes=True, told=True,
        ),
    )
}  # fmt: skip
REFUSALS: Final = (ledger.NotEnoughMoney, ledger.RefConflict, BadAmount, refunds.CannotReturn)


def in_words(refusal: Exception) -> str:
    """One of REFUSALS, as a sentence for the operator."""
    if isinstance(refusal, ledger.NotEnoughMoney):
        return gettext("Not enough money: {} ₽ are needed, {} ₽ are available.").format(
            _in_words(refusal.needed), _in_words(refusal.available)
        )
    return gettext("It cannot be done so: {}").format(refusal)


def shown(row: models.Model, person: Customer | None) -> dict[str, Any]:
    """What an act may change of a row and of the person's money: written down before and after."""
    names = {
        Customer: ("blocked",),
        TopUp: ("state", "rubles", "decided_by", "reason", "due_at"),
        Refund: ("state", "external_id", "error"),
        Difference: ("ended_by", "note"),
    }[type(row)]
    facts = {name: value if isinstance(value := getattr(row, name), bool) else str(value) for name in names}
    if person is not None:
        facts |= {"available": str(ledger.available(person)), "held": str(ledger.held(person))}
    return facts
