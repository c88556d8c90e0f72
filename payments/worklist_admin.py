"""The work list: where our books and another's do not agree, each line with its cure and the buttons that mend it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from payments import saying
from payments.acts_admin import WithActs, acting_on
from payments.models import Difference, DifferenceKind, Reconciliation
from payments.transfer_admin import OfAPerson
from reliability.adminkit import COLOURS, Coloured, ReadOnly, link_to, preformatted

CURES: Final[dict[str, Any]] = {  # what mends it, in words; which acts fit: cures.FIT
    DifferenceKind.UNKNOWN_PAYMENT: _("Find out who paid (the provider's page names the payer) and credit them; or return it at the provider and mark this as settled."),
    DifferenceKind.UNKNOWN_OFFER: _("The person has the rubles. See at the provider what was sold: if it was not a top-up of ours (a bot or a shop of before may have sold it), take them from the balance; else mark this as settled."),
    DifferenceKind.NOT_CREDITED: _("Open the top-up: approve it with the sum that came, or reject it and return the money at the provider."),
    DifferenceKind.NOT_THERE: _("Look at the provider's page. If the payment is not there, take it from the balance; if it is, mark this as settled."),
    DifferenceKind.SUM: _("The provider names another sum than we have credited: credit what is missing, or take what is too much."),
    DifferenceKind.REFUND_UNKNOWN: _("The provider has returned a payment that we do not know. If a line of this list credited the person, take it from their balance here; if it was done by other ways, on the person's page."),
    DifferenceKind.REFUND_SHORT: _("The person had spent what was returned to them. Take the rest once their balance has it, or write it off as settled."),
    DifferenceKind.REFUND_UNCLEAR: _("Look at the provider's page whether the money went, then say so on the page of the refund."),
    DifferenceKind.REFUND_REFUSED: _("The provider did not return it: the balance has it again, and its person was told so. Ask for the return once more on the top-up's page, or give the money by other ways and note a payout on the person's page; then mark this as settled."),
    DifferenceKind.REF_CONFLICT: _("One payment was told of with two sums or payers: the first was credited. Ask the provider which is true, then mend the rest."),
    DifferenceKind.RECEIPT_WAITS: _("Open the top-up, look at the receipt and at the bank: approve or reject."),
    DifferenceKind.KIE_CREDITS: _("KIE has charged another sum than the price table says: mend the price in the registry, then mark this as settled."),
}  # fmt: skip


FACTS: Final[dict[str, Any]] = {
    "minor_amount": _("sum there"),
    "paid": _("paid there"),
    "returned": _("returned there"),
    "left": _("left of the payment here"),
    "by": _("asked for by"),
    "reason": _("reason of the return"),
    "why": _("why"),
    "payload": _("offer that it names"),
    "since": _("since"),
}
SUMS: Final = ("minor_amount", "paid", "returned", "left")  # in the smallest units of `currency`


def _facts(line: Difference) -> Iterator[str]:
    """A fact a line: sums as money of their currency, moments in Moscow time."""
    currency = str(line.facts.get("currency", line.topup.currency if line.topup else ""))
    for name, value in line.facts.items():
        if name in SUMS and currency and isinstance(value, int):
            said = saying.price(value, currency)
        elif name == "by":
            said = saying.naming()(str(value))
        elif name == "since" and (since := parse_datetime(str(value))):
            said = timezone.localtime(since).strftime("%d.%m.%Y %H:%M")
        else:
            said = saying.trouble(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if name != "currency":
            yield f"{FACTS.get(name, name)}: {said}"


@admin.register(Difference)
class DifferenceAdmin(WithActs, OfAPerson):
    """Open ones first: the oldest of them waits longest."""

    ordering = (F("ended_at").asc(nulls_first=True), "found_at")
    list_display = ("found_at", "what", "standing", "provider", "person", "rubles", "payment", "seen_at", "ended_by")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "kind", "provider", "found_at")
    list_select_related = ("customer", "topup")
    search_fields = ("key", "note", "=customer__telegram_id", "topup__external_id")
    search_help_text = _("Payment id, reference, note, Telegram id, correlation id, support code")
    fieldsets = (
        (None, {"fields": ("what", "cure", "mended_at", "person", "payment", "rubles", "provider")}),
        (_("Facts"), {"fields": ("told", "found_at", "seen_at", "connected")}),
        (_("Decision"), {"fields": ("ended_at", "ended_by", "note", "journal")}),
        (_("Marks"), {"fields": ("key", "cid", "code")}),
    )
    actions_detail = ("settle_credit", "settle_debit", "settle")
    settle_credit, settle_debit, settle = map(acting_on, actions_detail)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Difference]:
        return super().get_queryset(request).select_related("customer", "topup")

    @admin.display(description=_("facts"))
    def told(self, line: Difference) -> str:
        return preformatted("\n".join(_facts(line))) if line.facts else "—"

    @admin.display(description=_("what"), ordering="kind")
    def what(self, line: Difference) -> str:
        return line.get_kind_display()

    @display(description=_("state"), label=COLOURS)
    def standing(self, line: Difference) -> Coloured:
        return Coloured("expired", gettext("settled")) if line.ended_at else Coloured("off", gettext("to be mended"))

    @admin.display(description=_("cure"))
    def cure(self, line: Difference) -> str:
        return str(CURES[line.kind])

    @admin.display(description=_("where it is mended"))
    def mended_at(self, line: Difference) -> str:
        """The row whose page has the buttons, where it is another than this."""
        topup = line.topup
        if topup is None:
            return gettext("this page: the buttons above")
        if line.kind == DifferenceKind.REFUND_UNCLEAR:
            refund = topup.refunds.filter(ref=line.key.partition(":")[2]).first()
            return link_to(refund, gettext("the refund")) if refund else "—"
        return format_html("{}", link_to(topup, gettext("the top-up")))

    @admin.display(description=_("top-up"), ordering="topup")
    def payment(self, line: Difference) -> str:
        return link_to(line.topup) if line.topup else "—"


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly):
    """How far our books were compared with a provider's."""

    list_display = ("provider", "until", "tried_at", "seen", "error")
    fields = ("provider", "until", "tried_at", "began_at", "place", "seen", "error")
    ordering = ("provider",)
