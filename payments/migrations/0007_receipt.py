"""Receipts for bank transfers; and one open request by bank transfer a person."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import reliability.cid
import reliability.clock

MOVES = """
CREATE TRIGGER receipt_moves BEFORE UPDATE ON public.payments_receipt
    FOR EACH ROW EXECUTE FUNCTION public.payment_moves('new>read', 'new>unfit', 'new>gone');
"""
BACK = "DROP TRIGGER receipt_moves ON public.payments_receipt;"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0006_wallet_digest"),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("due_at", models.DateTimeField(default=reliability.clock.now, verbose_name="due")),
                ("claimed_by", models.UUIDField(blank=True, null=True, verbose_name="claimed by")),
                ("error", models.TextField(blank=True, default="", verbose_name="error")),
                (
                    "cid",
                    models.CharField(default=reliability.cid.current, max_length=26, verbose_name="correlation id"),
                ),
                ("created_at", models.DateTimeField(default=reliability.clock.now, verbose_name="created")),
                ("file_id", models.CharField(max_length=255, verbose_name="file at Telegram")),
                ("file_unique_id", models.CharField(max_length=64, verbose_name="its lasting name there")),
                (
                    "kind",
                    models.CharField(choices=[("photo", "picture"), ("pdf", "PDF")], max_length=5, verbose_name="kind"),
                ),
                ("size", models.PositiveIntegerField(default=0, verbose_name="bytes")),
                ("sha256", models.CharField(blank=True, default="", max_length=64, verbose_name="hash of its content")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "not opened yet"),
                            ("read", "opened"),
                            ("unfit", "neither a picture nor a PDF"),
                            ("gone", "Telegram does not give it"),
                        ],
                        default="new",
                        max_length=5,
                        verbose_name="state",
                    ),
                ),
            ],
            options={
                "verbose_name": "receipt",
                "verbose_name_plural": "receipts",
            },
        ),
        migrations.AddConstraint(
            model_name="topup",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("external_id__isnull", True), ("provider", "manual"), ("state__in", ["created", "pending"])
                ),
                fields=("customer",),
                name="topup_request_open_once",
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="seen_before",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seen_again",
                to="payments.receipt",
                verbose_name="seen before",
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="topup",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipts",
                to="payments.topup",
                verbose_name="top-up",
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(django.db.models.functions.text.Right("cid", 8), name="receipt_code"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(condition=models.Q(("state", "new")), fields=["due_at"], name="receipt_due"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("sha256", ""), _negated=True), fields=["sha256"], name="receipt_content"
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["file_unique_id"], name="receipt_file"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["new", "read", "unfit", "gone"])), name="receipt_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["photo", "pdf"])), name="receipt_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("file_id", ""), _negated=True), models.Q(("file_unique_id", ""), _negated=True)
                ),
                name="receipt_has_a_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__lte", 20971520)), name="receipt_within_telegrams_limit"
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "read"), _negated=True), ("sha256__regex", "^[0-9a-f]{64}$"), _connector="OR"
                ),
                name="receipt_read_has_hash",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "read"), ("sha256", ""), _connector="OR"), name="receipt_unread_has_none"
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("seen_before__isnull", True), ("seen_before__lt", models.F("id")), _connector="OR"),
                name="receipt_seen_earlier",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(fields=("topup", "file_unique_id"), name="receipt_once"),
        ),
        migrations.RunSQL(MOVES, BACK),
    ]
