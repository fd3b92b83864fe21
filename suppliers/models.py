"""Index of the rooms' models, for Django. Rooms never import this file."""

from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier
from suppliers.performance.models import AckFact, ClaimFact, DeliveryFact, InvoiceFact, QualityFact, RatingFact

__all__ = [
    "AckFact",
    "ClaimFact",
    "DeliveryFact",
    "InvoiceFact",
    "Product",
    "QualityFact",
    "RatingFact",
    "Supplier",
]
