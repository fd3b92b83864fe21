from django.db import migrations, models


class Migration(migrations.Migration):
    """Deliveries of one supplier side by side, with all that lines are counted from."""

    dependencies = [
        ("suppliers", "0022_prospect_step_says_what"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="deliveryfact",
            index=models.Index(
                condition=models.Q(("withdrawn", False)),
                fields=["supplier", "source", "order_ref", "line_ref", "delivered_on"],
                include=(
                    "id",
                    "outcome",
                    "ordered_on",
                    "promised_on",
                    "quantity_ordered",
                    "quantity_delivered",
                    "promise_changes",
                ),
                name="deliveryfact_lines",
            ),
        ),
    ]
