"""Index of the rooms' models, for Django. Rooms never import this file."""

from suppliers.assessment.models import (
    ActionStep,
    Assessment,
    CorrectiveAction,
    CriticalEvent,
    PolicyVersion,
    Scorecard,
    Standing,
    StandingChange,
)
from suppliers.catalog.models import PriceBreak, Product, SupplierItem
from suppliers.continuity.models import BackupReadiness, Exposure, SupplierDefault, Switchover, SwitchoverRow
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.performance.models import AckFact, ClaimFact, DeliveryFact, InvoiceFact, QualityFact, RatingFact

__all__ = [
    "AckFact",
    "ActionStep",
    "Assessment",
    "BackupReadiness",
    "Certificate",
    "ClaimFact",
    "ContactLog",
    "CorrectiveAction",
    "CriticalEvent",
    "DeliveryFact",
    "Exposure",
    "InvoiceFact",
    "PolicyVersion",
    "PriceBreak",
    "Product",
    "Prospect",
    "QualityFact",
    "RatingFact",
    "Scorecard",
    "Standing",
    "StandingChange",
    "Supplier",
    "SupplierContact",
    "SupplierDefault",
    "SupplierItem",
    "Switchover",
    "SwitchoverRow",
]
