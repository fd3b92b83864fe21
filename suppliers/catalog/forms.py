"""What people type about items, checked."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import fields, text
from backoffice.kernel.editing import EditForm
from backoffice.kernel.errors import Refusal
from backoffice.kernel.fields import Amount, Choice, Line, Whole
from backoffice.kernel.numbers import currency_exponent
from suppliers.catalog import rules
from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import LARGEST_QUANTITY, MOST_BREAKS, Break, ItemDraft

_NEEDED = {"required": gettext_lazy("Enter a number of units.")}


def _units(label: Any, **kwargs: Any) -> Whole:
    return Whole(label=label, smallest=1, largest=LARGEST_QUANTITY, error_messages=_NEEDED, **kwargs)


class ItemForm(EditForm):
    """A product as one supplier sells it."""

    supplier_sku = Line(label=gettext_lazy("Supplier's own number"), limit=64)
    state = Choice(label=gettext_lazy("State"), choices=SupplierItem.State.choices)
    price = Amount(
        label=gettext_lazy("Unit price"),
        error_messages={"required": gettext_lazy("Enter the price of one unit.")},
    )
    currency = Line(
        label=gettext_lazy("Currency"),
        limit=3,
        required=True,
        error_messages={"required": gettext_lazy("Enter the currency of the price, such as EUR.")},
    )
    moq = _units(gettext_lazy("Minimum order"))
    pack_size = _units(gettext_lazy("Units in a pack"))
    order_multiple = _units(
        gettext_lazy("Orders come in multiples of"), help_text=gettext_lazy("Whole packs, counted in units.")
    )
    lead_time_days = Whole(
        label=gettext_lazy("Lead time in days"),
        smallest=0,
        largest=rules.LONGEST_LEAD_DAYS,
        help_text=gettext_lazy("As the supplier states it."),
        error_messages={"required": gettext_lazy("Enter a number of days.")},
    )
    capacity_per_week = _units(gettext_lazy("Units a week at most"), required=False)
    layout: ClassVar = (
        ("sku", "supplier_sku"), ("price", "currency"), ("moq", "pack_size"), ("order_multiple", "lead_time_days"),
        ("capacity_per_week", "state"),
        *((f"break_{n}_quantity", f"break_{n}_price") for n in range(1, MOST_BREAKS + 1)),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"].required = True
        for n in range(1, MOST_BREAKS + 1):
            self.fields[f"break_{n}_quantity"] = Whole(
                label=_("Price break %(n)d: from units") % {"n": n},
                smallest=2,
                largest=LARGEST_QUANTITY,
                required=False,
            )
            self.fields[f"break_{n}_price"] = Amount(label=_("costs each"))

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        try:
            currency_exponent(code)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "currency" in data:
            self._read_amount(data, "price", needed="price" in data)
            for n in range(1, MOST_BREAKS + 1):
                self._read_break(data, n)
        return data

    def _read_amount(self, data: dict[str, Any], name: str, *, needed: bool) -> None:
        typed = data.get(name) or ""
        data[name] = None
        if not typed.strip():
            if needed:
                self.add_error(name, _("Enter the price of one unit."))
            return
        try:
            data[name] = fields.amount(typed, currency=data["currency"])
        except Refusal as refusal:
            self.add_error(name, refusal.message)

    def _read_break(self, data: dict[str, Any], n: int) -> None:
        quantity, price = f"break_{n}_quantity", f"break_{n}_price"
        if quantity not in data:
            return
        self._read_amount(data, price, needed=data[quantity] is not None)
        if data.get(price) is not None and data[quantity] is None:
            self.add_error(quantity, _("Enter from how many units this price counts."))

    def draft(self) -> ItemDraft:
        """The cleaned page as the services take it."""
        values = self.values()
        values.pop("sku", None)
        steps = []
        for n in range(1, MOST_BREAKS + 1):
            quantity, price = values.pop(f"break_{n}_quantity"), values.pop(f"break_{n}_price")
            if quantity is not None:
                steps.append(Break(quantity, price))
        return ItemDraft(**values, breaks=tuple(steps))


class NewItemForm(ItemForm):
    """An item whose product is still to be named."""

    sku = Line(
        label=gettext_lazy("SKU"),
        limit=text.SKU_LIMIT,
        required=True,
        error_messages={"required": gettext_lazy("Enter the article number of the product.")},
    )

    def clean_sku(self) -> str:
        try:
            return text.canonical_sku(self.cleaned_data["sku"])
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message) from refusal


def as_typed(price: Decimal, currency: str) -> Decimal:
    """A stored price with the decimals in which its currency is typed; one that is finer keeps its own."""
    usual = price.quantize(Decimal(1).scaleb(-currency_exponent(currency)))
    return usual if usual == price else price.normalize()


class MoveForm(EditForm):
    """One step up or down, from the rank that was shown."""

    direction = Choice(choices=[("up", "up"), ("down", "down")])
    rank = Whole(smallest=1, largest=LARGEST_QUANTITY)


class QuantityForm(forms.Form):
    """For how many units offers are compared."""

    quantity = Whole(label=gettext_lazy("For how many units?"), smallest=1, largest=LARGEST_QUANTITY, required=False)
