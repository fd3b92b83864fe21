"""What lies where: warehouses, the counters of an article in each, lots, the ledger, and whether it is for sale."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.stock import rules
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier


class Warehouse(models.Model):
    """A place that holds goods. closes_on: the first day on which it gives and takes none."""

    class Kind(models.TextChoices):
        OWN = rules.WarehouseKind.OWN, _("Own warehouse")
        SHOP = rules.WarehouseKind.SHOP, _("Shop")
        PARTNER = rules.WarehouseKind.PARTNER, _("Partner's warehouse")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.OWN)
    opens_on = models.DateField(_("opens"), null=True, blank=True)
    closes_on = models.DateField(_("closes"), null=True, blank=True)

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(opens_on__isnull=True) | Q(closes_on__isnull=True) | Q(closes_on__gt=F("opens_on")),
                name="warehouse_closes_after_it_opens",
            )
        ]

    def __str__(self) -> str:
        return self.name


class StockLevel(models.Model):
    """The counters of one article in one warehouse, in units; `services/counters.py` alone writes them.

    buffer: units that are not sold; it stands here because the statement that takes units has to see it.
    version: counts changes of what physically lies there, so that a sale does not disturb who is counting.
    """

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="levels")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="stock_levels")
    on_hand = models.IntegerField(_("on hand"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    allocated = models.IntegerField(_("allocated"), default=0)
    quarantine = models.IntegerField(_("in quarantine"), default=0)
    buffer = models.IntegerField(_("buffer"), default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="one_level_per_product_and_warehouse"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0, reserved__gte=0, allocated__gte=0, quarantine__gte=0, buffer__gte=0),
                name="stock_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("reserved") + F("allocated") + F("quarantine")),
                name="stock_promises_are_there",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.warehouse_id}"


class Shelf(models.Model):
    """Whether an article is shown as available, and why not.

    back_at: sellable units from which arriving goods show it again; higher than zero, so that it does not flicker.
    """

    class Reason(models.TextChoices):
        LOW_BUFFER = rules.StopReason.LOW_BUFFER, _("Below the buffer")
        CAMPAIGN_CAP = rules.StopReason.CAMPAIGN_CAP, _("Campaign sold out")
        MANUAL_STOP = rules.StopReason.MANUAL_STOP, _("Stopped by hand")

    product = models.OneToOneField(Product, on_delete=models.PROTECT, related_name="shelf")
    is_shown = models.BooleanField(_("shown as available"), default=True)
    reason = models.CharField(_("why not"), max_length=20, choices=Reason.choices, blank=True)
    since = models.DateTimeField(_("since"))
    back_at = models.PositiveIntegerField(_("shown again from"), default=1)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("shelf")
        verbose_name_plural = _("shelves")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(is_shown=True, reason="")
                | Q(is_shown=False, reason__in=[one.value for one in rules.StopReason]),
                name="shelf_says_why",
            ),
            models.CheckConstraint(condition=Q(back_at__gte=1), name="shelf_comes_back_above_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.reason or 'shown'}"


class StockLot(models.Model):
    """Units that came together: they spoil together, and are recalled together."""

    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="lots")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    number = models.CharField(_("lot"), max_length=60)
    expires_on = models.DateField(_("best before"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"))
    quantity = models.IntegerField(_("units left"), default=0)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["level", "supplier", "number", "expires_on"], nulls_distinct=False, name="one_row_per_lot"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="lot_not_negative"),
        ]

    def __str__(self) -> str:
        return self.number


class StockMovement(models.Model):
    """One line of the ledger: what was added to each counter, and why. Never changed, never deleted."""

    class Kind(models.TextChoices):
        RECEIVE = rules.Kind.RECEIVE, _("Received")
        COUNT = rules.Kind.COUNT, _("Counted")
        RESERVE = rules.Kind.RESERVE, _("Reserved")
        CONFIRM = rules.Kind.CONFIRM, _("Sold")
        RELEASE = rules.Kind.RELEASE, _("Hold given back")
        EXPIRE = rules.Kind.EXPIRE, _("Hold ran out")
        ALLOCATE = rules.Kind.ALLOCATE, _("Allocated")
        UNALLOCATE = rules.Kind.UNALLOCATE, _("Sale cancelled")
        SHIP = rules.Kind.SHIP, _("Shipped")
        QUARANTINE = rules.Kind.QUARANTINE, _("Put into quarantine")
        ACCEPT = rules.Kind.ACCEPT, _("Found good")
        REJECT = rules.Kind.REJECT, _("Found bad")
        SEND = rules.Kind.SEND, _("Sent to another warehouse")
        ARRIVE = rules.Kind.ARRIVE, _("Came from another warehouse")

    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="movements")
    lot = models.ForeignKey(StockLot, on_delete=models.PROTECT, null=True, blank=True, related_name="movements")
    kind = models.CharField(_("what happened"), max_length=12, choices=Kind.choices)
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    quarantine = models.IntegerField(default=0)
    ref = models.CharField(_("about"), max_length=rules.REF_LIMIT, blank=True)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    key = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(kind__in=[one.value for one in rules.Kind]), name="movement_kind"),
            models.CheckConstraint(condition=~Q(kind="count") | ~Q(reason=""), name="count_says_why"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["level", "-id"], name="movement_newest_first")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Inbound(models.Model):
    """Units that somebody said will come; shown beside what is sellable, never inside it."""

    key = models.CharField(max_length=rules.KEY_LIMIT, unique=True)
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="inbound")
    ref = models.CharField(_("about"), max_length=rules.REF_LIMIT, blank=True)
    quantity = models.PositiveIntegerField(_("units"))
    arrived = models.PositiveIntegerField(_("arrived"), default=0)
    due_on = models.DateField(_("expected"), null=True, blank=True)
    told_at = models.DateTimeField(_("told"))

    class Meta:
        verbose_name = _("inbound goods")
        verbose_name_plural = _("inbound goods")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(arrived__lte=F("quantity")), name="inbound_arrives_once")
        ]

    def __str__(self) -> str:
        return self.key
