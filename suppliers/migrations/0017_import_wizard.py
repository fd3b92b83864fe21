import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Files that come in step by step, and their rows."""

    dependencies = [
        ("suppliers", "0016_evidence_only_grows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("state", models.CharField(default="columns", max_length=10, verbose_name="state")),
                ("source", models.CharField(max_length=60, verbose_name="source")),
                ("file_name", models.CharField(max_length=120, verbose_name="file")),
                ("encoding", models.CharField(max_length=20, verbose_name="encoding")),
                ("separator", models.CharField(max_length=1, verbose_name="separator")),
                ("header", models.JSONField(verbose_name="columns")),
                ("mapping", models.JSONField(default=dict)),
                ("options", models.JSONField(default=dict)),
                ("notes", models.JSONField(default=list)),
                ("before", models.JSONField(null=True)),
                ("rows", models.PositiveIntegerField(verbose_name="rows")),
                ("new", models.PositiveIntegerField(default=0, verbose_name="new")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
                ("same", models.PositiveIntegerField(default=0, verbose_name="same")),
                ("refused", models.PositiveIntegerField(default=0, verbose_name="refused")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("imported_at", models.DateTimeField(blank=True, null=True, verbose_name="imported")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "imported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "indexes": [
                    models.Index(fields=["kind", "started_by", "-id"], name="import_remembered"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["columns", "rows", "done", "undone", "dropped"])),
                        name="import_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("imported_at__isnull", False), ("state__in", ["done", "undone"])),
                            models.Q(
                                models.Q(("state__in", ["done", "undone"]), _negated=True),
                                ("imported_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="import_done_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "undone"), ("undone_at__gte", models.F("imported_at"))),
                            models.Q(models.Q(("state", "undone"), _negated=True), ("undone_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="import_undone_after_done",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField(verbose_name="row")),
                ("cells", models.JSONField()),
                ("wrong", models.CharField(blank=True, max_length=200)),
                ("state", models.CharField(default="unread", max_length=10, verbose_name="state")),
                ("problems", models.JSONField(default=list)),
                ("key", models.CharField(blank=True, max_length=200)),
                ("made", models.CharField(blank=True, max_length=120)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="file_rows",
                        to="suppliers.importsession",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of an import",
                "verbose_name_plural": "rows of imports",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "refused")), fields=["session", "line"], name="refused_rows"
                    ),
                    models.Index(fields=["session", "key"], name="rows_by_key"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "line"), name="one_row_per_line"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["unread", "new", "changed", "same", "refused", "left"])),
                        name="import_row_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("problems", []), _negated=True),
                            _connector="OR",
                        ),
                        name="refused_row_says_why",
                    ),
                ],
            },
        ),
    ]
