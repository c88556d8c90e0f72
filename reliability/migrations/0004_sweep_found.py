"""A check among the sweeps says which rules it found broken."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reliability", "0003_duty_and_no_lease_mode")]

    operations = [
        migrations.AddField(
            "sweep", "found", models.TextField(blank=True, db_default="", default="", verbose_name="found")
        ),
    ]
