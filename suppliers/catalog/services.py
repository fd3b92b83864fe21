"""Writes to the catalogue."""

from collections.abc import Mapping

from suppliers.catalog.models import Product


def ensure(*, names: Mapping[str, str]) -> int:
    """Create the products that are missing, by canonical SKU -> name. Existing ones stay as they are.

    Returns how many were created.
    """
    before = Product.objects.filter(sku__in=names.keys()).count()
    Product.objects.bulk_create(
        [Product(sku=sku, name=name or sku) for sku, name in sorted(names.items())], ignore_conflicts=True
    )
    return len(names) - before
