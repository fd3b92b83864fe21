"""One row becomes one order head, contact, line or parcel, by the columns that the preset names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.numbers import currency_exponent
from backoffice.kernel.tabular.cells import Reader, code, words
from backoffice.kernel.tabular.rules import Place, RowRefusal
from backoffice.kernel.tabular.tables import Record
from backoffice.kernel.text import character_name, mixed_scripts, shown
from orders.intake.convert import PRICE_DIGITS, Values
from orders.sales.rules import ContactDraft, LineDraft, OrderDraft, OrderState, ParcelDraft

LARGEST_TOTAL = Decimal(10**10)
LARGEST_POSITION = 1_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Head:
    """The order's own fields."""

    external_id: str
    number: str
    placed_at: datetime
    state: OrderState
    currency: str
    total: Decimal | None
    promised_at: datetime | None
    delivered_at: datetime | None
    expected_on: date | None
    expected_reason: str
    campaign_code: str

    def draft(
        self,
        contact: ContactDraft,
        lines: Sequence["PricedLine"],
        parcels: Sequence[ParcelDraft],
        *,
        total_from_lines: bool,
    ) -> OrderDraft:
        total = self.total
        if total_from_lines or total is None:
            nothing = Decimal(1).scaleb(-currency_exponent(self.currency)) * 0
            total = sum((line.draft.quantity * line.draft.unit_price + line.shipping for line in lines), nothing)
        return OrderDraft(
            external_id=self.external_id,
            number=self.number,
            placed_at=self.placed_at,
            state=self.state,
            currency=self.currency,
            total=total,
            contact=contact,
            lines=tuple([line.draft for line in lines]),
            parcels=tuple(parcels),
            promised_at=self.promised_at,
            delivered_at=self.delivered_at,
            expected_on=self.expected_on,
            expected_reason=self.expected_reason,
            campaign_code=self.campaign_code,
        )


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line and its share of the shipping, which counts into the order's total."""

    draft: LineDraft
    shipping: Decimal


class OrderReader(Reader[Values]):
    _id = staticmethod(code(120, needed=True))
    _number = staticmethod(code(120))
    _reason = staticmethod(words(300))
    _campaign = staticmethod(code(60))

    def read(self, record: Record, problems: list[RowRefusal]) -> Head | None:
        before = len(problems)
        values = self.values
        currency = self.take(record, "currency", values.currency, problems) or ""
        external_id = self.take(record, "external_id", self._id, problems) or ""
        placed_at = self.take(record, "placed_at", values.moment, problems)
        state = self.take(record, "state", values.state, problems)
        head = (
            self.take(record, "promised_at", values.optional_moment, problems),
            self.take(record, "delivered_at", values.optional_moment, problems),
            self.take(record, "expected_on", values.optional_day, problems),
            self.take(record, "expected_reason", self._reason, problems) or "",
            self.take(record, "campaign_code", self._campaign, problems) or "",
        )
        number = self.take(record, "number", self._number, problems)
        total = self._total(record, currency, problems)
        if len(problems) > before or placed_at is None or state is None:
            return None
        return Head(external_id, number or external_id, placed_at, state, currency, total, *head)

    def _total(self, record: Record, currency: str, problems: list[RowRefusal]) -> Decimal | None:
        if not currency or not self.fills("total"):
            return None
        return self.take(record, "total", lambda cell: self.values.money(cell, currency, 10), problems)


class ContactReader(Reader[Values]):
    _limits = (("name", words(200)), ("phone", words(40)), ("region", code(80)), ("customer_ref", code(120)))

    def read(self, record: Record, problems: list[RowRefusal]) -> ContactDraft | None:
        before = len(problems)
        plain = {name: self.take(record, name, convert, problems) or "" for name, convert in self._limits}
        contact = ContactDraft(
            email=self.take(record, "email", self.values.email, problems) or "",
            language=self.take(record, "language", self.values.language, problems) or "",
            country=self.take(record, "country", self.values.country, problems) or "",
            **plain,
        )
        return contact if len(problems) == before else None


