"""Goods from one warehouse to another: written down, sent, received."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import User
from orders.stock import rules
from orders.stock.models import StockLevel, StockMovement, Transfer, TransferLine
from orders.stock.rules import Change, Deltas, Kind, TransferState, Wanted
from orders.stock.services import counters, lots, shelves
from orders.stock.services.common import check_quantities, levels_of, products, require_editor, require_open, warehouses

NOTE_LIMIT = 300


@transaction.atomic
def draft(
    *,
    source: str,
    destination: str,
    lines: Sequence[Wanted],
    due_on: date | None = None,
    note: str = "",
    actor: User | None,
    now: datetime,
) -> Transfer:
    """Write down what is to go from one warehouse to another; nothing moves yet.

    Raises Refusal (stock.role, stock.lines, stock.quantity, stock.sku, stock.warehouse, stock.closed, stock.same,
    stock.note).
    """
    require_editor(actor)
    check_quantities([line.quantity for line in lines])
    if source == destination:
        raise Refusal("stock.same", _("Choose two different warehouses."), "destination")
    if len(note) > NOTE_LIMIT:
        raise Refusal("stock.note", _("Write at most 300 characters."), "note")
    places = warehouses([source, destination], today=timezone.localdate(now))
    wanted = rules.merged(Wanted(line.sku, line.quantity) for line in lines)
    check_quantities([line.quantity for line in wanted])
    found = products(line.sku for line in wanted)
    made = Transfer.objects.create(
        source=places[source], destination=places[destination], due_on=due_on, note=note, drafted_at=now,
        drafted_by=actor,
    )  # fmt: skip
    TransferLine.objects.bulk_create(
        TransferLine(transfer=made, product=found[line.sku], quantity=line.quantity) for line in wanted
    )
    _told("transfer.draft", made, actor, now, lines=len(wanted), units=sum(line.quantity for line in wanted))
    return made


@transaction.atomic
def send(*, transfer_id: int, actor: User | None, now: datetime) -> Transfer:
    """The goods leave the source: from the lots that spoil first, and never what is promised to somebody.

    Raises Refusal (stock.role, stock.closed, stock.short, stock.spoilt), and Stale when it was sent before.
    """
    require_editor(actor)
    moved = _hold(transfer_id, TransferState.DRAFT)
    require_open(moved.source, today=timezone.localdate(now))
    units = dict(moved.lines.values_list("product", "quantity"))
    levels = levels_of({(moved.source_id, product) for product in units}, now=now)
    held = counters.hold(level.pk for level in levels.values())
    wanted = {levels[moved.source_id, product].pk: quantity for product, quantity in units.items()}
    if any(_free(held[level]) < quantity for level, quantity in wanted.items()):
        raise Refusal("stock.short", _("There is not enough that is free. Nothing was sent."))
    counters.move(
        kind=Kind.SEND,
        changes=[
            Change(level, Deltas(on_hand=-part), f"transfer:{moved.pk}:send:{level}:{lot_id or 0}", _ref(moved), lot_id)
            for level, lot_id, part in lots.leave(wanted, held, now=now)
        ],
        actor=actor,
        now=now,
    )
    shelves.take_off(units, now=now)
    moved.state, moved.sent_at = TransferState.IN_TRANSIT, now
    moved.save(update_fields=["state", "sent_at"])
    _told("transfer.send", moved, actor, now, units=sum(units.values()))
    return moved


@transaction.atomic
def receive(*, transfer_id: int, came: Mapping[int, int], actor: User | None, now: datetime) -> Transfer:
    """The goods are there. came: units by line; fewer than were sent are missing, and the entry says how many.

    Raises Refusal (stock.role, stock.closed, stock.quantity), and Stale when it was received before.
    """
    require_editor(actor)
    moved = _hold(transfer_id, TransferState.IN_TRANSIT)
    require_open(moved.destination, today=timezone.localdate(now))
    lines = list(moved.lines.order_by("id"))
    if not all(0 <= came.get(line.pk, -1) <= line.quantity for line in lines):
        raise Refusal("stock.quantity", _("Enter for each line how many came, at most as many as were sent."))
    levels = levels_of({(moved.destination_id, line.product_id) for line in lines}, now=now)
    counters.hold(level.pk for level in levels.values())
    arrived = {levels[moved.destination_id, line.product_id]: came[line.pk] for line in lines if came[line.pk]}
    counters.move(kind=Kind.ARRIVE, changes=_arrivals(moved, arrived, now), actor=actor, now=now)
    for line in lines:
        line.received = came[line.pk]
    TransferLine.objects.bulk_update(lines, ["received"])
    shelves.put_back((line.product_id for line in lines), now=now)
    moved.state, moved.received_at = TransferState.RECEIVED, now
    moved.save(update_fields=["state", "received_at"])
    missing = sum(line.quantity - came[line.pk] for line in lines)
    _told("transfer.receive", moved, actor, now, units=sum(came.values()), missing=missing)
    return moved


def _arrivals(moved: Transfer, arrived: Mapping[StockLevel, int], now: datetime) -> list[Change]:
    """The lots that left come in again, the ones that spoil first before the others when some are missing."""
    sent = StockMovement.objects.filter(ref=_ref(moved), kind=Kind.SEND).select_related("lot", "level").order_by("id")
    changes = []
    left = {level.product_id: units for level, units in arrived.items()}
    to = {level.product_id: level.pk for level in arrived}
    named = lots.ensure(
        [
            (to[one.level.product_id], one.lot.supplier_id, one.lot.number, one.lot.expires_on)
            for one in sent
            if one.lot and one.level.product_id in to
        ],
        now=now,
    )
    for one in sent:
        product = one.level.product_id
        if part := min(-one.on_hand, left.get(product, 0)):
            left[product] -= part
            key = (to[product], one.lot.supplier_id, one.lot.number, one.lot.expires_on) if one.lot else None
            lot_id = named[key] if key else None
            name = f"transfer:{moved.pk}:arrive:{one.pk}"
            changes.append(Change(to[product], Deltas(on_hand=part), name, _ref(moved), lot_id))
    return changes


def _hold(transfer_id: int, state: TransferState) -> Transfer:
    rows = Transfer.objects.select_for_update(of=("self",)).select_related("source", "destination")
    found = rows.get(pk=transfer_id)
    if found.state != state:
        raise Stale("transfer.state", _("Somebody else moved this transfer on meanwhile. This is how it stands."))
    return found


def _free(level: StockLevel) -> int:
    return level.on_hand - level.reserved - level.allocated - level.quarantine


def _ref(moved: Transfer) -> str:
    return f"transfer:{moved.pk}"


def _told(verb: str, moved: Transfer, actor: User | None, now: datetime, **detail: int) -> None:
    audit.record(actor=actor, verb=verb, subject=_ref(moved), now=now, **detail)
