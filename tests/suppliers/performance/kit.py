"""Deliveries in few words, and random ones."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from suppliers.catalog import services as catalog
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.performance.rules.facts import DeliveryDraft
from suppliers.performance.rules.lines import Line, Outcome, Part, Window, line_of

PROMISE = date(2026, 6, 10)
AS_OF = date(2026, 11, 1)
ON_THE_DAY = Window()


def day(after: int) -> date:
    """A day so long after the promise."""
    return PROMISE + timedelta(days=after)


def part(came: int | None = 0, **fields: Any) -> Part:
    """10 of 10 pieces, ordered 30 days before the promise, delivered so many days after it; None: still open."""
    given: dict[str, Any] = {"ordered_on": day(-30), "promised_on": PROMISE, "quantity_ordered": 10}
    if came is None:
        return Part(**{"outcome": Outcome.OPEN} | given | fields)
    delivered: dict[str, Any] = {"outcome": Outcome.DELIVERED, "delivered_on": day(came), "quantity_delivered": 10}
    return Part(**delivered | given | fields)


def line(*parts: Part, window: Window = ON_THE_DAY, as_of: date = AS_OF) -> Line:
    return line_of(parts, window=window, as_of=as_of)


def draft(key: str = "D-1", came: int | None = 0, **fields: Any) -> DeliveryDraft:
    """The same as part(), as a draft of ACME's."""
    told = part(came)
    given = {name: getattr(told, name) for name in Part.__dataclass_fields__}
    return DeliveryDraft(**{"key": key, "supplier_code": "ACME"} | given | fields)


def suppliers(*codes: str) -> dict[str, int]:
    """Suppliers, by code -> id, and one product PUMP."""
    directory.ensure(names={code: code.title() for code in codes})
    catalog.ensure(names={"PUMP": "Pump"})
    return dict(Supplier.objects.values_list("code", "id"))


def lines_by_supplier(drafts: Sequence[DeliveryDraft], *, window: Window, as_of: date = AS_OF) -> dict[str, list[Line]]:
    """What the database does in one statement, row by row: the lines that the drafts of one source are parts of."""
    parts: defaultdict[tuple[str, str, str], list[Part]] = defaultdict(list)
    for one in drafts:
        told = Part(**{name: getattr(one, name) for name in Part.__dataclass_fields__})
        parts[one.supplier_code, one.order_ref, one.line_ref or one.key].append(told)
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    for (supplier, _order, _line), of in parts.items():
        lines[supplier].append(line_of(of, window=window, as_of=as_of))
    return dict(lines)


_DAYS = st.integers(-40, 200).map(day)
_MAYBE = st.none() | _DAYS
_COUNT = st.none() | st.integers(1, 20)


@st.composite
def random_drafts(drawn: st.DrawFn, *, largest: int = 40) -> list[DeliveryDraft]:
    """Deliveries of three suppliers with everything that may be missing missing, in up to three parts a line."""
    drafts = []
    for number in range(drawn(st.integers(0, largest))):
        outcome = drawn(st.sampled_from(Outcome))
        came = outcome is Outcome.DELIVERED
        drafts.append(
            DeliveryDraft(
                key=f"K-{number}",
                supplier_code=drawn(st.sampled_from(["ACME", "BOLT", "CORE"])),
                order_ref=drawn(st.sampled_from(["", "PO-1"])),
                line_ref=drawn(st.sampled_from(["", "1", "2", "3", "4"])),
                outcome=outcome,
                ordered_on=drawn(_MAYBE),
                promised_on=drawn(_MAYBE),
                delivered_on=drawn(_DAYS) if came else None,
                quantity_ordered=drawn(_COUNT),
                quantity_delivered=drawn(_COUNT) if came else None,
                promise_changes=drawn(st.none() | st.integers(0, 3)),
            )
        )
    return drafts
