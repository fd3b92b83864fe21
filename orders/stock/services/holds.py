"""Holds: units set aside for a while, all of a basket or nothing; then sold, given back, or run out.

Every act is safe to repeat by its key. A hold ends once, by one guarded UPDATE whose row count is the verdict, so that
of a payment and the end of time at the same moment exactly one wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.text import shown
from orders.stock import rules
from orders.stock.models import Reservation, ReservationLine
from orders.stock.rules import Change, Deltas, HoldState, Kind, Wanted
from orders.stock.selectors import availability
from orders.stock.services import counters, shelves
from orders.stock.services.common import check_key, check_quantities, once, products, reused, warehouses

# How often somebody else may be quicker before a basket is refused.
TRIES = 3
SWEEP = 500
_RUN_OUT = """
UPDATE orders_reservation SET state = 'expired', settled_at = %(now)s
WHERE id IN (SELECT id FROM orders_reservation WHERE state = 'held' AND expires_at <= %(now)s
             ORDER BY expires_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


class Verdict(StrEnum):
    """What a payment met."""

    SOLD = "sold"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Payment:
    """The answer to a payment. TOO_LATE: the hold ended before it; nothing was sold.

    can_take_again: everything would be there now, so `take_again` may still serve the customer; else a remedy is due.
    """

    verdict: Verdict
    can_take_again: bool = False


def reserve(
    *,
    key: str,
    ref: str,
    lines: Sequence[Wanted],
    expires_at: datetime,
    now: datetime,
    actor: User | None = None,
    stopped_too: bool = False,
) -> Reservation:
    """Hold all of these units until expires_at, or none. The same key again answers with the same hold.

    ref: whose hold it is. stopped_too: also what is shown as unavailable.
    Raises Refusal (stock.key, stock.key_reused, stock.lines, stock.quantity, stock.sku, stock.warehouse, stock.closed,
    stock.short, stock.past).
    """
    if expires_at <= now:
        raise Refusal("stock.past", _("A hold must end later than it begins."))
    return _take(Kind.RESERVE, key, ref, lines, expires_at, stopped_too=stopped_too, actor=actor, now=now)


def allocate(*, key: str, ref: str, lines: Sequence[Wanted], now: datetime, actor: User | None = None) -> Reservation:
    """Sell all of these units at once, without a hold before; also what is shown as unavailable, for orders that
    stand already. Raises Refusal as `reserve`."""
    return _take(Kind.ALLOCATE, key, ref, lines, None, stopped_too=True, actor=actor, now=now)


@transaction.atomic
def confirm(*, key: str, now: datetime, actor: User | None = None) -> Payment:
    """The customer paid: what was held is sold. Raises Refusal (stock.no_hold)."""
    if _end(key, HoldState.CONFIRMED, now):
        _move_lines(Kind.CONFIRM, [_known(key)], Deltas(reserved=-1, allocated=1), actor, now)
        return Payment(Verdict.SOLD)
    hold = _known(key)
    if hold.state == HoldState.CONFIRMED:
        return Payment(Verdict.SOLD)
    return Payment(Verdict.TOO_LATE, can_take_again=_fits(_wish(hold), now))


def take_again(*, key: str, new_key: str, now: datetime, actor: User | None = None) -> Reservation:
    """Sell what an ended hold was for, if all of it is there; for a payment that came too late.

    Raises Refusal (stock.no_hold, stock.not_ended, stock.short): then a remedy is due.
    """
    hold = _known(key)
    if hold.state not in (HoldState.EXPIRED, HoldState.RELEASED):
        raise Refusal("stock.not_ended", _("This hold has not ended, so there is nothing to take again."))
    return allocate(key=new_key, ref=hold.ref, lines=_wish(hold), actor=actor, now=now)


@transaction.atomic
def release(*, key: str, now: datetime, actor: User | None = None) -> bool:
    """Give a hold back; True when this call did it. One that ended already stays as it is.

    Raises Refusal (stock.no_hold, stock.sold).
    """
    if _end(key, HoldState.RELEASED, now):
        _move_lines(Kind.RELEASE, [_known(key)], Deltas(reserved=-1), actor, now)
        return True
    if _known(key).state == HoldState.CONFIRMED:
        raise Refusal("stock.sold", _("This is sold. Cancel the sale instead."))
    return False


@transaction.atomic
def expire(*, now: datetime, limit: int = SWEEP) -> int:
    """End the holds whose time is over, at most so many; returns how many. Two sweeps at once share them."""
    with connection.cursor() as cursor:
        cursor.execute(_RUN_OUT, {"now": now, "limit": limit})
        ended = [row[0] for row in cursor.fetchall()]
    _move_lines(Kind.EXPIRE, list(Reservation.objects.filter(pk__in=ended)), Deltas(reserved=-1), None, now)
    return len(ended)


def _take(
    kind: Kind,
    key: str,
    ref: str,
    lines: Sequence[Wanted],
    expires_at: datetime | None,
    *,
    stopped_too: bool,
    actor: User | None,
    now: datetime,
) -> Reservation:
    check_key(key, ref)
    check_quantities([line.quantity for line in lines])
    wanted = rules.merged(lines)

    def known() -> Reservation | None:
        hold = Reservation.objects.filter(key=key).first()
        if hold is not None and (hold.ref != ref or not _same_wish(hold, wanted)):
            raise reused()
        return hold

    def work() -> Reservation:
        taken = _plan(wanted, now=now, stopped_too=stopped_too)
        hold = Reservation.objects.create(
            key=key, ref=ref, held_at=now, expires_at=expires_at,
            state=HoldState.CONFIRMED if expires_at is None else HoldState.HELD,
            settled_at=now if expires_at is None else None,
        )  # fmt: skip
        counter = "allocated" if kind == Kind.ALLOCATE else "reserved"
        changes = [
            Change(level, Deltas(**{counter: units}), f"{key}:{kind}:{level}", ref, for_sale=True)
            for level, (units, _product) in taken.items()
        ]
        counters.move(kind=kind, changes=changes, actor=actor, now=now)
        ReservationLine.objects.bulk_create(
            ReservationLine(reservation=hold, level_id=level, quantity=units)
            for level, (units, _product) in taken.items()
        )
        shelves.take_off((product for _units, product in taken.values()), now=now)
        return hold

    for _attempt in range(TRIES):
        try:
            return once(known, work)
        except counters.NotEnough:
            continue  # somebody was quicker: look again
    raise _short(wanted[0].sku)


def _plan(wanted: Sequence[Wanted], *, now: datetime, stopped_too: bool) -> dict[int, tuple[int, int]]:
    """Level -> (units, product), by what is there at this moment; the counters have the last word.

    Raises Refusal (stock.sku, stock.warehouse, stock.closed, stock.short).
    """
    today = timezone.localdate(now)
    found = availability.sources(wanted, today=today, stopped_too=stopped_too)
    taken: dict[int, tuple[int, int]] = {}
    for line in wanted:
        offered = [
            (rules.Source(source.level_id, source.sellable - taken.get(source.level_id, (0, 0))[0]), product)
            for code, source, product in found.get(line.sku, [])
            if line.warehouse in ("", code)
        ]
        gives = rules.spread(line.quantity, [source for source, _product in offered])
        if gives is None:
            raise _why_not(line, now)
        product = offered[0][1]
        for level, units in gives.items():
            taken[level] = (taken.get(level, (0, 0))[0] + units, product)
    return dict(sorted(taken.items()))


def _why_not(line: Wanted, now: datetime) -> Refusal:
    products([line.sku])
    if line.warehouse:
        warehouses([line.warehouse], today=timezone.localdate(now))
    return _short(line.sku)


def _short(sku: str) -> Refusal:
    return Refusal("stock.short", _("There is not enough of %(sku)s. Nothing was taken.") % {"sku": shown(sku)})


def _fits(wanted: Sequence[Wanted], now: datetime) -> bool:
    try:
        _plan(wanted, now=now, stopped_too=True)
    except Refusal:
        return False
    return True


def _end(key: str, state: HoldState, now: datetime) -> bool:
    """The verdict: whoever turns the row ended the hold; anybody else waits for them, and then finds it ended."""
    return bool(Reservation.objects.filter(key=key, state=HoldState.HELD).update(state=state, settled_at=now))


def _known(key: str) -> Reservation:
    hold = Reservation.objects.filter(key=key).first()
    if hold is None:
        raise Refusal("stock.no_hold", _("There is no hold with this key."))
    return hold


def _move_lines(kind: Kind, holds: Sequence[Reservation], unit: Deltas, actor: User | None, now: datetime) -> None:
    """Move every line of these holds. unit: what one unit adds to each counter."""
    by_id = {hold.pk: hold for hold in holds}
    changes = [
        Change(
            line.level_id,
            Deltas(reserved=unit.reserved * line.quantity, allocated=unit.allocated * line.quantity),
            f"{by_id[line.reservation_id].key}:{kind}:{line.level_id}",
            by_id[line.reservation_id].ref,
        )
        for line in ReservationLine.objects.filter(reservation__in=by_id).order_by("level_id", "id")
    ]
    counters.move(kind=kind, changes=changes, actor=actor, now=now)


def _wish(hold: Reservation) -> list[Wanted]:
    rows = hold.lines.values_list("level__product__sku", "quantity")
    return rules.merged(Wanted(sku, quantity) for sku, quantity in rows)


def _same_wish(hold: Reservation, wanted: Sequence[Wanted]) -> bool:
    return _wish(hold) == rules.merged(Wanted(line.sku, line.quantity) for line in wanted)
