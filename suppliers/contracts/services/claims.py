"""Claims on suppliers: drafted from breaches or freely, moved through their states once, and what comes back."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import alerts, audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.numbers import currency_exponent
from suppliers.contracts.models import Breach, BreachRevision, ClaimBreach, ClaimRecovery, Contract, SupplierClaim
from suppliers.contracts.rules import claims as ways
from suppliers.contracts.rules.claims import (
    LARGEST_AMOUNT,
    NOTE_LIMIT,
    ClaimDraft,
    ClaimKind,
    ClaimState,
    RecoveryDraft,
)
from suppliers.contracts.selectors import papers
from suppliers.contracts.services import telling
from suppliers.contracts.services.judging import alert_key
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier


@transaction.atomic
def claim_breaches(
    *, contract_id: int, breach_ids: Collection[int], title: str, actor: User | None, now: datetime
) -> SupplierClaim:
    """Draft a claim over breaches as they are judged now; their alerts end.

    Raises Refusal (supplier.role, claim.breaches, claim.taken, claim.nothing, claim.cap).
    """
    directory.require_editor(actor)
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    breaches = list(Breach.objects.select_for_update().filter(pk__in=breach_ids, contract=contract).order_by("pk"))
    _check_breaches(breaches, breach_ids)
    amount = sum((row.penalty for row in breaches), Decimal(0))
    if amount <= 0:
        raise Refusal("claim.nothing", _("These breaches cost nothing by the contract, so nothing can be asked for."))
    _check_cap(contract, amount)
    claim = SupplierClaim.objects.create(
        supplier_id=contract.supplier_id, contract=contract, kind=ClaimKind.BREACH.value, title=title, amount=amount,
        currency=contract.currency, drafted_at=now, drafted_by=actor,
    )  # fmt: skip
    _take(claim, breaches)
    for row in breaches:
        alerts.close(key=alert_key(row.pk), now=now)
    _tell("claim.draft", claim, actor, now, breaches=[row.pk for row in breaches], amount=str(amount))
    return claim


@transaction.atomic
def draft_claim(*, supplier_id: int, draft: ClaimDraft, actor: User | None, now: datetime) -> SupplierClaim:
    """Draft a claim that stands on no breach: a defect, a default. Raises Refusal (supplier.role, claim.kind,
    claim.reason, claim.amount, claim.contract, claim.cap, money.currency)."""
    directory.require_editor(actor)
    supplier = Supplier.objects.get(pk=supplier_id)
    contract = _contract_of(supplier, draft)
    _check_draft(draft)
    if contract is not None:
        _check_cap(contract, draft.amount)
    claim = SupplierClaim.objects.create(
        supplier=supplier, contract=contract, kind=draft.kind.value, title=draft.title, reason=draft.reason,
        amount=draft.amount, currency=draft.currency, drafted_at=now, drafted_by=actor,
    )  # fmt: skip
    _tell("claim.draft", claim, actor, now, amount=str(draft.amount), kind=draft.kind.value)
    return claim


@transaction.atomic
def change_claim(
    *, claim_id: int, version: int, title: str, reason: str, amount: Decimal, actor: User | None, now: datetime
) -> SupplierClaim:
    """Change a draft; one over breaches asks for at most what they come to. Raises Stale and Refusal (supplier.role,
    claim.state, claim.amount, claim.reason, claim.cap)."""
    directory.require_editor(actor)
    claim = changing.lock(SupplierClaim.objects.all(), pk=claim_id, version=version)
    if claim.state != ClaimState.DRAFT:
        raise _moved_on()
    if claim.kind == ClaimKind.BREACH:
        most = claim.lines.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        if not 0 < amount <= most:
            raise Refusal("claim.amount", _("Ask for more than zero, and at most what the breaches come to."), "amount")
    else:
        _check_amount(amount)
        _check_reason(reason)
    if claim.contract_id is not None:
        _check_cap(Contract.objects.select_for_update().get(pk=claim.contract_id), amount, besides=claim_id)
    changed = changing.apply(claim, {"title": title, "reason": reason, "amount": amount})
    if changed:
        _tell("claim.change", claim, actor, now, **audit.changes(changed))
    return claim


@transaction.atomic
def move_claim(
    *, claim_id: int, version: int, target: ClaimState, actor: User | None, now: datetime,
    answer_due: date | None = None, accepted: Decimal | None = None, note: str = "",
) -> SupplierClaim:  # fmt: skip
    """Take a claim one step on. answer_due: for SENT; accepted: for PARTLY; note: for DISPUTED and WITHDRAWN.

    Raises Stale and Refusal (supplier.role, claim.way, claim.due, claim.amount, claim.note, claim.recovered).
    """
    directory.require_editor(actor)
    claim = changing.lock(SupplierClaim.objects.all(), pk=claim_id, version=version)
    state, today = ClaimState(claim.state), timezone.localdate(now)
    if not ways.may_go(state, target):
        raise _moved_on()
    values = _values(claim, target, today, answer_due=answer_due, accepted=accepted, note=note)
    moved = SupplierClaim.objects.filter(pk=claim_id, state=state.value, version=version).update(
        state=target.value, version=F("version") + 1, **values
    )
    if not moved:
        raise _moved_on()
    claim.refresh_from_db()
    if target is ClaimState.WITHDRAWN:
        claim.lines.update(is_live=False)
    _tell(f"claim.{target.value}", claim, actor, now, **{name: str(value) for name, value in _said(values).items()})
    if target is ClaimState.SENT or claim.told:
        telling.tell(claim, actor=actor, now=now)
    return claim


@transaction.atomic
def record_recovery(*, claim_id: int, draft: RecoveryDraft, actor: User | None, now: datetime) -> ClaimRecovery:
    """Write down money that came back. The last of it does not close the claim: a person settles it.

    Raises Refusal (supplier.role, recovery.state, recovery.reference, recovery.known, recovery.day, recovery.amount,
    recovery.much).
    """
    directory.require_editor(actor)
    claim = SupplierClaim.objects.select_for_update().get(pk=claim_id)
    if ClaimState(claim.state) not in ways.COLLECTING:
        raise Refusal("recovery.state", _("Money comes in on a claim that is sent and not closed."))
    _check_recovery(claim, draft, timezone.localdate(now))
    taken = SupplierClaim.objects.filter(pk=claim_id, amount__gte=F("recovered") + draft.amount).update(
        recovered=F("recovered") + draft.amount, version=F("version") + 1
    )
    if not taken:
        raise Refusal(
            "recovery.much", _("That is more than is still open on this claim. Correct the amount."), "amount"
        )
    row = ClaimRecovery.objects.create(
        claim=claim, amount=draft.amount, day=draft.day, kind=draft.kind.value, reference=draft.reference,
        recorded_at=now, recorded_by=actor,
    )  # fmt: skip
    claim.refresh_from_db()
    _tell("claim.recover", claim, actor, now, amount=str(draft.amount), reference=draft.reference)
    telling.tell(claim, actor=actor, now=now)
    return row


@transaction.atomic
def waive_breach(*, breach_id: int, why: str, actor: User | None, now: datetime) -> Breach:
    """Let a breach go: nothing is asked for, and its alert ends. Raises Refusal (supplier.role, breach.taken,
    breach.why)."""
    directory.require_editor(actor)
    breach = Breach.objects.select_for_update().get(pk=breach_id)
    if breach.waived_at is not None or breach.claimed.filter(is_live=True).exists():
        raise Refusal("breach.taken", _("It was let go or claimed already. Open it again."))
    if not why.strip() or len(why) > NOTE_LIMIT:
        raise Refusal("breach.why", _("Say in 1 to 500 characters why nothing is asked for."), "why")
    breach.waived_at, breach.waived_by, breach.waived_why = now, actor, why.strip()
    breach.save(update_fields=["waived_at", "waived_by", "waived_why"])
    audit.record(actor=actor, verb="breach.waive", subject=f"supplier:{breach.supplier_id}", now=now, breach=breach_id)
    alerts.close(key=alert_key(breach_id), now=now)
    return breach


def _check_breaches(breaches: Sequence[Breach], wanted: Collection[int]) -> None:
    if not breaches or len(breaches) < len(set(wanted)):
        raise Refusal("claim.breaches", _("Choose at least one breach of this contract."), "breaches")
    is_taken = ClaimBreach.objects.filter(breach__in=breaches, is_live=True).exists()
    if is_taken or any(row.waived_at or not row.stands for row in breaches):
        raise Refusal(
            "claim.taken", _("One of these was claimed, let go, or no longer stands. Choose again."), "breaches"
        )


def _take(claim: SupplierClaim, breaches: Sequence[Breach]) -> None:
    newest = BreachRevision.objects.filter(breach__in=breaches, revision=F("breach__revision"))
    judged = {row.breach_id: row for row in newest}
    ClaimBreach.objects.bulk_create(
        ClaimBreach(claim=claim, breach=row, revision=judged[row.pk], amount=row.penalty) for row in breaches
    )


def _contract_of(supplier: Supplier, draft: ClaimDraft) -> Contract | None:
    if draft.contract_id is None:
        return None
    contract = Contract.objects.select_for_update().filter(pk=draft.contract_id, supplier=supplier).first()
    if contract is None or contract.currency != draft.currency:
        raise Refusal("claim.contract", _("Choose a contract of this supplier in this currency, or none."), "contract")
    return contract


def _check_draft(draft: ClaimDraft) -> None:
    if draft.kind is ClaimKind.BREACH:
        raise Refusal("claim.kind", _("A claim over a service level is drafted from its breaches."), "kind")
    _check_reason(draft.reason)
    try:
        currency_exponent(draft.currency)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, "currency") from refusal
    _check_amount(draft.amount)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("claim.reason", _("Say what happened; the supplier reads it."), "reason")


def _check_amount(amount: Decimal) -> None:
    if not 0 < amount <= LARGEST_AMOUNT:
        raise Refusal("claim.amount", _("Enter an amount above zero."), "amount")


def _check_cap(contract: Contract, amount: Decimal, *, besides: int = 0) -> None:
    """What is asked for under one contract stays below its liability cap. The contract's row is held."""
    if contract.liability_cap is None:
        return
    others = SupplierClaim.objects.filter(contract=contract).exclude(pk=besides).exclude(state=ClaimState.WITHDRAWN)
    asked = others.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if asked + amount > contract.liability_cap:
        left = max(contract.liability_cap - asked, Decimal(0))
        sentence = _("The contract limits liability: {left} {currency} are left. Claim less.")
        raise Refusal("claim.cap", sentence.format(left=f"{left:.2f}", currency=contract.currency), "amount")


