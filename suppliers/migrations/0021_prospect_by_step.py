from django.db import migrations, models


class Migration(migrations.Migration):
    """Finds the prospects whose next step has come."""

    dependencies = [("suppliers", "0020_prospect_steps")]
    operations = [
        migrations.AddIndex(
            model_name="prospect",
            index=models.Index(
                condition=models.Q(("next_step_on__isnull", False)), fields=["next_step_on"], name="prospect_by_step"
            ),
        ),
    ]
