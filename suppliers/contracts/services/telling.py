"""Telling suppliers.performance how a claim stands, so that the share that is recovered is measured."""

from datetime import datetime

from backoffice.kernel.models import User
from suppliers.contracts.models import SupplierClaim
from suppliers.contracts.rules.claims import ClaimState
from suppliers.directory.models import Supplier
from suppliers.performance import services as performance
from suppliers.performance.rules.facts import ClaimDraft

SOURCE = "contracts"


def tell(claim: SupplierClaim, *, actor: User | None, now: datetime) -> None:
    """Record the claim as it stands now; the fact corrects the one before. The claim's row is held.

    A withdrawn claim never was, for measuring; nothing is recovered of it.
    """
    if claim.sent_on is None:
        return
    is_withdrawn = claim.state == ClaimState.WITHDRAWN
    draft = ClaimDraft(
        key=_key(claim, claim.told + 1),
        supplier_code=Supplier.objects.values_list("code", flat=True).get(pk=claim.supplier_id),
        corrects=_key(claim, claim.told) if claim.told else "",
        withdrawn=is_withdrawn,
        claim_ref=claim.number,
        opened_on=claim.sent_on,
        currency=claim.currency,
        amount_claimed=claim.amount,
        reason=claim.title,
        amount_recovered=claim.recovered,
        closed_on=claim.closed_on if claim.state == ClaimState.SETTLED else None,
    )
    recorded = performance.record_claims(source=SOURCE, drafts=[draft], actor=actor, now=now)
    if recorded.refused:
        raise RuntimeError(f"{draft.key} is recorded otherwise")
    claim.told += 1
    claim.save(update_fields=["told"])


def _key(claim: SupplierClaim, number: int) -> str:
    return f"{claim.number}:{number}"
