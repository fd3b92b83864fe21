"""What an incident hits: a selector is plain data, and says in codes why an order is in. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from backoffice.kernel.errors import Refusal

LATE_BY = ("date", "timestamp")


@dataclass(frozen=True, slots=True)
class Selector:
    """Which orders are hit; every criterion that is set must hold.

    overdue_as_of: not delivered on that day and promised before it. Cancelled orders are named, and left out.
    late_delivered: delivered after the promise, compared by "date" or by "timestamp".
    late_days: at least so many days late; alone it means delivered late by date.
    supplier, carrier, region, sku, campaign: exact codes on a line, a parcel or the order.
    placed_from, placed_to: days in the store's zone, both included.
    orders: exact numbers; these orders are in whether delivered or not.

    Without a lateness criterion and without numbers, delivered and cancelled orders are named and left out:
    the trouble can no longer reach them.
    """

    overdue_as_of: date | None = None
    late_delivered: str = ""
    late_days: int | None = None
    supplier: str = ""
    carrier: str = ""
    region: str = ""
    sku: str = ""
    campaign: str = ""
    placed_from: date | None = None
    placed_to: date | None = None
    orders: tuple[str, ...] = ()

    def is_empty(self) -> bool:
        return all(getattr(self, f.name) == f.default for f in fields(self))

    def wants_delivered(self) -> bool:
        """True when being delivered late is the point."""
        return bool(self.late_delivered) or (self.late_days is not None and self.overdue_as_of is None)

    def to_json(self) -> dict[str, Any]:
        """Only what is set; dates as ISO text."""
        kept = {k: v for k, v in asdict(self).items() if v not in (None, "", (), [])}
        return {
            k: v.isoformat() if isinstance(v, date) else list(v) if isinstance(v, tuple) else v for k, v in kept.items()
        }


def from_json(data: Mapping[str, Any]) -> Selector:
    """The selector that to_json wrote. Raises Refusal for unknown names and impossible combinations."""
    known = {f.name for f in fields(Selector)}
    if unknown := sorted(set(data) - known):
        raise Refusal("selector.unknown", f"There is no criterion {unknown[0]}. Choose from the list.", unknown[0])
    values = dict(data)
    for name in ("overdue_as_of", "placed_from", "placed_to"):
        if isinstance(values.get(name), str):
            values[name] = date.fromisoformat(values[name])
    if "orders" in values:
        values["orders"] = tuple(values["orders"])
    return check(Selector(**values))


def check(selector: Selector) -> Selector:
    """The selector itself, or Refusal with the sentence that names what to change."""
    if selector.is_empty():
        raise Refusal("selector.empty", "Say what is hit: set at least one criterion.")
    if selector.late_delivered and selector.late_delivered not in LATE_BY:
        raise Refusal("selector.late_by", "Compare delivery by date or by timestamp.", "late_delivered")
    if selector.overdue_as_of and selector.late_delivered:
        raise Refusal(
            "selector.both_late",
            "Overdue orders are not delivered yet, so they cannot be delivered late. Choose one.",
            "late_delivered",
        )
    if selector.late_days is not None and selector.late_days < 1:
        raise Refusal("selector.late_days", "Enter 1 day or more.", "late_days")
    if selector.placed_from and selector.placed_to and selector.placed_from > selector.placed_to:
        raise Refusal("selector.window", "The window ends before it starts. Swap the two days.", "placed_to")
    return selector


def why(selector: Selector) -> str:
    """The criteria as one line of codes that is kept with each order, e.g. "late_delivered=date; region=SP"."""
    parts = []
    for name, value in selector.to_json().items():
        parts.append(f"{name}={len(value)} listed" if name == "orders" else f"{name}={value}")
    return "; ".join(parts)[:300]
