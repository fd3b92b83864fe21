import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0001_initial"),
        ("suppliers", "0004_supplier_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="SupplierContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contacts", to="suppliers.supplier"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("role", models.CharField(blank=True, max_length=120, verbose_name="role")),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("for_orders", models.BooleanField(default=False, verbose_name="for orders")),
                ("for_quality", models.BooleanField(default=False, verbose_name="for quality")),
                ("for_invoices", models.BooleanField(default=False, verbose_name="for invoices")),
                ("for_emergencies", models.BooleanField(default=False, verbose_name="for emergencies")),
                ("is_active", models.BooleanField(default=True, verbose_name="still there")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("for_orders", True), ("is_active", True)),
                        fields=("supplier",),
                        name="one_contact_for_orders",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("for_quality", True), ("is_active", True)),
                        fields=("supplier",),
                        name="one_contact_for_quality",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("for_invoices", True), ("is_active", True)),
                        fields=("supplier",),
                        name="one_contact_for_invoices",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("for_emergencies", True), ("is_active", True)),
                        fields=("supplier",),
                        name="one_contact_for_emergencies",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="supplier_contact_has_a_name"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificates",
                        to="suppliers.supplier",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("quality", "Quality management (ISO 9001)"),
                            ("environment", "Environment (ISO 14001)"),
                            ("social", "Working conditions (BSCI, SA8000)"),
                            ("textile", "Textiles and down (OEKO-TEX, RDS)"),
                            ("product", "Product safety (CE, test report)"),
                            ("licence", "Business or export licence"),
                            ("insurance", "Liability insurance"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("number", models.CharField(max_length=80, verbose_name="number")),
                ("issuer", models.CharField(blank=True, max_length=120, verbose_name="issued by")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("is_critical", models.BooleanField(default=False, verbose_name="critical")),
                ("is_retired", models.BooleanField(default=False, verbose_name="replaced")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "certificate",
                "verbose_name_plural": "certificates",
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_retired", False)), fields=["valid_until"], name="certificate_by_end"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("supplier", "kind", "number"), name="one_certificate_per_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_from__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="certificate_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="suppliers.suppliercontact",
                    ),
                ),
                (
                    "written_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="talks", to="suppliers.supplier"
                    ),
                ),
                ("happened_on", models.DateField(verbose_name="day")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("email", "E-mail"),
                            ("video", "Video call"),
                            ("chat", "Chat"),
                            ("meeting", "Meeting"),
                            ("visit", "Visit on site"),
                            ("fair", "At a fair"),
                        ],
                        max_length=10,
                        verbose_name="through",
                    ),
                ),
                ("said", models.TextField(verbose_name="what was said")),
                ("next_contact_on", models.DateField(blank=True, null=True, verbose_name="next contact")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
            ],
            options={
                "verbose_name": "talk",
                "verbose_name_plural": "contact log",
                "indexes": [models.Index(fields=["supplier", "-happened_on", "-id"], name="talk_newest_first")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("said", ""), _negated=True), name="talk_says_something"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("next_contact_on__isnull", True),
                            ("next_contact_on__gte", models.F("happened_on")),
                            _connector="OR",
                        ),
                        name="next_talk_is_not_before_this_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Prospect",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "supplier",
                    models.OneToOneField(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="suppliers.supplier"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("platform", "Platform"),
                            ("fair", "Fair"),
                            ("referral", "Referral"),
                            ("inbound", "They wrote to us"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                ("source_detail", models.CharField(blank=True, max_length=200, verbose_name="which")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("found", "Found"),
                            ("contacted", "Contacted"),
                            ("sampling", "Samples ordered"),
                            ("negotiating", "Negotiating"),
                            ("won", "Became a supplier"),
                            ("dropped", "Dropped"),
                        ],
                        default="found",
                        max_length=12,
                        verbose_name="stage",
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                ("contact_name", models.CharField(blank=True, max_length=200, verbose_name="contact")),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("notes", models.TextField(blank=True, verbose_name="notes")),
                ("added_at", models.DateTimeField(verbose_name="added")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "prospect",
                "verbose_name_plural": "prospects",
                "indexes": [models.Index(fields=["stage", "-id"], name="prospect_by_stage")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage", "won"), ("supplier__isnull", False)),
                            models.Q(models.Q(("stage", "won"), _negated=True), ("supplier__isnull", True)),
                            _connector="OR",
                        ),
                        name="won_prospect_has_its_supplier",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplierItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="suppliers.supplier"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="suppliers.product"
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="rank")),
                ("supplier_sku", models.CharField(blank=True, max_length=64, verbose_name="supplier's number")),
                ("moq", models.PositiveIntegerField(default=1, verbose_name="minimum order")),
                ("pack_size", models.PositiveIntegerField(default=1, verbose_name="units in a pack")),
                ("order_multiple", models.PositiveIntegerField(default=1, verbose_name="order multiple")),
                ("price", models.DecimalField(decimal_places=4, max_digits=14, verbose_name="unit price")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("lead_time_days", models.PositiveSmallIntegerField(verbose_name="lead time in days")),
                ("capacity_per_week", models.PositiveIntegerField(blank=True, null=True, verbose_name="units a week")),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused"), ("ended", "Ended")],
                        default="active",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "supplier's item",
                "verbose_name_plural": "suppliers' items",
                "constraints": [
                    models.UniqueConstraint(fields=("supplier", "product"), name="one_item_per_supplier_and_product"),
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                        fields=("product", "rank"),
                        name="one_item_per_product_and_rank",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rank__gte", 1), ("state", "active")),
                            models.Q(models.Q(("state", "active"), _negated=True), ("rank__isnull", True)),
                            _connector="OR",
                        ),
                        name="active_item_has_a_rank",
                    ),
                    models.CheckConstraint(condition=models.Q(("moq__gte", 1)), name="item_moq_is_positive"),
                    models.CheckConstraint(condition=models.Q(("pack_size__gte", 1)), name="item_pack_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("order_multiple__gte", 1),
                            django.db.models.lookups.Exact(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("order_multiple"), "%%", models.F("pack_size")
                                ),
                                0,
                            ),
                        ),
                        name="item_multiple_is_whole_packs",
                    ),
                    models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="item_price_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="item_currency_is_a_code"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lead_time_days__lte", 730)), name="item_lead_time_is_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("capacity_per_week__isnull", True), ("capacity_per_week__gte", 1), _connector="OR"
                        ),
                        name="item_capacity_is_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceBreak",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="breaks", to="suppliers.supplieritem"
                    ),
                ),
                ("min_quantity", models.PositiveIntegerField(verbose_name="from")),
                ("price", models.DecimalField(decimal_places=4, max_digits=14, verbose_name="unit price")),
            ],
            options={
                "verbose_name": "price break",
                "verbose_name_plural": "price breaks",
                "constraints": [
                    models.UniqueConstraint(fields=("item", "min_quantity"), name="one_break_per_quantity"),
                    models.CheckConstraint(
                        condition=models.Q(("min_quantity__gte", 2)), name="break_quantity_is_above_one"
                    ),
                    models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="break_price_is_positive"),
                ],
            },
        ),
    ]
