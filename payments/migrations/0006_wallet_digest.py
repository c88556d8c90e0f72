"""A wallet bears a digest of its own: that its last transfers are gone, and it was put back to match, is seen by nothing else.

The version before this one may still run: it leaves the digest as it was. A digest changed alone moves no money, so the
trigger that wants a transfer for each change of a wallet lets it pass.
"""

from typing import Any

from django.db import migrations, models

from payments import digest

TRIGGER = """
DROP TRIGGER wallet_moves_by_transfers ON public.payments_wallet;
CREATE CONSTRAINT TRIGGER wallet_moves_by_transfers AFTER UPDATE ON public.payments_wallet
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({old} IS DISTINCT FROM {new})
    EXECUTE FUNCTION public.wallet_moves_by_transfers();
"""
OF_MONEY = TRIGGER.format(
    old="(OLD.customer_id, OLD.balance, OLD.held, OLD.last_n)",
    new="(NEW.customer_id, NEW.balance, NEW.held, NEW.last_n)",
)
OF_ALL = TRIGGER.format(old="OLD.*", new="NEW.*")


def sign(apps: Any, _schema_editor: Any) -> None:
    """Sign each wallet as it stands."""
    wallets = apps.get_model("payments", "Wallet").objects
    for wallet in wallets.select_for_update():
        facts = [getattr(wallet, name) for name in digest.WALLET]
        wallets.filter(pk=wallet.pk).update(digest=digest.of_wallet(facts))


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_paying_guards")]

    operations = [
        migrations.AddField("wallet", "digest", models.CharField(blank=True, db_default="", default="", max_length=64)),
        migrations.RunSQL(OF_MONEY, OF_ALL),
        migrations.RunPython(sign, migrations.RunPython.noop),
    ]
