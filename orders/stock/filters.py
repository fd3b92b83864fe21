"""What the address of the stock list asks for."""

from dataclasses import dataclass, fields

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel.listing import POSITION_KEYS
from backoffice.kernel.text import shown
from orders.stock.forms import StockFilterForm
from orders.stock.rules import ALL, StockFilter

VIEWS = {
    ALL: gettext_lazy("All"),
    "stopped": gettext_lazy("Unavailable"),
    "back": gettext_lazy("Can be shown again"),
    "low": gettext_lazy("Close to the buffer"),
    "quarantine": gettext_lazy("In quarantine"),
    "transit": gettext_lazy("In transit"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query string, understood. notes: sentences about what could not be used and was left out."""

    filter: StockFilter
    form: StockFilterForm
    notes: tuple[str, ...]


def read(query: QueryDict, *, warehouses: list[tuple[str, str]]) -> Asked:
    """Understand a query string; what cannot be used is left out and said. warehouses: code and name."""
    data = query.copy()
    view, notes = query.get("view", "") or ALL, _unknown_names(query)
    if view not in VIEWS:
        notes.append(_("There is no view “%(view)s”, so all articles are shown.") % {"view": shown(view)})
        view = ALL
    data["view"] = view
    form = StockFilterForm(data, warehouses=warehouses)
    form.is_valid()
    return Asked(StockFilter(**form.cleaned_data), form, tuple(notes))


def _unknown_names(query: QueryDict) -> list[str]:
    known = {field.name for field in fields(StockFilter)} | {"after", "before"}
    unknown = sorted(name for name in query if name not in known)
    if not unknown:
        return []
    if POSITION_KEYS & set(unknown):
        return [_("Pages here have no numbers, so this is the first page. Use Next and Previous.")]
    names = ", ".join(shown(name) for name in unknown[:3])
    return [_("This list does not know “%(names)s”, so it was left out.") % {"names": names}]
