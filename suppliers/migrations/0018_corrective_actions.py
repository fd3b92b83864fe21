import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What suppliers are asked to put right, and each step of it."""

    dependencies = [
        ("kernel", "__first__"),
        ("suppliers", "0017_import_wizard"),
    ]

    operations = [
        migrations.CreateModel(
            name="CorrectiveAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True, verbose_name="number")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("defect", "Defect"),
                            ("lateness", "Lateness"),
                            ("feedback", "Customers' feedback"),
                            ("audit", "Audit finding"),
                            ("other", "Something else"),
                        ],
                        max_length=10,
                        verbose_name="cause",
                    ),
                ),
                ("cause_ref", models.CharField(blank=True, max_length=80, verbose_name="reference")),
                ("what", models.CharField(max_length=200, verbose_name="what is wrong")),
                ("asked", models.TextField(verbose_name="what is asked")),
                ("asked_on", models.DateField(verbose_name="asked on")),
                ("due_on", models.DateField(verbose_name="answer due")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waits for the supplier"),
                            ("answered", "To verify"),
                            ("verified", "Verified"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("answered_on", models.DateField(blank=True, null=True, verbose_name="answered on")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="closed on")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrective_actions",
                        to="suppliers.supplier",
                    ),
                ),
                (
                    "verified_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "corrective action",
                "verbose_name_plural": "corrective actions",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["open", "answered"])),
                        fields=["due_on", "id"],
                        name="action_by_due",
                    ),
                    models.Index(fields=["supplier", "-id"], name="action_of_supplier"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("cause__in", ["defect", "lateness", "feedback", "audit", "other"])),
                        name="action_cause_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("what", ""), _negated=True), models.Q(("asked", ""), _negated=True)
                        ),
                        name="action_says_what_is_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gte", models.F("asked_on"))),
                        name="action_is_due_after_it_is_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", ""),
                                ("answered_on__isnull", True),
                                ("closed_on__isnull", True),
                                ("state", "open"),
                            ),
                            models.Q(
                                ("answered_on__gte", models.F("asked_on")),
                                ("closed_on__isnull", True),
                                ("state", "answered"),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            models.Q(
                                ("answered_on__gte", models.F("asked_on")),
                                ("closed_on__gte", models.F("answered_on")),
                                ("state", "verified"),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            models.Q(
                                ("closed_on__gte", models.F("asked_on")),
                                ("state", "withdrawn"),
                                ("verified_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="action_holds_what_its_state_says",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActionStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=10)),
                ("said", models.TextField(blank=True)),
                ("due_on", models.DateField()),
                ("at", models.DateTimeField()),
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
                    "action",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="suppliers.correctiveaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a corrective action",
                "verbose_name_plural": "steps of corrective actions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("act__in", ["ask", "change", "answer", "verify", "reject", "withdraw"])),
                        name="action_step_known",
                    )
                ],
            },
        ),
    ]
