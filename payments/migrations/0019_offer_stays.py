"""What was offered never changes, a top-up is credited by its own transfer, and none is called refunded that is not back.

Plain triggers, as those of the ledger: no session setting switches them off. An operator's approval, which says what came, is the
one move that sets another sum. Once credited, `0017_paid_stays` holds. They come after the row is written, so that whatever a CHECK
can say of a change is said by that.
"""

from django.db import migrations

OFFERED = ("customer_id", "provider", "currency", "rate", "offer")
SUM = ("rubles", "minor_amount")


def _changed(names: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    return f"({new}) IS DISTINCT FROM ({old})"


STAYS = f"""
CREATE FUNCTION public.offer_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: what was offered stays as it was', TG_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER topup_offer_stays AFTER UPDATE ON public.payments_topup FOR EACH ROW
    WHEN (OLD.transfer_id IS NULL AND ({_changed(OFFERED)} OR {_changed(SUM)} AND (OLD.state, NEW.state) <> ('pending', 'paid')))
    EXECUTE FUNCTION public.offer_stays();
"""

CREDITED = """
CREATE FUNCTION public.topup_is_its_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.payments_transfer t WHERE t.id = NEW.transfer_id AND t.kind = 'topup' AND t.customer_id = NEW.customer_id
        AND t.amount = NEW.rubles AND t.ref = 'topup:' || NEW.provider || ':' || NEW.external_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%: top-up % is not what transfer % has credited', TG_NAME, NEW.id, NEW.transfer_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER topup_begins_credited AFTER INSERT ON public.payments_topup FOR EACH ROW
    WHEN (NEW.transfer_id IS NOT NULL) EXECUTE FUNCTION public.topup_is_its_transfer();
CREATE TRIGGER topup_is_credited AFTER UPDATE ON public.payments_topup FOR EACH ROW
    WHEN (OLD.transfer_id IS NULL AND NEW.transfer_id IS NOT NULL) EXECUTE FUNCTION public.topup_is_its_transfer();
"""

RETURNED = """
CREATE FUNCTION public.topup_is_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(rubles), 0) FROM public.payments_refund WHERE topup_id = NEW.id AND state = 'done') <> NEW.rubles THEN
        RAISE EXCEPTION '%: not all of top-up % is back', TG_NAME, NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER topup_is_back AFTER UPDATE ON public.payments_topup FOR EACH ROW
    WHEN (NEW.state = 'refunded' AND OLD.state <> 'refunded') EXECUTE FUNCTION public.topup_is_back();
"""

BACK = """
DROP TRIGGER topup_is_back ON public.payments_topup;
DROP FUNCTION public.topup_is_back();
DROP TRIGGER topup_is_credited ON public.payments_topup;
DROP TRIGGER topup_begins_credited ON public.payments_topup;
DROP FUNCTION public.topup_is_its_transfer();
DROP TRIGGER topup_offer_stays ON public.payments_topup;
DROP FUNCTION public.offer_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0018_reading_and_unknown_offer")]
    operations = [migrations.RunSQL(STAYS + CREDITED + RETURNED, BACK)]
