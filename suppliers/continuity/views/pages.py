"""What happens when a supplier stops, and which products hang on whom."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import access, keyset
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from backoffice.kernel.text import shown
from suppliers.continuity import words
from suppliers.continuity.selectors import coverage as covering
from suppliers.continuity.selectors import exposures, switching
from suppliers.continuity.views import heat
from suppliers.directory.models import Supplier

SEARCH_LIMIT = 100
VIEWS = {
    covering.ALL: gettext_lazy("All"),
    covering.SINGLE: gettext_lazy("Single source"),
    covering.ORDERED: gettext_lazy("On order"),
}


@access.require(read=Capability.VIEW_SUPPLIERS)
def stops(request: access.StaffRequest, pk: int) -> HttpResponse:
    """What if this supplier stops today?"""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    found = exposures.stop_of(supplier, now=now)
    sees_cost = request.user.can(Capability.VIEW_COST)
    context = {
        "supplier": supplier,
        "stop": found,
        "rows": [(row, [(one, words.lacks(one.readiness)) for one in row.backups]) for row in found.rows],
        "default": exposures.open_default(supplier),
        "switches": switching.switches_of(supplier) if sees_cost else [],
        "can_see_cost": sees_cost,
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": now,
    }
    return render(request, "suppliers/continuity/stops.html", context)


@access.require(read=Capability.VIEW_SUPPLIERS)
def coverage(request: access.StaffRequest) -> HttpResponse:
    """Every product with its suppliers."""
    now, notes = timezone.now(), []
    view = request.GET.get("view", "") or covering.ALL
    if view not in VIEWS:
        notes.append(_("There is no view “%(view)s”, so all products are shown.") % {"view": shown(view)})
        view = covering.ALL
    try:
        cursor = keyset.read(request.GET, named=True)
    except Refusal as refusal:
        cursor = None
        notes.append(refusal.message)
    q = " ".join(request.GET.get("q", "")[:SEARCH_LIMIT].split())
    found = covering.page_of(view, q=q, cursor=cursor, now=now)
    context = {
        "views": [
            {"url": _view_url(code, q), "label": label, "current": code == view, "count": None}
            for code, label in VIEWS.items()
        ],
        "notes": notes,
        "view": view,
        "q": q,
        "is_all": view == covering.ALL and not q,
        "found": found,
        "heat": heat.shown(found),
        "newer_url": keyset.link(request.GET, found.page.newer),
        "older_url": keyset.link(request.GET, found.page.older),
        "now": now,
    }
    return render(request, "suppliers/continuity/coverage.html", context)


def _view_url(view: str, q: str) -> str:
    """The same search in another view."""
    return f"?{urlencode({'view': view, 'q': q} if q else {'view': view})}"
