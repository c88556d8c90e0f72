"""The row of a movement of money: written once, never changed or deleted."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from payments import digest
from payments.amount import LARGEST
from reliability import cid, clock
from reliability.log import person

if TYPE_CHECKING:
    from payments.customer import Customer

ONE_LINE: Final = r"^[^[:cntrl:]]+$"  # not empty, no line ends: what the canonical form relies on


class Account:
    """Names of accounts. `wallet` and `hold` are the person's and stand in the Wallet; the others are sums of transfers."""

    WALLET: Final = "wallet"
    HOLD: Final = "hold"
    REVENUE: Final = "revenue"
    PROMO: Final = "promo"
    ADJUSTMENT: Final = "adjustment"
    PAYOUT: Final = "payout"
    PROVIDER: Final = "provider:"  # and the provider's name


class Kind(models.TextChoices):
    """Every way in which money may move. What each debits and credits: PAIRS."""

    TOPUP = "topup", _("top-up")  # a provider has the person's money
    HOLD = "hold", _("hold")  # the price of a confirmed generation is set aside
    CAPTURE = "capture", _("capture")  # it succeeded: the hold is ours
    RELEASE = "release", _("release")  # it did not: the hold goes back
    BONUS = "bonus", _("bonus")  # a gift of ours
    REFUND = "refund", _("refund")  # a payment goes back through its provider
    REFUND_FAILURE = "refund_failure", _("refused refund")  # the provider did not return it: the wallet has it again
    PAYOUT = "payout", _("payout")  # money goes to the person by other ways
    ADJUST_IN = "adjust_in", _("correction, credit")  # an operator's, with a reason
    ADJUST_OUT = "adjust_out", _("correction, debit")

    def pair(self, provider: str = "") -> tuple[str, str]:
        """Names of the accounts that are debited and credited; top-ups, refunds and their failures need their provider's name."""
        debit, credit = PAIRS[self]
        return debit + provider * (debit == Account.PROVIDER), credit + provider * (credit == Account.PROVIDER)

    def effect_on(self, account: str) -> int:
        """+1, -1 or 0: what a transfer of this kind does to the person's `wallet` or `hold`."""
        debit, credit = PAIRS[self]
        return (credit == account) - (debit == account)


PAIRS: Final[dict[Kind, tuple[str, str]]] = {
    Kind.TOPUP: (Account.PROVIDER, Account.WALLET),
    Kind.HOLD: (Account.WALLET, Account.HOLD),
    Kind.CAPTURE: (Account.HOLD, Account.REVENUE),
    Kind.RELEASE: (Account.HOLD, Account.WALLET),
    Kind.BONUS: (Account.PROMO, Account.WALLET),
    Kind.REFUND: (Account.WALLET, Account.PROVIDER),
    Kind.REFUND_FAILURE: (Account.PROVIDER, Account.WALLET),
    Kind.PAYOUT: (Account.WALLET, Account.PAYOUT),
    Kind.ADJUST_IN: (Account.ADJUSTMENT, Account.WALLET),
    Kind.ADJUST_OUT: (Account.WALLET, Account.ADJUSTMENT),
}
MOST: Final[dict[Kind, Decimal]] = {  # rubles in one transfer, where there is a limit
    Kind.TOPUP: Decimal("50000.00"),
    Kind.ADJUST_IN: Decimal("1000000.00"),
    Kind.ADJUST_OUT: Decimal("1000000.00"),
}
BY_A_PERSON: Final = (Kind.PAYOUT.value, Kind.ADJUST_IN.value, Kind.ADJUST_OUT.value)  # say who and why
SETTLED: Final[dict[Kind, Kind]] = {  # kinds that end another transfer, once, for all of it → the kind they end
    Kind.CAPTURE: Kind.HOLD,
    Kind.RELEASE: Kind.HOLD,
    Kind.REFUND_FAILURE: Kind.REFUND,
}
SETTLING: Final = tuple(kind.value for kind in SETTLED)


def _only_pair(kind: Kind) -> Q:
    debit, credit = PAIRS[kind]
    return Q(kind=kind.value) & _is("debit", debit) & _is("credit", credit)


def _is(side: str, account: str) -> Q:
    named_provider = f"^{Account.PROVIDER}[a-z][a-z0-9_]*$"
    return Q(**{f"{side}__regex": named_provider}) if account == Account.PROVIDER else Q(**{side: account})


def _within_limit(kind: Kind) -> Q:
    return ~Q(kind=kind.value) | Q(amount__lte=MOST[kind])


