"""The arithmetic of stock: parts of what is there, which warehouse gives what, and which lot leaves first. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LARGEST_QUANTITY = 999_999
MOST_LINES = 500
KEY_LIMIT = 120
REF_LIMIT = 80
# The saved view that leaves nothing out.
ALL = "all"


class WarehouseKind(StrEnum):
    """Whose roof it is, and whether customers walk in."""

    OWN = "own"
    SHOP = "shop"
    PARTNER = "partner"


class Kind(StrEnum):
    """What a movement was. Each changes the counters in one way."""

    RECEIVE = "receive"
    COUNT = "count"
    RESERVE = "reserve"
    CONFIRM = "confirm"
    RELEASE = "release"
    EXPIRE = "expire"
    ALLOCATE = "allocate"
    UNALLOCATE = "unallocate"
    SHIP = "ship"
    QUARANTINE = "quarantine"
    ACCEPT = "accept"
    REJECT = "reject"
    SEND = "send"
    ARRIVE = "arrive"


class HoldState(StrEnum):
    """A hold is open until one of three things ends it, once."""

    HELD = "held"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    EXPIRED = "expired"


class TransferState(StrEnum):
    """Goods between two warehouses: written down, on the way, there."""

    DRAFT = "draft"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"


class StopReason(StrEnum):
    """Why an article is shown as unavailable."""

    LOW_BUFFER = "low_buffer"
    CAMPAIGN_CAP = "campaign_cap"
    MANUAL_STOP = "manual_stop"


@dataclass(frozen=True, slots=True)
class Deltas:
    """What a movement adds to each counter, in units; negative takes away."""

    on_hand: int = 0
    reserved: int = 0
    allocated: int = 0
    quarantine: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One movement that is wanted. key: unique for good. lot_id: whose units move, None when no lot is known.

    for_sale: the units leave what may be sold, so the buffer stays untouched; otherwise only what is free counts.
    """

    level_id: int
    deltas: Deltas
    key: str
    ref: str = ""
    lot_id: int | None = None
    for_sale: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything known about one article in one or several warehouses, in units."""

    on_hand: int = 0
    reserved: int = 0
    allocated: int = 0
    quarantine: int = 0
    buffer: int = 0
    sellable: int = 0
    in_transit: int = 0

    @property
    def available(self) -> int:
        """On hand − reserved − allocated − quarantine."""
        return self.on_hand - self.reserved - self.allocated - self.quarantine


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many units of an article. warehouse: a code, "" for wherever there is enough."""

    sku: str
    quantity: int
    warehouse: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A level that may give units: how many of them are sellable."""

    level_id: int
    sellable: int


@dataclass(frozen=True, slots=True)
class LotStock:
    """A lot as shipping sees it. expires_on: None never spoils."""

    lot_id: int
    quantity: int
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class StockFilter:
    """Which articles a list means: a saved view, and what narrows it. warehouse: a code."""

    view: str = ALL
    q: str = ""
    warehouse: str = ""

    def is_everything(self) -> bool:
        """Return True when nothing is left out."""
        return self == StockFilter()

    def is_view_alone(self) -> bool:
        """Return True when a saved view is shown as it is, with nothing to narrow it."""
        return self == StockFilter(view=self.view)


def sellable(*, available: int, buffer: int) -> int:
    """Units that may be sold in one warehouse: max(0, available − buffer)."""
    return max(0, available - buffer)


def merged(lines: Iterable[Wanted]) -> list[Wanted]:
    """The same wish with one line an article and warehouse, in a fixed order."""
    sums: dict[tuple[str, str], int] = {}
    for line in lines:
        sums[line.sku, line.warehouse] = sums.get((line.sku, line.warehouse), 0) + line.quantity
    return [Wanted(sku, quantity, warehouse) for (sku, warehouse), quantity in sorted(sums.items())]


def spread(quantity: int, sources: Sequence[Source]) -> dict[int, int] | None:
    """Which level gives how many units, or None when they do not have enough together.

    The first that has all of it gives all, so that one parcel leaves one house; else the fullest give first.
    """
    whole = next((one for one in sources if one.sellable >= quantity), None)
    if whole is not None:
        return {whole.level_id: quantity}
    taken: dict[int, int] = {}
    for one in sorted(sources, key=lambda source: (-source.sellable, source.level_id)):
        if part := min(one.sellable, quantity):
            taken[one.level_id] = part
            quantity -= part
    return taken if quantity == 0 else None


def first_expired_first_out(
    quantity: int, lots: Sequence[LotStock], *, loose: int, today: date
) -> list[tuple[int | None, int]] | None:
    """Which lots give how many units: those that spoil first, then those that never do, then loose units.

    loose: units of no known lot, named None in the answer. What is past its day does not leave: None when the rest
    is not enough.
    """
    fresh = [lot for lot in lots if lot.expires_on is None or lot.expires_on >= today]
    fresh.sort(key=lambda lot: (lot.expires_on is None, lot.expires_on or today, lot.lot_id))
    taken: list[tuple[int | None, int]] = []
    supply: list[tuple[int | None, int]] = [*((lot.lot_id, lot.quantity) for lot in fresh), (None, loose)]
    for lot_id, there in supply:
        if part := min(there, quantity):
            taken.append((lot_id, part))
            quantity -= part
    return taken if quantity == 0 else None


def lost(quantity: int, lots: Sequence[LotStock], *, loose: int) -> list[tuple[int | None, int]]:
    """Which lots a count that found less takes the missing units from: loose ones first, then what spoils first.

    quantity: at most what lots and loose units hold together.
    """
    oldest = sorted(lots, key=lambda lot: (lot.expires_on is None, lot.expires_on or date.max, lot.lot_id))
    taken: list[tuple[int | None, int]] = []
    supply: list[tuple[int | None, int]] = [(None, loose), *((lot.lot_id, lot.quantity) for lot in oldest)]
    for lot_id, there in supply:
        if part := min(there, quantity):
            taken.append((lot_id, part))
            quantity -= part
    return taken


def is_open(*, opens_on: date | None, closes_on: date | None, today: date) -> bool:
    """Whether a warehouse gives and takes goods on a day; closes_on is the first day on which it does not."""
    return (opens_on is None or opens_on <= today) and (closes_on is None or today < closes_on)
