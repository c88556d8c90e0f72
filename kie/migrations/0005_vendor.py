from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kie", "0004_cid_index")]

    operations = [
        migrations.AddField(
            "aimodel",
            "vendor",
            models.CharField(default="", max_length=32, verbose_name="vendor"),
            preserve_default=False,
        ),
        migrations.AddField("aimodel", "tags", models.JSONField(blank=True, default=list, verbose_name="tags")),
        migrations.AddField("aimodel", "fixed", models.JSONField(blank=True, default=dict, verbose_name="always sent")),
    ]
