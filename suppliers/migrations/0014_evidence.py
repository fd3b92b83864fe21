import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Files as evidence, and which assessment they stand beside."""

    dependencies = [
        ("kernel", "0002_append_only"),
        ("suppliers", "0013_assessment_pages"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32, unique=True)),
                ("kind", models.CharField(max_length=8, verbose_name="type")),
                ("shown_name", models.CharField(max_length=140, verbose_name="name")),
                ("size", models.PositiveIntegerField(verbose_name="size")),
                ("sha256", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField(verbose_name="added")),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence file",
                "verbose_name_plural": "evidence files",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("key__regex", "^[0-9a-f]{32}$")), name="evidence_key_is_ours"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gte", 1), ("size__lte", 10485760)), name="evidence_size_is_kept"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["pdf", "png", "jpeg", "webp", "text", "xlsx", "docx"])),
                        name="evidence_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssessmentFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.CharField(
                        choices=[("attach", "Attached"), ("withdraw", "Taken away")], max_length=8, verbose_name="what"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="suppliers.assessment"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.evidencefile"
                    ),
                ),
            ],
            options={
                "verbose_name": "file of an assessment",
                "verbose_name_plural": "files of assessments",
                "constraints": [
                    models.UniqueConstraint(fields=("assessment", "file", "act"), name="assessment_file_act_once")
                ],
            },
        ),
    ]
