"""Tables become OrderDrafts: an order with anything wrong is refused whole, with every reason and its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from django.utils.translation import gettext as _

from backoffice.kernel.tabular.rules import Place, RowRefusal, Section
from backoffice.kernel.tabular.tables import Columns, Record, Table
from backoffice.kernel.text import shown
from orders.intake.convert import Values
from orders.intake.records import ContactReader, LineReader, OrderReader, ParcelReader, check_together
from orders.intake.rules import Preset
from orders.sales.rules import OrderDraft


@dataclass(slots=True)
class Group:
    """All rows of one order. first is None for lines or parcels whose order is in no file."""

    key: str
    first: Record | None = None
    lines: list[Record] = field(default_factory=list)
    parcels: list[Record] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Assembled:
    """An order ready to be placed, and where each of its lines and parcels was read."""

    draft: OrderDraft
    place: Place
    lines: tuple[Place, ...]
    parcels: tuple[Place, ...]


@dataclass(slots=True)
class Assembly:
    """orders = len(ready) + refused. rows counts all records read, look-up tables included."""

    ready: list[Assembled]
    refused: int
    refusals: list[RowRefusal]
    warnings: list[RowRefusal]
    rows: int
    orders: int
    lines: int


def assemble(preset: Preset, tables: Mapping[str, Table]) -> Assembly:
    """Build every order that is whole. Pure: reads nothing but its arguments.

    Raises Refusal (preset.join, money.currency) only for what is wrong with the preset itself.
    """
    groups, warnings = _grouped(preset, tables)
    builder = _Builder(preset, tables)
    ready: list[Assembled] = []
    refusals: list[RowRefusal] = []
    refused = 0
    seen: dict[str, Place] = {}
    for group in groups:
        order = builder.build(group)
        if order and order.draft.external_id in seen:
            group.refusals.append(_twice(preset, order, seen[order.draft.external_id]))
        if order is None or group.refusals:
            refused += 1
            refusals.extend(group.refusals)
        else:
            seen[order.draft.external_id] = order.place
            ready.append(order)
    return Assembly(
        ready=ready,
        refused=refused,
        refusals=refusals,
        warnings=[*warnings, *builder.values.warnings],
        rows=sum(len(table.records) for table in tables.values()),
        orders=len(groups),
        lines=sum(len(group.lines) for group in groups),
    )


def _twice(preset: Preset, order: Assembled, earlier: Place) -> RowRefusal:
    reason = _("Order “%(id)s” is already on row %(row)d of %(file)s. Keep one.")
    values = {"id": shown(order.draft.external_id), "row": earlier.row, "file": earlier.file}
    column = preset.order.columns.get("external_id", preset.order.key)
    return RowRefusal(order.place.file, order.place.row, column, reason % values)


class _Builder:
    """Turns one group of rows into an Assembled order; the readers are compiled once for the whole import."""

    def __init__(self, preset: Preset, tables: Mapping[str, Table]) -> None:
        columns = Columns(preset, tables)
        self.values = Values(preset)
        self._order = OrderReader(preset.order, columns, self.values)
        self._contact = ContactReader(preset.contact, columns, self.values)
        self._line = LineReader(preset.line, columns, self.values) if preset.line else None
        self._parcel = ParcelReader(preset.parcel, columns, self.values) if preset.parcel else None
        # Parcel columns repeat on every line of a one-file export.
        self._parcels_repeat = preset.parcel is not None and preset.parcel.file == preset.order.file
        self._total_from_lines = preset.total_from == "lines"
        self._labels = {**preset.order.columns, "position": (preset.line or preset.order).columns.get("position", "")}

    def build(self, group: Group) -> Assembled | None:
        if group.first is None or group.refusals:
            return None
        head = self._order.read(group.first, group.refusals)
        currency = head.currency if head else ""
        contact = self._contact.read(group.first, group.refusals)
        lines = (
            [self._line.read(record, n, currency, group.refusals) for n, record in enumerate(group.lines, start=1)]
            if self._line
            else []
        )
        parcels = [self._parcel.read(record, group.refusals) for record in group.parcels] if self._parcel else []
        if group.refusals or head is None or contact is None:
            return None
        sound_lines = [line for line in lines if line is not None]
        sound_parcels = [parcel for parcel in parcels if parcel is not None]
        if self._parcels_repeat:
            sound_parcels = list(dict.fromkeys(sound_parcels))
        place = Place(group.first.file, group.first.line)
        lines_at = tuple([Place(record.file, record.line) for record in group.lines])
        draft = head.draft(contact, sound_lines, sound_parcels, total_from_lines=self._total_from_lines)
        check_together(draft, place, lines_at, self._labels, group.refusals)
        return Assembled(
            draft=draft,
            place=place,
            lines=lines_at,
            parcels=tuple([Place(record.file, record.line) for record in group.parcels]),
        )


def _grouped(preset: Preset, tables: Mapping[str, Table]) -> tuple[list[Group], list[RowRefusal]]:
    groups: dict[str, Group] = {}
    blanks: list[Group] = []
    warnings: list[RowRefusal] = []
    shared = any(section and section.file == preset.order.file for section in (preset.line, preset.parcel))
    table = tables[preset.order.file]
    key = table.position(preset.order.key)
    own = _own_columns(preset, table)
    for record in table.records:
        group = _group_of(record, key, preset.order.key, groups, blanks)
        if group.first is None:
            group.first = record
        elif shared:
            group.refusals.extend(_disagreements(group.first, record, own))
        elif record.cells == group.first.cells:
            warnings.append(
                RowRefusal(record.file, record.line, preset.order.key, _("The same row again: it counts once."))
            )
        else:
            group.refusals.append(_repeated(preset, group.key, group.first, record))
    attach = partial(_attach, groups=groups, blanks=blanks, own_file=preset.order.file)
    for kind, section in (("lines", preset.line), ("parcels", preset.parcel)):
        if section:
            attach(section, tables[section.file], kind)
    return [*groups.values(), *blanks], warnings


def _group_of(record: Record, key: int, column: str, groups: dict[str, Group], blanks: list[Group]) -> Group:
    value = record.cells[key]
    if value:
        group = groups.get(value)
        if group is None:
            group = groups[value] = Group(value)
    else:
        group = Group("")
        blanks.append(group)
        reason = _("The order number is empty. Fill it in.")
        group.refusals.append(RowRefusal(record.file, record.line, column, reason))
    if record.wrong:
        group.refusals.append(RowRefusal(record.file, record.line, "", record.wrong))
    return group


def _attach(
    section: Section, table: Table, kind: str, *, groups: dict[str, Group], blanks: list[Group], own_file: str
) -> None:
    key = table.position(section.key)
    same_file = section.file == own_file
    for record in _present(table, section):
        if same_file and not record.cells[key]:
            continue  # told once already, as an order without a number
        group = groups[record.cells[key]] if same_file else _group_of(record, key, section.key, groups, blanks)
        if group.first is None and group.key and not group.refusals:
            reason = _("Order “%(id)s” is not among the orders. Add its row there.") % {"id": shown(group.key)}
            group.refusals.append(RowRefusal(record.file, record.line, section.key, reason))
        getattr(group, kind).append(record)


def _present(table: Table, section: Section) -> Iterator[Record]:
    if not section.skip_when_blank:
        yield from table.records
        return
    position = table.position(section.skip_when_blank)
    for record in table.records:
        if record.cells[position] or record.wrong:
            yield record


def _own_columns(preset: Preset, table: Table) -> list[tuple[int, str]]:
    """Return the columns that describe the order itself, for exports that repeat them on every line."""
    named = {*preset.order.columns.values(), *preset.contact.columns.values()}
    return [(position, column) for position, column in enumerate(table.columns) if column in named]


def _disagreements(first: Record, record: Record, own: list[tuple[int, str]]) -> Iterator[RowRefusal]:
    for position, column in own:
        value = record.cells[position]
        if value and value != first.cells[position]:
            reason = _("“%(value)s” differs from row %(row)d of the same order. Make them equal, or leave it empty.")
            yield RowRefusal(record.file, record.line, column, reason % {"value": shown(value), "row": first.line})


def _repeated(preset: Preset, key: str, first: Record, record: Record) -> RowRefusal:
    reason = _("Order “%(id)s” is already on row %(row)d with other values. Keep one.")
    values = {"id": shown(key), "row": first.line}
    return RowRefusal(record.file, record.line, preset.order.key, reason % values)
