"""A supplier with a contract, its service levels, and facts in one month."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from backoffice.kernel.models import User
from suppliers.catalog.models import SupplierItem
from suppliers.contracts import services as contracts
from suppliers.contracts.models import Contract, ServiceLevel, SupplierClaim
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
from suppliers.performance import services as performance
from suppliers.performance.rules.facts import DeliveryDraft
from suppliers.performance.rules.lines import Outcome
from tests.factories import NOW
from tests.factories.suppliers import make_item, make_supplier

BEGIN = date(2026, 9, 1)
# 2 % of the value due from a tenth of a point on, 5 % from ten points on.
STEPS = Curve(Basis.VALUE, Shape.STEPS, (Step(Decimal("0.1"), Decimal(2)), Step(Decimal(10), Decimal(5))))


def contract_draft(**fields: Any) -> ContractDraft:
    given: dict[str, Any] = {
        "number": "RC-2026/7", "title": "Frame contract kettles", "valid_from": BEGIN, "currency": "PLN",
        "notice_days": 30,
    }  # fmt: skip
    return ContractDraft(**given | fields)


def level_draft(metric: Metric = Metric.OTIF, target: int | str = 95, **fields: Any) -> LevelDraft:
    given: dict[str, Any] = {
        "metric": metric, "comparison": COMPARED[metric], "target": Decimal(target), "window": WindowKind.MONTH,
        "curve": STEPS, "minimum": 2, "clause": "§ 7.2",
    }  # fmt: skip
    return LevelDraft(**given | fields)


def make_contract(
    supplier: Supplier | None = None, *levels: LevelDraft, active: bool = True, **fields: Any
) -> Contract:
    """A contract in force since September, with on time in full at 95 % a month unless told otherwise."""
    supplier = supplier or make_supplier("ACME")
    contract = contracts.add_contract(
        supplier_id=supplier.pk, draft=contract_draft(**fields), actor=None, now=NOW
    )  # fmt: skip
    for draft in levels or (level_draft(),):
        contracts.add_level(contract_id=contract.pk, draft=draft, actor=None, now=NOW)
    if active:
        contracts.activate_contract(contract_id=contract.pk, version=1, actor=None, now=NOW)
    contract.refresh_from_db()
    return contract


def level_of(contract: Contract) -> ServiceLevel:
    return contract.levels.select_related("contract").get()


def priced(supplier: Supplier, sku: str = "KETTLE-1", price: str = "10.00") -> SupplierItem:
    return make_item(supplier, sku, price=Decimal(price))


def delivery(key: str, promised: date, late: int | None = 0, **fields: Any) -> DeliveryDraft:
    """10 of 10 pieces, so many days late; late None: still open."""
    given: dict[str, Any] = {
        "key": key, "supplier_code": "ACME", "sku": "KETTLE-1", "order_ref": f"PO-{key}",
        "ordered_on": date(2026, 8, 1), "promised_on": promised, "quantity_ordered": 10,
    }  # fmt: skip
    if late is not None:
        came = promised.fromordinal(promised.toordinal() + late)
        given |= {"delivered_on": came, "quantity_delivered": 10, "outcome": Outcome.DELIVERED}
    return DeliveryDraft(**given | fields)


def deliver(*drafts: DeliveryDraft, now: datetime = NOW) -> None:
    performance.record_deliveries(source="test", drafts=drafts, actor=None, now=now)


def october(late: int = 1, on_time: int = 9, *, prefix: str = "O", code: str = "ACME") -> None:
    """Lines of 100.00 PLN promised for the days of October: first the late ones, three days each."""
    deliver(
        *[
            delivery(f"{prefix}{n}", date(2026, 10, 2 + n % 28), 3 if n < late else 0, supplier_code=code)
            for n in range(late + on_time)
        ]
    )


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


TODAY = NOW.date()


def check(day: date = TODAY) -> contracts.Checked:
    return contracts.check(day=day, now=noon(day))


def make_breach(late: int = 2, on_time: int = 8, *, code: str = "ACME", price: str = "10.00") -> Contract:
    """October at 80 %: 15 points missed of 1,000.00 PLN due, 50.00 PLN."""
    supplier = make_supplier(code)
    priced(supplier, price=price)
    contract = make_contract(supplier)
    october(late, on_time, code=code)
    check()
    return contract


def claim_all(contract: Contract, *, actor: User | None = None) -> SupplierClaim:
    ids = contract.breaches.values_list("pk", flat=True)
    return contracts.claim_breaches(
        contract_id=contract.pk, breach_ids=list(ids), title="October", actor=actor, now=NOW
    )  # fmt: skip


def free_claim(supplier: Supplier, amount: str = "200.00", **fields: Any) -> SupplierClaim:
    given: dict[str, Any] = {
        "kind": ClaimKind.DEFECT, "title": "Lids do not close", "reason": "40 of 400 lids.", "amount": Decimal(amount),
        "currency": "PLN",
    }  # fmt: skip
    return contracts.draft_claim(supplier_id=supplier.pk, draft=ClaimDraft(**given | fields), actor=None, now=NOW)


def move(claim: SupplierClaim, target: ClaimState, **fields: Any) -> SupplierClaim:
    given: dict[str, Any] = {"version": SupplierClaim.objects.get(pk=claim.pk).version, "actor": None, "now": NOW}
    if target is ClaimState.SENT:
        given["answer_due"] = date(2026, 12, 5)
    if target in (ClaimState.DISPUTED, ClaimState.WITHDRAWN):
        given["note"] = "They see it otherwise."
    return contracts.move_claim(claim_id=claim.pk, target=target, **given | fields)


def recover(claim: SupplierClaim, amount: str = "50.00", reference: str = "CN-1", **fields: Any) -> None:
    draft = RecoveryDraft(Decimal(amount), NOW.date(), RecoveryKind.CREDIT_NOTE, reference)
    contracts.record_recovery(claim_id=claim.pk, draft=draft, **{"actor": None, "now": NOW} | fields)