class LineReader(Reader[Values]):
    _title = staticmethod(words(300))
    _supplier = staticmethod(code(64))

    def read(self, record: Record, number: int, currency: str, problems: list[RowRefusal]) -> PricedLine | None:
        if record.wrong:
            return None
        before = len(problems)
        values = self.values
        sku = self.take(record, "sku", values.sku, problems)
        quantity = self.take(record, "quantity", values.quantity, problems)
        price = shipping = None
        if currency:
            price = self.take(record, "unit_price", lambda cell: values.money(cell, currency, PRICE_DIGITS), problems)
            shipping = self.take(record, "shipping", lambda cell: _charge(values, cell, currency), problems)
        title = self.take(record, "title", self._title, problems)
        supplier = self.take(record, "supplier_code", self._supplier, problems) or ""
        position = self.take(record, "position", lambda cell: _position(cell, number), problems)
        if len(problems) > before or sku is None or quantity is None or price is None or shipping is None:
            return None
        if not sku.isascii():
            self._warn_of_mixture(record, sku)
        return PricedLine(LineDraft(position or number, sku, title or sku, quantity, price, supplier), shipping)

    def _warn_of_mixture(self, record: Record, sku: str) -> None:
        letters = next((c for c in sku if not c.isascii()), "")
        reason = _(
            "The article number “%(sku)s” mixes alphabets that look alike (%(scripts)s, first %(letter)s). Check it."
        )
        named = {"sku": shown(sku), "scripts": ", ".join(mixed_scripts(sku)), "letter": character_name(letters)}
        self.values.note_mixed(
            sku, RowRefusal(record.file, record.line, self._labels.get("sku", "sku"), reason % named)
        )


class ParcelReader(Reader[Values]):
    _carrier = staticmethod(code(40, needed=True))
    _number = staticmethod(code(80))

    def read(self, record: Record, problems: list[RowRefusal]) -> ParcelDraft | None:
        if record.wrong:
            return None
        before = len(problems)
        carrier = self.take(record, "carrier_code", self._carrier, problems) or ""
        number = self.take(record, "number", self._number, problems) or ""
        shipped = self.take(record, "shipped_at", self.values.optional_moment, problems)
        delivered = self.take(record, "delivered_at", self.values.optional_moment, problems)
        return ParcelDraft(carrier, number, shipped, delivered) if len(problems) == before else None


def check_together(
    draft: OrderDraft, place: Place, lines: Sequence[Place], labels: Mapping[str, str], problems: list[RowRefusal]
) -> None:
    """Note what is wrong between the fields of an order whose fields are each right. labels: field -> column."""
    if draft.delivered_at and draft.delivered_at < draft.placed_at:
        reason = _("The delivery is before the order was placed. Correct one of the two times.")
        problems.append(RowRefusal(place.file, place.row, labels.get("delivered_at", ""), reason))
    if draft.total >= LARGEST_TOTAL:
        reason = _("The order's total is over %(limit)s. Check quantities and prices.")
        problems.append(
            RowRefusal(place.file, place.row, labels.get("total", ""), reason % {"limit": f"{LARGEST_TOTAL:,}"})
        )
    seen: dict[int, int] = {}
    for line, where in zip(draft.lines, lines, strict=True):
        if line.position in seen:
            reason = _("Position %(position)d is already on row %(row)d of this order. Number the lines differently.")
            named = {"position": line.position, "row": seen[line.position]}
            problems.append(RowRefusal(where.file, where.row, labels.get("position", ""), reason % named))
        seen.setdefault(line.position, where.row)


def _position(cell: str, number: int) -> int:
    if not cell:
        return number
    if not (cell.isascii() and cell.isdigit() and 0 < int(cell[:8]) <= LARGEST_POSITION and len(cell) <= 7):
        raise Refusal("line.position", _("“%(value)s” is not a line number. Use 1, 2, 3.") % {"value": shown(cell)})
    return int(cell)


def _charge(values: Values, cell: str, currency: str) -> Decimal:
    return values.money(cell, currency, PRICE_DIGITS) if cell else Decimal(0)
