from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the table is large, and people are served meanwhile

    dependencies = [
        ("bot", "0010_due_in_order"),
    ]

    operations = [
        RemoveIndexConcurrently(
            model_name="delivery",
            name="delivery_ended",
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(
                    models.Q(("state", "pending"), _negated=True), ("kind__in", ("answer", "progress", "notice"))
                ),
                fields=["created_at"],
                name="delivery_ended",
            ),
        ),
    ]
