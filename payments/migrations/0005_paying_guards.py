"""What a CHECK cannot hold of payments: which states follow which, and that no more goes back than came.

Plain triggers, as those of the ledger: no session setting switches them off.
"""

from django.db import migrations

MOVES = """
CREATE FUNCTION public.payment_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = OLD.state OR OLD.state || '>' || NEW.state = ANY (TG_ARGV) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '%: nothing goes from % to %', TG_NAME, OLD.state, NEW.state
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER topup_moves BEFORE UPDATE ON public.payments_topup
    FOR EACH ROW EXECUTE FUNCTION public.payment_moves(
        'created>pending', 'created>paid', 'created>expired', 'created>rejected',
        'pending>paid', 'pending>expired', 'pending>rejected', 'expired>pending', 'expired>paid', 'paid>refunded');
CREATE TRIGGER refund_moves BEFORE UPDATE ON public.payments_refund
    FOR EACH ROW EXECUTE FUNCTION public.payment_moves(
        'asked>done', 'asked>refused', 'asked>unclear', 'unclear>done', 'unclear>refused');
"""

WITHIN = """
CREATE FUNCTION public.refund_within_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid public.payments_topup%ROWTYPE;
    back_rubles numeric;
    back_minor numeric;
BEGIN
    SELECT * INTO paid FROM public.payments_topup WHERE id = NEW.topup_id FOR UPDATE;
    SELECT coalesce(sum(rubles), 0), coalesce(sum(minor_amount), 0) INTO back_rubles, back_minor
        FROM public.payments_refund WHERE topup_id = NEW.topup_id AND state <> 'refused' AND id IS DISTINCT FROM NEW.id;
    IF back_rubles + NEW.rubles > paid.rubles OR back_minor + NEW.minor_amount > paid.minor_amount THEN
        RAISE EXCEPTION 'refund_within_payment: % came, % is on its way back already, % more cannot go',
            paid.rubles, back_rubles, NEW.rubles USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_within_payment BEFORE INSERT OR UPDATE OF rubles, minor_amount, topup_id ON public.payments_refund
    FOR EACH ROW EXECUTE FUNCTION public.refund_within_payment();
"""

BACK = """
DROP TRIGGER refund_within_payment ON public.payments_refund;
DROP FUNCTION public.refund_within_payment();
DROP TRIGGER refund_moves ON public.payments_refund;
DROP TRIGGER topup_moves ON public.payments_topup;
DROP FUNCTION public.payment_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_paying")]
    operations = [migrations.RunSQL(MOVES + WITHIN, BACK)]
