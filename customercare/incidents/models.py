"""Bad days: what happened, whom it hits, and what we said and did."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import Store, User
from backoffice.messaging.models import Batch
from orders.sales.models import Order


class Incident(models.Model):
    """One bad day. Its sends are fan-outs with cause_ref "incident:<id>"."""

    class Kind(models.TextChoices):
        CARRIER = "carrier", _("Carrier delay or region outage")
        STOCK_OUT = "stock_out", _("Stock-out or oversell")
        SUPPLIER_DEFAULT = "supplier_default", _("Supplier default")
        PRICE_ERROR = "price_error", _("Price error")
        LIMIT_ERROR = "limit_error", _("Limit or communication error")
        SYSTEM_FAILURE = "system_failure", _("System failure")
        QUALITY = "quality", _("Quality or recall")
        SURGE = "surge", _("Surge beyond forecast")
        STAFFING = "staffing", _("Staffing or cash flow")

    class Severity(models.IntegerChoices):
        LOW = 1, _("low: a few orders, no money")
        MODERATE = 2, _("moderate: some orders late")
        HIGH = 3, _("high: many orders or money lost")
        CRITICAL = 4, _("critical: the shop cannot sell or ship")

    class Priority(models.IntegerChoices):
        WHEN_FREE = 1, _("when there is time")
        TODAY = 2, _("today")
        NOW = 3, _("now")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        DECLARED = "declared", _("declared")
        CONTAINED = "contained", _("contained")
        STABLE = "stable", _("stable")
        RESOLVED = "resolved", _("resolved")
        REVIEWED = "reviewed", _("reviewed")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("store"))
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices, default=Severity.MODERATE)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.TODAY)
    mode = models.CharField(_("mode"), max_length=5, choices=Batch.Mode.choices, default=Batch.Mode.REAL)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    selector = models.JSONField(_("what is hit"), default=dict)
    is_public = models.BooleanField(_("customers see it on their order page"), default=True)
    commander = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    declared_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def cause_ref(self) -> str:
        return f"incident:{self.pk}"


class AffectedOrder(models.Model):
    """An order the incident hits: why, how late, and why it is left out of telling, if it is.

    wave 1 is the freeze; later waves were adopted when orders drifted in.
    """

    # Found through the unique key and through affected_by_order.
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="affected", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    wave = models.PositiveIntegerField(default=1)
    why = models.CharField(_("why included"), max_length=300)
    promised_on = models.DateField(_("promised"), null=True)
    delay_days = models.IntegerField(_("days late"), null=True)
    excluded = models.CharField(_("left out because"), max_length=40, blank=True, default="")
    excluded_note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("affected order")
        verbose_name_plural = _("affected orders")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "order"], name="one_affected_order_per_incident")
        ]
        indexes: ClassVar = [models.Index(fields=["order"], name="affected_by_order")]

    def __str__(self) -> str:
        return f"affected order {self.order_id}"


class TimelineEntry(models.Model):
    """What was done or learnt, when, by whom. Append-only."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.kind
