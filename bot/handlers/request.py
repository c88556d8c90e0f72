"""A request by bank transfer as it stands: what several handlers show of it."""

from typing import Any

from bot.screen import Screen
from bot.screens import receipt as screens
from payments import receipts
from payments.customer import Customer
from payments.providers import manual
from payments.topup import TopUp, TopUpState


def of(customer: Customer, pk: Any) -> TopUp | None:
    """The person's own request by its number."""
    return TopUp.objects.requests(customer).filter(pk=pk).first()


def shown(request: TopUp, *, waiting: bool) -> Screen:
    """Its details, that it is being checked or has nothing that can be, or how it ended."""
    if request.state == TopUpState.CREATED:
        return screens.details(request, manual.details(), waiting=waiting)
    if request.state == TopUpState.PENDING:
        count = receipts.shown(request)
        return screens.on_review(request, count, waiting=waiting) if count else screens.unreadable(request)
    return screens.ended(request, waiting=waiting)
