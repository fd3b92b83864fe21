"""Facts about suppliers: recorded by higher rooms, imported from exports; never changed."""

from suppliers.performance.services.importing import import_deliveries
from suppliers.performance.services.recording import (
    Recorded,
    record_acknowledgements,
    record_claims,
    record_deliveries,
    record_invoices,
    record_quality,
    record_ratings,
)

__all__ = [
    "Recorded",
    "import_deliveries",
    "record_acknowledgements",
    "record_claims",
    "record_deliveries",
    "record_invoices",
    "record_quality",
    "record_ratings",
]
