"""Transfers of a person as statements and the balance show them."""

from typing import Final

from django.utils.translation import gettext as _

from bot.screens import reasons, statement, ways
from bot.screens.catalogue import title
from bot.screens.statement import Movement
from kie.models import Job
from payments.models import Customer, Kind, Transfer
from payments.transfer import BY_A_PERSON, Account, TransferQuerySet

BY_OPERATOR: Final = "admin:"  # begins the actor of what a person of ours has done: the reason is told to its owner
BY_HAND: Final = (*BY_A_PERSON, Kind.BONUS.value)
OF_A_JOB: Final = ("error_code", "model__title_ru", "model__title_en")
TOLD: Final = (  # of a movement and of what it was for: models are wide, and JSON in them costs more than all the rest
    "ref", "kind", "debit", "credit", "amount", "balance_after", "held_after", "n", "cid", "actor", "note", "created_at",
    "customer_id", "settles_id", *[f"{whose}job__{name}" for whose in ("", "settles__") for name in OF_A_JOB],
)  # fmt: skip
LENT: Final = (
    "short:"  # begins the ref of what a wallet lacked for a return: no correction by support, whoever caused it
)


def of(customer: Customer) -> TransferQuerySet:
    """All of a person's, newest first, with what they were for."""
    return Transfer.objects.of(customer).select_related("job__model", "settles__job__model").only(*TOLD)


def seen(customer: Customer) -> TransferQuerySet:
    """Those that a person is shown: a hold until it is settled, then the one line of what came of it."""
    return of(customer).exclude(kind=Kind.HOLD, settled_by__isnull=False)


def movement(transfer: Transfer) -> Movement:
    """A transfer in the words of the active language."""
    return Movement(
        _kind(transfer), transfer.amount, transfer.created_at, transfer.balance_after, _what(transfer), _why(transfer)
    )


def _kind(transfer: Transfer) -> str:
    return statement.SHORT if transfer.ref.startswith(LENT) else transfer.kind


def _what(transfer: Transfer) -> str:
    """The model, the way to pay, or what else it was for."""
    if job := _job(transfer):
        return title(job.model)
    if transfer.kind == Kind.REFUND_FAILURE:
        return _("a payment that could not be returned")
    account = transfer.debit if transfer.kind == Kind.TOPUP else transfer.credit
    if account.startswith(Account.PROVIDER):
        return ways.name(account.removeprefix(Account.PROVIDER))
    return _gift(transfer.note) if transfer.kind == Kind.BONUS and not transfer.actor else ""


def _gift(note: str) -> str:
    """What TRT itself has given something for, by the note that each kind of gift has."""
    if note.startswith("promo "):
        return _("promo code {}").format(note.removeprefix("promo "))
    gifts = {
        "demo": _("to try it out"),
        "welcome": _("welcome"),
        "gift": _("a gift"),
        "invite": _("for an invited friend"),
    }
    return gifts.get(note, "")


def _why(transfer: Transfer) -> str:
    """Why a price came back, or what an operator has written of a correction."""
    job = _job(transfer)
    if job and transfer.kind == Kind.RELEASE:
        return reasons.why(job.error_code).happened
    return transfer.note if by_operator(transfer) else ""


def told_alone(transfer: Transfer) -> bool:
    """Whether nothing else tells its owner of it: a payment and a return have receipts of their own."""
    return transfer.kind in BY_HAND and by_operator(transfer)


def by_operator(transfer: Transfer) -> bool:
    """Whether a person of ours moved it by hand, so that its reason is for its owner too."""
    books_only = _kind(transfer) != transfer.kind or transfer.kind == Kind.REFUND_FAILURE  # whoever let it happen
    return transfer.actor.startswith(BY_OPERATOR) and not books_only


def _job(transfer: Transfer) -> Job | None:
    return getattr(transfer.settles or transfer, "job", None)
