"""The orders list and the order page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from backoffice.kernel import access
from backoffice.kernel.roles import Capability
from orders.sales.models import Order


@access.require(read=Capability.VIEW_ORDERS)
def order_list(request: access.StaffRequest) -> HttpResponse:
    return render(request, "orders/sales/list.html", {"orders": Order.objects.order_by("-placed_at", "-id")[:50]})


@access.require(read=Capability.VIEW_ORDERS)
def order_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    return render(request, "orders/sales/page.html", {"order": get_object_or_404(Order, pk=pk)})
