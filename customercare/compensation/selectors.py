"""Reads: the value rule in SQL, and what a budget has left."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, models
from django.db.models import Sum

from customercare.compensation.models import Budget, BudgetEntry
from customercare.compensation.rules import Basis, ValueRule


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget's money. left is what may still be reserved."""

    limit: Decimal
    reserved: Decimal
    committed: Decimal
    currency: str

    @property
    def left(self) -> Decimal:
        return self.limit - self.reserved - self.committed


# The columns that may stand in for the order's total; names, never values, come from this list.
_PERCENT_OF = {
    "total": "least(round(greatest(total, 0) * %s / 100, %s), %s)",
    "o.total": "least(round(greatest(o.total, 0) * %s / 100, %s), %s)",
}


_OTHER_CURRENCY = """
SELECT count(*) FROM orders_order WHERE id = ANY(string_to_array(%s, ',')::bigint[]) AND currency <> %s
"""


def amount_sql(rule: ValueRule, *, total: str = "o.total") -> tuple[str, list[Decimal | int | None]]:
    """The rule as an SQL expression over the order's total, with its parameters: equal to `rules.amount_for`.

    total: "total" or "o.total". For use inside one INSERT … SELECT over any number of orders.
    """
    if rule.basis is Basis.FLAT:
        return "least(%s::numeric, %s::numeric)", [rule.value, rule.cap]
    return _PERCENT_OF[total], [rule.value, rule.exponent, rule.cap]


def other_currency(*, order_ids: Sequence[int], currency: str) -> int:
    """How many of these orders were paid in another currency: a rule in this one cannot pay them."""
    with connection.cursor() as cursor:
        cursor.execute(_OTHER_CURRENCY, [",".join(map(str, order_ids)), currency])
        return int(cursor.fetchone()[0])


def budget_state(*, budget_id: int) -> BudgetState:
    """One budget's money now. Raises Budget.DoesNotExist."""
    budget = Budget.objects.get(pk=budget_id)
    return BudgetState(budget.limit_amount, budget.reserved, budget.committed, budget.currency)


def reserved_for(*, budget_id: int, cause_ref: str) -> Decimal:
    """What this cause has reserved and neither committed nor released."""
    signed = models.Case(
        models.When(kind=BudgetEntry.Kind.RESERVE, then=models.F("amount")), default=-models.F("amount")
    )
    entries = BudgetEntry.objects.filter(budget_id=budget_id, cause_ref=cause_ref)
    return Decimal(entries.aggregate(left=Sum(signed, default=Decimal(0)))["left"])
