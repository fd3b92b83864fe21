from django.db import migrations, models


class Migration(migrations.Migration):
    """What a relay holds for seconds is not written into the index of lists."""

    dependencies = [("messaging", "0005_unchecked_parents")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_list"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ("claimed", "transmitting")), _negated=True),
                fields=["state", "-id"],
                name="message_list",
            ),
        ),
    ]
