"""What the acts of operators are called: on buttons, in the audit, in the titles of proposals."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

NAMES: Final[dict[str, Any]] = {
    "credit": _("Credit"),
    "debit": _("Debit"),
    "bonus": _("Give a bonus"),
    "payout": _("Note a payout"),
    "block": _("Block"),
    "unblock": _("Unblock"),
    "approve": _("Approve"),
    "reject": _("Reject"),
    "refund": _("Refund"),
    "requery": _("Ask the provider again"),
    "went": _("It did go"),
    "did_not": _("It did not go"),
    "settle": _("Mark as settled"),
    "settle_credit": _("Credit to a person"),
    "settle_debit": _("Take from the balance"),
    "propose": _("Ask a second person"),
    "decline": _("Decline"),
    "export": _("Export"),
    "terms": _("Change the terms"),
    "method": _("Change a way to pay"),
    "tariff": _("Change rate or markup"),
    "rate": _("Decide a rate of the dollar"),
    "resume": _("Let a model on sale again"),
    "model": _("Change a model"),
    "hold": _("Hold TRT"),
    "hold_end": _("End the hold"),
    "replay": _("Answer an update again"),
    "resend": _("Send a delivery again"),
    "promo": _("Make or change promo codes"),
    "access": _("Make or change an operator"),
    "access_gone": _("Delete an operator"),
    "password": _("Change a password"),
    "group": _("Make or change a group of operators"),
    "group_gone": _("Delete a group of operators"),
    "promo_off": _("Switch a promo code off"),
}


def label(act: str) -> str:
    """An act as people read it."""
    return str(NAMES.get(act, act))
