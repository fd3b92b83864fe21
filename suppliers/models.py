"""Index of the rooms' models, for Django. Rooms never import this file."""

from suppliers.catalog.models import PriceBreak, Product, SupplierItem
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.performance.models import AckFact, ClaimFact, DeliveryFact, InvoiceFact, QualityFact, RatingFact

__all__ = [
    "AckFact",
    "Certificate",
    "ClaimFact",
    "ContactLog",
    "DeliveryFact",
    "InvoiceFact",
    "PriceBreak",
    "Product",
    "Prospect",
    "QualityFact",
    "RatingFact",
    "Supplier",
    "SupplierContact",
    "SupplierItem",
]
