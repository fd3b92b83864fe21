"""The panel that puts everybody who sells a product side by side at its usual quantity."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from backoffice.kernel import access
from backoffice.kernel.roles import Capability
from suppliers.assessment.selectors import prices
from suppliers.catalog.models import Product


@access.require(read=Capability.VIEW_COST)
def product_prices(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The page of a product links to it and htmx puts it there; opened by itself it is a page."""
    product = get_object_or_404(Product, pk=pk)
    now = timezone.now()
    context = {"product": product, "rows": prices.of_product(product, day=timezone.localdate(now)), "now": now}
    name = "_product_prices" if request.htmx else "product_prices"
    return render(request, f"suppliers/assessment/{name}.html", context)
