"""The row of a receipt: what a person shows for a bank transfer. Telegram keeps the file, we keep its `file_id` and its hash."""

from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from payments.topup import TopUp
from reliability import cid
from reliability.due import Due, DueQuerySet, due_index
from reliability.log import person

MOST_BYTES: Final = 20 * 1024 * 1024  # what Telegram gives a bot of a person's file


class ReceiptKind(models.TextChoices):
    """As what the person sent it."""

    PHOTO = "photo", _("picture")
    PDF = "pdf", _("PDF")


class ReceiptState(models.TextChoices):
    """Who moves a row on, crashes included. A trigger lets no other moves through."""

    NEW = "new", _("not opened yet")  # the worker opens it until it knows what it is
    READ = "read", _("opened")  # a picture or a PDF; hashed
    UNFIT = "unfit", _("neither a picture nor a PDF")  # the person is told
    GONE = "gone", _("Telegram does not give it")  # the person is told


UNREADABLE: Final = (ReceiptState.UNFIT.value, ReceiptState.GONE.value)


class ReceiptQuerySet(DueQuerySet):
    """Receipts as rows of work; a class of their own, for the type checker loses managers made of one in another module."""


class Receipt(Due):
    """One file to a request. The same content seen before, whoever sent it, is for the operator to judge: banks' pictures
    of two payments differ, but a person may well send one twice."""

    OPEN: ClassVar[tuple[str, ...]] = (ReceiptState.NEW.value,)
    TOLD_WITH: ClassVar[str] = "topup"  # the story of its top-up, which another message began, tells of it too

    topup = models.ForeignKey(TopUp, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("top-up"))
    file_id = models.CharField(_("file at Telegram"), max_length=255)
    file_unique_id = models.CharField(_("its lasting name there"), max_length=64)
    kind = models.CharField(_("kind"), max_length=5, choices=ReceiptKind)
    size = models.PositiveIntegerField(_("bytes"), default=0)  # 0: Telegram did not say, and nobody has counted
    sha256 = models.CharField(_("hash of its content"), max_length=64, blank=True, default="")
    seen_before = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="seen_again",
        verbose_name=_("seen before"),
    )  # the first of the same content
    state = models.CharField(_("state"), max_length=5, choices=ReceiptState, default=ReceiptState.NEW)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            CheckConstraint(name="receipt_state_known", condition=Q(state__in=ReceiptState.values)),
            CheckConstraint(name="receipt_kind_known", condition=Q(kind__in=ReceiptKind.values)),
            CheckConstraint(name="receipt_has_a_file", condition=~Q(file_id="") & ~Q(file_unique_id="")),
            CheckConstraint(name="receipt_within_telegrams_limit", condition=Q(size__lte=MOST_BYTES)),
            CheckConstraint(
                name="receipt_read_has_hash", condition=~Q(state="read") | Q(sha256__regex="^[0-9a-f]{64}$")
            ),
            CheckConstraint(name="receipt_unread_has_none", condition=Q(state="read") | Q(sha256="")),
            CheckConstraint(
                name="receipt_seen_earlier", condition=Q(seen_before__isnull=True) | Q(seen_before__lt=F("id"))
            ),
            UniqueConstraint(name="receipt_once", fields=["topup", "file_unique_id"]),
        ]
        indexes = [
            cid.index("receipt_code"),
            due_index("receipt_due", Q(state="new")),
            Index(name="receipt_content", fields=["sha256"], condition=~Q(sha256="")),  # receipts._compare
            Index(name="receipt_file", fields=["file_unique_id"]),  # receipts._compare
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def as_log(self) -> dict[str, Any]:
        """The facts that a log line tells of a receipt."""
        who = person(self.topup.customer.telegram_id)
        return {"receipt": self.pk, "topup": self.topup_id, "kind": self.kind, "bytes": self.size, "person": who}
