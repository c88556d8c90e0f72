"""What operators have moved by lines of the work list, payment by payment: `cures` and `refunds` go on from there."""

from decimal import Decimal
from typing import Final

from django.db.models import Case, F, Q, Sum, When

from payments.audit import AuditEntry, AuditQuerySet
from payments.customer import Customer
from payments.difference import Difference, DifferenceKind
from payments.topup import TopUp

CREDIT: Final = "settle_credit"
DEBIT: Final = "settle_debit"
OF_A_RETURN: Final = "refund:"  # begins the subject of a line that is about a return: what the return is known by


def payment_of(line: Difference) -> TopUp | None:
    """The payment that a line is about, as the books have it."""
    if line.subject.startswith(OF_A_RETURN):
        return line.topup
    return TopUp.objects.named(line.subject).first()


def acts(line: Difference) -> AuditQuerySet:
    """All rubles that operators have moved for the payment of a line: by its lines, and on its own page."""
    moved, topup = _by(_with(line)), payment_of(line)
    return moved | AuditEntry.objects.on(topup).filter(rubles__isnull=False) if topup else moved


def same(line: Difference, act: str) -> AuditQuerySet:
    """The same act on any line of the same subject."""
    return _by(about(line.subject)).filter(act=act)


def net(line: Difference, person: Customer | None = None) -> Decimal:
    """What they have added to the payment of a line, below zero where they took; where you name one, to that person's."""
    moved = _by(_in_payment(_with(line)))
    return _sum(moved.filter(customer=person) if person else moved)


def net_of(topup: TopUp) -> Decimal:
    """Likewise, of a payment in the books."""
    return _sum(_by(_in_payment(_of(topup))))


def about(subject: str) -> Q:
    """Lines of each kind that are about it."""
    return Q(key__in=[f"{kind}:{subject}" for kind in DifferenceKind.values])


def _with(line: Difference) -> Q:
    topup = payment_of(line)
    return about(line.subject) | _of(topup) if topup else about(line.subject)


def _of(topup: TopUp) -> Q:
    return Q(topup=topup) | about(topup.payment)


def _in_payment(lines: Q) -> Q:
    """Without those by which a loan for a return is paid back: it was no part of the payment."""
    return lines & ~Q(kind=DifferenceKind.REFUND_SHORT)


def _by(lines: Q) -> AuditQuerySet:
    pks = [str(pk) for pk in Difference.objects.filter(lines).values_list("pk", flat=True)]
    return AuditEntry.objects.filter(target=Difference._meta.label_lower, object_id__in=pks, act__in=(CREDIT, DEBIT))


def _sum(moved: AuditQuerySet) -> Decimal:
    signed = Case(When(act=CREDIT, then=F("rubles")), default=-F("rubles"))
    return moved.aggregate(net=Sum(signed))["net"] or Decimal("0.00")
