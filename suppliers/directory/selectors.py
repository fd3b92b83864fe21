"""Reads of the directory: one supplier's people, papers and talks; prospects."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from suppliers.directory import rules
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.directory.rules import Paper, Stage, SupplierState

# A panel shows so many; the list behind it shows all.
PANEL_ROWS = 5
MOST_PEOPLE = 100
OPEN_STAGES = (Stage.FOUND, Stage.CONTACTED, Stage.SAMPLING, Stage.NEGOTIATING)
_WORST_FIRST = (Paper.EXPIRED, Paper.EXPIRING, Paper.FUTURE, Paper.VALID, Paper.RETIRED)


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A certificate and how it stands today. days: until its last day, negative afterwards, None without an end."""

    paper: Certificate
    state: Paper
    days: int | None


def today(now: datetime) -> date:
    """The day by which papers and talks are judged."""
    return timezone.localdate(now)


def contacts(supplier: Supplier) -> QuerySet[SupplierContact]:
    """The people at a supplier: who is still there first, then by name."""
    return supplier.contacts.order_by("-is_active", "name", "id")[:MOST_PEOPLE]


def papers(supplier: Supplier, *, now: datetime) -> list[PaperRow]:
    """The supplier's certificates, worst first."""
    day = today(now)
    rows = [_paper_row(paper, day) for paper in supplier.certificates.order_by("kind", "-valid_until", "id")]
    return sorted(rows, key=lambda row: _WORST_FIRST.index(row.state))


def _paper_row(paper: Certificate, day: date) -> PaperRow:
    state = rules.paper_state(
        valid_from=paper.valid_from, valid_until=paper.valid_until, is_retired=paper.is_retired, today=day
    )
    return PaperRow(paper, state, (paper.valid_until - day).days if paper.valid_until else None)


def newest_talks(supplier: Supplier) -> list[ContactLog]:
    """The last few talks, newest first."""
    return list(_talks(supplier).order_by("-happened_on", "-id")[:PANEL_ROWS])


def talks(supplier: Supplier, *, cursor: Cursor | None) -> Page[ContactLog]:
    """One page of the whole log, in the order in which it was written."""
    return keyset.page(_talks(supplier), cursor=cursor)


def _talks(supplier: Supplier) -> QuerySet[ContactLog]:
    return ContactLog.objects.filter(supplier=supplier).select_related("contact", "written_by")


def steps_due(day: date) -> QuerySet[Prospect]:
    """The prospects in talks whose next step has come."""
    return Prospect.objects.filter(stage__in=OPEN_STAGES, next_step_on__lte=day)


def talks_due(day: date) -> QuerySet[Supplier]:
    """The suppliers that should have heard from us by now; with one that ended, nobody needs to talk."""
    return Supplier.objects.filter(contact_due_on__lte=day).exclude(state=SupplierState.ENDED)


def count(rows: QuerySet[Any]) -> int:
    """How many rows, counted no further than lists count."""
    return keyset.capped_count(rows, cap=keyset.COUNT_CAP)


def prospects(*, view: str, q: str, day: date, cursor: Cursor | None) -> tuple[Page[Prospect], int]:
    """One page of prospects, newest first, and how many there are. view: "open", "due", "won", "dropped" or "all"."""
    rows = (steps_due(day) if view == "due" else Prospect.objects.all()).select_related("supplier")
    stages = {"open": OPEN_STAGES, "won": (Stage.WON,), "dropped": (Stage.DROPPED,)}
    if view in stages:
        rows = rows.filter(stage__in=stages[view])
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(source_detail__icontains=q) | Q(contact_name__icontains=q))
    return keyset.page(rows, cursor=cursor), count(rows)
