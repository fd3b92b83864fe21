"""The list of suppliers, and one supplier whole."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import access, audit, formats, keyset
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.assessment import words as assessment_words
from suppliers.assessment.rules.policy import Consequence
from suppliers.assessment.selectors import actions
from suppliers.assessment.selectors.listed import Listed
from suppliers.catalog import selectors as catalog
from suppliers.continuity.selectors import exposures
from suppliers.contracts.selectors import pages as contracts
from suppliers.directory import selectors as directory
from suppliers.directory import words
from suppliers.directory.models import Supplier
from suppliers.overview import filters, history, selectors
from suppliers.performance import pictures

HISTORY_ROWS = 15


@access.require(read=Capability.VIEW_SUPPLIERS)
def supplier_list(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    asked = filters.read(request.GET, countries=selectors.countries())
    notes = list(asked.notes)
    try:
        cursor = keyset.read(request.GET, named=True)
    except Refusal as refusal:
        cursor = None
        notes.append(refusal.message)
    found = selectors.list_page(asked.filter, cursor=cursor, now=now)
    # How many wait for us stands on their view, unless nobody does.
    counts = {"due": directory.count(directory.talks_due(directory.today(now))) or None}
    context = {
        "views": [
            {"url": f"?view={code}", "label": label, "current": code == asked.filter.view, "count": counts.get(code)}
            for code, label in filters.VIEWS.items()
        ],
        "filters": asked.form,
        "asked": asked.filter,
        "notes": notes,
        "rows": [(row, words.country(row.supplier.country), _score(row.score)) for row in found.rows],
        "count": _count_words(found.count),
        "newer_url": keyset.link(request.GET, found.page.newer),
        "older_url": keyset.link(request.GET, found.page.older),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": now,
    }
    return render(request, "suppliers/overview/list.html", context)


def _score(found: Listed | None) -> dict[str, Any] | None:
    """How the list shows a score: the figure, where it stands, and how it moved."""
    if found is None:
        return None
    change = found.change or Decimal(0)
    moved = _("%(n)s in 30 days") % {"n": f"{'+' if change > 0 else '−'}{formats.number(abs(change), 1)}"}
    return {
        "total": formats.EMPTY if found.total is None else formats.number(found.total, 1),
        "moved": moved if change else "",
        "code": found.standing,
        "standing": assessment_words.standing(found.standing, found.bands),
        "tone": assessment_words.TONES[Consequence(found.consequence)],
    }


def _count_words(count: int) -> str:
    capped = min(count, keyset.COUNT_CAP)
    figure = formats.number(capped) + ("+" if count > keyset.COUNT_CAP else "")
    return ngettext("%(n)s supplier", "%(n)s suppliers", capped) % {"n": figure}


@access.require(read=Capability.VIEW_SUPPLIERS)
def supplier_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    supplier = get_object_or_404(selectors.counted(now=now), pk=pk)
    sees_cost = request.user.can(Capability.VIEW_COST)
    context = {
        "supplier": supplier,
        "numbers": selectors.numbers(supplier),
        "is_due": selectors.is_due(supplier, directory.today(now)),
        "default": exposures.open_default(supplier),
        "late": pictures.lateness_of(pk, day=directory.today(now)),
        "facts": _facts(supplier),
        "contacts": directory.contacts(supplier),
        "papers": directory.papers(supplier, now=now),
        "items": catalog.first_items(supplier),
        "actions": actions.panel(pk, today=directory.today(now)),
        "talks": directory.newest_talks(supplier),
        "panel": contracts.glance(supplier),
        "today": directory.today(now),
        # Former prices stand in the history, so it is for those who see prices.
        "history": _history(supplier) if sees_cost else None,
        "can_see_cost": sees_cost,
        "can_see_audit": request.user.can(Capability.VIEW_AUDIT),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": now,
    }
    return render(request, "suppliers/overview/page.html", context)


def _history(supplier: Supplier) -> list[history.Line]:
    return [history.line(entry) for entry in audit.about(f"supplier:{supplier.pk}", limit=HISTORY_ROWS)]


def _facts(supplier: Supplier) -> list[dict[str, Any]]:
    also = [words.language(code) for code in supplier.languages if code != supplier.language]
    cadence = supplier.cadence_days
    rows = [
        (_("Legal name"), supplier.legal_name),
        (_("Country"), words.country(supplier.country) if supplier.country else ""),
        (_("Currency"), supplier.currency),
        (_("Preferred language"), words.language(supplier.language) if supplier.language else ""),
        (_("Also understood"), ", ".join(also)),
        (
            _("Talk every"),
            ngettext("%(n)d day", "%(n)d days", cadence) % {"n": cadence} if cadence else _("no plan"),
        ),
    ]
    return [{"label": label, "value": value or "—"} for label, value in rows]
