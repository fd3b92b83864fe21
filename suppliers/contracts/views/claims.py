"""Claims: drafted, changed, taken step by step, and what came back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import access, editing, formats
from backoffice.kernel.editing import EditForm, Screen, initial
from backoffice.kernel.roles import Capability
from suppliers.contracts import services as contracts
from suppliers.contracts.forms import (
    BreachesForm,
    ClaimChangeForm,
    ClaimForm,
    PartlyForm,
    ReasonForm,
    RecoveryForm,
    SendForm,
)
from suppliers.contracts.models import Breach, Contract, SupplierClaim
from suppliers.contracts.rules.claims import COLLECTING, ClaimKind, ClaimState, RecoveryKind, may_go
from suppliers.contracts.selectors import pages
from suppliers.directory.models import Supplier

_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)
ANSWER_DAYS = 14


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a claim as a page. note: what it means, above the form."""

    slug: str
    target: ClaimState
    title: Any
    done: Any
    note: Any = ""


STEPS = (
    Step("send", ClaimState.SENT, gettext_lazy("Send the claim"), gettext_lazy("The claim is marked as sent."),
         gettext_lazy("Send the evidence pack to the supplier yourself. From then on the claim is fixed.")),
    Step("accept", ClaimState.ACCEPTED, gettext_lazy("They accept it"), gettext_lazy("The claim is accepted.")),
    Step("accept-part", ClaimState.PARTLY, gettext_lazy("They accept a part"), gettext_lazy("A part is accepted.")),
    Step("dispute", ClaimState.DISPUTED, gettext_lazy("They dispute it"), gettext_lazy("The claim is disputed.")),
    Step("settle", ClaimState.SETTLED, gettext_lazy("Settle the claim"), gettext_lazy("The claim is settled."),
         gettext_lazy("It is closed with what came back until today; the rest is written off.")),
    Step("withdraw", ClaimState.WITHDRAWN, gettext_lazy("Withdraw the claim"), gettext_lazy("The claim is withdrawn."),
         gettext_lazy("Its breaches can be claimed again.")),
)  # fmt: skip
# What most likely comes next; elsewhere it is writing down what came back.
MAIN = {ClaimState.DRAFT: "send", ClaimState.SENT: "accept"}


