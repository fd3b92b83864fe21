"""The switch to backups: three ways side by side, a draft, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, editing, form_tokens
from backoffice.kernel.editing import EditForm, Screen, initial
from backoffice.kernel.roles import Capability
from suppliers.continuity import services as continuity
from suppliers.continuity import words
from suppliers.continuity.forms import SwitchForm
from suppliers.continuity.models import Switchover
from suppliers.continuity.rules.split import Plan
from suppliers.continuity.rules.switches import SwitchState
from suppliers.continuity.selectors import exposures, switching
from suppliers.continuity.selectors.backups import Backup
from suppliers.continuity.selectors.switching import DryRun, Question
from suppliers.directory.models import Supplier


@dataclass(frozen=True, slots=True)
class Way:
    """One plan as a column. late_units: units that arrive after stock has ended."""

    title: str
    plan: Plan
    uncovered: int
    suppliers: int
    late_units: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One backup as a row. price: a unit in the currency of the plan; the differences are to the supplier that stops.

    quantities: the title of each way, and the units there.
    """

    backup: Backup
    price: Decimal
    price_gap: Decimal | None
    lead_gap: int | None
    late_days: int
    quantities: list[tuple[str, int]]

    @property
    def lead_gain(self) -> int:
        """By how many days it is quicker than the one that stops."""
        return -(self.lead_gap or 0)


@access.require(read=Capability.VIEW_COST, write=Capability.EDIT_SUPPLIERS)
def switch(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Look at the ways (GET), or keep the best as a draft (POST)."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    stop = exposures.stop_of(supplier, now=now)
    currencies = switching.currencies(stop)
    if request.method != "POST":
        form = SwitchForm(_asked(request, currencies), initial=initial(), currencies=currencies)
        return _show(request, supplier, stop, form, now=now)
    form = SwitchForm(request.POST, currencies=currencies)

    def act() -> str:
        made = continuity.draft_switch(
            supplier_id=pk, currency=form.cleaned_data["currency"], rates=form.rates(), actor=request.user, now=now
        )
        return reverse("continuity:plan", args=[made.pk])

    screen = Screen(
        "", "", _("The draft is kept. Nothing is ordered before you confirm it."),
        back_url=reverse("continuity:stops", args=[pk]), back_label=supplier.name,
    )  # fmt: skip
    return editing.answer(
        request, screen, form, act, purpose=f"switch.draft:{pk}", now=now,
        again=lambda refused: _show(request, supplier, stop, form, now=now, status=422),
    )  # fmt: skip


def _asked(request: access.StaffRequest, currencies: list[str]) -> dict[str, Any] | None:
    """What the address says; the commonest currency where it says nothing."""
    if not currencies:
        return None
    return {"currency": currencies[0]} | request.GET.dict()


def _show(
    request: access.StaffRequest,
    supplier: Supplier,
    stop: exposures.Stop,
    form: SwitchForm,
    *,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "supplier": supplier,
        "stop": stop,
        "form": form,
        "token": form_tokens.new(),
        "default": exposures.open_default(supplier),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": now,
    }
    if form.currencies and form.is_bound and form.is_valid():
        asked = switching.question(
            supplier, currency=form.cleaned_data["currency"], rates=form.rates(), now=now, stop=stop
        )
        context |= _compared(asked, switching.dry_run(asked), supplier)
    return render(request, "suppliers/continuity/switch.html", context, status=status)


def _compared(asked: Question, found: DryRun, supplier: Supplier) -> dict[str, Any]:
    plans = (found.solution.plan, found.cheapest, found.first)
    titles = (_("Best split"), _("Cheapest first"), _("All to the first backup"))
    return {
        "asked": asked,
        "solution": found.solution,
        "ways": [_way(title, plan, asked) for title, plan in zip(titles, plans, strict=True)],
        "candidates": _candidates(asked, dict(zip(titles, plans, strict=True))),
        "limits": words.limits(found.solution.slack),
    }


def _way(title: str, plan: Plan, asked: Question) -> Way:
    return Way(
        title=title,
        plan=plan,
        uncovered=sum(plan.uncovered.values()),
        suppliers=len({take.offer.supplier for take in plan.takes}),
        late_units=sum(take.quantity for take in plan.takes if asked.problem.late_days(take.offer)),
    )


def _candidates(asked: Question, plans: dict[str, Plan]) -> list[Candidate]:
    taken = {title: {take.offer.key: take.quantity for take in plan.takes} for title, plan in plans.items()}
    stopping = {row.product.pk: row.stopping for row in asked.stop.rows}
    found = []
    for offer in asked.problem.offers:
        backup = asked.backups[offer.key]
        left = stopping.get(backup.item.product_id)
        rate = asked.rates.get(left.item.currency) if left else None
        found.append(
            Candidate(
                backup=backup,
                price=offer.price,
                price_gap=offer.price / (left.item.price * rate) - 1 if left and rate else None,
                lead_gap=offer.lead_days - left.lead_p90 if left else None,
                late_days=asked.problem.late_days(offer),
                quantities=[(title, units.get(offer.key, 0)) for title, units in taken.items()],
            )
        )
    return found


@access.require(read=Capability.VIEW_COST)
def plan(request: access.StaffRequest, pk: int) -> HttpResponse:
    return _plan(request, pk, EditForm(initial=initial()))


def _plan(request: access.StaffRequest, pk: int, form: EditForm) -> HttpResponse:
    made = get_object_or_404(
        Switchover.objects.select_related("supplier", "drafted_by", "confirmed_by", "undone_by"), pk=pk
    )
    rows = switching.rows_of(made)
    context = {
        "made": made,
        "rows": rows,
        "units": sum(row.quantity for row in rows),
        "total": made.cost + made.penalty,
        "gap": (made.cost + made.penalty - made.bound) / (made.cost + made.penalty) if made.bound is not None else None,
        "is_draft": made.state == SwitchState.DRAFT,
        "can_undo": made.state == SwitchState.CONFIRMED and all(row.sent_at is None for row in rows),
        "form": form,
        "token": form_tokens.new(),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": timezone.now(),
    }
    return render(request, "suppliers/continuity/plan.html", context, status=422 if form.errors else 200)


@access.require(write=Capability.EDIT_SUPPLIERS)
def confirm(request: access.StaffRequest, pk: int) -> HttpResponse:
    done = _("The switch is confirmed. Purchasing orders its rows.")
    return _decide(request, pk, "confirm", done, continuity.confirm_switch)


@access.require(write=Capability.EDIT_SUPPLIERS)
def undo(request: access.StaffRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "undo", _("The switch is undone. Nothing was sent."), continuity.undo_switch)


def _decide(
    request: access.StaffRequest, pk: int, name: str, done: str, service: Callable[..., Switchover]
) -> HttpResponse:
    now = timezone.now()
    get_object_or_404(Switchover, pk=pk)
    url = reverse("continuity:plan", args=[pk])
    form = EditForm(request.POST)

    def act() -> str:
        service(switch_id=pk, actor=request.user, now=now)
        return url

    return editing.answer(
        request, Screen("", "", done, back_url=url, back_label=""), form, act, purpose=f"switch.{name}:{pk}", now=now,
        again=lambda refused: _plan(request, pk, refused),
    )  # fmt: skip
