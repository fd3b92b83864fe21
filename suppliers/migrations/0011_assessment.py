import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("suppliers", "0010_readiness_only_grows"),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True, verbose_name="number")),
                ("body", models.JSONField(verbose_name="policy")),
                ("note", models.CharField(max_length=200, verbose_name="what changed")),
                ("saved_at", models.DateTimeField(verbose_name="saved")),
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
                "verbose_name": "scorecard policy",
                "verbose_name_plural": "scorecard policies",
            },
        ),
        migrations.CreateModel(
            name="Scorecard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField(verbose_name="revision")),
                ("day", models.DateField(verbose_name="day")),
                ("inputs", models.JSONField()),
                ("result", models.JSONField()),
                ("explanation", models.JSONField()),
                (
                    "total",
                    models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name="score"),
                ),
                (
                    "low",
                    models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name="from"),
                ),
                ("high", models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name="to")),
                ("coverage", models.DecimalField(decimal_places=1, max_digits=4, verbose_name="coverage")),
                ("digest", models.CharField(max_length=40)),
                ("made_at", models.DateTimeField(verbose_name="made")),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.policyversion"
                    ),
                ),
                (
                    "previous",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="next",
                        to="suppliers.scorecard",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.supplier"
                    ),
                ),
            ],
            options={
                "verbose_name": "scorecard",
                "verbose_name_plural": "scorecards",
                "constraints": [
                    models.UniqueConstraint(fields=("supplier", "revision"), name="scorecard_revision_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("high__isnull", True), ("low__isnull", True), ("total__isnull", True)),
                            models.Q(
                                ("high__gte", models.F("total")),
                                ("high__lte", 100),
                                ("low__gte", 0),
                                ("low__lte", models.F("total")),
                            ),
                            _connector="OR",
                        ),
                        name="scorecard_interval_holds_the_score",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("previous__isnull", True), ("revision", 1)),
                            models.Q(("previous__isnull", False), ("revision__gt", 1)),
                            _connector="OR",
                        ),
                        name="scorecard_follows_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("standing", models.CharField(max_length=40, verbose_name="standing")),
                ("consequence", models.CharField(max_length=10, verbose_name="for purchase orders")),
                (
                    "may_override",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), blank=True, default=list, size=None
                    ),
                ),
                ("since", models.DateField(verbose_name="since")),
                ("band", models.CharField(blank=True, max_length=40)),
                ("better_since", models.DateField(blank=True, null=True)),
                ("better_band", models.CharField(blank=True, max_length=40)),
                ("seen", models.JSONField(default=dict)),
                ("scored_on", models.DateField()),
                ("override", models.CharField(blank=True, max_length=10, verbose_name="decided instead")),
                ("override_until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("override_reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "override_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.policyversion"
                    ),
                ),
                (
                    "scorecard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.scorecard"
                    ),
                ),
                (
                    "supplier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="standing", to="suppliers.supplier"
                    ),
                ),
            ],
            options={
                "verbose_name": "standing",
                "verbose_name_plural": "standings",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("consequence__in", ["none", "warn", "approval", "block"])),
                        name="standing_consequence_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("override__in", ["none", "warn", "approval", "block", ""])),
                        name="standing_override_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("override", ""),
                                ("override_by__isnull", True),
                                ("override_reason", ""),
                                ("override_until__isnull", True),
                            ),
                            models.Q(
                                models.Q(("override", ""), _negated=True),
                                ("override_by__isnull", False),
                                ("override_until__isnull", False),
                                models.Q(("override_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="standing_override_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StandingChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("was", models.CharField(blank=True, max_length=40)),
                ("standing", models.CharField(max_length=40)),
                ("consequence", models.CharField(max_length=10)),
                ("override", models.CharField(blank=True, max_length=10)),
                ("reason", models.CharField(blank=True, max_length=200)),
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
                    "scorecard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.scorecard"
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.supplier"
                    ),
                ),
            ],
            options={
                "verbose_name": "change of standing",
                "verbose_name_plural": "changes of standing",
                "indexes": [models.Index(fields=["supplier", "-id"], name="standing_changes_newest")],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("questionnaire", "Questionnaire"),
                            ("site_visit", "Site visit"),
                            ("documents", "Document review"),
                            ("third_party", "Third party"),
                            ("trial_order", "Trial order"),
                        ],
                        max_length=14,
                        verbose_name="method",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("submitted", "Submitted")],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("made_on", models.DateField(verbose_name="made on")),
                ("valid_until", models.DateField(verbose_name="counts in full until")),
                ("capacity", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="capacity")),
                ("quality", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="quality")),
                ("delivery", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="delivery")),
                ("finance", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="finance")),
                ("technical", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="technical")),
                ("compliance", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="compliance")),
                ("customer", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="customer rating")),
                ("evidence", models.TextField(blank=True, verbose_name="evidence")),
                ("saved_at", models.DateTimeField(verbose_name="saved")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="submitted")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "assessor",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="assessments", to="suppliers.supplier"
                    ),
                ),
            ],
            options={
                "verbose_name": "assessment",
                "verbose_name_plural": "assessments",
                "indexes": [models.Index(fields=["supplier", "-made_on", "-id"], name="assessment_newest_first")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("method__in", ["questionnaire", "site_visit", "documents", "third_party", "trial_order"])
                        ),
                        name="assessment_method_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gte", models.F("made_on"))),
                        name="assessment_ends_after_it_is_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capacity__isnull", True), ("capacity__lte", 100), _connector="OR"),
                        name="assessment_capacity_is_points",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quality__isnull", True), ("quality__lte", 100), _connector="OR"),
                        name="assessment_quality_is_points",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("delivery__isnull", True), ("delivery__lte", 100), _connector="OR"),
                        name="assessment_delivery_is_points",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("finance__isnull", True), ("finance__lte", 100), _connector="OR"),
                        name="assessment_finance_is_points",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("technical__isnull", True), ("technical__lte", 100), _connector="OR"),
                        name="assessment_technical_is_points",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("compliance__isnull", True), ("compliance__lte", 100), _connector="OR"),
                        name="assessment_compliance_is_points",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("customer__isnull", True), ("customer__lte", 100), _connector="OR"),
                        name="assessment_customer_is_points",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "draft"), ("submitted_at__isnull", True)),
                            models.Q(
                                ("state", "submitted"),
                                ("submitted_at__isnull", False),
                                models.Q(
                                    ("capacity__gte", 0),
                                    ("quality__gte", 0),
                                    ("delivery__gte", 0),
                                    ("finance__gte", 0),
                                    ("technical__gte", 0),
                                    ("compliance__gte", 0),
                                    ("customer__gte", 0),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="submitted_assessment_says_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CriticalEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("insolvency", "Insolvency"), ("safety", "Dangerous goods reached customers")],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                ("happened_on", models.DateField(verbose_name="since")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="over since")),
                ("note", models.CharField(max_length=200, verbose_name="what happened")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="critical_events",
                        to="suppliers.supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "critical event",
                "verbose_name_plural": "critical events",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True), ("ended_on__gte", models.F("happened_on")), _connector="OR"
                        ),
                        name="critical_event_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["insolvency", "safety"])), name="critical_event_kind_known"
                    ),
                ],
            },
        ),
    ]
