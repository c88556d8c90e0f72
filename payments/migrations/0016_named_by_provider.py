"""Rows of before, of which an operator's word made a payment, stay as they are: reconciliation names those that no provider knows."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    dependencies = [("payments", "0015_due_in_order")]

    operations = [
        AddConstraintNotValid(
            model_name="topup",
            constraint=models.CheckConstraint(
                name="topup_named_by_provider",
                condition=models.Q(provider="manual")
                | models.Q(external_id__isnull=True)
                | ~models.Q(external_id=Cast("offer", models.CharField())),
            ),
        )
    ]