@access.require(read=Capability.VIEW_SUPPLIERS)
def page(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    claim = _claim(pk)
    state = ClaimState(claim.state)
    today = timezone.localdate(now)
    context = {
        "claim": claim,
        "supplier": claim.supplier,
        "whole": pages.whole(claim),
        "steps": [step for step in STEPS if may_go(state, step.target)],
        "main_step": MAIN.get(state, ""),
        "is_draft": state is ClaimState.DRAFT,
        "is_collecting": state in COLLECTING,
        "is_overdue": state is ClaimState.SENT and claim.answer_due is not None and claim.answer_due < today,
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "can_see_cost": request.user.can(Capability.VIEW_COST),
        "now": now,
    }
    return render(request, "suppliers/contracts/claim.html", context)


@_edits
def claim_breaches(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    contract = get_object_or_404(Contract.objects.select_related("supplier"), pk=pk)
    screen = Screen(
        _("Claim breaches"), _("Draft the claim"), _("The claim is drafted. Check it, then send it."),
        back_url=reverse("contracts:page", args=[pk]), back_label=contract.number,
    )  # fmt: skip
    found = list(pages.unclaimed(contract.breaches.select_related("level")).order_by("start", "pk"))
    choices = [(str(row.pk), _breach_words(row)) for row in found]
    if request.method != "POST":
        title = _("Service levels missed under {number}").format(number=contract.number)
        first = initial(title=title, breaches=[code for code, _label in choices])
        return editing.show(request, screen, BreachesForm(initial=first, choices=choices))
    form = BreachesForm(request.POST, choices=choices)

    def act() -> str:
        made = contracts.claim_breaches(
            contract_id=pk, breach_ids=[int(one) for one in form.cleaned_data["breaches"]],
            title=form.cleaned_data["title"], actor=request.user, now=now,
        )  # fmt: skip
        return _url(made)

    return editing.answer(request, screen, form, act, purpose=f"claim.draft:{pk}", now=now)


def _breach_words(row: Breach) -> str:
    return _("{metric}, {start} to {end}: {amount}").format(
        metric=row.level.get_metric_display(), start=formats.day(row.start), end=formats.day(row.end),
        amount=formats.money(row.penalty, row.currency),
    )  # fmt: skip


@_edits
def add(request: access.StaffRequest, pk: int) -> HttpResponse:
    """A claim for a defect, a default or something else."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    offered = [(str(one.pk), f"{one.number} · {one.title}") for one in supplier.contracts.order_by("-valid_from")]
    screen = Screen(
        _("Claim something else"), _("Draft the claim"), _("The claim is drafted. Check it, then send it."),
        back_url=reverse("contracts:of-supplier", args=[pk]), back_label=supplier.name,
    )  # fmt: skip
    if request.method != "POST":
        first = initial(currency=supplier.currency, kind=ClaimKind.DEFECT.value)
        return editing.show(request, screen, ClaimForm(initial=first, contracts=offered))
    form = ClaimForm(request.POST, contracts=offered)

    def act() -> str:
        return _url(contracts.draft_claim(supplier_id=pk, draft=form.draft(), actor=request.user, now=now))

    return editing.answer(request, screen, form, act, purpose=f"claim.create:{pk}", now=now)


@_edits
def edit(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    claim = _claim(pk)
    screen = _screen(claim, _("Change the claim"), _("Save changes"), _("The claim is changed."))

    def stored() -> ClaimChangeForm:
        row = _claim(pk)
        first = initial(row.version, title=row.title, reason=row.reason, amount=row.amount)
        return ClaimChangeForm(initial=first, currency=row.currency)

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = ClaimChangeForm(request.POST, currency=claim.currency)

    def act() -> str:
        values = form.cleaned_data
        contracts.change_claim(
            claim_id=pk, version=values["version"] or 0, title=values["title"], reason=values["reason"],
            amount=values["amount"] or Decimal(0), actor=request.user, now=now,
        )  # fmt: skip
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"claim.change:{pk}", now=now, saved=stored)


@_edits
def move(request: access.StaffRequest, pk: int, step: str) -> HttpResponse:
    """One step of a claim."""
    now = timezone.now()
    claim = _claim(pk)
    chosen = next((one for one in STEPS if one.slug == step), None)
    if chosen is None:
        raise Http404
    screen = _screen(claim, str(chosen.title), str(chosen.title), str(chosen.done), note=str(chosen.note))
    make = _form_of(chosen, claim, timezone.localdate(now))

    def fresh() -> EditForm:
        return make(None, _claim(pk).version)

    if request.method != "POST":
        return editing.show(request, screen, fresh())
    form = make(request.POST, 0)

    def act() -> str:
        given = {name: form.cleaned_data[name] for name in ("answer_due", "accepted", "note") if name in form.fields}
        contracts.move_claim(
            claim_id=pk, version=form.cleaned_data["version"] or 0, target=chosen.target, actor=request.user, now=now,
            **given,
        )  # fmt: skip
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"claim.{step}:{pk}", now=now, saved=fresh)


def _form_of(step: Step, claim: SupplierClaim, today: date) -> Callable[[Any, int], EditForm]:
    """How the form of a step is made: from what was posted, or fresh for a version."""

    def make(posted: Any, version: int) -> EditForm:
        first = initial(version, answer_due=today + timedelta(days=ANSWER_DAYS))
        if step.target is ClaimState.PARTLY:
            return PartlyForm(posted, initial=first, currency=claim.currency)
        kinds: dict[ClaimState, type[EditForm]] = {
            ClaimState.SENT: SendForm, ClaimState.DISPUTED: ReasonForm, ClaimState.WITHDRAWN: ReasonForm,
        }  # fmt: skip
        return kinds.get(step.target, EditForm)(posted, initial=first)

    return make


@_edits
def add_recovery(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    claim = _claim(pk)
    note = _("Still open: {amount}.").format(amount=formats.money(claim.outstanding, claim.currency))
    screen = _screen(
        claim, _("Write down what came back"), _("Save recovery"), _("The recovery is written down."), note=note
    )  # fmt: skip
    if request.method != "POST":
        first = initial(day=timezone.localdate(now), kind=RecoveryKind.CREDIT_NOTE.value)
        return editing.show(request, screen, RecoveryForm(initial=first, currency=claim.currency))
    form = RecoveryForm(request.POST, currency=claim.currency)

    def act() -> str:
        contracts.record_recovery(claim_id=pk, draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"claim.recover:{pk}", now=now)


@_edits
def waive(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Let a breach go."""
    now = timezone.now()
    breach = get_object_or_404(Breach.objects.select_related("contract"), pk=pk)
    screen = Screen(
        _("Let the breach go"), _("Let it go"), _("Nothing is asked for, and the alert is closed."),
        back_url=reverse("contracts:breach", args=[pk]), back_label=breach.contract.number,
        note=_("Nothing is asked for this window. It stays on the contract, with the reason."),
    )  # fmt: skip
    if request.method != "POST":
        return editing.show(request, screen, ReasonForm(initial=initial()))
    form = ReasonForm(request.POST)

    def act() -> str:
        contracts.waive_breach(breach_id=pk, why=form.cleaned_data["note"], actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"breach.waive:{pk}", now=now)


def _claim(pk: int) -> SupplierClaim:
    return get_object_or_404(SupplierClaim.objects.select_related("supplier", "contract", "drafted_by"), pk=pk)


def _url(claim: SupplierClaim) -> str:
    return reverse("contracts:claim", args=[claim.pk])


def _screen(claim: SupplierClaim, title: str, button: str, done: str, *, note: str = "") -> Screen:
    return Screen(title, button, done, back_url=_url(claim), back_label=claim.number, note=note)
