from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kie", "0002_job")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="error_field",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="answer to blame"),
        ),
    ]
