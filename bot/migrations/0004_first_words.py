"""The words of a hold that a new database starts with, as the first version of their history."""

from django.db import migrations

from bot.passive_copy import DEFAULTS
from reliability import clock


def write(apps, schema_editor):
    copies, past = apps.get_model("bot", "PassiveCopy"), apps.get_model("bot", "HistoricalPassiveCopy")
    for locale, words in DEFAULTS.items():
        row = copies.objects.create(locale=locale, **words)
        past.objects.create(id=row.pk, locale=locale, history_date=clock.now(), history_type="+", **words)


class Migration(migrations.Migration):
    dependencies = [("bot", "0003_hold")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
