"""What the address of the orders list asks for; the same address drives the list and a message to all of it."""

from dataclasses import dataclass, fields

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel.listing import POSITION_KEYS
from backoffice.kernel.text import shown
from orders.sales.forms import OrderFilterForm
from orders.sales.rules import ALL, OrderFilter

VIEWS = {
    ALL: gettext_lazy("All"),
    "to_ship": gettext_lazy("To ship"),
    "late": gettext_lazy("Late"),
    "no_reach": gettext_lazy("No reach"),
    "cancelled": gettext_lazy("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query string, understood. notes: sentences about what could not be used and was left out."""

    filter: OrderFilter
    form: OrderFilterForm
    notes: tuple[str, ...]


def read(query: QueryDict, *, regions: tuple[str, ...] = (), campaigns: tuple[str, ...] = ()) -> Asked:
    """Understand a query string; what cannot be used is left out and said. regions, campaigns: the offered choices."""
    data = query.copy()
    view, notes = query.get("view", "") or ALL, _unknown_names(query)
    if view not in VIEWS:
        notes.append(_("There is no view “%(view)s”, so all orders are shown.") % {"view": shown(view)})
        view = ALL
    data["view"] = view
    form = OrderFilterForm(data, regions=regions, campaigns=campaigns)
    form.is_valid()
    return Asked(OrderFilter(**form.cleaned_data), form, tuple(notes))


def _unknown_names(query: QueryDict) -> list[str]:
    known = {field.name for field in fields(OrderFilter)} | {"after", "before"}
    unknown = sorted(name for name in query if name not in known)
    if not unknown:
        return []
    names = ", ".join(shown(name) for name in unknown[:3])
    if POSITION_KEYS & set(unknown):
        return [_("Pages here have no numbers, so this is the first page. Use Next and Previous.")]
    return [_("This list does not know “%(names)s”, so it was left out.") % {"names": names}]
