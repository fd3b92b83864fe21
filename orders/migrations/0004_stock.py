import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What lies where, what is spoken for, what is on its way, and the ledger of it all."""

    dependencies = [
        ("kernel", "0001_initial"),
        ("orders", "0003_order_by_phone_end"),
        ("suppliers", "0012_assessment_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Warehouse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("own", "Own warehouse"), ("shop", "Shop"), ("partner", "Partner's warehouse")],
                        default="own",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("opens_on", models.DateField(blank=True, null=True, verbose_name="opens")),
                ("closes_on", models.DateField(blank=True, null=True, verbose_name="closes")),
            ],
            options={
                "verbose_name": "warehouse",
                "verbose_name_plural": "warehouses",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opens_on__isnull", True),
                            ("closes_on__isnull", True),
                            ("closes_on__gt", models.F("opens_on")),
                            _connector="OR",
                        ),
                        name="warehouse_closes_after_it_opens",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StockLevel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="levels", to="orders.warehouse"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stock_levels", to="suppliers.product"
                    ),
                ),
                ("on_hand", models.IntegerField(default=0, verbose_name="on hand")),
                ("reserved", models.IntegerField(default=0, verbose_name="reserved")),
                ("allocated", models.IntegerField(default=0, verbose_name="allocated")),
                ("quarantine", models.IntegerField(default=0, verbose_name="in quarantine")),
                ("buffer", models.IntegerField(default=0, verbose_name="buffer")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "stock level",
                "verbose_name_plural": "stock levels",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "warehouse"), name="one_level_per_product_and_warehouse"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("allocated__gte", 0),
                            ("buffer__gte", 0),
                            ("on_hand__gte", 0),
                            ("quarantine__gte", 0),
                            ("reserved__gte", 0),
                        ),
                        name="stock_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "on_hand__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("reserved"), "+", models.F("allocated")
                                    ),
                                    "+",
                                    models.F("quarantine"),
                                ),
                            )
                        ),
                        name="stock_promises_are_there",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Shelf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shelf", to="suppliers.product"
                    ),
                ),
                ("is_shown", models.BooleanField(default=True, verbose_name="shown as available")),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("low_buffer", "Below the buffer"),
                            ("campaign_cap", "Campaign sold out"),
                            ("manual_stop", "Stopped by hand"),
                        ],
                        max_length=20,
                        verbose_name="why not",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("back_at", models.PositiveIntegerField(default=1, verbose_name="shown again from")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "shelf",
                "verbose_name_plural": "shelves",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_shown", True), ("reason", "")),
                            models.Q(
                                ("is_shown", False), ("reason__in", ["low_buffer", "campaign_cap", "manual_stop"])
                            ),
                            _connector="OR",
                        ),
                        name="shelf_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("back_at__gte", 1)), name="shelf_comes_back_above_nothing"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockLot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lots", to="orders.stocklevel"
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="suppliers.supplier",
                    ),
                ),
                ("number", models.CharField(max_length=60, verbose_name="lot")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="best before")),
                ("received_at", models.DateTimeField(verbose_name="received")),
                ("quantity", models.IntegerField(default=0, verbose_name="units left")),
            ],
            options={
                "verbose_name": "lot",
                "verbose_name_plural": "lots",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("level", "supplier", "number", "expires_on"),
                        name="one_row_per_lot",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(condition=models.Q(("quantity__gte", 0)), name="lot_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="movements", to="orders.stocklevel"
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="orders.stocklot",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("receive", "Received"),
                            ("count", "Counted"),
                            ("reserve", "Reserved"),
                            ("confirm", "Sold"),
                            ("release", "Hold given back"),
                            ("expire", "Hold ran out"),
                            ("allocate", "Allocated"),
                            ("unallocate", "Sale cancelled"),
                            ("ship", "Shipped"),
                            ("quarantine", "Put into quarantine"),
                            ("accept", "Found good"),
                            ("reject", "Found bad"),
                            ("send", "Sent to another warehouse"),
                            ("arrive", "Came from another warehouse"),
                        ],
                        max_length=12,
                        verbose_name="what happened",
                    ),
                ),
                ("on_hand", models.IntegerField(default=0)),
                ("reserved", models.IntegerField(default=0)),
                ("allocated", models.IntegerField(default=0)),
                ("quarantine", models.IntegerField(default=0)),
                ("ref", models.CharField(blank=True, max_length=80, verbose_name="about")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="why")),
                ("key", models.CharField(max_length=200, unique=True)),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "actor",
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
                "verbose_name": "stock movement",
                "verbose_name_plural": "stock movements",
                "indexes": [models.Index(fields=["level", "-id"], name="movement_newest_first")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "receive",
                                    "count",
                                    "reserve",
                                    "confirm",
                                    "release",
                                    "expire",
                                    "allocate",
                                    "unallocate",
                                    "ship",
                                    "quarantine",
                                    "accept",
                                    "reject",
                                    "send",
                                    "arrive",
                                ],
                            )
                        ),
                        name="movement_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "count"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="count_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Inbound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120, unique=True)),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="inbound", to="orders.stocklevel"
                    ),
                ),
                ("ref", models.CharField(blank=True, max_length=80, verbose_name="about")),
                ("quantity", models.PositiveIntegerField(verbose_name="units")),
                ("arrived", models.PositiveIntegerField(default=0, verbose_name="arrived")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="expected")),
                ("told_at", models.DateTimeField(verbose_name="told")),
            ],
            options={
                "verbose_name": "inbound goods",
                "verbose_name_plural": "inbound goods",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("arrived__lte", models.F("quantity"))), name="inbound_arrives_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120, unique=True)),
                ("ref", models.CharField(max_length=80, verbose_name="for")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held for a while"),
                            ("confirmed", "Sold"),
                            ("released", "Given back"),
                            ("expired", "Ran out"),
                        ],
                        default="held",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("held_at", models.DateTimeField(verbose_name="since")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "reservation",
                "verbose_name_plural": "reservations",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "held")), fields=["expires_at", "id"], name="holds_that_run_out"
                    ),
                    models.Index(fields=["ref"], name="reservation_of"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expires_at__isnull", False), ("settled_at__isnull", True), ("state", "held")),
                            models.Q(
                                ("settled_at__isnull", False), ("state__in", ["confirmed", "released", "expired"])
                            ),
                            _connector="OR",
                        ),
                        name="reservation_state_has_its_moment",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReservationLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reservation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.reservation"
                    ),
                ),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservation_lines",
                        to="orders.stocklevel",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="units")),
                ("shipped", models.PositiveIntegerField(default=0, verbose_name="shipped")),
                ("cancelled", models.PositiveIntegerField(default=0, verbose_name="cancelled")),
            ],
            options={
                "verbose_name": "line of a reservation",
                "verbose_name_plural": "lines of reservations",
                "constraints": [
                    models.UniqueConstraint(fields=("reservation", "level"), name="one_line_per_reservation_and_level"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1)), name="reservation_line_holds_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("shipped"), "+", models.F("cancelled")
                                ),
                            )
                        ),
                        name="reservation_line_leaves_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outgoing",
                        to="orders.warehouse",
                        verbose_name="from",
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incoming",
                        to="orders.warehouse",
                        verbose_name="to",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("in_transit", "On the way"), ("received", "Received")],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("drafted_at", models.DateTimeField(verbose_name="drafted")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                ("received_at", models.DateTimeField(blank=True, null=True, verbose_name="received")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="expected")),
                (
                    "drafted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", models.F("destination")), _negated=True),
                        name="transfer_goes_elsewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("received_at__isnull", True), ("sent_at__isnull", True), ("state", "draft")),
                            models.Q(
                                ("received_at__isnull", True), ("sent_at__isnull", False), ("state", "in_transit")
                            ),
                            models.Q(("received_at__isnull", False), ("sent_at__isnull", False), ("state", "received")),
                            _connector="OR",
                        ),
                        name="transfer_state_has_its_moments",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.transfer"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="suppliers.product"
                    ),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="units")),
                ("received", models.PositiveIntegerField(blank=True, null=True, verbose_name="came")),
            ],
            options={
                "verbose_name": "line of a transfer",
                "verbose_name_plural": "lines of transfers",
                "constraints": [
                    models.UniqueConstraint(fields=("transfer", "product"), name="one_line_per_transfer_and_product"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gte", 1),
                            models.Q(
                                ("received__isnull", True), ("received__lte", models.F("quantity")), _connector="OR"
                            ),
                        ),
                        name="transfer_line_arrives_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120, unique=True)),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
                ("counted_at", models.DateTimeField(verbose_name="counted")),
                (
                    "counted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "stock count",
                "verbose_name_plural": "stock counts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="stock_count_says_why"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StockCountLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "count",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.stockcount"
                    ),
                ),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.stocklevel"
                    ),
                ),
                ("expected", models.PositiveIntegerField(verbose_name="by our books")),
                ("counted", models.PositiveIntegerField(verbose_name="counted")),
            ],
            options={
                "verbose_name": "line of a stock count",
                "verbose_name_plural": "lines of stock counts",
                "constraints": [
                    models.UniqueConstraint(fields=("count", "level"), name="one_line_per_count_and_level")
                ],
            },
        ),
    ]
