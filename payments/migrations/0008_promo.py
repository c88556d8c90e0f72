"""Promo codes, their uses, invited friends; and what a CHECK cannot hold of them.

Plain triggers, as those of the ledger: no session setting switches them off.
"""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import reliability.cid
import reliability.clock

# Who invited somebody is known when they are met or never; the word in a link is for ever.
CUSTOMER = """
CREATE FUNCTION public.customer_invited_at_meeting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'customer_invited_at_meeting: who invited customer % and the word in their link stay', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER customer_invited_at_meeting BEFORE UPDATE ON public.payments_customer
    FOR EACH ROW WHEN (NEW.invited_by_id IS DISTINCT FROM OLD.invited_by_id
        OR (OLD.invite_code IS NOT NULL AND NEW.invite_code IS DISTINCT FROM OLD.invite_code))
    EXECUTE FUNCTION public.customer_invited_at_meeting();
"""

# A reward is a bonus to whoever invited that friend, under the friend's ref: so never to the friend, never twice.
INVITE = """
CREATE FUNCTION public.invite_is_true() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    inviter bigint;
BEGIN
    SELECT invited_by_id INTO inviter FROM public.payments_customer WHERE id = NEW.friend_id;
    IF inviter IS NULL OR (TG_OP = 'INSERT' AND NEW.state <> 'waits')
            OR (TG_OP = 'UPDATE' AND NEW.friend_id <> OLD.friend_id) THEN
        RAISE EXCEPTION 'invite_is_true: an invite begins with somebody who was invited, and waits'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.transfer_id IS NOT NULL THEN
        PERFORM FROM public.payments_transfer WHERE id = NEW.transfer_id
            AND kind = 'bonus' AND customer_id = inviter AND ref = 'invite:' || NEW.friend_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'invite_is_true: the reward for customer % goes to customer %', NEW.friend_id, inviter
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invite_is_true BEFORE INSERT OR UPDATE ON public.payments_invite
    FOR EACH ROW EXECUTE FUNCTION public.invite_is_true();
CREATE TRIGGER invite_moves BEFORE UPDATE ON public.payments_invite
    FOR EACH ROW EXECUTE FUNCTION public.payment_moves('waits>earned', 'earned>rewarded', 'earned>nothing');
"""

# A use counts itself on its code, under that row's lock, if the code is on and it is its time: the limit is its CHECK's.
PROMO = """
CREATE FUNCTION public.redemption_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.payments_promocode SET uses = uses + 1 WHERE id = NEW.code_id AND active
        AND coalesce(starts_at <= NEW.created_at, true) AND coalesce(NEW.created_at < ends_at, true);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'redemption_counts: code % is not open', NEW.code_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM FROM public.payments_transfer moved JOIN public.payments_promocode code ON code.id = NEW.code_id
        WHERE moved.id = NEW.transfer_id AND moved.kind = 'bonus' AND moved.customer_id = NEW.customer_id
            AND moved.amount = code.rubles AND moved.ref = 'promo:' || NEW.code_id || ':' || NEW.customer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'redemption_counts: the transfer is not that of code % for customer %', NEW.code_id, NEW.customer_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER redemption_counts BEFORE INSERT ON public.payments_redemption
    FOR EACH ROW EXECUTE FUNCTION public.redemption_counts();

CREATE FUNCTION public.promo_counted_by_uses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.uses <> 0 THEN
            RAISE EXCEPTION 'promo_counted_by_uses: a code begins unused' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF NEW.uses <> OLD.uses AND (pg_trigger_depth() < 2 OR NEW.uses <> OLD.uses + 1) THEN
        RAISE EXCEPTION 'promo_counted_by_uses: only a use counts' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF OLD.uses > 0 AND (NEW.code <> OLD.code OR NEW.rubles <> OLD.rubles) THEN
        RAISE EXCEPTION 'promo_counted_by_uses: code % has been used: word and rubles stay', OLD.code
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER promo_counted_by_uses BEFORE INSERT OR UPDATE ON public.payments_promocode
    FOR EACH ROW EXECUTE FUNCTION public.promo_counted_by_uses();
"""

