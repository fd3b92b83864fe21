"""Every write to a voucher: issued in bulk, spent under a row lock, ended."""

from customercare.vouchers.services.ending import Ended, expire_due, revoke, revoke_many
from customercare.vouchers.services.guarding import close_calmed, report_guessing
from customercare.vouchers.services.issuing import issue_many
from customercare.vouchers.services.spending import (
    NOT_REDEEMABLE,
    Purchase,
    Receipt,
    authorize,
    capture,
    check,
    redeem,
    refund,
    void,
)

__all__ = [
    "NOT_REDEEMABLE",
    "Ended",
    "Purchase",
    "Receipt",
    "authorize",
    "capture",
    "check",
    "close_calmed",
    "expire_due",
    "issue_many",
    "redeem",
    "refund",
    "report_guessing",
    "revoke",
    "revoke_many",
    "void",
]
