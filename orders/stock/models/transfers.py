"""Goods between two warehouses, and what people counted."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.stock import rules
from orders.stock.models.levels import StockLevel, Warehouse
from suppliers.catalog.models import Product


class Transfer(models.Model):
    """Goods on their way from one warehouse to another."""

    class State(models.TextChoices):
        DRAFT = rules.TransferState.DRAFT, _("Draft")
        IN_TRANSIT = rules.TransferState.IN_TRANSIT, _("On the way")
        RECEIVED = rules.TransferState.RECEIVED, _("Received")

    source = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="outgoing", verbose_name=_("from"))
    destination = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="incoming", verbose_name=_("to"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    note = models.CharField(_("note"), max_length=300, blank=True)
    drafted_at = models.DateTimeField(_("drafted"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    due_on = models.DateField(_("expected"), null=True, blank=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(source=F("destination")), name="transfer_goes_elsewhere"),
            models.CheckConstraint(
                condition=Q(state="draft", sent_at__isnull=True, received_at__isnull=True)
                | Q(state="in_transit", sent_at__isnull=False, received_at__isnull=True)
                | Q(state="received", sent_at__isnull=False, received_at__isnull=False),
                name="transfer_state_has_its_moments",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class TransferLine(models.Model):
    """Units of one article. received: None until they came; fewer than were sent are missing."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("units"))
    received = models.PositiveIntegerField(_("came"), null=True, blank=True)

    class Meta:
        verbose_name = _("line of a transfer")
        verbose_name_plural = _("lines of transfers")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["transfer", "product"], name="one_line_per_transfer_and_product"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & (Q(received__isnull=True) | Q(received__lte=F("quantity"))),
                name="transfer_line_arrives_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.product_id}"


class StockCount(models.Model):
    """Somebody looked and counted. key: counts once, however often it is told."""

    key = models.CharField(max_length=rules.KEY_LIMIT, unique=True)
    reason = models.CharField(_("why"), max_length=300)
    counted_at = models.DateTimeField(_("counted"))
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(reason=""), name="stock_count_says_why")
        ]

    def __str__(self) -> str:
        return self.key


class StockCountLine(models.Model):
    """What was on hand by our books, and what lay there."""

    count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="lines")
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="+")
    expected = models.PositiveIntegerField(_("by our books"))
    counted = models.PositiveIntegerField(_("counted"))

    class Meta:
        verbose_name = _("line of a stock count")
        verbose_name_plural = _("lines of stock counts")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["count", "level"], name="one_line_per_count_and_level")
        ]

    def __str__(self) -> str:
        return f"{self.count_id} {self.level_id}"
