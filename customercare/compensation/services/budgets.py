"""The budget ledger: reserve before the yes, commit when vouchers exist, release what was not needed.

The verdict is the row count of one guarded UPDATE; the key makes each act happen once.
"""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from backoffice.kernel.numbers import currency_exponent
from backoffice.kernel.roles import Capability
from customercare.compensation import selectors
from customercare.compensation.models import Budget, BudgetEntry


@transaction.atomic
def open_budget(
    *, store: Store, name: str, currency: str, limit_amount: Decimal, actor: User | None, now: datetime
) -> Budget:
    """A new budget. actor None is the system.

    Raises Refusal (budget.role, budget.limit, budget.name, money.currency).
    """
    _check_role(actor)
    currency_exponent(currency)
    if limit_amount < 0:
        raise Refusal("budget.limit", _("A budget is 0 or more. Enter the amount without a minus."), "limit_amount")
    try:
        with transaction.atomic():
            budget = Budget.objects.create(store=store, name=name, currency=currency, limit_amount=limit_amount)
    except IntegrityError as error:
        raise Refusal("budget.name", _("This store has a budget of that name. Choose another."), "name") from error
    audit.record(actor=actor, verb="budget.open", subject=f"budget:{budget.pk}", now=now, limit=str(limit_amount))
    return budget


@transaction.atomic
def set_limit(*, budget_id: int, limit_amount: Decimal, actor: User | None, now: datetime) -> None:
    """Raise or lower a budget, never under what is spoken for. Raises Refusal (budget.role, budget.limit)."""
    _check_role(actor)
    changed = Budget.objects.filter(pk=budget_id, reserved__lte=limit_amount - F("committed")).update(
        limit_amount=limit_amount
    )
    if not changed:
        state = selectors.budget_state(budget_id=budget_id)
        raise Refusal(
            "budget.limit",
            _("%(used)s of this budget is spoken for. Choose at least that much.")
            % {"used": _shown(state.reserved + state.committed, state.currency)},
            "limit_amount",
        )
    audit.record(actor=actor, verb="budget.limit", subject=f"budget:{budget_id}", now=now, limit=str(limit_amount))


@transaction.atomic
def reserve(
    *, budget_id: int, amount: Decimal, cause_ref: str, key: str, drill: bool, actor_ref: str, now: datetime
) -> None:
    """Set money aside for a cause, once per key. A drill changes nothing. Raises Refusal (budget.short)."""
    entry = BudgetEntry(
        budget_id=budget_id, kind="reserve", amount=amount, cause_ref=cause_ref, key=key, actor_ref=actor_ref, at=now
    )
    if drill or not _note(entry):
        return
    if not _take(budget_id, amount):
        state = selectors.budget_state(budget_id=budget_id)
        raise Refusal(
            "budget.short",
            _("Budget has %(left)s left, this needs %(amount)s.")
            % {"left": _shown(state.left, state.currency), "amount": _shown(amount, state.currency)},
        )


@transaction.atomic
def commit(
    *, budget_id: int, amount: Decimal, cause_ref: str, key: str, drill: bool, actor_ref: str, now: datetime
) -> None:
    """Turn a cause's reserve into spent money, once per key. A drill changes nothing.

    Raises Refusal (budget.not_reserved).
    """
    entry = BudgetEntry(
        budget_id=budget_id, kind="commit", amount=amount, cause_ref=cause_ref, key=key, actor_ref=actor_ref, at=now
    )
    if drill or not _note(entry):
        return
    committed = Budget.objects.filter(pk=budget_id, reserved__gte=amount).update(
        reserved=F("reserved") - amount, committed=F("committed") + amount
    )
    _check_reserve(bool(committed), budget_id, cause_ref, amount)


@transaction.atomic
def release(
    *, budget_id: int, amount: Decimal, cause_ref: str, key: str, drill: bool, actor_ref: str, now: datetime
) -> None:
    """Give back what a cause reserved and did not need, once per key. A drill changes nothing. Raises as `commit`."""
    entry = BudgetEntry(
        budget_id=budget_id, kind="release", amount=amount, cause_ref=cause_ref, key=key, actor_ref=actor_ref, at=now
    )
    if drill or not _note(entry):
        return
    released = Budget.objects.filter(pk=budget_id, reserved__gte=amount).update(reserved=F("reserved") - amount)
    _check_reserve(bool(released), budget_id, cause_ref, amount)


def _check_role(actor: User | None) -> None:
    if actor is not None and not actor.can(Capability.MANAGE_SETTINGS):
        raise Refusal("budget.role", _("Your role may not change budgets. Ask an admin."))


def _take(budget_id: int, amount: Decimal) -> bool:
    """The guard: check and change are one statement, so two of them cannot both see the same money."""
    room = Budget.objects.filter(pk=budget_id, limit_amount__gte=F("reserved") + F("committed") + amount)
    return bool(room.update(reserved=F("reserved") + amount))


def _note(entry: BudgetEntry) -> bool:
    """Write the ledger line; False when its key was used before, or nothing is to be moved.

    Raises Refusal (budget.key_reused) when the key stood for something else.
    """
    if entry.amount == 0:
        return False
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        known = BudgetEntry.objects.filter(key=entry.key).first()
        if known is None:
            raise
        if _meaning(known) != _meaning(entry):
            raise Refusal(
                "budget.key_reused", _("This key was used for another booking. Book again with a new one.")
            ) from None
        return False
    return True


def _meaning(entry: BudgetEntry) -> tuple[int, str, Decimal, str]:
    return entry.budget_id, entry.kind, entry.amount, entry.cause_ref


def _check_reserve(moved: bool, budget_id: int, cause_ref: str, amount: Decimal) -> None:
    """After the UPDATE the budget's row is locked, so the sum over the cause's lines is final; this one included."""
    left = selectors.reserved_for(budget_id=budget_id, cause_ref=cause_ref)
    if moved and left >= 0:
        return
    currency = selectors.budget_state(budget_id=budget_id).currency
    raise Refusal(
        "budget.not_reserved",
        _("%(left)s is reserved for this, and it needs %(amount)s. Reserve the rest first.")
        % {"left": _shown(left + amount, currency), "amount": _shown(amount, currency)},
    )


def _shown(amount: Decimal, currency: str) -> str:
    return f"{amount:.{min(currency_exponent(currency), 2)}f}"
