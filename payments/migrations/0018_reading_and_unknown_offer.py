"""A reading of a provider's list may take several turns; money credited for an offer that nobody knows is on the work list."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0017_paid_stays"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="difference",
            name="difference_kind_known",
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="began_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="reading began"),
        ),
        migrations.AlterField(
            model_name="difference",
            name="kind",
            field=models.CharField(
                choices=[
                    ("unknown_payment", "paid, and nobody knows by whom"),
                    ("unknown_offer", "credited to who paid, and nobody knows the offer"),
                    ("not_credited", "paid, and it cannot be credited by itself"),
                    ("not_there", "credited here, unknown to the provider"),
                    ("sum", "another sum at the provider"),
                    ("refund_unknown", "returned there, not taken from the balance here"),
                    ("refund_short", "returned there, and the balance had less"),
                    ("refund_unclear", "nobody knows whether it was returned"),
                    ("refund_refused", "the provider refused a return"),
                    ("ref_conflict", "one payment told of with two sums or payers"),
                    ("receipt_waits", "a receipt waits for an answer"),
                    ("kie_credits", "KIE has charged another sum"),
                ],
                max_length=20,
                verbose_name="what",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "unknown_payment",
                            "unknown_offer",
                            "not_credited",
                            "not_there",
                            "sum",
                            "refund_unknown",
                            "refund_short",
                            "refund_unclear",
                            "refund_refused",
                            "ref_conflict",
                            "receipt_waits",
                            "kie_credits",
                        ],
                    )
                ),
                name="difference_kind_known",
            ),
        ),
    ]
