"""From counts to measures: the delivery and the quality of one supplier, each with n and an interval."""

from collections.abc import Iterable
from dataclasses import dataclass

from suppliers.performance.rules.durations import Quantile, quantiles
from suppliers.performance.rules.estimates import Estimate, Share, deviation, mean, share
from suppliers.performance.rules.lines import Tally


@dataclass(frozen=True, slots=True)
class DeliveryMeasures:
    """How a supplier delivers. Days are calendar days; negative days late are early.

    otif: lines due that came whole inside the window, against the first promise; the never-delivered are in n.
    late: lines due that were whole after the first promise or still are not; early is on time. on_time: the rest.
    lead_mean, lead_deviation: of whole lines only; the quantiles also know of the lines that are still open.
    """

    otif: Share
    late: Share
    on_time: Share
    days_late_p50: Quantile
    days_late_p90: Quantile
    lead_mean: Estimate
    lead_deviation: Estimate
    lead_p50: Quantile
    lead_p90: Quantile
    promise_changes: Estimate


@dataclass(frozen=True, slots=True)
class LotCounts:
    """What inspections of incoming lots came to. units: checked, in lots where both numbers are captured."""

    lots: int = 0
    rejected: int = 0
    lots_unknown: int = 0
    units: int = 0
    defective: int = 0


@dataclass(frozen=True, slots=True)
class QualityMeasures:
    """lots: the share rejected. units: the share defective, whose per_million is PPM; high is the upper bound.

    Units count as independent of one another; defects of one batch rarely are, and then the true interval is wider.
    """

    lots: Share
    units: Share


@dataclass(frozen=True, slots=True)
class Lot:
    """One inspected lot; None is not captured."""

    rejected: bool | None = None
    checked: int | None = None
    defective: int | None = None


def delivery(counts: Tally) -> DeliveryMeasures:
    """Return every delivery measure of the counted lines."""
    due = counts.lateness.n
    late = sum(counts.late_open.values()) + sum(n for days, n in counts.late_ended.items() if days > 0)
    whole, unknown = counts.in_full[True], counts.late_unknown
    late_p50, late_p90 = quantiles(counts.lateness, (0.5, 0.9))
    lead_p50, lead_p90 = quantiles(counts.lead, (0.5, 0.9))
    return DeliveryMeasures(
        otif=share(whole, whole + counts.in_full[False], unknown=counts.in_full[None]),
        late=share(late, due, unknown=unknown),
        on_time=share(due - late, due, unknown=unknown),
        days_late_p50=late_p50,
        days_late_p90=late_p90,
        lead_mean=mean(counts.lead_ended),
        lead_deviation=deviation(counts.lead_ended),
        lead_p50=lead_p50,
        lead_p90=lead_p90,
        promise_changes=mean(counts.changes),
    )


def count_lots(lots: Iterable[Lot]) -> LotCounts:
    """Count inspected lots."""
    every = list(lots)
    told = [lot.rejected for lot in every if lot.rejected is not None]
    units = [(lot.checked, lot.defective) for lot in every if lot.checked is not None and lot.defective is not None]
    return LotCounts(
        lots=len(told),
        rejected=sum(told),
        lots_unknown=len(every) - len(told),
        units=sum(checked for checked, _defective in units),
        defective=sum(defective for _checked, defective in units),
    )


def quality(counts: LotCounts) -> QualityMeasures:
    """Return the reject rate and the share of defective units."""
    return QualityMeasures(
        lots=share(counts.rejected, counts.lots, unknown=counts.lots_unknown),
        units=share(counts.defective, counts.units),
    )
