"""Service levels: which windows wait to be judged, what their terms are, and how a window stands so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from backoffice.kernel.numbers import currency_exponent
from suppliers.contracts.models import Contract, ServiceLevel
from suppliers.contracts.rules import judging, windows
from suppliers.contracts.rules.claims import ContractState
from suppliers.contracts.rules.judging import Judgement, Terms
from suppliers.contracts.rules.measuring import SOURCES, Comparison, Metric, Source
from suppliers.contracts.rules.penalties import Basis
from suppliers.contracts.rules.rows import Facts, Scope, delivery_rows, rows_of
from suppliers.contracts.rules.windows import Span, WindowKind
from suppliers.contracts.selectors import facts as reading


@dataclass(frozen=True, slots=True)
class Standing:
    """A level, and its current window so far: None where today is in no window."""

    level: ServiceLevel
    span: Span | None
    found: Judgement | None


def watched(*, day: date) -> QuerySet[ServiceLevel]:
    """The levels of contracts that are or were in force, and had begun by a day."""
    rows = ServiceLevel.objects.filter(applies_from__lte=day, contract__valid_from__lte=day)
    return rows.exclude(contract__state=ContractState.DRAFT).select_related("contract__supplier").order_by("pk")


def begins(level: ServiceLevel) -> date:
    """The first day that counts."""
    return max(level.applies_from, level.contract.valid_from)


def grace(level: ServiceLevel) -> int:
    """Days after a window until all its promises are over; what is not promised needs none."""
    return level.late_days if SOURCES[Metric(level.metric)] is Source.DELIVERIES else 0


def spans(level: ServiceLevel, *, day: date) -> list[Span]:
    """Every window that can be judged on a day, the oldest first."""
    begin, end = begins(level), level.last_day
    if end is not None and end < begin:
        return []
    every = windows.windows(WindowKind(level.window), level.window_days, begin=begin, end=end, until=day)
    return windows.finished(every, late_days=grace(level), day=day)


def terms(level: ServiceLevel) -> Terms:
    """What was agreed, as the rules take it."""
    contract = level.contract
    return Terms(
        metric=Metric(level.metric),
        comparison=Comparison(level.comparison),
        target=level.target,
        minimum=level.minimum,
        early_days=level.early_days,
        late_days=level.late_days,
        curve=level.curve,
        cap=level.cap,
        currency=contract.currency,
        clause=level.clause,
        exponent=currency_exponent(contract.currency),
    )


def sources(levels: Iterable[ServiceLevel]) -> set[Source]:
    """Which facts are needed; what is due is, wherever a penalty is counted on it."""
    found = set()
    for level in levels:
        found.add(SOURCES[Metric(level.metric)])
        if level.curve.basis is Basis.VALUE:
            found.add(Source.DELIVERIES)
    return found


def judged(level: ServiceLevel, span: Span, facts: Facts, *, as_of: date | None = None) -> Judgement:
    """The verdict over a window, or over what is known of it so far on a day."""
    agreed = terms(level)
    day = as_of or windows.judged_on(span, late_days=grace(level))
    scope = Scope(span, day, level.early_days, grace(level))
    rows = rows_of(agreed.metric, facts, scope)
    is_of_lines = SOURCES[agreed.metric] is Source.DELIVERIES
    goods = rows if is_of_lines else delivery_rows(facts.lines, Scope(span, day))
    return judging.judge(agreed, rows, goods)


def so_far(contract: Contract, *, day: date) -> list[Standing]:
    """Each level of a contract with its current window, in a number of statements that does not grow."""
    found = list(contract.levels.order_by("pk"))
    for level in found:
        level.contract = contract
    now_in = {level.pk: _current(level, day) for level in found}
    running = [level for level in found if now_in[level.pk]]
    known = Facts()
    if running and contract.state == ContractState.ACTIVE:
        first = min(span.start for span in now_in.values() if span)
        known = reading.load([contract.supplier_id], Span(first, day), sources=sources(running))[contract.supplier_id]
    standings = []
    for level in found:
        span = now_in[level.pk]
        standings.append(Standing(level, span, judged(level, span, known, as_of=day) if span else None))
    return standings


def _current(level: ServiceLevel, day: date) -> Span | None:
    begin, end = begins(level), level.last_day
    if end is not None and end < begin:
        return None
    return windows.current(WindowKind(level.window), level.window_days, begin=begin, end=end, day=day)
