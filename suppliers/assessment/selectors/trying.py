"""What another policy would change, tried over everything that is known today. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from suppliers.assessment.models import Standing
from suppliers.assessment.rules.policy import Policy
from suppliers.assessment.rules.scoring import score
from suppliers.assessment.rules.standing import Held, Verdict, judge
from suppliers.assessment.selectors import scorecards
from suppliers.directory.models import Supplier

PORTION = 1_000


@dataclass(frozen=True, slots=True)
class Moved:
    """One supplier that would stand elsewhere at once, or whose orders would be treated otherwise. was_total, total:
    its score now and then, None for not enough data."""

    supplier: Supplier
    was: str
    was_consequence: str
    was_total: float | None
    standing: str
    consequence: str
    total: float | None


@dataclass(frozen=True, slots=True)
class Tried:
    """looked_at: suppliers that have a score or would have one. rescored: whose total would differ by a tenth or more.
    rising: who would start to rise, and stand higher once that lasts."""

    looked_at: int
    moved: list[Moved]
    rescored: int
    rising: int


def try_out(policy: Policy, *, day: date) -> Tried:
    """Score every supplier under the policy as of the day, beside where each one stands.

    In portions of a thousand, each in a fixed number of statements.
    """
    suppliers = list(scorecards.ranked().only("id", "code", "name").order_by("code"))
    found = Tried(len(suppliers), [], 0, 0)
    for start in range(0, len(suppliers), PORTION):
        part = _portion(policy, suppliers[start : start + PORTION], day)
        found = Tried(
            found.looked_at, found.moved + part.moved, found.rescored + part.rescored, found.rising + part.rising
        )
    return found


def _portion(policy: Policy, suppliers: Sequence[Supplier], day: date) -> Tried:
    ids = [one.pk for one in suppliers]
    inputs = scorecards.inputs(policy, day=day, supplier_ids=ids)
    rows = Standing.objects.filter(supplier__in=ids).select_related("scorecard").defer("scorecard__inputs")
    standings = {row.supplier_id: row for row in rows.defer("scorecard__result", "scorecard__explanation")}
    moved, rescored, rising = [], 0, 0
    for supplier in suppliers:
        row = standings.get(supplier.pk)
        result = score(policy, inputs[supplier.pk], day=day)
        before = Held(row.standing, row.band, row.better_since, row.better_band) if row else None
        verdict = judge(policy, result, before, day=day)
        was_total = float(row.scorecard.total) if row and row.scorecard.total is not None else None
        rescored += was_total != result.total
        rising += bool(verdict.held.better_band) and not (row and row.better_band)
        if row is not None and (row.standing, row.consequence) != (verdict.held.standing, verdict.consequence.value):
            moved.append(_moved(supplier, row, was_total, verdict, result.total))
    return Tried(len(suppliers), moved, rescored, rising)


def _moved(supplier: Supplier, row: Standing, was_total: float | None, verdict: Verdict, total: float | None) -> Moved:
    return Moved(
        supplier=supplier,
        was=row.standing,
        was_consequence=row.consequence,
        was_total=was_total,
        standing=verdict.held.standing,
        consequence=verdict.consequence.value,
        total=total,
    )
