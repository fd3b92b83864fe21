"""Carriers and parcels, in outline."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.sales.models import Order


class Carrier(models.Model):
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")

    def __str__(self) -> str:
        return self.name


class Parcel(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="parcels")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT)
    number = models.CharField(_("parcel number"), max_length=80, blank=True)
    position = models.PositiveIntegerField(default=1)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        constraints: ClassVar = [models.UniqueConstraint(fields=["order", "position"], name="one_parcel_per_position")]
        indexes: ClassVar = [models.Index(fields=["carrier", "order"], name="parcel_by_carrier")]

    def __str__(self) -> str:
        return self.number or f"{self.carrier} {self.position}"
