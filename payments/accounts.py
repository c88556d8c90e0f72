"""Every account of the ledger with its sum: of all transfers, or of those of a time."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Sum

from payments.customer import Wallet
from payments.transfer import Account, Transfer

ZERO = Decimal("0.00")


@dataclass(slots=True)
class Standing:
    """One account. `sum` is what came in less what went out, in rubles: what we owe people stands in `wallet` and `hold`
    above zero, what providers had from them in `provider:…` below it."""

    name: str
    came: Decimal = ZERO
    went: Decimal = ZERO
    transfers: int = 0
    last: datetime | None = None

    @property
    def sum(self) -> Decimal:
        """Rubles, credits less debits."""
        return self.came - self.went

    def add(self, *, came: Decimal, went: Decimal, transfers: int, last: datetime) -> None:
        """Take on the transfers between this account and one other."""
        self.came += came
        self.went += went
        self.transfers += transfers
        self.last = max(self.last or last, last)


def standings(since: datetime | None = None, until: datetime | None = None) -> list[Standing]:
    """The accounts that moved in [since, until), by name. One query, one pass over the transfers of that time."""
    rows = Transfer.objects.order_by()
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    if until is not None:
        rows = rows.filter(created_at__lt=until)
    found: dict[str, Standing] = {}
    pairs = rows.values_list("debit", "credit").annotate(Sum("amount"), Count("pk"), Max("created_at"))
    for debit, credit, amount, transfers, last in pairs:
        found.setdefault(debit, Standing(debit)).add(came=ZERO, went=amount, transfers=transfers, last=last)
        found.setdefault(credit, Standing(credit)).add(came=amount, went=ZERO, transfers=transfers, last=last)
    return [standing for _, standing in sorted(found.items())]


def off(found: list[Standing]) -> dict[str, Decimal]:
    """By how much the wallets' own numbers differ from the sums of all transfers; empty while the books agree."""
    said = Wallet.objects.aggregate(wallet=Sum("balance"), hold=Sum("held"))
    by_name = {one.name: one.sum for one in found}
    differ = {name: (said[name] or ZERO) - by_name.get(name, ZERO) for name in (Account.WALLET, Account.HOLD)}
    return {name: by for name, by in differ.items() if by}
