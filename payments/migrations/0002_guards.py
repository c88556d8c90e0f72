"""What a CHECK cannot hold: transfers are append-only, and wallet and transfers move only together, step by step.

The triggers bind everybody, the owner too; only TRUNCATE is left to the owner, for tests. They are plain triggers, for no
session setting can switch those off. Names are qualified: a temporary table of the same name must not be read instead.
"""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION public.transfer_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'a transfer is never changed or deleted: another one moves the money back'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON public.payments_transfer
    FOR EACH ROW EXECUTE FUNCTION public.transfer_append_only();
CREATE TRIGGER transfer_not_truncated BEFORE TRUNCATE ON public.payments_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION public.transfer_append_only();
"""

# The wallet is changed first, then the transfer is inserted: it must lead from the standing after n - 1 to the wallet's.
STEP_BY_STEP = """
CREATE FUNCTION public.transfer_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
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
            RAISE EXCEPTION 'transfer % settles what is no hold of that person and amount', NEW.ref
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transfer_in_step BEFORE INSERT ON public.payments_transfer
    FOR EACH ROW EXECUTE FUNCTION public.transfer_in_step();
"""

# At commit each change of a wallet must have its transfer: a wallet changed alone is refused.
WALLET = """
CREATE FUNCTION public.wallet_starts_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.balance <> 0 OR NEW.held <> 0 OR NEW.last_n <> 0 THEN
        RAISE EXCEPTION 'a wallet starts empty: transfers fill it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wallet_starts_empty BEFORE INSERT ON public.payments_wallet
    FOR EACH ROW EXECUTE FUNCTION public.wallet_starts_empty();

CREATE FUNCTION public.wallet_moves_by_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.payments_transfer WHERE customer_id = NEW.customer_id
        AND n = NEW.last_n AND balance_after = NEW.balance AND held_after = NEW.held;
    IF NOT FOUND OR NEW.customer_id <> OLD.customer_id OR NEW.last_n <> OLD.last_n + 1 THEN
        RAISE EXCEPTION 'the wallet of customer % was changed without its transfer', OLD.customer_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER wallet_moves_by_transfers AFTER UPDATE ON public.payments_wallet
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION public.wallet_moves_by_transfers();

CREATE FUNCTION public.wallet_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the wallet of customer % has moved money: it stays', OLD.customer_id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER wallet_stays BEFORE DELETE ON public.payments_wallet
    FOR EACH ROW WHEN (OLD.last_n > 0) EXECUTE FUNCTION public.wallet_stays();
"""

NO_TRIGGERS = """
DROP TRIGGER wallet_stays ON public.payments_wallet;
DROP TRIGGER wallet_moves_by_transfers ON public.payments_wallet;
DROP TRIGGER wallet_starts_empty ON public.payments_wallet;
DROP TRIGGER transfer_in_step ON public.payments_transfer;
DROP TRIGGER transfer_not_truncated ON public.payments_transfer;
DROP TRIGGER transfer_append_only ON public.payments_transfer;
DROP FUNCTION public.wallet_stays, public.wallet_moves_by_transfers, public.wallet_starts_empty,
    public.transfer_in_step, public.transfer_append_only;
"""

# Whatever was granted when the tables were made (default privileges): of these, only the owner's stays.
EACH_ROLE = """
DO $$
DECLARE role record;
BEGIN
    FOR role IN SELECT DISTINCT c.oid::regclass AS tab, acl.grantee,
            CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS name
        FROM pg_class c, aclexplode(c.relacl) acl
        WHERE c.oid IN ('public.payments_transfer'::regclass, 'public.payments_wallet'::regclass)
            AND acl.grantee <> c.relowner
    LOOP
        EXECUTE format('%(action)s DELETE, TRUNCATE, TRIGGER ON %%s %(preposition)s %%s', role.tab, role.name);
        IF role.tab = 'public.payments_transfer'::regclass THEN
            EXECUTE format('%(action)s UPDATE ON %%s %(preposition)s %%s', role.tab, role.name);
        END IF;
    END LOOP;
END $$;
"""
REVOKED = EACH_ROLE % {"action": "REVOKE", "preposition": "FROM"}
GRANTED = EACH_ROLE % {"action": "GRANT", "preposition": "TO"}


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RunSQL(APPEND_ONLY + STEP_BY_STEP + WALLET, NO_TRIGGERS),
        migrations.RunSQL(REVOKED, GRANTED),
    ]
