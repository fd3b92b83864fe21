"""Index of the rooms' models, for Django. Rooms never import this file."""

from suppliers.catalog.models import PriceBreak, Product, SupplierItem
from suppliers.continuity.models import BackupReadiness, Exposure, SupplierDefault, Switchover, SwitchoverRow
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.performance.models import AckFact, ClaimFact, DeliveryFact, InvoiceFact, QualityFact, RatingFact

__all__ = [
    "AckFact",
    "BackupReadiness",
    "Certificate",
    "ClaimFact",
    "ContactLog",
    "DeliveryFact",
    "Exposure",
    "InvoiceFact",
    "PriceBreak",
    "Product",
    "Prospect",
    "QualityFact",
    "RatingFact",
    "Supplier",
    "SupplierContact",
    "SupplierDefault",
    "SupplierItem",
    "Switchover",
    "SwitchoverRow",
]
