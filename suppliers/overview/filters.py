"""What the address of the suppliers list asks for."""

from dataclasses import dataclass, fields

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel.listing import POSITION_KEYS
from backoffice.kernel.text import shown
from suppliers.overview.forms import SupplierFilterForm
from suppliers.overview.rules import ALL, SupplierFilter

VIEWS = {
    ALL: gettext_lazy("All"),
    "due": gettext_lazy("Contact due"),
    "papers": gettext_lazy("Certificates ending"),
    "assess": gettext_lazy("Assessment due"),
    "primary": gettext_lazy("Primary suppliers"),
    "idle": gettext_lazy("Without items"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query string, understood. notes: sentences about what could not be used and was left out."""

    filter: SupplierFilter
    form: SupplierFilterForm
    notes: tuple[str, ...]


def read(query: QueryDict, *, countries: tuple[str, ...] = ()) -> Asked:
    """Understand a query string; what cannot be used is left out and said. countries: the offered choices."""
    data = query.copy()
    view, notes = query.get("view", "") or ALL, _unknown_names(query)
    if view not in VIEWS:
        notes.append(_("There is no view “%(view)s”, so all suppliers are shown.") % {"view": shown(view)})
        view = ALL
    data["view"] = view
    form = SupplierFilterForm(data, countries=countries)
    form.is_valid()
    return Asked(SupplierFilter(**form.cleaned_data), form, tuple(notes))


def _unknown_names(query: QueryDict) -> list[str]:
    known = {field.name for field in fields(SupplierFilter)} | {"after", "before"}
    unknown = sorted(name for name in query if name not in known)
    if not unknown:
        return []
    if POSITION_KEYS & set(unknown):
        return [_("Pages here have no numbers, so this is the first page. Use Next and Previous.")]
    names = ", ".join(shown(name) for name in unknown[:3])
    return [_("This list does not know “%(names)s”, so it was left out.") % {"names": names}]
