"""A refund that its provider refused is a movement of its own: provider → wallet, settling the refund, so once.

The rule of the triggers of 0002 stays the same but for what may settle what.
"""

from django.db import migrations, models

STEP = """
CREATE OR REPLACE FUNCTION public.transfer_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    had numeric;
    had_held numeric;
    to_wallet numeric := NEW.amount * ((NEW.credit = 'wallet')::int - (NEW.debit = 'wallet')::int);
    to_hold numeric := NEW.amount * ((NEW.credit = 'hold')::int - (NEW.debit = 'hold')::int);
BEGIN
    SELECT balance_after, held_after INTO had, had_held FROM public.payments_transfer
        WHERE customer_id = NEW.customer_id AND n = NEW.n - 1;
    IF NOT FOUND THEN
        IF NEW.n <> 1 THEN
            RAISE EXCEPTION 'transfer % of customer % follows none', NEW.n, NEW.customer_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        had := 0;
        had_held := 0;
    END IF;
    IF NEW.balance_after <> had + to_wallet OR NEW.held_after <> had_held + to_hold THEN
        RAISE EXCEPTION 'transfer % does not lead from % and % to % and %',
            NEW.ref, had, had_held, NEW.balance_after, NEW.held_after
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM FROM public.payments_wallet WHERE customer_id = NEW.customer_id
        AND last_n = NEW.n AND balance = NEW.balance_after AND held = NEW.held_after;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'transfer % does not leave the wallet as it stands', NEW.ref
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.settles_id IS NOT NULL THEN
        PERFORM FROM public.payments_transfer WHERE id = NEW.settles_id
            AND kind = 'hold' AND customer_id = NEW.customer_id AND amount = NEW.amount;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'transfer % settles what is no hold, or no refund, of that person and amount', NEW.ref
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""
AFTER = STEP.replace("kind = 'hold'", "kind = CASE NEW.kind WHEN 'refund_failure' THEN 'refund' ELSE 'hold' END")


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_agreed")]

    operations = [
        migrations.RunSQL(AFTER, STEP),
        migrations.RemoveConstraint(
            model_name="transfer",
            name="transfer_pair_of_kind",
        ),
        migrations.RemoveConstraint(
            model_name="transfer",
            name="transfer_settles_or_not",
        ),
        migrations.AlterField(
            model_name="transfer",
            name="kind",
            field=models.CharField(
                choices=[
                    ("topup", "top-up"),
                    ("hold", "hold"),
                    ("capture", "capture"),
                    ("release", "release"),
                    ("bonus", "bonus"),
                    ("refund", "refund"),
                    ("refund_failure", "refused refund"),
                    ("payout", "payout"),
                    ("adjust_in", "correction, credit"),
                    ("adjust_out", "correction, debit"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "topup"), ("debit__regex", "^provider:[a-z][a-z0-9_]*$"), ("credit", "wallet")),
                    models.Q(("kind", "hold"), ("debit", "wallet"), ("credit", "hold")),
                    models.Q(("kind", "capture"), ("debit", "hold"), ("credit", "revenue")),
                    models.Q(("kind", "release"), ("debit", "hold"), ("credit", "wallet")),
                    models.Q(("kind", "bonus"), ("debit", "promo"), ("credit", "wallet")),
                    models.Q(("kind", "refund"), ("debit", "wallet"), ("credit__regex", "^provider:[a-z][a-z0-9_]*$")),
                    models.Q(
                        ("kind", "refund_failure"), ("debit__regex", "^provider:[a-z][a-z0-9_]*$"), ("credit", "wallet")
                    ),
                    models.Q(("kind", "payout"), ("debit", "wallet"), ("credit", "payout")),
                    models.Q(("kind", "adjust_in"), ("debit", "adjustment"), ("credit", "wallet")),
                    models.Q(("kind", "adjust_out"), ("debit", "wallet"), ("credit", "adjustment")),
                    _connector="OR",
                ),
                name="transfer_pair_of_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ("capture", "release", "refund_failure")), ("settles__isnull", True), _connector="XOR"
                ),
                name="transfer_settles_or_not",
            ),
        ),
    ]
