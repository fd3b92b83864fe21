"""Writes of contracts: contracts and their service levels, the check for breaches, claims and what they recover."""

from suppliers.contracts.services.agreements import (
    activate_contract,
    add_contract,
    add_level,
    change_contract,
    change_level,
    end_level,
    terminate_contract,
)
from suppliers.contracts.services.claims import (
    change_claim,
    claim_breaches,
    draft_claim,
    move_claim,
    record_recovery,
    waive_breach,
)
from suppliers.contracts.services.judging import Checked, check

__all__ = [
    "Checked",
    "activate_contract",
    "add_contract",
    "add_level",
    "change_claim",
    "change_contract",
    "change_level",
    "check",
    "claim_breaches",
    "draft_claim",
    "end_level",
    "move_claim",
    "record_recovery",
    "terminate_contract",
    "waive_breach",
]
