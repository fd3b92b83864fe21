"""Writes to contracts and service levels. What windows are judged by is not rewritten: it ends, and another begins."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.numbers import currency_exponent
from suppliers.contracts.models import Contract, ServiceLevel
from suppliers.contracts.rules import penalties, windows
from suppliers.contracts.rules.claims import (
    LARGEST_AMOUNT,
    LARGEST_TARGET,
    LONGEST_GRACE,
    LONGEST_NOTICE,
    ContractDraft,
    ContractState,
    LevelDraft,
)
from suppliers.contracts.rules.measuring import COMPARED, SHARES
from suppliers.contracts.rules.windows import WindowKind
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierKind


@transaction.atomic
def add_contract(*, supplier_id: int, draft: ContractDraft, actor: User | None, now: datetime) -> Contract:
    """Write a draft. Raises Refusal (supplier.role, contract.warehouse, contract.number, contract.known,
    contract.dates, contract.notice, contract.cap, money.currency)."""
    directory.require_editor(actor)
    supplier = Supplier.objects.select_for_update().get(pk=supplier_id)
    if supplier.kind == SupplierKind.WAREHOUSE:
        raise Refusal("contract.warehouse", _("A warehouse of our own needs no contract with us."))
    _check(draft)
    _refuse_known(supplier_id, draft.number, besides=0)
    contract = Contract.objects.create(supplier=supplier, **asdict(draft))
    _tell("contract.create", contract, actor, now)
    return contract


@transaction.atomic
def change_contract(
    *, contract_id: int, version: int, draft: ContractDraft, actor: User | None, now: datetime
) -> Contract:
    """Write what differs. Once it is active, only title, last day, notice, cap and note change, and the last day not
    back to one that is over. Raises Stale, and Refusal as add_contract does and (contract.fixed, contract.over)."""
    directory.require_editor(actor)
    contract = changing.lock(Contract.objects.all(), pk=contract_id, version=version)
    _check(draft)
    _refuse_known(contract.supplier_id, draft.number, besides=contract_id)
    if contract.state != ContractState.DRAFT:
        _refuse_fixed(contract, draft, timezone.localdate(now))
    changed = changing.apply(contract, asdict(draft))
    if changed:
        _tell("contract.change", contract, actor, now, **audit.changes(changed))
    return contract


@transaction.atomic
def activate_contract(*, contract_id: int, version: int, actor: User | None, now: datetime) -> Contract:
    """Both have signed: from now on its service levels are watched. Raises Stale and Refusal (supplier.role,
    contract.state)."""
    directory.require_editor(actor)
    contract = changing.lock(Contract.objects.all(), pk=contract_id, version=version)
    if contract.state != ContractState.DRAFT:
        raise Refusal("contract.state", _("This contract is no draft any more. Open it again."))
    changing.apply(contract, {"state": ContractState.ACTIVE.value})
    _tell("contract.activate", contract, actor, now)
    return contract


@transaction.atomic
def terminate_contract(
    *, contract_id: int, version: int, last_day: date, actor: User | None, now: datetime
) -> Contract:
    """Notice was given, by either side: it ends on that day. Windows until then are still judged.

    Raises Stale and Refusal (supplier.role, contract.state, contract.past, contract.later).
    """
    directory.require_editor(actor)
    contract = changing.lock(Contract.objects.all(), pk=contract_id, version=version)
    if contract.state != ContractState.ACTIVE:
        raise Refusal("contract.state", _("Only an active contract can be terminated."))
    if last_day < max(timezone.localdate(now), contract.valid_from):
        raise Refusal(
            "contract.past", _("That day is over, or before the contract begins. Enter a later one."), "last_day"
        )
    if contract.valid_until is not None and last_day > contract.valid_until:
        raise Refusal("contract.later", _("It ends by itself before that day. Enter an earlier one."), "last_day")
    changing.apply(contract, {"state": ContractState.TERMINATED.value, "terminated_on": last_day})
    _tell("contract.terminate", contract, actor, now, last_day=last_day.isoformat())
    return contract


@transaction.atomic
def add_level(*, contract_id: int, draft: LevelDraft, actor: User | None, now: datetime) -> ServiceLevel:
    """Write down a promise. Raises Refusal (supplier.role, level.ended, level.dates, level.compared, level.target,
    level.window, level.minimum, level.grace, level.curve, level.cap)."""
    directory.require_editor(actor)
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    if contract.state == ContractState.TERMINATED:
        raise Refusal("level.ended", _("This contract was terminated, so nothing new is promised in it."))
    _check_level(contract, draft)
    level = ServiceLevel.objects.create(contract=contract, **_columns(contract, draft))
    _tell("level.create", contract, actor, now, level=level.pk, metric=draft.metric.value)
    return level


@transaction.atomic
def change_level(*, level_id: int, version: int, draft: LevelDraft, actor: User | None, now: datetime) -> ServiceLevel:
    """Write what differs, while the contract is a draft. Raises Stale, and Refusal as add_level does and
    (level.fixed)."""
    directory.require_editor(actor)
    level = changing.lock(ServiceLevel.objects.select_related("contract"), pk=level_id, version=version)
    # Held, so that nobody activates the contract meanwhile.
    contract = Contract.objects.select_for_update().get(pk=level.contract_id)
    if contract.state != ContractState.DRAFT:
        raise Refusal("level.fixed", _("Windows are judged by this already. End it, and add another one."))
    _check_level(contract, draft)
    changed = changing.apply(level, _columns(contract, draft))
    if changed:
        _tell("level.change", contract, actor, now, level=level_id, **audit.changes(changed))
    return level


@transaction.atomic
def end_level(*, level_id: int, version: int, last_day: date, actor: User | None, now: datetime) -> ServiceLevel:
    """It counts until that day. Raises Stale and Refusal (supplier.role, level.past)."""
    directory.require_editor(actor)
    level = changing.lock(ServiceLevel.objects.select_related("contract"), pk=level_id, version=version)
    is_over = level.applies_until is not None and level.applies_until < timezone.localdate(now)
    if is_over or last_day < max(timezone.localdate(now), level.applies_from):
        raise Refusal("level.past", _("What is over stays as it is. Enter today or a later day."), "last_day")
    changed = changing.apply(level, {"applies_until": last_day})
    if changed:
        _tell("level.end", level.contract, actor, now, level=level_id, last_day=last_day.isoformat())
    return level


def _check(draft: ContractDraft) -> None:
    if not draft.number:
        raise Refusal("contract.number", _("Enter the number that stands on the contract."), "number")
    if draft.valid_until is not None and draft.valid_until < draft.valid_from:
        raise Refusal("contract.dates", _("The last day is before the first. Swap them."), "valid_until")
    if not 0 <= draft.notice_days <= LONGEST_NOTICE:
        raise Refusal("contract.notice", _("Enter from 0 to 730 days."), "notice_days")
    if draft.liability_cap is not None and not 0 < draft.liability_cap <= LARGEST_AMOUNT:
        raise Refusal("contract.cap", _("Enter an amount above zero, or leave it empty."), "liability_cap")
    try:
        currency_exponent(draft.currency)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, "currency") from refusal


def _refuse_known(supplier_id: int, number: str, *, besides: int) -> None:
    if Contract.objects.filter(supplier_id=supplier_id, number=number).exclude(pk=besides).exists():
        raise Refusal("contract.known", _("This supplier has a contract with that number. Open that one."), "number")


def _refuse_fixed(contract: Contract, draft: ContractDraft, today: date) -> None:
    for name in ("number", "valid_from", "currency"):
        if getattr(contract, name) != getattr(draft, name):
            raise Refusal("contract.fixed", _("This stays as it was signed. Add a new contract instead."), name)
    if contract.valid_until == draft.valid_until:
        return
    is_over = contract.last_day is not None and contract.last_day < today
    if is_over or (draft.valid_until is not None and draft.valid_until < today):
        raise Refusal("contract.over", _("What is over stays as it is. Enter today or a later day."), "valid_until")


def _check_level(contract: Contract, draft: LevelDraft) -> None:
    """Raise Refusal for what cannot be judged."""
    starts = draft.applies_from or contract.valid_from
    is_share = draft.metric in SHARES
    checks: tuple[tuple[bool, str, str, str], ...] = (
        (starts >= contract.valid_from, "level.dates", _("It cannot apply before the contract does."), "applies_from"),
        (COMPARED[draft.metric] == draft.comparison, "level.compared",
         _("That way round a better supplier would miss it. Choose the other comparison."), "comparison"),
        (0 <= draft.target <= (100 if is_share else LARGEST_TARGET), "level.target",
         _("Enter a target from 0 to 100.") if is_share else _("Enter a target of 0 or more."), "target"),
        (_days_fit(draft), "level.window", _("Enter from 7 to 366 days for a window that is counted in days."),
         "window_days"),
        (draft.minimum >= 1, "level.minimum", _("Enter 1 or more."), "minimum"),
        (0 <= draft.early_days <= LONGEST_GRACE and 0 <= draft.late_days <= LONGEST_GRACE, "level.grace",
         _("Enter from 0 to 60 days."), "late_days"),
        (draft.cap is None or 0 < draft.cap <= LARGEST_AMOUNT, "level.cap",
         _("Enter an amount above zero, or leave it empty."), "cap"),
    )  # fmt: skip
    for is_right, code, sentence, field in checks:
        if not is_right:
            raise Refusal(code, sentence, field)
    if problem := penalties.problem(draft.curve):
        raise Refusal("level.curve", _curve_sentence(problem), "curve")


def _curve_sentence(problem: str) -> str:
    sentences = {
        "none": _("Say what missing it costs: at least one rate."),
        "many": _("Use at most 12 steps."),
        "rate": _("A rate is above zero. Correct it."),
        "percent": _("More than 100 % of the value cannot be asked for. Correct the rate."),
        "order": _("Steps rise: more missed points, and a higher rate. Put them in order."),
    }
    return sentences[problem]


def _days_fit(draft: LevelDraft) -> bool:
    if draft.window is not WindowKind.DAYS:
        return draft.window_days is None
    return draft.window_days is not None and windows.SHORTEST_DAYS <= draft.window_days <= windows.LONGEST_DAYS


def _columns(contract: Contract, draft: LevelDraft) -> dict[str, Any]:
    return {
        "clause": draft.clause,
        "metric": draft.metric.value,
        "comparison": draft.comparison.value,
        "target": draft.target,
        "window": draft.window.value,
        "window_days": draft.window_days,
        "minimum": draft.minimum,
        "early_days": draft.early_days,
        "late_days": draft.late_days,
        "penalty": draft.curve.body(),
        "cap": draft.cap,
        "applies_from": draft.applies_from or contract.valid_from,
    }


def _tell(verb: str, contract: Contract, actor: User | None, now: datetime, **detail: Any) -> None:
    audit.record(
        actor=actor, verb=verb, subject=f"supplier:{contract.supplier_id}", now=now, contract=contract.pk,
        number=contract.number, **detail,
    )  # fmt: skip
