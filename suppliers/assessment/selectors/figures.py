"""One line a supplier as of any day, worked out anew and not stored: for the command and for comparing with others."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from suppliers.assessment.models import Standing
from suppliers.assessment.rules.policy import Policy
from suppliers.assessment.rules.scoring import Score, score
from suppliers.assessment.rules.standing import Held, Verdict, judge, outlives
from suppliers.assessment.selectors import scorecards
from suppliers.directory.models import Supplier
from suppliers.performance import selectors as performance
from suppliers.performance.rules.estimates import Share
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope

_NO_LINES = Share(0, 0, None, None, None)


@dataclass(frozen=True, slots=True)
class Figures:
    """on_time: the lines that were due, all of them whatever the windows of the policy; late = n − hits."""

    supplier: Supplier
    on_time: Share
    found: Score
    standing: str
    consequence: str


def figures(policy: Policy, *, day: date, codes: Collection[str] = ()) -> list[Figures]:
    """Return a line for each ranked supplier, by code; codes: only these, when given.

    The standing is the one that follows on that day from what is stored until then, and without anything stored from
    the score alone.
    """
    rows = scorecards.ranked().order_by("code")
    if codes:
        rows = rows.filter(code__in=codes)
    suppliers = list(rows)
    ids = [one.pk for one in suppliers]
    inputs = scorecards.inputs(policy, day=day, supplier_ids=ids)
    lines = performance.delivery(Scope(day, None, ids), window=Window(policy.early_days, policy.late_days))
    stored = {row.supplier_id: row for row in Standing.objects.filter(supplier_id__in=ids, scored_on__lte=day)}
    found = []
    for one in suppliers:
        result = score(policy, inputs[one.pk], day=day)
        row = stored.get(one.pk)
        held = Held(row.standing, row.band, row.better_since, row.better_band) if row else None
        verdict = judge(policy, result, held, day=day)
        measures = lines.get(one.pk)
        on_time = measures.on_time if measures else _NO_LINES
        consequence = row.override if row is not None and _still_decided(row, verdict, day) else verdict.consequence
        found.append(Figures(one, on_time, result, verdict.held.standing, consequence))
    return found


def _still_decided(row: Standing, verdict: Verdict, day: date) -> bool:
    """True when what a person decided about the stored standing holds on the day with the one that follows then."""
    is_same = (row.standing, row.consequence) == (verdict.held.standing, verdict.consequence)
    return row.is_overridden(day) and (is_same or outlives(row.override, verdict.consequence))
