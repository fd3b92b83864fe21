"""Index of the rooms' models, for Django. Rooms never import this file."""

from suppliers.assessment.models import (
    ActionStep,
    Assessment,
    AssessmentFile,
    CorrectiveAction,
    CriticalEvent,
    PolicyVersion,
    Scorecard,
    Standing,
    StandingChange,
)
from suppliers.catalog.models import PriceBreak, Product, SupplierItem
from suppliers.continuity.models import BackupReadiness, Exposure, SupplierDefault, Switchover, SwitchoverRow
from suppliers.contracts.models import (
    Breach,
    BreachRevision,
    ClaimBreach,
    ClaimRecovery,
    Contract,
    ServiceLevel,
    SupplierClaim,
)
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.evidence.models import EvidenceFile
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.performance.models import AckFact, ClaimFact, DeliveryFact, InvoiceFact, QualityFact, RatingFact
from suppliers.questionnaires.models import (
    AnswerSheet,
    Questionnaire,
    QuestionnaireVersion,
    SheetFile,
    SheetLink,
    Submission,
)

__all__ = [
    "AckFact",
    "ActionStep",
    "AnswerSheet",
    "Assessment",
    "AssessmentFile",
    "BackupReadiness",
    "Breach",
    "BreachRevision",
    "Certificate",
    "ClaimBreach",
    "ClaimFact",
    "ClaimRecovery",
    "ContactLog",
    "Contract",
    "CorrectiveAction",
    "CriticalEvent",
    "DeliveryFact",
    "EvidenceFile",
    "Exposure",
    "ImportRow",
    "ImportSession",
    "InvoiceFact",
    "PolicyVersion",
    "PriceBreak",
    "Product",
    "Prospect",
    "QualityFact",
    "Questionnaire",
    "QuestionnaireVersion",
    "RatingFact",
    "Scorecard",
    "ServiceLevel",
    "SheetFile",
    "SheetLink",
    "Standing",
    "StandingChange",
    "Submission",
    "Supplier",
    "SupplierClaim",
    "SupplierContact",
    "SupplierDefault",
    "SupplierItem",
    "Switchover",
    "SwitchoverRow",
]
