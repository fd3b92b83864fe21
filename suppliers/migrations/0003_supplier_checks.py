from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0002_supplier_details"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="supplier",
            constraint=models.CheckConstraint(
                condition=models.Q(("cadence_days__isnull", True), ("cadence_days__range", (1, 730)), _connector="OR"),
                name="supplier_cadence_is_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplier",
            constraint=models.CheckConstraint(
                condition=models.Q(("country__regex", "^([A-Z]{2})?$")), name="supplier_country_is_a_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplier",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^([A-Z]{3})?$")), name="supplier_currency_is_a_code"
            ),
        ),
    ]