STAYS = """
CREATE FUNCTION public.gift_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'gift_stays: a row of % tells of money that was given', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER redemption_stays BEFORE UPDATE OR DELETE ON public.payments_redemption
    FOR EACH ROW EXECUTE FUNCTION public.gift_stays();
CREATE TRIGGER invite_stays BEFORE DELETE ON public.payments_invite
    FOR EACH ROW WHEN (OLD.transfer_id IS NOT NULL) EXECUTE FUNCTION public.gift_stays();
"""

BACK = """
DROP TRIGGER invite_stays ON public.payments_invite;
DROP TRIGGER redemption_stays ON public.payments_redemption;
DROP TRIGGER promo_counted_by_uses ON public.payments_promocode;
DROP TRIGGER redemption_counts ON public.payments_redemption;
DROP TRIGGER invite_moves ON public.payments_invite;
DROP TRIGGER invite_is_true ON public.payments_invite;
DROP TRIGGER customer_invited_at_meeting ON public.payments_customer;
DROP FUNCTION public.gift_stays, public.promo_counted_by_uses, public.redemption_counts, public.invite_is_true,
    public.customer_invited_at_meeting;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_receipt"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="invite_code",
            field=models.CharField(blank=True, max_length=16, null=True, unique=True, verbose_name="word of the link"),
        ),
        migrations.CreateModel(
            name="PromoCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        max_length=32,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z0-9]{3,32}$", "3 to 32 Latin capital letters and digits."
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("rubles", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="rubles")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                (
                    "most_uses",
                    models.PositiveIntegerField(
                        blank=True, help_text="Empty: no limit.", null=True, verbose_name="uses at most"
                    ),
                ),
                ("uses", models.PositiveIntegerField(default=0, editable=False, verbose_name="uses")),
                ("active", models.BooleanField(default=True, verbose_name="switched on")),
                ("note", models.CharField(blank=True, default="", max_length=200, verbose_name="note")),
                (
                    "created_at",
                    models.DateTimeField(default=reliability.clock.now, editable=False, verbose_name="made"),
                ),
            ],
            options={
                "verbose_name": "promo code",
                "verbose_name_plural": "promo codes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[A-Z0-9]{3,32}$")), name="promo_code_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rubles__gt", 0), ("rubles__lte", 10000)), name="promo_rubles"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_at__isnull", True),
                            ("ends_at__isnull", True),
                            ("starts_at__lt", models.F("ends_at")),
                            _connector="OR",
                        ),
                        name="promo_ends_after_start",
                        violation_error_message="The end comes after the start.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("most_uses__isnull", True), ("uses__lte", models.F("most_uses")), _connector="OR"
                        ),
                        name="promo_within_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=reliability.clock.now)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="payments.customer"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "created_at"], name="guess_of")],
            },
        ),
        migrations.CreateModel(
            name="Invite",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waits", "waits"),
                            ("earned", "earned"),
                            ("rewarded", "rewarded"),
                            ("nothing", "nothing"),
                        ],
                        default="waits",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "friend",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invite",
                        to="payments.customer",
                        verbose_name="friend",
                    ),
                ),
                (
                    "transfer",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invite",
                        to="payments.transfer",
                        verbose_name="reward",
                    ),
                ),
            ],
            options={
                "verbose_name": "invited friend",
                "verbose_name_plural": "invited friends",
                "indexes": [
                    models.Index(django.db.models.functions.text.Right("cid", 8), name="invite_code"),
                    models.Index(condition=models.Q(("state", "earned")), fields=["due_at"], name="invite_due"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waits", "earned", "rewarded", "nothing"])),
                        name="invite_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "rewarded"), ("transfer__isnull", True), _connector="XOR"),
                        name="invite_rewarded_by_transfer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cid",
                    models.CharField(default=reliability.cid.current, max_length=26, verbose_name="correlation id"),
                ),
                ("created_at", models.DateTimeField(default=reliability.clock.now, verbose_name="when")),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="payments.promocode",
                        verbose_name="code",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="payments.customer",
                        verbose_name="person",
                    ),
                ),
                (
                    "transfer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemption",
                        to="payments.transfer",
                        verbose_name="transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "use of a promo code",
                "verbose_name_plural": "uses of promo codes",
                "indexes": [models.Index(django.db.models.functions.text.Right("cid", 8), name="redemption_code")],
                "constraints": [models.UniqueConstraint(fields=("code", "customer"), name="redemption_once")],
            },
        ),
        migrations.RunSQL(CUSTOMER + INVITE + PROMO + STAYS, BACK),
    ]
