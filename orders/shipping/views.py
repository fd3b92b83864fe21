"""The parcels of one order: a panel on the order page, and a page of its own."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from backoffice.kernel import access
from backoffice.kernel.roles import Capability
from orders.sales.models import Order
from orders.shipping import selectors


@access.require(read=Capability.VIEW_ORDERS)
def order_panel(request: access.StaffRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.select_related("store"), pk=pk)
    context = {"order": order, "zone": order.store.time_zone, "parcels": selectors.of_order(order)}
    template = "orders/shipping/_parcels.html" if request.htmx else "orders/shipping/parcels.html"
    return render(request, template, context)
