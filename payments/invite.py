"""The row of an invited friend: what it is worth to whoever invited them, and whether that was given."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from payments.customer import Customer
from payments.transfer import Transfer
from reliability import cid
from reliability.due import Due, DueQuerySet, due_index


class InviteState(models.TextChoices):
    """Who moves a row on, crashes included. A trigger lets no other moves through."""

    # the friend has had no result that money of their own covers → earned, in that job's own commit
    WAITS = "waits", _("waits")
    EARNED = "earned", _("earned")  # the worker gives the reward → rewarded, nothing
    REWARDED = "rewarded", _("rewarded")  # `transfer` is the inviter's bonus
    NOTHING = "nothing", _("nothing")  # there was no reward then, or the inviter was blocked, or see `error`


class InviteQuerySet(DueQuerySet):
    """Invitations as rows of work; a class of their own, for the type checker loses managers made of one in another module."""


class Invite(Due):
    """One friend who came by a link. Made by `people.meet` with its Customer, whose `invited_by` says who invited them."""

    OPEN: ClassVar[tuple[str, ...]] = (InviteState.EARNED.value,)

    friend = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="invite", verbose_name=_("friend"))
    state = models.CharField(_("state"), max_length=8, choices=InviteState, default=InviteState.WAITS)
    transfer = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, null=True, blank=True, related_name="invite", verbose_name=_("reward")
    )

    objects = InviteQuerySet.as_manager()

    class Meta:
        verbose_name = _("invited friend")
        verbose_name_plural = _("invited friends")
        constraints = [
            CheckConstraint(name="invite_state_known", condition=Q(state__in=InviteState.values)),
            CheckConstraint(
                name="invite_rewarded_by_transfer", condition=Q(state="rewarded") ^ Q(transfer__isnull=True)
            ),
        ]
        indexes = [cid.index("invite_code"), due_index("invite_due", Q(state="earned"))]

    def __str__(self) -> str:
        return f"{self.friend} · {self.get_state_display()}"