class TransferQuerySet(models.QuerySet["Transfer"]):
    def of(self, customer: "Customer") -> Self:
        """A person's movements, newest first."""
        return self.filter(customer=customer).order_by("-n")


class Transfer(models.Model):
    """One movement of money. Only `payments.ledger` writes it.

    Triggers hold what a CHECK cannot: nobody updates or deletes a row; a new one must take the wallet from the
    standing after number n - 1 to the standing after n; what it settles must be a hold of that person and amount.
    """

    ref = models.CharField(_("reference"), max_length=255, unique=True)  # older than the movement: hold:job:<id>…
    customer = models.ForeignKey(
        "payments.Customer", on_delete=models.PROTECT, related_name="transfers", verbose_name=_("person")
    )
    n = models.PositiveBigIntegerField(_("number"))  # 1, 2, 3… of this person, without gaps
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    debit = models.CharField(_("from"), max_length=48)
    credit = models.CharField(_("to"), max_length=48)
    amount = models.DecimalField(_("amount, ₽"), max_digits=14, decimal_places=2)
    balance_after = models.DecimalField(_("available after, ₽"), max_digits=14, decimal_places=2)
    held_after = models.DecimalField(_("on hold after, ₽"), max_digits=14, decimal_places=2)
    settles = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="settled_by", verbose_name=_("settles")
    )
    cid = models.CharField(max_length=cid.LENGTH, default=cid.current)
    actor = models.CharField(_("by"), max_length=64, blank=True, default="")  # empty: TRT itself; admin:<id>
    note = models.CharField(_("reason"), max_length=500, blank=True, default="")
    digest = models.CharField(max_length=64)  # hex, see `payments.digest`
    created_at = models.DateTimeField(_("when"), default=clock.now, db_index=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            UniqueConstraint(name="transfer_numbered", fields=["customer", "n"]),
            CheckConstraint(name="transfer_pair_of_kind", condition=Q(*map(_only_pair, Kind), _connector=Q.OR)),
            # the upper bounds keep out NaN, which PostgreSQL sorts above all numbers
            CheckConstraint(name="transfer_amount_positive", condition=Q(amount__gt=0, amount__lte=LARGEST)),
            CheckConstraint(
                name="transfer_leaves_no_debt",
                condition=Q(
                    balance_after__gte=0, balance_after__lte=LARGEST, held_after__gte=0, held_after__lte=LARGEST
                ),
            ),
            CheckConstraint(name="transfer_n_from_one", condition=Q(n__gte=1)),
            CheckConstraint(name="transfer_settles_or_not", condition=Q(kind__in=SETTLING) ^ Q(settles__isnull=True)),
            CheckConstraint(name="transfer_within_limit", condition=Q(*map(_within_limit, MOST))),
            CheckConstraint(
                name="transfer_by_whom_and_why", condition=~Q(kind__in=BY_A_PERSON) | ~(Q(note="") | Q(actor=""))
            ),
            CheckConstraint(name="transfer_one_line_ref", condition=Q(ref__regex=ONE_LINE)),
            CheckConstraint(name="transfer_one_line_cid", condition=Q(cid__regex=ONE_LINE)),
            CheckConstraint(name="transfer_one_line_actor", condition=Q(actor="") | Q(actor__regex=ONE_LINE)),
            CheckConstraint(name="transfer_digest_present", condition=Q(digest__regex=r"^[0-9a-f]{64}$")),
        ]
        indexes = [cid.index("transfer_code")]

    def __str__(self) -> str:
        return self.ref

    @property
    def effect(self) -> Decimal:
        """What it did to the available money: positive, negative or zero rubles."""
        return Kind(self.kind).effect_on(Account.WALLET) * self.amount

    def moved(self) -> tuple[Any, ...]:
        """The facts that a repeat under the same `ref` must agree on; a retry may come with another cid or note."""
        return self.kind, self.customer_id, self.amount, self.debit, self.credit, self.settles_id

    def as_log(self) -> dict[str, Any]:
        """The facts that a log line tells of a transfer."""
        who = person(self.customer.telegram_id)
        return {
            "ref": self.ref.replace(str(self.customer.telegram_id), who),  # a welcome's names its person
            "kind": self.kind,
            "amount": str(self.amount),
            "n": self.n,
            "cid": self.cid,
            "person": who,
        }

    def sign(self) -> None:
        """Set `digest`; once, before the row is written."""
        settled = self.settles.ref if self.settles else ""
        self.digest = digest.of_transfer(
            [settled if name == "settles_ref" else getattr(self, name) for name in digest.TRANSFER]
        )
