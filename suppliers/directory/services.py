"""Writes to the supplier directory."""

from collections.abc import Mapping

from suppliers.directory.models import Supplier


def ensure(*, names: Mapping[str, str]) -> int:
    """Create the suppliers that are missing, by code -> name. Existing ones stay as they are.

    Returns how many were created.
    """
    before = Supplier.objects.filter(code__in=names.keys()).count()
    Supplier.objects.bulk_create(
        [Supplier(code=code, name=name or code) for code, name in sorted(names.items())], ignore_conflicts=True
    )
    return len(names) - before
