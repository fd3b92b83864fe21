"""Index of the rooms' admin pages, for Django. Rooms never import this file."""

from customercare.compensation.admin import BudgetAdmin, GrantAdmin
from customercare.incidents.admin import IncidentAdmin
from customercare.macros.admin import MacroAdmin
from customercare.vouchers.admin import VoucherAdmin

__all__ = ["BudgetAdmin", "GrantAdmin", "IncidentAdmin", "MacroAdmin", "VoucherAdmin"]
