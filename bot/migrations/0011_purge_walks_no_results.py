from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bot", "0010_due_in_order"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="delivery",
            name="delivery_ended",
        ),
        migrations.AddIndex(
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
