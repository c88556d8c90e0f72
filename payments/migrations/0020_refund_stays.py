"""What was asked back never changes, and each return is what its own transfers say: one that took it, one that gave it back.

Plain triggers, as those of the ledger: no session setting switches them off. They come after the row is written, so that whatever a
CHECK can say of a change is said by that.
"""

from django.db import migrations

ASKED = ("topup_id", "ref", "rubles", "minor_amount", "transfer_id", "by", "reason")


def _row(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in ASKED)


STAYS = f"""
CREATE FUNCTION public.refund_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: what was asked back stays as it was', TG_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER refund_stays AFTER UPDATE ON public.payments_refund FOR EACH ROW WHEN (
    ({_row("NEW")}) IS DISTINCT FROM ({_row("OLD")})
    OR OLD.external_id <> '' AND NEW.external_id <> OLD.external_id
    OR OLD.returned_id IS NOT NULL AND NEW.returned_id IS DISTINCT FROM OLD.returned_id
) EXECUTE FUNCTION public.refund_stays();
"""

MOVED = """
CREATE FUNCTION public.refund_is_its_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.payments_transfer t JOIN public.payments_topup u ON u.customer_id = t.customer_id
        WHERE t.id = NEW.transfer_id AND u.id = NEW.topup_id
        AND t.kind = 'refund' AND t.ref = NEW.ref AND t.amount = NEW.rubles AND t.credit = 'provider:' || u.provider;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%: return % is not what transfer % has taken', TG_NAME, NEW.id, NEW.transfer_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_is_its_transfer AFTER INSERT ON public.payments_refund FOR EACH ROW
    EXECUTE FUNCTION public.refund_is_its_transfer();

CREATE FUNCTION public.refund_came_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.payments_transfer t
        WHERE t.id = NEW.returned_id AND t.kind = 'refund_failure' AND t.settles_id = NEW.transfer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%: transfer % did not give return % back', TG_NAME, NEW.returned_id, NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_begins_given_back AFTER INSERT ON public.payments_refund FOR EACH ROW
    WHEN (NEW.returned_id IS NOT NULL) EXECUTE FUNCTION public.refund_came_back();
CREATE TRIGGER refund_came_back AFTER UPDATE ON public.payments_refund FOR EACH ROW
    WHEN (OLD.returned_id IS NULL AND NEW.returned_id IS NOT NULL) EXECUTE FUNCTION public.refund_came_back();
"""

BACK = """
DROP TRIGGER refund_came_back ON public.payments_refund;
DROP TRIGGER refund_begins_given_back ON public.payments_refund;
DROP FUNCTION public.refund_came_back();
DROP TRIGGER refund_is_its_transfer ON public.payments_refund;
DROP FUNCTION public.refund_is_its_transfer();
DROP TRIGGER refund_stays ON public.payments_refund;
DROP FUNCTION public.refund_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0019_offer_stays")]
    operations = [migrations.RunSQL(STAYS + MOVED, BACK)]
