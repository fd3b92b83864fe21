"""What we sell, and what each supplier sells us of it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Deferrable, F, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from suppliers.catalog import rules
from suppliers.directory.models import Supplier


class Product(models.Model):
    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=300)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class SupplierItem(models.Model):
    """A product as one supplier sells it. rank: 1 is the primary supplier; only active items have one."""

    class State(models.TextChoices):
        ACTIVE = rules.ItemState.ACTIVE, _("Active")
        PAUSED = rules.ItemState.PAUSED, _("Paused")
        ENDED = rules.ItemState.ENDED, _("Ended")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="items")
    rank = models.PositiveSmallIntegerField(_("rank"), null=True, blank=True)
    supplier_sku = models.CharField(_("supplier's number"), max_length=64, blank=True)
    moq = models.PositiveIntegerField(_("minimum order"), default=1)
    pack_size = models.PositiveIntegerField(_("units in a pack"), default=1)
    order_multiple = models.PositiveIntegerField(_("order multiple"), default=1)
    price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time in days"))
    capacity_per_week = models.PositiveIntegerField(_("units a week"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("supplier's item")
        verbose_name_plural = _("suppliers' items")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["supplier", "product"], name="one_item_per_supplier_and_product"),
            # Checked at the end of each statement, so that one statement can swap two ranks.
            models.UniqueConstraint(
                fields=["product", "rank"], deferrable=Deferrable.IMMEDIATE, name="one_item_per_product_and_rank"
            ),
            models.CheckConstraint(
                condition=Q(state=rules.ItemState.ACTIVE.value, rank__gte=1)
                | ~Q(state=rules.ItemState.ACTIVE.value) & Q(rank__isnull=True),
                name="active_item_has_a_rank",
            ),
            models.CheckConstraint(condition=Q(moq__gte=1), name="item_moq_is_positive"),
            models.CheckConstraint(condition=Q(pack_size__gte=1), name="item_pack_is_positive"),
            models.CheckConstraint(
                condition=Q(order_multiple__gte=1) & Q(Exact(F("order_multiple") % F("pack_size"), 0)),
                name="item_multiple_is_whole_packs",
            ),
            models.CheckConstraint(condition=Q(price__gt=0), name="item_price_is_positive"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="item_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(lead_time_days__lte=rules.LONGEST_LEAD_DAYS), name="item_lead_time_is_days"
            ),
            models.CheckConstraint(
                condition=Q(capacity_per_week__isnull=True) | Q(capacity_per_week__gte=1),
                name="item_capacity_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.supplier_id}"


class PriceBreak(models.Model):
    """From so many units on, each costs less."""

    item = models.ForeignKey(SupplierItem, on_delete=models.CASCADE, related_name="breaks")
    min_quantity = models.PositiveIntegerField(_("from"))
    price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=4)

    class Meta:
        verbose_name = _("price break")
        verbose_name_plural = _("price breaks")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["item", "min_quantity"], name="one_break_per_quantity"),
            models.CheckConstraint(condition=Q(min_quantity__gte=2), name="break_quantity_is_above_one"),
            models.CheckConstraint(condition=Q(price__gt=0), name="break_price_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.min_quantity}: {self.price}"
