"""How much hangs on one supplier, and whether stock lasts until another delivers."""

from collections.abc import Collection, Sequence
from decimal import ROUND_DOWN, Decimal

NO_DEMAND = None
# Beyond it the end of stock is no date that anybody plans by.
LONGEST_COVER = Decimal(3650)


def shares(quantities: Sequence[Decimal]) -> list[Decimal]:
    """Return each part of the whole, from 0 to 1; all 0 when the whole is nothing."""
    whole = sum(quantities, Decimal(0))
    return [one / whole if whole else Decimal(0) for one in quantities]


def hhi(quantities: Sequence[Decimal]) -> Decimal | None:
    """Return Σ share²: 1 for a single source, 1/n for n equal ones, None when nothing is bought.

    A. O. Hirschman (1945), "National power and the structure of foreign trade"; O. C. Herfindahl (1950).
    """
    if not any(quantities):
        return None
    return sum((share * share for share in shares(quantities)), Decimal(0))


def is_single_source(active_suppliers: int) -> bool:
    """True when one supplier alone can be ordered from."""
    return active_suppliers == 1


def days_to_survive(*, stock: Decimal, daily_demand: Decimal) -> Decimal | None:
    """Return TTS, the days of cover; None without demand: it never runs out."""
    return stock / daily_demand if daily_demand > 0 else NO_DEMAND


def days_left(cover: Decimal, *, age: int) -> Decimal:
    """Return TTS of days of cover that were reported so many days ago: since then they were sold from."""
    return max(cover - max(age, 0), Decimal(0))


def kept_days(*, stock: Decimal, daily_demand: Decimal) -> Decimal | None:
    """Return TTS as it is kept, in tenths of a day; None when stock lasts longer than anybody plans."""
    days = days_to_survive(stock=stock, daily_demand=daily_demand)
    if days is None or days > LONGEST_COVER:
        return None
    return days.quantize(Decimal("0.1"), rounding=ROUND_DOWN)


def days_to_recover(leads: Collection[int]) -> int | None:
    """Return TTR, the days until the quickest ready backup delivers (its lead time p90); None when there is none."""
    return min(leads, default=None)


def at_risk(*, survive: Decimal | None, recover: int | None) -> bool:
    """True when stock ends before a backup delivers (TTS < TTR). What never runs out is not at risk.

    D. Simchi-Levi, W. Schmidt, Y. Wei (2014), "From superstorms to factory fires", Harvard Business Review 92.
    """
    if survive is None:
        return False
    return recover is None or survive < recover
