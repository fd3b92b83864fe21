"""Backups that were verified, what hangs on a supplier, defaults, and switches to backups."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import User
from suppliers.catalog.models import Product, SupplierItem
from suppliers.continuity.rules.switches import SwitchState
from suppliers.directory.models import Supplier

SOURCE_LIMIT = 40
REASON_LIMIT = 500


class BackupReadiness(models.Model):
    """One verification of a backup: that it could deliver this item, how that was found out. Append-only.

    The newest by verified_on, then by id, counts. capacity_per_week: units of this item that were confirmed;
    supplier_capacity_per_week: units of all items of the supplier together. Null is "not asked", never zero.
    """

    class How(models.TextChoices):
        PHONE = "phone", _("Phone call")
        WRITING = "writing", _("In writing")
        VISIT = "visit", _("Visit on site")
        TRIAL = "trial", _("Trial order")

    item = models.ForeignKey(SupplierItem, on_delete=models.PROTECT, related_name="verifications")
    verified_on = models.DateField(_("verified"))
    how = models.CharField(_("how"), max_length=10, choices=How.choices)
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    trial_order_on = models.DateField(_("last trial order"), null=True, blank=True)
    capacity_per_week = models.PositiveIntegerField(_("units a week"), null=True, blank=True)
    supplier_capacity_per_week = models.PositiveIntegerField(_("units a week of all items"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=REASON_LIMIT, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("verification of a backup")
        verbose_name_plural = _("verifications of backups")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(how__in=["phone", "writing", "visit", "trial"]), name="readiness_how"),
            models.CheckConstraint(
                condition=Q(trial_order_on__isnull=True) | Q(trial_order_on__lte=F("verified_on")),
                name="readiness_trial_is_not_later",
            ),
            models.CheckConstraint(
                condition=~Q(how="trial") | Q(trial_order_on__isnull=False), name="readiness_trial_has_its_day"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["item", "-verified_on", "-id"], name="readiness_newest_first")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.verified_on}"


class Exposure(models.Model):
    """What hangs on one supplier for one product, as one source knows it; each source replaces its own rows.

    open_quantity: units on order there and not delivered. revenue: of the open order lines that wait for the product.
    daily_demand: units a day. cover_days: how long stock lasts from as_of on. stockout_on: when it ends. Both are null
    when it does not.
    """

    source = models.CharField(_("source"), max_length=SOURCE_LIMIT)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="exposures")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="exposures")
    open_quantity = models.PositiveIntegerField(_("units on order"))
    open_orders = models.PositiveIntegerField(_("purchase orders"))
    order_lines = models.PositiveIntegerField(_("customers' order lines"))
    revenue = models.DecimalField(_("revenue at risk"), max_digits=16, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    daily_demand = models.DecimalField(_("units a day"), max_digits=12, decimal_places=2)
    cover_days = models.DecimalField(_("days of cover"), max_digits=8, decimal_places=1, null=True, blank=True)
    stockout_on = models.DateField(_("stock ends"), null=True, blank=True)
    as_of = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["supplier", "product", "source"], name="one_exposure_per_source"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="exposure_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(revenue__gte=0)
                & Q(daily_demand__gte=0)
                & (Q(cover_days__isnull=True) | Q(cover_days__gte=0)),
                name="exposure_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(cover_days__isnull=True, stockout_on__isnull=True)
                | Q(cover_days__isnull=False, stockout_on__isnull=False),
                name="exposure_cover_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.product_id} {self.source}"


class SupplierDefault(models.Model):
    """A supplier does not deliver what it owes: declared by a person, until somebody lifts it. One open at a time."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="defaults")
    declared_at = models.DateTimeField(_("declared"))
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    why = models.CharField(_("why"), max_length=REASON_LIMIT)
    cause_ref = models.CharField(max_length=80, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("supplier's default")
        verbose_name_plural = _("suppliers' defaults")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(lifted_at__isnull=True), name="one_open_default_per_supplier"
            ),
            models.CheckConstraint(condition=~Q(why=""), name="default_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("declared_at")), name="default_lifted_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.declared_at}"


class Switchover(models.Model):
    """What is ordered from backups instead of one supplier. Its rows are what purchasing makes orders of.

    currency: in which offers were compared; rates: one unit of another currency in it, as text, as they were typed.
    digest: of the needs and offers that the plan was made from. bound: what every plan costs at least.
    """

    class State(models.TextChoices):
        DRAFT = SwitchState.DRAFT, _("Draft")
        CONFIRMED = SwitchState.CONFIRMED, _("Confirmed")
        SENT = SwitchState.SENT, _("Sent")
        UNDONE = SwitchState.UNDONE, _("Undone")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="switchovers")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    currency = models.CharField(_("currency"), max_length=3)
    rates = models.JSONField(default=dict)
    cost = models.DecimalField(_("cost"), max_digits=16, decimal_places=4)
    penalty = models.DecimalField(_("cost of being late"), max_digits=16, decimal_places=4)
    bound = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    proven = models.BooleanField(default=False)
    uncovered = models.PositiveIntegerField(_("units that nobody brings"), default=0)
    digest = models.CharField(max_length=64)
    drafted_at = models.DateTimeField(_("drafted"))
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("switch to backups")
        verbose_name_plural = _("switches to backups")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(state="confirmed"), name="one_confirmed_switch_per_supplier"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", confirmed_at__isnull=True, undone_at__isnull=True)
                | Q(state__in=["confirmed", "sent"], confirmed_at__isnull=False, undone_at__isnull=True)
                | Q(state="undone", confirmed_at__isnull=False, undone_at__isnull=False),
                name="switch_state_has_its_moments",
            ),
            models.CheckConstraint(condition=Q(cost__gte=0) & Q(penalty__gte=0), name="switch_costs_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.state}"


class SwitchoverRow(models.Model):
    """One product from one backup. price: a unit in its own currency; cost: of all in the currency of the switch.

    sent_at: when purchasing has told the backup; from then on the switch cannot be undone.
    """

    switchover = models.ForeignKey(Switchover, on_delete=models.CASCADE, related_name="rows")
    item = models.ForeignKey(SupplierItem, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("units"))
    packs = models.PositiveIntegerField(_("packs"))
    price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    cost = models.DecimalField(_("cost"), max_digits=16, decimal_places=4)
    arrives_on = models.DateField(_("arrives"))
    stockout_on = models.DateField(_("stock ends"), null=True, blank=True)
    late_days = models.PositiveIntegerField(_("days late"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("row of a switch")
        verbose_name_plural = _("rows of switches")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["switchover", "item"], name="one_row_per_switch_and_item"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(packs__gte=1) & Q(price__gt=0) & Q(cost__gt=0),
                name="switch_row_orders_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.quantity}"
