"""The bot's rows: updates that came in, the dialog of each chat, deliveries that go out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self

from django.db import models
from django.db.models import CheckConstraint, OuterRef, Q, Subquery, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from bot.favourite import Favourite
from bot.hold import Hold
from bot.passive_copy import PassiveCopy
from payments.models import Customer
from reliability import cid, clock
from reliability.due import GIVEN_UP, UNCLAIMED, Due, DueQuerySet, due_index

__all__ = [
    "Delivery",
    "DeliveryState",
    "Dialog",
    "DialogState",
    "Favourite",
    "Hold",
    "PassiveCopy",
    "Update",
    "UpdateState",
]


def first_of(rows: models.QuerySet, lane: Sequence[str]) -> Subquery:
    """The key of the first of `rows` in the lane of the row around.

    A scalar, for it stays a look into an index for each row that is tried. NOT EXISTS of a row ahead becomes a join, and a planner
    that expects few rows joins each with all of them.
    """
    return Subquery(rows.filter(**{name: OuterRef(name) for name in lane}).order_by("pk").values("pk")[:1])


class HeadsQuerySet(DueQuerySet):
    """Rows that are worked on strictly in the order of their numbers, within a lane."""

    def heads(self, *lane: str) -> Self:
        """Of each lane only the first open row: locked or backing off, it keeps those behind it waiting."""
        return self.open().filter(pk=first_of(type(self)(self.model).open(), lane))


class UpdateQuerySet(HeadsQuerySet):
    """Updates that the open hold keeps are new, and yet nobody's work: nobody waits behind them."""

    def open(self) -> Self:
        """What still has to be answered now."""
        return super().open().exclude(hold__in=Hold.objects.open())

    def kept(self) -> Self:
        """What is answered first when the open hold is over."""
        return self.filter(state=UpdateState.NEW, hold__in=Hold.objects.open())

    def due(self, now: datetime) -> Self:
        """As ever; what is kept is due when its hold ends, so this costs the claim no look at holds."""
        return self.filter(state=UpdateState.NEW, due_at__lte=now).order_by("due_at", "pk")

    def heads(self, *lane: str, now: datetime | None = None) -> Self:
        """Of each lane the first new row that is not kept, with the hold that it is claimed under.

        Both go by one moment: else at the end of a hold a row could be answered in full before one kept ahead of it.
        """
        holding = Hold.objects.open(now)
        answerable = Update.objects.filter(state=UpdateState.NEW).exclude(hold__in=holding)
        under = Subquery(holding.values("pk")[:1])
        return self.filter(pk=first_of(answerable, lane), state=UpdateState.NEW).annotate(claimed_under=under)


class UpdateState(models.TextChoices):
    """The life of an update; a crash leaves it where it is, and the next holder of the lease takes it up."""

    NEW = "new", _("new")  # stored, Telegram has its 200 → done by its handler's commit; dead after three failures
    DONE = "done", _("done")  # effects and the Delivery of its answer are committed
    # unreadable or failing; the person has an apology with the support code, the admin can replay it
    DEAD = "dead", _("dead")


class Update(Due):
    """One update as Telegram sent it. Raw bytes, for jsonb refuses NUL, lone surrogates and deep arrays."""

    OPEN = (UpdateState.NEW.value,)

    seq = models.BigAutoField(_("number"), primary_key=True)
    bot_id = models.BigIntegerField(_("bot id"))
    update_id = models.BigIntegerField(_("update id"))
    chat_key = models.BigIntegerField(_("chat"))  # the chat, else the person: one key is answered strictly in order
    kind = models.CharField(_("kind"), max_length=32)  # message, callback_query…
    raw = models.BinaryField(_("as Telegram sent it"))
    state = models.CharField(_("state"), max_length=4, choices=UpdateState, default=UpdateState.NEW)
    # the lease's epoch under which it was answered
    claim_epoch = models.PositiveBigIntegerField(_("epoch"), null=True, blank=True)
    # OK, INVALID_INPUT, EXPIRED_BUTTON, NO_FUNDS…; while it is new, what has delayed it: PASSIVE, REPLAYED
    reason = models.CharField(_("outcome"), max_length=32, blank=True, default="")
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    # the last under which it was kept; while that is open it is new and nobody's work
    hold = models.ForeignKey(
        Hold,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="kept",
        verbose_name=_("kept under"),
        db_index=False,
    )

    objects = UpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        constraints = [
            UniqueConstraint(name="update_once", fields=["bot_id", "update_id"]),
            CheckConstraint(name="update_state_known", condition=Q(state__in=UpdateState.values)),
            CheckConstraint(name="update_new_or_ended", condition=Q(state="new") ^ Q(done_at__isnull=False)),
        ]
        indexes = [
            models.Index(name="update_head", fields=["chat_key", "seq"], condition=Q(state="new")),  # heads()
            due_index("update_due", Q(state="new"), pk="seq"),
            models.Index(name="update_ended", fields=["state", "done_at"], condition=~Q(state="new")),  # keeping.purge
            cid.index("update_code"),
            models.Index(name="update_kept", fields=["hold"], condition=Q(hold__isnull=False)),  # of a hold, its page
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.update_id}"


