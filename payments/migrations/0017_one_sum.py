"""The second person's limit counts the day's acts, of every operator: it reads them by the index of their time."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0015_due_in_order")]
    operations = [migrations.RemoveIndex(model_name="auditentry", name="audit_lately")]
