"""A chat may wait for a promo code."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bot", "0007_receipt"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="dialog",
            name="dialog_state_known",
        ),
        migrations.AlterField(
            model_name="dialog",
            name="state",
            field=models.CharField(
                choices=[
                    ("idle", "menu"),
                    ("wizard", "questions"),
                    ("confirm", "confirmation"),
                    ("topup", "amount"),
                    ("receipt", "receipt"),
                    ("promo", "promo code"),
                    ("search", "search"),
                ],
                default="idle",
                max_length=8,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="dialog",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["idle", "wizard", "confirm", "topup", "receipt", "promo", "search"])),
                name="dialog_state_known",
            ),
        ),
    ]
