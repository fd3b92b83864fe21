"""The cells of one row become the delivery that they tell of."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.kernel.tabular.cells import code
from backoffice.kernel.tabular.rules import RowRefusal
from backoffice.kernel.tabular.tables import Columns, Record
from suppliers.performance.noting import FactValues, NotingReader
from suppliers.performance.rules.facts import KEY_LIMIT, REF_LIMIT, DeliveryDraft
from suppliers.performance.rules.imports import FactPreset
from suppliers.performance.rules.lines import Outcome

WEIGHT_DECIMALS = 3
WEIGHT_DIGITS = 9


class DeliveryReader(NotingReader[FactValues]):
    """Reads one row; notes which cells the source marks as unknown and in which forms dates come."""

    _corrects = staticmethod(code(KEY_LIMIT))
    _reference = staticmethod(code(REF_LIMIT))

    def __init__(self, preset: FactPreset, columns: Columns) -> None:
        super().__init__(preset, columns, FactValues(preset))

    def read(self, record: Record, problems: list[RowRefusal]) -> DeliveryDraft | None:
        """Return the delivery of this row, or None with every reason why not in problems."""
        before = len(problems)
        key = self._read_key(record, problems)
        supplier = self._supplier(record, problems)
        sku = self._sku(record, problems)
        references = [
            self.take(record, name, convert, problems) or ""
            for name, convert in (
                ("corrects", self._corrects),
                ("order_ref", self._reference),
                ("line_ref", self._reference),
            )
        ]
        quoted, ordered, acknowledged, promised, revised = [
            self._day(record, name, problems)
            for name in ("quoted_on", "ordered_on", "acknowledged_on", "promised_on", "revised_on")
        ]
        outcome, delivered_on = self._outcome(record, problems)
        wanted = self._known(record, "quantity_ordered", self.values.count, problems)
        came = self._known(record, "quantity_delivered", self.values.count_or_none, problems)
        changes = self._known(record, "promise_changes", self.values.count_or_none, problems)
        weight = self._known(record, "weight_kg", self._weight, problems)
        if came and outcome is Outcome.OPEN:
            self._note(
                record, "quantity_delivered", _("Something was delivered, and the day is empty. Fill it in."), problems
            )
        if len(problems) > before:
            return None
        return DeliveryDraft(
            key=key,
            supplier_code=supplier,
            sku=sku,
            corrects=references[0],
            order_ref=references[1],
            line_ref=references[2],
            outcome=outcome,
            quoted_on=quoted,
            ordered_on=ordered,
            acknowledged_on=acknowledged,
            promised_on=promised,
            revised_on=revised,
            delivered_on=delivered_on,
            quantity_ordered=wanted,
            quantity_delivered=None if outcome is Outcome.OPEN else came,
            promise_changes=changes,
            weight_kg=weight,
        )

    def _outcome(self, record: Record, problems: list[RowRefusal]) -> tuple[Outcome, date | None]:
        """What came of the row: a day, nothing yet (an empty cell), or not known (also where the cell is refused)."""
        before = len(problems), self._noted("delivered_on", record)
        day = self._day(record, "delivered_on", problems)
        if day:
            return Outcome.DELIVERED, day
        is_open = before == (len(problems), self._noted("delivered_on", record))
        return (Outcome.OPEN if is_open else Outcome.UNKNOWN), None

    def _weight(self, cell: str) -> Decimal:
        return self.values.decimal(cell, decimals=WEIGHT_DECIMALS, digits=WEIGHT_DIGITS)
