import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0002_append_only"),
        ("suppliers", "0024_newest_deliveries"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contracts", to="suppliers.supplier"
                    ),
                ),
                ("number", models.CharField(max_length=60, verbose_name="number")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.store",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("terminated", "Terminated")],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("terminated_on", models.DateField(blank=True, null=True, verbose_name="ends early on")),
                ("notice_days", models.PositiveSmallIntegerField(default=0, verbose_name="days of notice")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "liability_cap",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=16, null=True, verbose_name="liability cap"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "contract",
                "verbose_name_plural": "contracts",
                "indexes": [models.Index(fields=["valid_until"], name="contract_by_end")],
                "constraints": [
                    models.UniqueConstraint(fields=("supplier", "number"), name="one_contract_per_supplier_and_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="contract_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "terminated"), ("terminated_on__gte", models.F("valid_from"))),
                            models.Q(models.Q(("state", "terminated"), _negated=True), ("terminated_on__isnull", True)),
                            _connector="OR",
                        ),
                        name="terminated_contract_has_its_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("liability_cap__isnull", True), ("liability_cap__gt", 0), _connector="OR"),
                        name="liability_cap_is_an_amount",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceLevel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="levels", to="suppliers.contract"
                    ),
                ),
                ("clause", models.CharField(blank=True, max_length=60, verbose_name="clause")),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("otif", "On time in full"),
                            ("days_late_p90", "Days late, 9 in 10 lines"),
                            ("ack_hours_p90", "Hours to confirm, 9 in 10 orders"),
                            ("lots_rejected", "Lots rejected"),
                            ("invoice_match", "Invoices that match"),
                        ],
                        max_length=20,
                        verbose_name="measured",
                    ),
                ),
                (
                    "comparison",
                    models.CharField(
                        choices=[("at_least", "at least"), ("at_most", "at most")],
                        max_length=8,
                        verbose_name="compared",
                    ),
                ),
                ("target", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="target")),
                (
                    "window",
                    models.CharField(
                        choices=[
                            ("month", "Every month"),
                            ("quarter", "Every quarter"),
                            ("days", "Every so many days"),
                        ],
                        max_length=8,
                        verbose_name="window",
                    ),
                ),
                ("window_days", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="days")),
                ("minimum", models.PositiveIntegerField(default=1, verbose_name="minimum")),
                ("early_days", models.PositiveSmallIntegerField(default=0, verbose_name="days early")),
                ("late_days", models.PositiveSmallIntegerField(default=0, verbose_name="days late")),
                ("penalty", models.JSONField(verbose_name="penalty")),
                (
                    "cap",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True, verbose_name="cap"),
                ),
                ("applies_from", models.DateField(verbose_name="applies from")),
                ("applies_until", models.DateField(blank=True, null=True, verbose_name="applies until")),
                ("judged_until", models.DateField(blank=True, null=True)),
                ("seen", models.PositiveBigIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "service level",
                "verbose_name_plural": "service levels",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("window", "days"), ("window_days__range", (7, 366))),
                            models.Q(("window__in", ["month", "quarter"]), ("window_days__isnull", True)),
                            _connector="OR",
                        ),
                        name="level_window_has_its_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("applies_until__isnull", True),
                            ("applies_until__gte", models.F("applies_from")),
                            _connector="OR",
                        ),
                        name="level_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("comparison", "at_least"), ("metric__in", ["otif", "invoice_match"])),
                            models.Q(
                                ("comparison", "at_most"),
                                ("metric__in", ["days_late_p90", "ack_hours_p90", "lots_rejected"]),
                            ),
                            _connector="OR",
                        ),
                        name="level_compares_the_way_its_metric_runs",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minimum__gte", 1)), name="level_needs_something_to_judge"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cap__isnull", True), ("cap__gt", 0), _connector="OR"),
                        name="level_cap_is_an_amount",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Breach",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaches",
                        to="suppliers.servicelevel",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="breaches", to="suppliers.contract"
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.supplier"
                    ),
                ),
                ("start", models.DateField(verbose_name="from")),
                ("end", models.DateField(verbose_name="to")),
                ("revision", models.PositiveIntegerField(default=1, verbose_name="revision")),
                ("stands", models.BooleanField(default=True, verbose_name="stands")),
                ("n", models.PositiveIntegerField(verbose_name="counted")),
                ("value", models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="value")),
                ("penalty", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="penalty")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("found_at", models.DateTimeField(verbose_name="found")),
                ("waived_at", models.DateTimeField(blank=True, null=True, verbose_name="let go")),
                (
                    "waived_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("waived_why", models.CharField(blank=True, max_length=500, verbose_name="why")),
            ],
            options={
                "verbose_name": "breach",
                "verbose_name_plural": "breaches",
                "indexes": [models.Index(fields=["contract", "-start"], name="breach_of_contract")],
                "constraints": [
                    models.UniqueConstraint(fields=("level", "start"), name="one_breach_per_level_and_window"),
                    models.CheckConstraint(
                        condition=models.Q(("end__gte", models.F("start"))), name="breach_window_is_a_window"
                    ),
                    models.CheckConstraint(condition=models.Q(("penalty__gte", 0)), name="breach_penalty_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("waived_at__isnull", True), ("waived_why", "")),
                            models.Q(("waived_at__isnull", False), models.Q(("waived_why", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="waived_breach_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BreachRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "breach",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="revisions", to="suppliers.breach"
                    ),
                ),
                ("revision", models.PositiveIntegerField(verbose_name="revision")),
                ("judged_on", models.DateField(verbose_name="as of")),
                ("stands", models.BooleanField(verbose_name="stands")),
                ("n", models.PositiveIntegerField(verbose_name="counted")),
                ("value", models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="value")),
                ("penalty", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="penalty")),
                ("terms", models.JSONField()),
                ("reading", models.JSONField()),
                ("sums", models.JSONField()),
                ("rows", models.JSONField()),
                ("goods", models.JSONField()),
                ("digest", models.CharField(max_length=40)),
                ("made_at", models.DateTimeField(verbose_name="made")),
            ],
            options={
                "verbose_name": "judgement of a breach",
                "verbose_name_plural": "judgements of breaches",
                "constraints": [
                    models.UniqueConstraint(fields=("breach", "revision"), name="breach_revision_once"),
                    models.CheckConstraint(condition=models.Q(("penalty__gte", 0)), name="judged_penalty_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplierClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="suppliers.supplier"
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="suppliers.contract",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("breach", "Service level missed"),
                            ("defect", "Defective goods"),
                            ("default", "Did not deliver"),
                            ("other", "Something else"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("reason", models.CharField(blank=True, max_length=2000, verbose_name="what happened")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sent", "Sent"),
                            ("accepted", "Accepted"),
                            ("partly_accepted", "Partly accepted"),
                            ("disputed", "Disputed"),
                            ("settled", "Settled"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="asked for")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "accepted",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=16, null=True, verbose_name="accepted"
                    ),
                ),
                (
                    "recovered",
                    models.DecimalField(decimal_places=4, default=0, max_digits=16, verbose_name="recovered"),
                ),
                ("drafted_at", models.DateTimeField(verbose_name="drafted")),
                (
                    "drafted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("sent_on", models.DateField(blank=True, null=True, verbose_name="sent")),
                ("answer_due", models.DateField(blank=True, null=True, verbose_name="answer due")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="closed")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("paper", models.JSONField(default=dict)),
                ("told", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "claim on a supplier",
                "verbose_name_plural": "claims on suppliers",
                "indexes": [
                    models.Index(fields=["supplier", "-id"], name="claims_of_supplier"),
                    models.Index(fields=["state", "-id"], name="claims_by_state"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="claim_asks_for_something"),
                    models.CheckConstraint(
                        condition=models.Q(("recovered__gte", 0), ("recovered__lte", models.F("amount"))),
                        name="claim_recovers_at_most_its_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted__isnull", True),
                            models.Q(("accepted__gt", 0), ("accepted__lte", models.F("amount"))),
                            _connector="OR",
                        ),
                        name="claim_accepted_is_part_of_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_on__isnull", True), ("state", "draft")),
                            ("state", "withdrawn"),
                            models.Q(
                                models.Q(("state__in", ["draft", "withdrawn"]), _negated=True),
                                ("answer_due__gte", models.F("sent_on")),
                                ("sent_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="sent_claim_has_its_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_on__isnull", False), ("state__in", ["settled", "withdrawn"])),
                            models.Q(
                                models.Q(("state__in", ["settled", "withdrawn"]), _negated=True),
                                ("closed_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="closed_claim_has_its_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimBreach",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="suppliers.supplierclaim"
                    ),
                ),
                (
                    "breach",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claimed", to="suppliers.breach"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.breachrevision"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="penalty")),
                ("is_live", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "claimed breach",
                "verbose_name_plural": "claimed breaches",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_live", True)), fields=("breach",), name="breach_in_one_claim_at_a_time"
                    ),
                    models.UniqueConstraint(fields=("claim", "breach"), name="breach_once_in_a_claim"),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="claimed_penalty_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimRecovery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recoveries",
                        to="suppliers.supplierclaim",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="amount")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("credit_note", "Credit note"),
                            ("payment", "Payment"),
                            ("set_off", "Set off against an invoice"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("reference", models.CharField(max_length=120, verbose_name="reference")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "recovery",
                "verbose_name_plural": "recoveries",
                "constraints": [
                    models.UniqueConstraint(fields=("claim", "kind", "reference"), name="recovery_once_per_reference"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="recovery_is_an_amount"),
                    models.CheckConstraint(
                        condition=models.Q(("reference", ""), _negated=True), name="recovery_names_its_paper"
                    ),
                ],
            },
        ),
    ]
