"""Reads of corrective actions: lists over all suppliers, the panel of one, and what is overdue."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from urllib.parse import urlencode

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from backoffice.kernel.models import Alert, User
from backoffice.kernel.roles import CAPABILITIES, Capability
from suppliers.assessment.models import ActionStep, CorrectiveAction
from suppliers.assessment.rules.actions import ActionState, is_overdue

OPEN, OVERDUE, VERIFY, ALL = "open", "overdue", "verify", "all"
RUNNING = (ActionState.OPEN, ActionState.ANSWERED)
PANEL_ROWS = 5
MOST_OWNERS = 200


@dataclass(frozen=True, slots=True)
class ActionFilter:
    """Which actions: a saved view, and what narrows it. owner: the id of a person, as text."""

    view: str = OPEN
    q: str = ""
    cause: str = ""
    owner: str = ""

    def to_query(self) -> str:
        """The query string of these actions, "" for the view that opens first."""
        pairs = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({name: value for name, value in pairs.items() if value not in ("", OPEN)})


@dataclass(frozen=True, slots=True)
class Panel:
    """What a supplier's page shows. running: open or to verify, soonest first; verified: how many are over."""

    running: list[tuple[CorrectiveAction, bool]]
    count: int
    verified: int


def alert_key(action_id: int, due_on: date) -> str:
    """The alert of one missed day; a new day that is missed too is a new alert."""
    return f"action:{action_id}:{due_on.isoformat()}"


def url(action: CorrectiveAction) -> str:
    """The page of an action."""
    return reverse("assessment:action", args=[action.pk])


def matching(wanted: ActionFilter, *, today: date) -> QuerySet[CorrectiveAction]:
    """Every action that the filter means, in no order."""
    rows = _view(CorrectiveAction.objects.select_related("supplier", "owner"), wanted.view, today)
    if wanted.cause:
        rows = rows.filter(cause=wanted.cause)
    if wanted.owner:
        rows = rows.filter(owner_id=int(wanted.owner))
    if wanted.q:
        rows = rows.filter(_says(wanted.q))
    return rows


def _view(rows: QuerySet[CorrectiveAction], view: str, today: date) -> QuerySet[CorrectiveAction]:
    if view == OPEN:
        return rows.filter(state__in=RUNNING)
    if view == OVERDUE:
        return rows.filter(state=ActionState.OPEN, due_on__lt=today)
    if view == VERIFY:
        return rows.filter(state=ActionState.ANSWERED)
    return rows


def _says(text: str) -> Q:
    number = text.upper().removeprefix("CA-")
    found = Q(what__icontains=text) | Q(supplier__code__icontains=text) | Q(supplier__name__icontains=text)
    return found | Q(number=int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else found


def list_page(wanted: ActionFilter, *, cursor: Cursor | None, today: date) -> tuple[Page[CorrectiveAction], int]:
    """One page, the day that is due soonest first, and how many there are, in two statements."""
    rows = matching(wanted, today=today)
    page = keyset.page(rows, cursor=cursor, by="due_on", rising=True)
    return page, keyset.capped_count(rows, cap=keyset.COUNT_CAP)


def panel(supplier_id: int, *, today: date) -> Panel:
    """A supplier's actions in few lines, in two statements."""
    every = CorrectiveAction.objects.filter(supplier_id=supplier_id)
    rows = every.filter(state__in=RUNNING).select_related("owner").order_by("due_on", "id")[:PANEL_ROWS]
    counts = every.aggregate(
        running=Count("pk", filter=Q(state__in=RUNNING)), verified=Count("pk", filter=Q(state=ActionState.VERIFIED))
    )
    return Panel(
        running=[(row, is_overdue(row.state, row.due_on, today=today)) for row in rows],
        count=counts["running"],
        verified=counts["verified"],
    )


def steps(action: CorrectiveAction) -> Sequence[ActionStep]:
    """Everything that was done with an action, newest first."""
    return list(ActionStep.objects.filter(action=action).select_related("actor").order_by("-id"))


def of_supplier(supplier_id: int, *, cursor: Cursor | None) -> Page[CorrectiveAction]:
    """One page of a supplier's actions, newest first."""
    return keyset.page(CorrectiveAction.objects.filter(supplier_id=supplier_id), cursor=cursor)


def owners() -> list[tuple[str, str]]:
    """Who may own an action: people who may change suppliers. (id, name), by name."""
    editors = [role.value for role, held in CAPABILITIES.items() if Capability.EDIT_SUPPLIERS in held]
    rows = User.objects.filter(is_active=True, role__in=editors).order_by("name", "username")[:MOST_OWNERS]
    return [(str(user.pk), str(user)) for user in rows]


def untold(*, day: date, limit: int) -> list[CorrectiveAction]:
    """Overdue actions of which nobody was told for the day they were due."""
    key = Concat(
        Value("action:"), Cast("pk", CharField()), Value(":"), Cast("due_on", CharField()), output_field=TextField()
    )
    rows = CorrectiveAction.objects.filter(state=ActionState.OPEN, due_on__lt=day).annotate(alert_key=key)
    told = Alert.objects.filter(key=OuterRef("alert_key"))
    return list(rows.filter(~Exists(told)).select_related("supplier").order_by("due_on", "id")[:limit])
