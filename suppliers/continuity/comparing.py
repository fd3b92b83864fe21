"""What a set of exposures would change of what its source told before."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from suppliers.continuity.models import Exposure
from suppliers.continuity.rules import cover
from suppliers.continuity.rules.switches import ExposureDraft
from suppliers.continuity.selectors import exposures
from suppliers.performance import references
from suppliers.performance.chains import Compared, Verdict

_CENT = Decimal("0.01")
# Stock is not kept: it is known again by the days that it lasts.
_TOLD = ("open_quantity", "open_orders", "order_lines", "currency")


def key_of(draft: ExposureDraft) -> str:
    """By what a row is known."""
    return f"{draft.supplier_code} {draft.sku}"


def missing(drafts: Sequence[ExposureDraft], *, create: Collection[str]) -> dict[int, list[tuple[str, str]]]:
    """The field and the reason of each supplier and product that is not there, by the place of its draft."""
    return references.unknown(drafts, create=create)


def compare(drafts: Sequence[ExposureDraft], *, source: str) -> list[Compared[ExposureDraft]]:
    """Say what each draft would do, in their order. One query, however many."""
    standing = exposures.by_pair(source)
    return [Compared(_verdict(draft, standing.get((draft.supplier_code, draft.sku))), draft) for draft in drafts]


def _verdict(draft: ExposureDraft, row: Exposure | None) -> Verdict:
    if row is None:
        return Verdict.NEW
    same = all(getattr(draft, name) == getattr(row, name) for name in _TOLD)
    same = same and draft.revenue == row.revenue and draft.daily_demand.quantize(_CENT) == row.daily_demand
    days = cover.kept_days(stock=draft.stock, daily_demand=draft.daily_demand)
    return Verdict.SAME if same and days == row.cover_days else Verdict.CHANGED


def gone(keys: Collection[str], *, source: str) -> int:
    """How many rows of the source are known by none of these keys."""
    return sum(f"{supplier} {sku}" not in keys for supplier, sku in exposures.by_pair(source))
