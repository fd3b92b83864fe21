import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Backups that are ready, what hangs on a supplier, defaults, and switches to backups."""

    dependencies = [
        ("kernel", "__first__"),
        ("suppliers", "0008_facts_only_grow"),
    ]

    operations = [
        migrations.CreateModel(
            name="Switchover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("confirmed", "Confirmed"),
                            ("sent", "Sent"),
                            ("undone", "Undone"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("rates", models.JSONField(default=dict)),
                ("cost", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="cost")),
                ("penalty", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="cost of being late")),
                ("bound", models.DecimalField(decimal_places=4, max_digits=16, null=True)),
                ("proven", models.BooleanField(default=False)),
                ("uncovered", models.PositiveIntegerField(default=0, verbose_name="units that nobody brings")),
                ("digest", models.CharField(max_length=64)),
                ("drafted_at", models.DateTimeField(verbose_name="drafted")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "drafted_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="switchovers", to="suppliers.supplier"
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
                "verbose_name": "switch to backups",
                "verbose_name_plural": "switches to backups",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "confirmed")),
                        fields=("supplier",),
                        name="one_confirmed_switch_per_supplier",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at__isnull", True), ("state", "draft"), ("undone_at__isnull", True)),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("state__in", ["confirmed", "sent"]),
                                ("undone_at__isnull", True),
                            ),
                            models.Q(
                                ("confirmed_at__isnull", False), ("state", "undone"), ("undone_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="switch_state_has_its_moments",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cost__gte", 0), ("penalty__gte", 0)), name="switch_costs_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SwitchoverRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveIntegerField(verbose_name="units")),
                ("packs", models.PositiveIntegerField(verbose_name="packs")),
                ("price", models.DecimalField(decimal_places=4, max_digits=14, verbose_name="unit price")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("cost", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="cost")),
                ("arrives_on", models.DateField(verbose_name="arrives")),
                ("stockout_on", models.DateField(blank=True, null=True, verbose_name="stock ends")),
                ("late_days", models.PositiveIntegerField(default=0, verbose_name="days late")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.supplieritem"
                    ),
                ),
                (
                    "switchover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="suppliers.switchover"
                    ),
                ),
            ],
            options={
                "verbose_name": "row of a switch",
                "verbose_name_plural": "rows of switches",
                "constraints": [
                    models.UniqueConstraint(fields=("switchover", "item"), name="one_row_per_switch_and_item"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("packs__gte", 1), ("price__gt", 0), ("cost__gt", 0)),
                        name="switch_row_orders_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BackupReadiness",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verified_on", models.DateField(verbose_name="verified")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("phone", "Phone call"),
                            ("writing", "In writing"),
                            ("visit", "Visit on site"),
                            ("trial", "Trial order"),
                        ],
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                ("trial_order_on", models.DateField(blank=True, null=True, verbose_name="last trial order")),
                ("capacity_per_week", models.PositiveIntegerField(blank=True, null=True, verbose_name="units a week")),
                (
                    "supplier_capacity_per_week",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="units a week of all items"),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verifications",
                        to="suppliers.supplieritem",
                    ),
                ),
                (
                    "verified_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "verification of a backup",
                "verbose_name_plural": "verifications of backups",
                "indexes": [models.Index(fields=["item", "-verified_on", "-id"], name="readiness_newest_first")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("how__in", ["phone", "writing", "visit", "trial"])), name="readiness_how"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("trial_order_on__isnull", True),
                            ("trial_order_on__lte", models.F("verified_on")),
                            _connector="OR",
                        ),
                        name="readiness_trial_is_not_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("how", "trial"), _negated=True),
                            ("trial_order_on__isnull", False),
                            _connector="OR",
                        ),
                        name="readiness_trial_has_its_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("open_quantity", models.PositiveIntegerField(verbose_name="units on order")),
                ("open_orders", models.PositiveIntegerField(verbose_name="purchase orders")),
                ("order_lines", models.PositiveIntegerField(verbose_name="customers' order lines")),
                ("revenue", models.DecimalField(decimal_places=2, max_digits=16, verbose_name="revenue at risk")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("daily_demand", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="units a day")),
                (
                    "cover_days",
                    models.DecimalField(
                        blank=True, decimal_places=1, max_digits=8, null=True, verbose_name="days of cover"
                    ),
                ),
                ("stockout_on", models.DateField(blank=True, null=True, verbose_name="stock ends")),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exposures", to="suppliers.product"
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exposures", to="suppliers.supplier"
                    ),
                ),
            ],
            options={
                "verbose_name": "exposure",
                "verbose_name_plural": "exposures",
                "constraints": [
                    models.UniqueConstraint(fields=("supplier", "product", "source"), name="one_exposure_per_source"),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="exposure_currency_is_a_code"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("revenue__gte", 0),
                            ("daily_demand__gte", 0),
                            models.Q(("cover_days__isnull", True), ("cover_days__gte", 0), _connector="OR"),
                        ),
                        name="exposure_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cover_days__isnull", True), ("stockout_on__isnull", True)),
                            models.Q(("cover_days__isnull", False), ("stockout_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="exposure_cover_has_its_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplierDefault",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("declared_at", models.DateTimeField(verbose_name="declared")),
                ("why", models.CharField(max_length=500, verbose_name="why")),
                ("cause_ref", models.CharField(blank=True, max_length=80)),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted")),
                (
                    "declared_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lifted_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="defaults", to="suppliers.supplier"
                    ),
                ),
            ],
            options={
                "verbose_name": "supplier's default",
                "verbose_name_plural": "suppliers' defaults",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("supplier",),
                        name="one_open_default_per_supplier",
                    ),
                    models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="default_says_why"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lifted_at__isnull", True), ("lifted_at__gte", models.F("declared_at")), _connector="OR"
                        ),
                        name="default_lifted_later",
                    ),
                ],
            },
        ),
    ]
