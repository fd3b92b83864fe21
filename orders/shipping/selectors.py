"""Reads of parcels."""

from django.db.models import QuerySet

from orders.sales.models import Order
from orders.shipping.models import Parcel


def of_order(order: Order) -> QuerySet[Parcel]:
    """The order's parcels with their carriers, in order."""
    return Parcel.objects.filter(order=order).select_related("carrier").order_by("position")
