"""Of a payment that was credited the facts never change, and no return of one is deleted.

Plain triggers, as those of the ledger: no session setting switches them off. And the second person's limit counts the day's
acts of all operators: it reads them by the index of their time.
"""

from django.db import migrations

FACTS = ("customer_id", "provider", "currency", "minor_amount", "rate", "rubles", "external_id", "paid_at", "offer", "transfer_id")  # fmt: skip
OLD, NEW = (", ".join(f"{row}.{name}" for name in FACTS) for row in ("OLD", "NEW"))

STAYS = f"""
CREATE FUNCTION public.payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: a row of % tells of money that has moved', TG_NAME, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER topup_paid_stays BEFORE UPDATE ON public.payments_topup FOR EACH ROW
    WHEN (OLD.state IN ('paid', 'refunded') AND ({NEW}) IS DISTINCT FROM ({OLD}))
    EXECUTE FUNCTION public.payment_stays();
CREATE TRIGGER topup_paid_not_deleted BEFORE DELETE ON public.payments_topup FOR EACH ROW
    WHEN (OLD.state IN ('paid', 'refunded')) EXECUTE FUNCTION public.payment_stays();
CREATE TRIGGER refund_not_deleted BEFORE DELETE ON public.payments_refund FOR EACH ROW
    EXECUTE FUNCTION public.payment_stays();
"""

BACK = """
DROP TRIGGER refund_not_deleted ON public.payments_refund;
DROP TRIGGER topup_paid_not_deleted ON public.payments_topup;
DROP TRIGGER topup_paid_stays ON public.payments_topup;
DROP FUNCTION public.payment_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0016_named_by_provider")]
    operations = [
        migrations.RemoveIndex(model_name="auditentry", name="audit_lately"),
        migrations.RunSQL(STAYS, BACK),
    ]
