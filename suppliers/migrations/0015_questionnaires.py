import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Questionnaires with versions, and the sheets on which suppliers answer them."""

    dependencies = [
        ("kernel", "0002_append_only"),
        ("suppliers", "0014_evidence"),
    ]

    operations = [
        migrations.CreateModel(
            name="Questionnaire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=60, unique=True, verbose_name="short name")),
                ("is_retired", models.BooleanField(default=False, verbose_name="no longer asked")),
            ],
            options={
                "verbose_name": "questionnaire",
                "verbose_name_plural": "questionnaires",
            },
        ),
        migrations.CreateModel(
            name="QuestionnaireVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("body", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("saved_at", models.DateTimeField(verbose_name="saved")),
                (
                    "questionnaire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="suppliers.questionnaire",
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a questionnaire",
                "verbose_name_plural": "versions of questionnaires",
                "constraints": [
                    models.UniqueConstraint(fields=("questionnaire", "number"), name="questionnaire_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "by",
                    models.CharField(
                        choices=[("staff", "Filled in by us"), ("supplier", "Filled in by the supplier")],
                        max_length=8,
                        verbose_name="who answers",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("submitted", "Submitted"),
                            ("accepted", "Accepted"),
                            ("closed", "Closed"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("answers", models.JSONField(default=dict)),
                ("note", models.TextField(blank=True, verbose_name="what is still missing")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="wanted by")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("saved_at", models.DateTimeField(blank=True, null=True, verbose_name="saved")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="submitted")),
                ("version", models.PositiveIntegerField(default=1)),
                ("page", models.CharField(blank=True, max_length=64)),
                ("page_since", models.PositiveIntegerField(default=0)),
                (
                    "assessment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sheet",
                        to="suppliers.assessment",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sheets", to="suppliers.supplier"
                    ),
                ),
                (
                    "questionnaire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="suppliers.questionnaireversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer sheet",
                "verbose_name_plural": "answer sheets",
                "indexes": [models.Index(fields=["supplier", "-id"], name="sheet_newest_first")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "submitted"])),
                        fields=("supplier", "questionnaire"),
                        name="one_sheet_at_work",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("assessment__isnull", False), ("state", "accepted")),
                            models.Q(models.Q(("state", "accepted"), _negated=True), ("assessment__isnull", True)),
                            _connector="OR",
                        ),
                        name="accepted_sheet_has_its_assessment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["submitted", "accepted"]), _negated=True),
                            ("submitted_at__isnull", False),
                            _connector="OR",
                        ),
                        name="submitted_sheet_says_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SheetLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("issued_at", models.DateTimeField(verbose_name="made")),
                ("expires_at", models.DateTimeField(verbose_name="ends")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="first opened")),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="suppliers.answersheet"
                    ),
                ),
            ],
            options={
                "verbose_name": "link of a sheet",
                "verbose_name_plural": "links of sheets",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("issued_at"))),
                        name="sheet_link_ends_after_it_begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SheetFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=80)),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.evidencefile"
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="suppliers.answersheet"
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a sheet",
                "verbose_name_plural": "files of sheets",
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("answers", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField(verbose_name="submitted")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="suppliers.sheetlink",
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="suppliers.answersheet",
                    ),
                ),
            ],
            options={
                "verbose_name": "submission of a sheet",
                "verbose_name_plural": "submissions of sheets",
                "constraints": [models.UniqueConstraint(fields=("sheet", "number"), name="submission_number_once")],
            },
        ),
    ]
