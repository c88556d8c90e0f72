"""Acts of operators with their audit, proposals to a second person; a label of the terms says what it is."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import reliability.cid
import reliability.clock

# What operators did is never changed or deleted; only TRUNCATE is left to the owner, for tests. What was decided stays so.
GUARDS = """
CREATE FUNCTION public.audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '%: what an operator did or decided is never changed or deleted', TG_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON public.payments_auditentry
    FOR EACH ROW EXECUTE FUNCTION public.audit_append_only();
CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON public.payments_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_append_only();
CREATE TRIGGER proposal_decided_once BEFORE UPDATE ON public.payments_proposal
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION public.audit_append_only();
CREATE TRIGGER proposal_stays BEFORE DELETE ON public.payments_proposal
    FOR EACH ROW EXECUTE FUNCTION public.audit_append_only();
"""
BACK = """
DROP TRIGGER proposal_stays ON public.payments_proposal;
DROP TRIGGER proposal_decided_once ON public.payments_proposal;
DROP TRIGGER audit_not_truncated ON public.payments_auditentry;
DROP TRIGGER audit_append_only ON public.payments_auditentry;
DROP FUNCTION public.audit_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0008_promo"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalterms",
            name="gift_least_rub",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("10.00"), max_digits=14, verbose_name="gift from, ₽"
            ),
        ),
        migrations.AlterField(
            model_name="terms",
            name="gift_least_rub",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("10.00"), max_digits=14, verbose_name="gift from, ₽"
            ),
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(editable=False, unique=True, verbose_name="key")),
                ("created_at", models.DateTimeField(default=reliability.clock.now, verbose_name="asked")),
                ("expires_at", models.DateTimeField(verbose_name="until")),
                ("act", models.CharField(max_length=40, verbose_name="act")),
                ("target", models.CharField(max_length=64, verbose_name="kind of row")),
                ("object_id", models.CharField(max_length=64, verbose_name="row id")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("rubles", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="rubles")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waits for a second person"),
                            ("done", "carried out"),
                            ("declined", "declined"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("answer", models.CharField(blank=True, default="", max_length=500, verbose_name="answer")),
                (
                    "cid",
                    models.CharField(default=reliability.cid.current, max_length=26, verbose_name="correlation id"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.customer",
                        verbose_name="person",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(default=reliability.clock.uuid7, editable=False, unique=True, verbose_name="key"),
                ),
                ("created_at", models.DateTimeField(db_index=True, default=reliability.clock.now, verbose_name="when")),
                ("act", models.CharField(db_index=True, max_length=40, verbose_name="act")),
                ("target", models.CharField(max_length=64, verbose_name="kind of row")),
                ("object_id", models.CharField(blank=True, default="", max_length=64, verbose_name="row id")),
                ("shown", models.CharField(blank=True, default="", max_length=200, verbose_name="row")),
                (
                    "rubles",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="rubles"),
                ),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                ("reason", models.CharField(blank=True, default="", max_length=500, verbose_name="reason")),
                (
                    "cid",
                    models.CharField(default=reliability.cid.current, max_length=26, verbose_name="correlation id"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="operator",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.customer",
                        verbose_name="person",
                    ),
                ),
                (
                    "proposal",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried_out_as",
                        to="payments.proposal",
                        verbose_name="by proposal",
                    ),
                ),
            ],
            options={
                "verbose_name": "act of an operator",
                "verbose_name_plural": "acts of operators",
                "permissions": (
                    ("credit_person", "May credit a person"),
                    ("debit_person", "May debit a person"),
                    ("bonus_person", "May give a bonus"),
                    ("payout_person", "May note a payout"),
                    ("block_person", "May block and unblock a person"),
                    ("approve_topup", "May approve a top-up"),
                    ("reject_topup", "May reject a top-up"),
                    ("refund_topup", "May refund a top-up"),
                    ("requery_topup", "May ask a provider again"),
                    ("decide_refund", "May say how an unclear refund ended"),
                    ("settle_difference", "May end a difference"),
                    ("decide_proposal", "May be the second person"),
                    ("export_money", "May export money lists"),
                    ("view_accounts", "May see the accounts"),
                ),
            },
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(django.db.models.functions.text.Right("cid", 8), name="proposal_code"),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(condition=models.Q(("state", "open")), fields=["expires_at"], name="proposal_open"),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "done", "declined"])), name="proposal_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "open"),
                    models.Q(("decided_by__isnull", False), ("ended_at__isnull", False)),
                    _connector="XOR",
                ),
                name="proposal_open_or_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("by")), _negated=True),
                    _connector="OR",
                ),
                name="proposal_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="proposal_why"),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("rubles__gt", 0), ("rubles__lte", Decimal("999999999999.99"))),
                name="proposal_rubles_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(django.db.models.functions.text.Right("cid", 8), name="audit_code"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["target", "object_id"], name="audit_of_row"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["by", "customer", "created_at"], name="audit_lately"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("act", ""), _negated=True), models.Q(("target", ""), _negated=True)),
                name="audit_what",
            ),
        ),
        migrations.RunSQL(GUARDS, BACK),
    ]
