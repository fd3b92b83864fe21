"""A count by file: columns sku, warehouse, units. Good rows are counted, bad ones are named with their row."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import numbers, text
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.tabular import reading
from backoffice.kernel.tabular.rules import REPORTED_REFUSALS, FileSpec, RowRefusal
from backoffice.kernel.text import shown
from orders.stock import rules
from orders.stock.models import StockCount, Warehouse
from orders.stock.services import counters, counting
from orders.stock.services.common import check_reason, levels_of, require_editor
from orders.stock.services.counting import Counted
from suppliers.catalog.models import Product

COLUMNS = ("sku", "warehouse", "units")
CODE_LIMIT = 20


@dataclass(slots=True)
class StockReport:
    """What a count by file came to. rows = counted + refused. differing: levels whose figure changed, by units in sum.

    known: this very file was counted before, and nothing was changed.
    """

    rows: int = 0
    counted: int = 0
    differing: int = 0
    units: int = 0
    known: bool = False
    dry_run: bool = False
    refused: int = 0
    refusals: list[RowRefusal] = field(default_factory=list)
    warnings: list[RowRefusal] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        names = ("rows", "counted", "differing", "units", "known", "refused", "dry_run")
        return {name: getattr(self, name) for name in names} | {
            "refusals": [one.as_json() for one in self.refusals],
        }

    def refuse(self, label: str, row: int, column: str, reason: str) -> None:
        """Leave a row out, and say why; at most a hundred are told."""
        self.refused += 1
        if len(self.refusals) < REPORTED_REFUSALS:
            self.refusals.append(RowRefusal(label, row, column, reason))


@dataclass(frozen=True, slots=True)
class _Row:
    """A readable row. place: the warehouse and the product."""

    number: int
    line: Counted
    place: tuple[int, int]


def import_counts(*, path: Path, reason: str, actor: User | None, now: datetime, dry_run: bool = False) -> StockReport:
    """Count what the file says. The same file with the same reason again changes nothing.

    Raises Refusal (stock.role, stock.reason, file.*) when nothing was written.
    """
    require_editor(actor)
    reason = check_reason(reason)
    source = reading.inspect(path, FileSpec("stock", path.name), wanted=COLUMNS)
    key = f"file:{_digest(path, reason)}"
    report = StockReport(dry_run=dry_run, rows=source.rows)
    with transaction.atomic():
        found = _readable(source, report, now)
        report.known = StockCount.objects.filter(key=f"{key}:0").exists()
        if not report.known:
            found = _possible(source.label, found, report, now)
            _count(key, found, reason, actor, now)
        report.counted = len(found)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _digest(path: Path, reason: str) -> str:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    digest.update(b"\0" + reason.encode())
    return digest.hexdigest()


def _readable(source: reading.Source, report: StockReport, now: datetime) -> list[_Row]:
    """The rows that name an article and an open warehouse of ours, each once."""
    products = dict(Product.objects.values_list("sku", "pk"))
    houses = {one.code: one for one in Warehouse.objects.all()}
    columns = [source.header.index(name) for name in COLUMNS]
    rows: dict[tuple[int, int], _Row] = {}
    for row in reading.rows(source):
        try:
            if row.wrong:
                _refuse("row.shape", row.wrong)
            line = _line(*(row.cells[column].strip() for column in columns))
            place = _place(line, products, houses, timezone.localdate(now))
            if place in rows:
                twice = _("Row %(row)d counts it already. Add the two up.")
                _refuse("stock.twice", twice % {"row": rows[place].number})
        except Refusal as refusal:
            report.refuse(source.label, row.line, refusal.field, refusal.message)
        else:
            rows[place] = _Row(row.line, line, place)
    return list(rows.values())


def _refuse(code: str, message: str, column: str = "") -> NoReturn:
    raise Refusal(code, message, column)


def _line(sku: str, code: str, units: str) -> Counted:
    try:
        canonical = text.canonical_sku(sku)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, "sku") from refusal
    try:
        quantity = numbers.parse_quantity(units, smallest=0, largest=rules.LARGEST_QUANTITY)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, "units") from refusal
    return Counted(canonical, code, quantity)


def _place(line: Counted, products: Mapping[str, int], houses: Mapping[str, Warehouse], today: date) -> tuple[int, int]:
    """The warehouse and the product of a row."""
    if line.sku not in products:
        _refuse("stock.sku", _("“%(sku)s” is no article of ours.") % {"sku": shown(line.sku)}, "sku")
    house = houses.get(line.warehouse)
    if house is None:
        unknown = _("“%(code)s” is no warehouse of ours.") % {"code": shown(line.warehouse)}
        _refuse("stock.warehouse", unknown, "warehouse")
    if not rules.is_open(opens_on=house.opens_on, closes_on=house.closes_on, today=today):
        _refuse("stock.closed", _("This warehouse is closed."), "warehouse")
    return house.pk, products[line.sku]


def _possible(label: str, rows: list[_Row], report: StockReport, now: datetime) -> list[_Row]:
    """The rows that count no fewer units than are promised; their levels are held until the end."""
    if not rows:
        return []
    levels = levels_of([row.place for row in rows], now=now)
    held = counters.hold(level.pk for level in levels.values())
    kept = []
    for row in rows:
        level = held[levels[row.place].pk]
        promised = level.reserved + level.allocated + level.quarantine
        if row.line.quantity < promised:
            reason = _("%(n)d units are held, sold or in quarantine, so fewer cannot be written.") % {"n": promised}
            report.refuse(label, row.number, "units", reason)
            continue
        kept.append(row)
        gap = row.line.quantity - level.on_hand
        report.units += gap
        report.differing += bool(gap)
    return kept


def _count(key: str, rows: list[_Row], reason: str, actor: User | None, now: datetime) -> None:
    for start in range(0, len(rows), rules.MOST_LINES):
        lines = [row.line for row in rows[start : start + rules.MOST_LINES]]
        counting.count(key=f"{key}:{start}", lines=lines, reason=reason, actor=actor, now=now)
