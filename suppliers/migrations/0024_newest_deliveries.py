from django.db import migrations, models


class Migration(migrations.Migration):
    """The newest deliveries of one supplier, without reading all of them."""

    dependencies = [("suppliers", "0023_lines_of_deliveries")]
    operations = [
        migrations.AddIndex(
            model_name="deliveryfact",
            index=models.Index(fields=["supplier", "-id"], name="deliveryfact_newest"),
        ),
    ]
