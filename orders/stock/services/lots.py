"""Lots: whose units move when nobody names them. The level must be held, so that two never take the same ones."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from orders.stock import rules
from orders.stock.models import StockLevel, StockLot
from orders.stock.rules import LotStock

LotKey = tuple[int, int | None, str, date | None]


def ensure(wanted: Collection[LotKey], *, now: datetime) -> dict[LotKey, int]:
    """Ids of lots by (level, supplier, number, best before), made where they are missing."""
    if not wanted:
        return {}
    StockLot.objects.bulk_create(
        [
            StockLot(level_id=level, supplier_id=supplier, number=number, expires_on=expires, received_at=now)
            for level, supplier, number, expires in sorted(set(wanted), key=str)
        ],
        ignore_conflicts=True,
    )
    rows = StockLot.objects.filter(level__in={key[0] for key in wanted})
    return {(row.level_id, row.supplier_id, row.number, row.expires_on): row.pk for row in rows}


def of(levels: Collection[int]) -> dict[int, list[LotStock]]:
    """What is left of each lot, by level."""
    found: defaultdict[int, list[LotStock]] = defaultdict(list)
    for row in StockLot.objects.filter(level__in=levels, quantity__gt=0).order_by("id"):
        found[row.level_id].append(LotStock(row.pk, row.quantity, row.expires_on))
    return found


def spread_gaps(gaps: Mapping[int, int], held: Mapping[int, StockLevel]) -> list[tuple[int, int | None, int]]:
    """(level, lot, units) for what a count found more (loose units) or fewer (loose ones first, then the oldest)."""
    known = of([level for level, units in gaps.items() if units < 0])
    found: list[tuple[int, int | None, int]] = []
    for level, units in sorted(gaps.items()):
        if units >= 0:
            found.append((level, None, units))
            continue
        own = known.get(level, [])
        loose = held[level].on_hand - sum(lot.quantity for lot in own)
        found += [(level, lot_id, -gone) for lot_id, gone in rules.lost(-units, own, loose=loose)]
    return found


def leave(
    wanted: Mapping[int, int], held: Mapping[int, StockLevel], *, now: datetime
) -> list[tuple[int, int | None, int]]:
    """(level, lot, units) for what leaves the house: what spoils first goes first, and what is spoilt stays.

    wanted: units by level. Raises Refusal (stock.spoilt) when the rest is not enough.
    """
    known = of(list(wanted))
    found: list[tuple[int, int | None, int]] = []
    for level, units in sorted(wanted.items()):
        own = known.get(level, [])
        loose = held[level].on_hand - sum(lot.quantity for lot in own)
        taken = rules.first_expired_first_out(units, own, loose=loose, today=timezone.localdate(now))
        if taken is None:
            raise Refusal(
                "stock.spoilt", _("Too many units there are past their day. Set them aside, and take others.")
            )
        found += [(level, lot_id, part) for lot_id, part in taken]
    return found
