"""Facts about suppliers: recorded by higher rooms, imported from exports; never changed."""

from suppliers.performance.services.importing import import_facts
from suppliers.performance.services.recording import (
    Recorded,
    record_acknowledgements,
    record_claims,
    record_deliveries,
    record_facts,
    record_invoices,
    record_quality,
    record_ratings,
)
from suppliers.performance.services.withdrawing import withdraw_facts

__all__ = [
    "Recorded",
    "import_facts",
    "record_acknowledgements",
    "record_claims",
    "record_deliveries",
    "record_facts",
    "record_invoices",
    "record_quality",
    "record_ratings",
    "withdraw_facts",
]
