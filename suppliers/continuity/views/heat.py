"""Which supplier can deliver which product, and how ready each is, as a matrix."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import formats, heatmaps
from backoffice.kernel.heatmaps import Cell, Line
from suppliers.continuity.rules.readiness import Lack
from suppliers.continuity.selectors.backups import Backup
from suppliers.continuity.selectors.coverage import Coverage, Covered
from suppliers.directory.models import Supplier

MOST_COLUMNS = 16
# What a primary supplier cannot have and still be relied on; being verified is for backups.
_STOPPED = {Lack.DEFAULTED, Lack.NOT_ACTIVE, Lack.PAPER_EXPIRED}


def shown(found: Coverage) -> dict[str, Any] | None:
    """The context of the picture; None where no product of the page has a supplier."""
    columns = _columns(found.rows)
    if not columns:
        return None
    title = title_of(found)
    lines = [Line(row.product.sku, _cells(row, columns)) for row in found.rows]
    return {"title": title, "chart": heatmaps.matrix(lines, [one.code for one in columns], label=title)}


def _columns(rows: Sequence[Covered]) -> list[Supplier]:
    """The suppliers that sell most of the products, by code."""
    by_id = {one.item.supplier_id: one.item.supplier for row in rows for one in row.backups}
    sells = Counter(one.item.supplier_id for row in rows for one in row.backups)
    most = sorted(by_id.values(), key=lambda supplier: (-sells[supplier.pk], supplier.code))[:MOST_COLUMNS]
    return sorted(most, key=lambda supplier: supplier.code)


def _cells(row: Covered, columns: Sequence[Supplier]) -> list[Cell | None]:
    offers = {one.item.supplier_id: _cell(row.product.sku, one) for one in row.backups}
    return [offers.get(supplier.pk) for supplier in columns]


def title_of(found: Coverage) -> str:
    """The finding in one sentence, of the products on this page."""
    ready, single = sum(row.has_ready for row in found.rows), sum(row.is_single for row in found.rows)
    covered = ngettext(
        "%(ready)s of %(n)s products has a ready backup", "%(ready)s of %(n)s products have a ready backup", ready
    ) % {"ready": formats.number(ready), "n": formats.number(len(found.rows))}
    alone = ngettext("%(n)s hangs on one supplier", "%(n)s hang on one supplier", single) % {
        "n": formats.number(single)
    }
    return f"{covered}; {alone}"


def _cell(sku: str, one: Backup) -> Cell:
    code, rank = one.item.supplier.code, str(one.item.rank or "·")
    if one.item.rank == 1:
        if _STOPPED & set(one.readiness.lacks):
            return Cell(0.0, "✕", "stopped", _("%(sku)s: %(code)s is first, and stopped") % _named(sku, code))
        return Cell(100.0, rank, "primary", _("%(sku)s: %(code)s is first") % _named(sku, code))
    score, share = one.readiness.score, one.readiness.coverage
    given = _named(sku, code) | {
        "rank": rank,
        "points": formats.EMPTY if score is None else formats.number(round(score)),
        "share": formats.percent(share),
    }
    # What nobody knows fills nothing: full is only what was verified and is good.
    level = None if score is None else score * share
    if one.is_ready:
        words = _("%(sku)s: %(code)s is backup %(rank)s, ready, %(points)s of 100, %(share)s known") % given
        return Cell(level, rank, "ready", words)
    words = _("%(sku)s: %(code)s is backup %(rank)s, not ready, %(points)s of 100, %(share)s known") % given
    return Cell(level, f"{rank}?" if score is None else rank, "not-ready", words)


def _named(sku: str, code: str) -> dict[str, str]:
    return {"sku": sku, "code": code}
