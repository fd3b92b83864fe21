"""What lies in seeds/ about contracts: what suppliers promised, and a claim that is under way."""

import tomllib
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from backoffice.kernel.errors import Refusal
from suppliers.contracts import services as contracts
from suppliers.contracts.models import Contract, SupplierClaim
from suppliers.contracts.rules.claims import (
    ClaimDraft,
    ClaimKind,
    ClaimState,
    ContractDraft,
    LevelDraft,
    RecoveryDraft,
    RecoveryKind,
)
from suppliers.contracts.rules.measuring import COMPARED, Metric
from suppliers.contracts.rules.penalties import Basis, Curve, Shape, Step
from suppliers.contracts.rules.windows import WindowKind
from suppliers.directory.models import Supplier


def load(path: Path, *, now: datetime) -> None:
    """Write the contracts and claims that are not there yet, and judge the windows that are over from the facts there
    are. path: contracts.toml."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    suppliers = Supplier.objects.in_bulk([row["supplier"] for row in told["contract"]], field_name="code")
    today = timezone.localdate(now)
    for row in told["contract"]:
        supplier = suppliers[row["supplier"]]
        if not supplier.contracts.filter(number=row["number"]).exists():
            _contract(supplier, row, today, now)
    # A worker that checks at this moment finds the same.
    with suppress(Refusal):
        contracts.check(day=today, now=now)
    for row in told["claim"]:
        supplier = suppliers[row["supplier"]]
        if not supplier.claims.filter(title=row["title"]).exists():
            _claim(supplier, row, now)


def _contract(supplier: Supplier, row: dict[str, Any], today: date, now: datetime) -> None:
    draft = ContractDraft(
        number=row["number"],
        title=row["title"],
        valid_from=today + timedelta(days=row["from"]),
        valid_until=today + timedelta(days=row["until"]) if "until" in row else None,
        currency=row["currency"],
        notice_days=row["notice_days"],
        liability_cap=_amount(row, "liability_cap"),
        note=row.get("note", ""),
    )
    contract = contracts.add_contract(supplier_id=supplier.pk, draft=draft, actor=None, now=now)
    for level in row["level"]:
        contracts.add_level(contract_id=contract.pk, draft=_level(level), actor=None, now=now)
    contracts.activate_contract(contract_id=contract.pk, version=contract.version, actor=None, now=now)


def _level(row: dict[str, Any]) -> LevelDraft:
    metric = Metric(row["metric"])
    return LevelDraft(
        metric=metric,
        comparison=COMPARED[metric],
        target=Decimal(row["target"]),
        window=WindowKind(row["window"]),
        window_days=row.get("window_days"),
        curve=_curve(row),
        minimum=row["minimum"],
        late_days=row.get("late_days", 0),
        cap=_amount(row, "cap"),
        clause=row["clause"],
    )


def _curve(row: dict[str, Any]) -> Curve:
    basis = Basis(row.get("basis", Basis.VALUE))
    if "per_point" in row:
        return Curve(basis, Shape.LINEAR, per_point=Decimal(row["per_point"]))
    return Curve(basis, Shape.STEPS, tuple(Step(Decimal(points), Decimal(rate)) for points, rate in row["steps"]))


def _claim(supplier: Supplier, row: dict[str, Any], now: datetime) -> None:
    """Drafted, sent, accepted in part, and paid back in part."""
    draft = ClaimDraft(
        kind=ClaimKind(row["kind"]),
        title=row["title"],
        reason=row["reason"],
        amount=Decimal(row["amount"]),
        currency=row["currency"],
        contract_id=Contract.objects.get(supplier=supplier, number=row["contract"]).pk,
    )
    claim = contracts.draft_claim(supplier_id=supplier.pk, draft=draft, actor=None, now=now)
    due = timezone.localdate(now) + timedelta(days=row["answer_days"])
    claim = _moved(claim, ClaimState.SENT, now, answer_due=due)
    claim = _moved(claim, ClaimState.PARTLY, now, accepted=Decimal(row["accepted"]))
    back = RecoveryDraft(Decimal(row["recovered"]), timezone.localdate(now), RecoveryKind.CREDIT_NOTE, row["reference"])
    contracts.record_recovery(claim_id=claim.pk, draft=back, actor=None, now=now)


def _moved(claim: SupplierClaim, target: ClaimState, now: datetime, **given: Any) -> SupplierClaim:
    return contracts.move_claim(
        claim_id=claim.pk, version=claim.version, target=target, actor=None, now=now, **given
    )  # fmt: skip


def _amount(row: dict[str, Any], name: str) -> Decimal | None:
    return Decimal(row[name]) if name in row else None
