"""The rows of a person and of their wallet."""

from decimal import Decimal

from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from payments import digest
from payments.amount import LARGEST
from payments.transfer import Account, Kind
from reliability import clock

LOCALES = [("ru", "Русский"), ("en", "English")]


class Customer(models.Model):
    """A person who has written to the bot. Made by `people.meet`, together with a wallet."""

    telegram_id = models.BigIntegerField(_("Telegram id"), unique=True)
    username = models.CharField(
        _("username"), max_length=64, blank=True, default="", db_index=True
    )  # without @; changes, and passes to others
    first_name = models.CharField(_("first name"), max_length=128, blank=True, default="")
    locale = models.CharField(_("language"), max_length=2, choices=LOCALES, default="ru")
    chosen_locale = models.BooleanField(_("chose the language"), default=False)  # else it follows the Telegram client
    blocked = models.BooleanField(_("blocked"), default=False)  # by an operator: one polite answer, the money stays
    # set at the meeting or never: a trigger sees to it, and that the word in a person's own link stays
    invited_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="invited", verbose_name=_("invited by")
    )
    invite_code = models.CharField(_("word of the link"), max_length=16, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(_("met"), default=clock.now)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            CheckConstraint(name="customer_locale_known", condition=Q(locale__in=["ru", "en"])),
            CheckConstraint(
                name="customer_not_invited_by_self", condition=Q(invited_by__isnull=True) | ~Q(invited_by=F("id"))
            ),
        ]

    def __str__(self) -> str:
        return f"@{self.username}" if self.username else f"{self.first_name} {self.telegram_id}".strip()


class WalletQuerySet(models.QuerySet["Wallet"]):
    def open(self, customer: Customer) -> "Wallet":
        """A new person's wallet, empty and signed."""
        wallet = Wallet(customer_id=customer.pk)  # not by the object: it would keep this empty wallet as its own
        wallet.sign()
        wallet.save(force_insert=True)
        return wallet

    def lock(self, customer: Customer) -> "Wallet":
        """The person's wallet, locked until commit: the one row that a movement locks."""
        return self.select_for_update().get(pk=customer.pk)


class Wallet(models.Model):
    """What a person has and what is held of it: the standing after their last transfer, `last_n`.

    Only `payments.ledger` changes it, each time with one transfer; a trigger refuses at commit any wallet that
    does not stand where its last transfer left it.
    """

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, verbose_name=_("person"))
    balance = models.DecimalField(_("available, ₽"), max_digits=14, decimal_places=2, default=Decimal("0.00"))
    held = models.DecimalField(_("on hold, ₽"), max_digits=14, decimal_places=2, default=Decimal("0.00"))
    last_n = models.PositiveBigIntegerField(_("transfers"), default=0)
    digest = models.CharField(
        max_length=64, blank=True, default="", db_default=""
    )  # hex, see `payments.digest`; empty: unsigned

    objects = WalletQuerySet.as_manager()

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [  # the upper bounds keep out NaN, which PostgreSQL sorts above all numbers
            CheckConstraint(name="wallet_balance_not_negative", condition=Q(balance__gte=0, balance__lte=LARGEST)),
            CheckConstraint(name="wallet_held_not_negative", condition=Q(held__gte=0, held__lte=LARGEST)),
        ]

    def __str__(self) -> str:
        return f"{self.balance} ₽ + {self.held} ₽"

    def apply(self, kind: Kind, amount: Decimal) -> None:
        """Take on the standing after a transfer of `kind`. Says nothing to the database; may go below zero."""
        self.balance += kind.effect_on(Account.WALLET) * amount
        self.held += kind.effect_on(Account.HOLD) * amount
        self.last_n += 1

    def sign(self) -> None:
        """Set `digest`; before each save."""
        self.digest = digest.of_wallet([getattr(self, name) for name in digest.WALLET])
