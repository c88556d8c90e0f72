"""A hold of TRT and a hold of money had one name, and so one translation: «пауза» stood in lists of transfers."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bot", "0008_promo")]
    operations = [
        migrations.AlterModelOptions(
            name="hold", options={"verbose_name": "operator's hold", "verbose_name_plural": "holds"}
        )
    ]
