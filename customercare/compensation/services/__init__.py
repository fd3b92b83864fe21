"""Granting set by set, and the budgets that pay."""

from customercare.compensation.services.budgets import commit, open_budget, release, reserve, set_limit
from customercare.compensation.services.grants import GrantCount, grant_many, grant_vouchers, value_rule

__all__ = [
    "GrantCount",
    "commit",
    "grant_many",
    "grant_vouchers",
    "open_budget",
    "release",
    "reserve",
    "set_limit",
    "value_rule",
]
