"""What people type about stock, checked."""

import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import text
from backoffice.kernel.editing import EditForm
from backoffice.kernel.errors import Refusal
from backoffice.kernel.fields import Choice, DayField, Line, Whole
from orders.stock.models import StockLevel, TransferLine
from orders.stock.rules import LARGEST_QUANTITY, Wanted

SEARCH_LIMIT = 100
REASON_LIMIT = 300
TRANSFER_LINES = 6
_UNITS = {"required": gettext_lazy("Enter a number of units, 0 for none.")}


class StockFilterForm(forms.Form):
    """A field that cannot be used counts as empty and says why. warehouses: code and name."""

    view = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(
        label=gettext_lazy("Search stock"),
        help_text=gettext_lazy("SKU, name"),
        required=False,
        max_length=SEARCH_LIMIT,
        error_messages={
            "max_length": gettext_lazy("The search has %(show_value)d characters. Use at most %(limit_value)d.")
        },
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    warehouse = forms.ChoiceField(label=gettext_lazy("Warehouse"), required=False)

    def __init__(self, data: Any, *, warehouses: list[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="filter-%s")
        field = self.fields["warehouse"]
        field.choices = [("", _("Every warehouse")), *warehouses]  # type: ignore[attr-defined]
        field.error_messages["invalid_choice"] = _("There is no such warehouse, so all are shown.")

    def clean_q(self) -> str:
        return " ".join(unicodedata.normalize("NFKC", self.cleaned_data["q"]).split())

    def clean(self) -> dict[str, Any]:
        # Django drops what failed; here it counts as not asked for.
        return dict.fromkeys(self.fields, "") | self.cleaned_data


class AdjustForm(EditForm):
    """What was counted in one warehouse, and why it is written."""

    counted = Whole(
        label=gettext_lazy("Counted units"),
        smallest=0,
        largest=LARGEST_QUANTITY,
        help_text=gettext_lazy("All that lies there: held, sold and set aside units too."),
        error_messages=_UNITS,
    )
    reason = Line(
        label=gettext_lazy("Why"),
        limit=REASON_LIMIT,
        required=True,
        help_text=gettext_lazy("Such as: counted, broken, found again."),
        error_messages={"required": gettext_lazy("Say why. It stays in the ledger.")},
    )
    layout: ClassVar = (("counted", "reason"),)


class KeepForm(EditForm):
    """How many units each warehouse keeps back, and when the article is shown again."""

    back_at = Whole(
        label=gettext_lazy("Show again from"),
        smallest=1,
        largest=LARGEST_QUANTITY,
        help_text=gettext_lazy("Sellable units. Goods that arrive show the article again from here on."),
        error_messages={"required": gettext_lazy("Enter a number of units, 1 or more.")},
    )

    def __init__(self, *args: Any, levels: Iterable[StockLevel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.levels = list(levels)
        for level in self.levels:
            self.fields[f"buffer_{level.pk}"] = Whole(
                label=_("Buffer in {warehouse}").format(warehouse=level.warehouse.code),
                smallest=0,
                largest=LARGEST_QUANTITY,
                error_messages=_UNITS,
            )
        self.order_fields([*(f"buffer_{level.pk}" for level in self.levels), "back_at"])

    def buffers(self) -> dict[int, int]:
        """Units that are kept back, by level."""
        return {level.pk: self.cleaned_data[f"buffer_{level.pk}"] for level in self.levels}


class TransferForm(EditForm):
    """What goes from where to where. The first line must be filled."""

    source = Choice(label=gettext_lazy("From"))
    destination = Choice(label=gettext_lazy("To"))
    due_on = DayField(label=gettext_lazy("Expected"), required=False)
    note = Line(label=gettext_lazy("Note"), limit=REASON_LIMIT)
    layout: ClassVar = (
        ("source", "destination"),
        ("due_on", "note"),
        *((f"sku_{n}", f"units_{n}") for n in range(1, TRANSFER_LINES + 1)),
    )

    def __init__(self, *args: Any, warehouses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "destination"):
            self.fields[name].choices = warehouses  # type: ignore[attr-defined]
        for n in range(1, TRANSFER_LINES + 1):
            self.fields[f"sku_{n}"] = Line(
                label=_("Article %(n)d: SKU") % {"n": n},
                limit=text.SKU_LIMIT,
                required=n == 1,
                error_messages={"required": _("Enter the article number of what goes.")},
            )
            self.fields[f"units_{n}"] = Whole(
                label=_("Units"),
                smallest=1,
                largest=LARGEST_QUANTITY,
                required=n == 1,
                error_messages={"required": _("Enter how many units go.")},
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for n in range(1, TRANSFER_LINES + 1):
            self._read_line(data, n)
        return data

    def _read_line(self, data: dict[str, Any], n: int) -> None:
        sku, units = data.get(f"sku_{n}"), data.get(f"units_{n}")
        if sku:
            try:
                data[f"sku_{n}"] = text.canonical_sku(sku)
            except Refusal as refusal:
                self.add_error(f"sku_{n}", refusal.message)
            if units is None and f"units_{n}" in data:
                self.add_error(f"units_{n}", _("Enter how many units go."))
        elif units is not None and f"sku_{n}" in data:
            self.add_error(f"sku_{n}", _("Enter the article number of what goes."))

    def lines(self) -> list[Wanted]:
        """What goes, line by line."""
        found = ((self.cleaned_data[f"sku_{n}"], self.cleaned_data[f"units_{n}"]) for n in range(1, TRANSFER_LINES + 1))
        return [Wanted(sku, units) for sku, units in found if sku]


class ArriveForm(EditForm):
    """How much of each line came."""

    def __init__(self, *args: Any, lines: Iterable[TransferLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            self.fields[f"came_{line.pk}"] = Whole(
                label=_("{sku}, sent {units}").format(sku=line.product.sku, units=line.quantity),
                smallest=0,
                largest=line.quantity,
                error_messages=_UNITS,
            )

    def came(self) -> dict[int, int]:
        """Units that came, by line."""
        return {line.pk: self.cleaned_data[f"came_{line.pk}"] for line in self.lines}


class PressForm(EditForm):
    """A button: nothing to type."""
