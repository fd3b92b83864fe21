"""Orders as they were sold: who to, what, when it was promised, when it came."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Reverse, Upper
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import Store
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier


def phone_backwards() -> Reverse:
    """The digits of the phone number from the last to the first: the end of a number becomes a beginning."""
    digits = Func(
        "contact_phone", template="regexp_replace(%(expressions)s, '\\D', '', 'g')", output_field=models.TextField()
    )
    return Reverse(digits)


class Order(models.Model):
    """One order. The contact is a snapshot: an order remembers whom it was sold to.

    Dates that people compare (`promised_on`, `delivered_on`) are days in the store's zone; the
    exact moments stand beside them in UTC.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")
        CANCELLED = "cancelled", _("cancelled")
        UNAVAILABLE = "unavailable", _("unavailable")

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    external_id = models.CharField(_("number at the shop"), max_length=120)
    number = models.CharField(_("order number"), max_length=120)
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    placed_at = models.DateTimeField(_("placed"))
    currency = models.CharField(_("currency"), max_length=3)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)

    contact_name = models.CharField(_("customer"), max_length=200, blank=True)
    contact_email = models.CharField(_("e-mail"), max_length=254, blank=True)
    contact_phone = models.CharField(_("phone"), max_length=40, blank=True)
    # What makes two orders one contact: the address in canonical form, "" when there is none.
    contact_key = models.CharField(max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True)
    customer_ref = models.CharField(_("customer reference"), max_length=120, blank=True)
    campaign_code = models.CharField(_("campaign"), max_length=60, blank=True)

    promised_at = models.DateTimeField(null=True, blank=True)
    promised_on = models.DateField(_("promised"), null=True, blank=True)
    expected_on = models.DateField(_("expected"), null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    delivered_on = models.DateField(_("delivered"), null=True, blank=True)

    public_token = models.CharField(max_length=43, unique=True)
    content_hash = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "external_id"], name="one_order_per_number_at_the_shop"),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_is_not_negative"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-placed_at", "-id"], name="order_newest_first"),
            models.Index(fields=["state", "-placed_at", "-id"], name="order_by_state"),
            models.Index(
                fields=["promised_on"], name="order_undelivered_by_promise", condition=Q(delivered_at__isnull=True)
            ),
            models.Index(fields=["region", "-placed_at"], name="order_by_region"),
            models.Index(fields=["campaign_code"], name="order_by_campaign", condition=~Q(campaign_code="")),
            models.Index(fields=["contact_key"], name="order_by_contact"),
            GinIndex(
                OpClass(Upper("number"), name="gin_trgm_ops"),
                OpClass(Upper("contact_name"), name="gin_trgm_ops"),
                OpClass(Upper("contact_email"), name="gin_trgm_ops"),
                name="order_search",
            ),
            models.Index(
                OpClass(phone_backwards(), name="text_pattern_ops"),
                name="order_by_phone_end",
                condition=~Q(contact_phone=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(_("position"))
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True)
    sku = models.CharField(_("SKU"), max_length=64)
    title = models.CharField(_("title"), max_length=300)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=4)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "position"], name="one_line_per_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} × {self.quantity}"


class Expectation(models.Model):
    """When the order is now expected, who says so and why. Append-only; the newest one counts."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="expectations")
    expected_on = models.DateField(_("expected"), null=True)
    source = models.CharField(_("source"), max_length=40)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["order", "-id"], name="expectation_newest_first")]

    def __str__(self) -> str:
        return f"{self.expected_on} ({self.source})"


class OrderMark(models.Model):
    """A note that a higher room pins to an order, so that order lists can show and filter by it."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=80)
    label = models.CharField(max_length=200)
    url = models.CharField(max_length=300, blank=True)
    marked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "kind", "ref"], name="one_mark_per_order_kind_ref")
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "ref", "order"], name="mark_by_kind")]

    def __str__(self) -> str:
        return self.label