def _values(
    claim: SupplierClaim, target: ClaimState, today: date, *, answer_due: date | None, accepted: Decimal | None,
    note: str,
) -> dict[str, Any]:  # fmt: skip
    """What else changes with a step. Raises Refusal for what the step needs and was not given."""
    if target is ClaimState.SENT:
        if answer_due is None or answer_due < today:
            raise Refusal("claim.due", _("Enter the day by which they have to answer, today or later."), "answer_due")
        return {"sent_on": today, "answer_due": answer_due, "paper": papers.parties(claim, day=today)}
    if target in (ClaimState.ACCEPTED, ClaimState.PARTLY):
        return {"accepted": _accepted(claim, target, accepted)}
    if target is ClaimState.SETTLED:
        return {"closed_on": today}
    if not note.strip() or len(note) > NOTE_LIMIT:
        raise Refusal("claim.note", _("Say in 1 to 500 characters why."), "note")
    if target is ClaimState.DISPUTED:
        return {"note": note.strip(), "accepted": None}
    if claim.recovered:
        raise Refusal("claim.recovered", _("Money came back on this claim. Settle it instead."))
    return {"note": note.strip(), "closed_on": today}


def _accepted(claim: SupplierClaim, target: ClaimState, accepted: Decimal | None) -> Decimal:
    if target is ClaimState.ACCEPTED:
        return claim.amount
    if accepted is None or not 0 < accepted < claim.amount:
        raise Refusal("claim.amount", _("Enter what they accept: above zero, and less than the claim."), "accepted")
    return accepted


def _check_recovery(claim: SupplierClaim, draft: RecoveryDraft, today: date) -> None:
    if not draft.reference.strip():
        raise Refusal("recovery.reference", _("Enter the number of the credit note or payment."), "reference")
    if claim.recoveries.filter(kind=draft.kind.value, reference=draft.reference).exists():
        raise Refusal("recovery.known", _("This one is written down already."), "reference")
    if draft.day > today:
        raise Refusal("recovery.day", _("That day has not come yet."), "day")
    if draft.amount <= 0:
        raise Refusal("recovery.amount", _("Enter an amount above zero."), "amount")


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in ("answer_due", "accepted", "closed_on")}


def _moved_on() -> Refusal:
    return Refusal("claim.way", _("This claim is not where it was, so that step is not open. Open it again."))


def _tell(verb: str, claim: SupplierClaim, actor: User | None, now: datetime, **detail: Any) -> None:
    audit.record(
        actor=actor, verb=verb, subject=f"supplier:{claim.supplier_id}", now=now, claim=claim.pk,
        number=claim.number, currency=claim.currency, **detail,
    )  # fmt: skip
