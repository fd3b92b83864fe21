import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="supplier",
            name="cadence_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="days between talks"),
        ),
        migrations.AddField(
            model_name="supplier",
            name="contact_due_on",
            field=models.DateField(blank=True, null=True, verbose_name="contact due"),
        ),
        migrations.AddField(
            model_name="supplier",
            name="country",
            field=models.CharField(blank=True, default="", max_length=2, verbose_name="country"),
        ),
        migrations.AddField(
            model_name="supplier",
            name="currency",
            field=models.CharField(blank=True, default="", max_length=3, verbose_name="currency"),
        ),
        migrations.AddField(
            model_name="supplier",
            name="kind",
            field=models.CharField(
                choices=[("supplier", "Supplier"), ("warehouse", "Own warehouse")],
                default="supplier",
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="supplier",
            name="language",
            field=models.CharField(blank=True, default="", max_length=10, verbose_name="language"),
        ),
        migrations.AddField(
            model_name="supplier",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=10), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="supplier",
            name="last_contact_on",
            field=models.DateField(blank=True, null=True, verbose_name="last contact"),
        ),
        migrations.AddField(
            model_name="supplier",
            name="legal_name",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="legal name"),
        ),
        migrations.AddField(
            model_name="supplier",
            name="notes",
            field=models.TextField(blank=True, default="", verbose_name="notes"),
        ),
        migrations.AddField(
            model_name="supplier",
            name="state",
            field=models.CharField(
                choices=[("active", "Active"), ("paused", "Paused"), ("ended", "Ended")],
                default="active",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="supplier",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
    ]
