"""What a provider's list has confirmed, and since when a provider could not be compared with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_audit")]

    operations = [
        migrations.AddField(
            model_name="topup",
            name="agreed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="listed by the provider"),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="failing_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="not compared since"),
        ),
        migrations.AddIndex(
            model_name="topup",
            index=models.Index(
                condition=models.Q(("agreed_at__isnull", True)), fields=["paid_at"], name="topup_unlisted"
            ),
        ),
    ]
