from django.db import migrations, models


class Migration(migrations.Migration):
    """An open page of an assessment saves by itself, and may go on after itself."""

    dependencies = [
        ("suppliers", "0012_assessment_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="page",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="assessment",
            name="page_since",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
