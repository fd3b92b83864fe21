"""Index of the rooms' models, for Django. Rooms never import this file."""

from customercare.compensation.models import Budget, BudgetEntry, Grant
from customercare.incidents.models import AffectedOrder, Incident, TimelineEntry
from customercare.macros.models import Macro, MacroVariant, MacroVersion
from customercare.notices.models import Fanout, Notice
from customercare.vouchers.models import Voucher, VoucherEntry

__all__ = [
    "AffectedOrder",
    "Budget",
    "BudgetEntry",
    "Fanout",
    "Grant",
    "Incident",
    "Macro",
    "MacroVariant",
    "MacroVersion",
    "Notice",
    "TimelineEntry",
    "Voucher",
    "VoucherEntry",
]
