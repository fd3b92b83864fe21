from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    """What a relay holds for seconds is not written into the index of addresses."""

    dependencies = [("messaging", "0006_list_at_rest")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_search"),
        migrations.AddIndex(
            model_name="message",
            index=GinIndex(
                OpClass(Upper("address"), name="gin_trgm_ops"),
                condition=models.Q(("state__in", ("claimed", "transmitting")), _negated=True),
                name="message_search",
            ),
        ),
    ]
