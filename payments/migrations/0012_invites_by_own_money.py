"""A friend's result earns its inviter a reward only where money of the friend's own had come by then: the database sees to it.

Own money is what was topped up, less what went back. An invite that was earned before stays as it is.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION public.has_result_of_own_money(person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM (
            SELECT kind, amount, sum(CASE WHEN kind IN ('topup', 'refund_failure') THEN amount
                WHEN kind IN ('refund', 'payout') THEN -amount ELSE 0 END) OVER (ORDER BY n) AS own
            FROM public.payments_transfer WHERE customer_id = person
        ) moved WHERE kind = 'capture' AND own >= amount
    )
$$;
CREATE FUNCTION public.invite_earned_by_own_money() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT public.has_result_of_own_money(NEW.friend_id) THEN
        RAISE EXCEPTION 'invite_earned_by_own_money: customer % has no result that money of their own covers', NEW.friend_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invite_earned_by_own_money BEFORE UPDATE ON public.payments_invite
    FOR EACH ROW WHEN (OLD.state = 'waits' AND NEW.state = 'earned')
    EXECUTE FUNCTION public.invite_earned_by_own_money();
"""

BACK = """
DROP TRIGGER invite_earned_by_own_money ON public.payments_invite;
DROP FUNCTION public.invite_earned_by_own_money, public.has_result_of_own_money;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_refund_failure")]

    operations = [migrations.RunSQL(GUARD, BACK)]