class DialogState(models.TextChoices):
    """Where a chat stands."""

    IDLE = "idle", _("menu")  # menus
    WIZARD = "wizard", _("questions")  # data: model, answers, step
    CONFIRM = "confirm", _("confirmation")  # a priced offer stands in `quote`; the tap that takes it makes revision + 1
    TOPUP = "topup", _("amount")  # waiting for an amount of one's own
    RECEIPT = "receipt", _("receipt")  # waiting for a picture or PDF to the request by bank transfer that is open
    PROMO = "promo", _("promo code")  # waiting for a promo code
    SEARCH = "search", _("search")  # waiting for words to search by


class Dialog(models.Model):
    """The one conversation of a chat: what is being answered, and the offer that a confirm button names by revision."""

    chat = models.BigIntegerField(_("chat"), unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="dialogs", verbose_name=_("person"))
    # grows with every change: an older button is recognised by it
    revision = models.PositiveIntegerField(_("revision"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=DialogState, default=DialogState.IDLE)
    data = models.JSONField(_("answers"), default=dict, blank=True)
    quote = models.JSONField(_("offer"), null=True, blank=True)  # price, variant, registry version, until
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("dialog")
        verbose_name_plural = _("dialogs")
        constraints = [
            CheckConstraint(name="dialog_state_known", condition=Q(state__in=DialogState.values)),
            CheckConstraint(name="dialog_offer_has_quote", condition=~Q(state="confirm") | Q(quote__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.chat} #{self.revision} {self.state}"

    def move(
        self, state: DialogState, *, data: dict | None = None, quote: dict | None = None, until: datetime | None = None
    ) -> None:
        """Go on to `state` under a new revision: every button of before is outdated from here on."""
        self.revision += 1
        self.state = state
        self.data = self.data if data is None else data
        self.quote = quote
        self.expires_at = until
        self.save()


# Kinds of Delivery that nobody needs once they are long said: keeping.purge.
PASSING: Final = ("answer", "progress", "notice")


class DeliveryState(models.TextChoices):
    """The life of something TRT says."""

    PENDING = "pending", _("pending")  # committed with its cause → sent; dead when Telegram refuses it for good
    SENT = "sent", _("sent")  # Telegram has it: message_ids say where
    DEAD = "dead", _("dead")  # blocked by the person, or refused; the operator sees why


class Delivery(Due):
    """One thing to say: the one outbox. `dedup_key` names its cause, so that a cause is told once."""

    class Kind(models.TextChoices):
        ANSWER = "answer", _("answer")  # the screen of an update; payload is the rendered screen
        PROGRESS = "progress", _("progress")  # the one progress message of a job, edited while it runs
        RESULT = "result", _("result")  # the end of a job: payload names it, rendered when sent
        TOPUP = "topup", _("top-up")  # money has come
        NOTICE = "notice", _("notice")

    OPEN = (DeliveryState.PENDING.value,)

    dedup_key = models.CharField(_("cause"), max_length=96, unique=True)  # update:<seq>, job:<id>:result, topup:<id>…
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    chat = models.BigIntegerField(_("chat"))
    payload = models.JSONField(_("content"), default=dict)
    state = models.CharField(_("state"), max_length=7, choices=DeliveryState, default=DeliveryState.PENDING)
    message_ids = models.JSONField(_("messages"), default=list, blank=True)  # what Telegram accepted, part by part
    # Telegram's own ids of what was sent: history needs no URL
    file_ids = models.JSONField(_("files"), default=list, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = HeadsQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            CheckConstraint(name="delivery_state_known", condition=Q(state__in=DeliveryState.values)),
            CheckConstraint(name="delivery_sent_when", condition=~Q(state="sent") | Q(sent_at__isnull=False)),
        ]
        indexes = [
            models.Index(name="delivery_head", fields=["chat", "kind", "id"], condition=Q(state="pending")),  # heads()
            due_index("delivery_due", Q(state="pending")),
            # keeping.purge: without the kinds that are kept for ever it would walk through ever more of them
            models.Index(
                name="delivery_ended", fields=["created_at"], condition=~Q(state="pending") & Q(kind__in=PASSING)
            ),
            models.Index(name="delivery_dead", fields=["id"], condition=Q(state="dead")),  # trt.console.facts: how many
            cid.index("delivery_code"),
        ]

    def __str__(self) -> str:
        return self.dedup_key

    def end(self, state: DeliveryState, *, error: str = "") -> bool:
        """Leave the outbox and the claim: sent, or dead with the reason. False, nothing changed, if somebody else has
        claimed it since."""
        self.state = state
        self.error = error
        self.sent_at = clock.now() if state == DeliveryState.SENT else None
        sent = {"message_ids": self.message_ids, "file_ids": self.file_ids}
        claim = GIVEN_UP if state == DeliveryState.DEAD else UNCLAIMED
        return self.write(state=state, error=error, sent_at=self.sent_at, **sent, **claim)

    def note(self, *names: str) -> bool:
        """Keep these columns if our claim still holds: who wakes up too late changes nothing."""
        return self.write(**{name: getattr(self, name) for name in names})
