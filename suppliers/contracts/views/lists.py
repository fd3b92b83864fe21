"""Lists: all contracts, all claims, and those of one supplier."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.kernel import access, formats, keyset
from backoffice.kernel.errors import Refusal
from backoffice.kernel.keyset import Cursor
from backoffice.kernel.roles import Capability
from suppliers.contracts.models import Contract
from suppliers.contracts.selectors import pages
from suppliers.directory.models import Supplier

SEARCH_LIMIT = 100
CONTRACTS = {
    "all": gettext_lazy("All"),
    "ending": gettext_lazy("Ending within 90 days"),
    "breach": gettext_lazy("In breach"),
    "claims": gettext_lazy("Claims open"),
    "drafts": gettext_lazy("Drafts"),
}
CLAIMS = {
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Answer overdue"),
    "closed": gettext_lazy("Closed"),
    "all": gettext_lazy("All"),
}


@access.require(read=Capability.VIEW_SUPPLIERS)
def contract_list(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    day = timezone.localdate(now)
    view, notes = _view(request, CONTRACTS, "all")
    cursor = _place(request, notes, named=True)
    q = " ".join(request.GET.get("q", "")[:SEARCH_LIMIT].split())
    page, count = pages.contract_page(view, q, cursor=cursor, day=day)
    context = {
        "views": _tabs(CONTRACTS, view),
        "view": view,
        "q": q,
        "notes": notes,
        "rows": page.rows,
        "count": _count(count, ngettext("%(n)s contract", "%(n)s contracts", min(count, keyset.COUNT_CAP))),
        "newer_url": keyset.link(request.GET, page.newer),
        "older_url": keyset.link(request.GET, page.older),
        "today": day,
        "now": now,
    }
    return render(request, "suppliers/contracts/list.html", context)


@access.require(read=Capability.VIEW_SUPPLIERS)
def claim_list(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    day = timezone.localdate(now)
    view, notes = _view(request, CLAIMS, "open")
    page, count = pages.claim_page(view, cursor=_place(request, notes), day=day)
    context = {
        "views": _tabs(CLAIMS, view),
        "notes": notes,
        "rows": page.rows,
        "count": _count(count, ngettext("%(n)s claim", "%(n)s claims", min(count, keyset.COUNT_CAP))),
        "newer_url": keyset.link(request.GET, page.newer),
        "older_url": keyset.link(request.GET, page.older),
        "can_see_cost": request.user.can(Capability.VIEW_COST),
        "today": day,
        "now": now,
    }
    return render(request, "suppliers/contracts/claims.html", context)


@access.require(read=Capability.VIEW_SUPPLIERS)
def of_supplier(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Everything that was agreed with one supplier, and asked of it."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    context = {
        "supplier": supplier,
        "panel": pages.panel(supplier),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "can_see_cost": request.user.can(Capability.VIEW_COST),
        "states": Contract.State,
        "today": timezone.localdate(now),
        "now": now,
    }
    return render(request, "suppliers/contracts/supplier.html", context)


def _view(request: access.StaffRequest, known: Mapping[str, object], first: str) -> tuple[str, list[str]]:
    """The saved view that the address names, and sentences about what could not be used."""
    asked = request.GET.get("view", "") or first
    if asked in known:
        return asked, []
    return first, [_("There is no such view, so this is the first one.")]


def _place(request: access.StaffRequest, notes: list[str], *, named: bool = False) -> Cursor | None:
    try:
        return keyset.read(request.GET, named=named)
    except Refusal as refusal:
        notes.append(refusal.message)
        return None


def _tabs(known: Mapping[str, object], current: str) -> list[dict[str, object]]:
    return [
        {"url": f"?view={code}", "label": label, "current": code == current, "count": None}
        for code, label in known.items()
    ]


def _count(count: int, words: str) -> str:
    capped = min(count, keyset.COUNT_CAP)
    return words % {"n": formats.number(capped) + ("+" if count > keyset.COUNT_CAP else "")}
