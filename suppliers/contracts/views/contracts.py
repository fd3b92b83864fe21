"""One contract: its page, and the forms of itself and of its service levels."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, editing, formats, keyset
from backoffice.kernel.editing import EditForm, Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.contracts import services as contracts
from suppliers.contracts import words
from suppliers.contracts.forms import ContractForm, LastDayForm, LevelForm
from suppliers.contracts.models import Contract, ServiceLevel
from suppliers.contracts.rules.measuring import COMPARED, Metric
from suppliers.contracts.rules.penalties import Basis, Shape
from suppliers.contracts.rules.windows import WindowKind, earliest_end
from suppliers.contracts.selectors import levels, pages
from suppliers.contracts.selectors.levels import Standing
from suppliers.directory.models import Supplier

_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A service level in words. so_far: what its current window comes to, "" where there is none."""

    level: ServiceLevel
    target: str
    window: str
    tolerance: str
    curve: list[str]
    cap: str
    so_far: str
    n: int
    is_missed: bool
    penalty: Decimal
    standing: Standing


@access.require(read=Capability.VIEW_SUPPLIERS)
def page(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The contract with its promises, breaches and claims."""
    now = timezone.now()
    day = timezone.localdate(now)
    contract = get_object_or_404(Contract.objects.select_related("supplier", "store"), pk=pk)
    note = ""
    try:
        cursor = keyset.read(request.GET)
    except Refusal as refusal:
        cursor, note = None, refusal.message
    found = pages.breach_page(contract, cursor=cursor)
    context = {
        "contract": contract,
        "supplier": contract.supplier,
        "levels": [_level_row(one) for one in levels.so_far(contract, day=day)],
        "breaches": [(row, words.figure(Metric(row.level.metric), row.value)) for row in found.rows],
        "claims": contract.claims.order_by("-pk")[: pages.SHOWN],
        "money": pages.money(contract),
        "facts": _facts(contract, day=now, can_see_cost=request.user.can(Capability.VIEW_COST)),
        "notice": contract.terminate_by,
        "is_notice_over": contract.terminate_by is not None and contract.terminate_by < day,
        "note": note,
        "newer_url": keyset.link(request.GET, found.newer),
        "older_url": keyset.link(request.GET, found.older),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "can_see_cost": request.user.can(Capability.VIEW_COST),
        "now": now,
    }
    return render(request, "suppliers/contracts/page.html", context)


def _level_row(standing: Standing) -> LevelRow:
    level, found = standing.level, standing.found
    terms = levels.terms(level)
    return LevelRow(
        level=level,
        target=words.target(terms),
        window=words.window(level.window, level.window_days),
        tolerance=words.tolerance(level.early_days, level.late_days) if terms.metric is Metric.OTIF else "",
        curve=words.curve(terms),
        cap=words.cap(terms),
        so_far=words.figure(terms.metric, found.reading.value) if found else "",
        n=found.reading.n if found else 0,
        is_missed=bool(found and found.stands),
        penalty=found.penalty.amount if found else Decimal(0),
        standing=standing,
    )


def _facts(contract: Contract, *, day: datetime, can_see_cost: bool) -> list[dict[str, str]]:
    ends = formats.day(contract.last_day) if contract.last_day else _("open, until somebody ends it")
    earliest = earliest_end(day=timezone.localdate(day), notice_days=contract.notice_days)
    rows = [
        (_("Valid from"), formats.day(contract.valid_from)),
        (_("Ends"), ends),
        (_("Notice"), _("{n} days; given today it ends on {day}").format(
            n=contract.notice_days, day=formats.day(earliest))),
        (_("Signed for"), str(contract.store) if contract.store else "—"),
    ]  # fmt: skip
    if can_see_cost:
        limit = formats.money(contract.liability_cap, contract.currency)
        rows.append((_("Liability limit"), limit if contract.liability_cap is not None else _("none")))
    if contract.note:
        rows.append((_("Note"), contract.note))
    return [{"label": label, "value": value} for label, value in rows]


@_edits
def add(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = Screen(
        _("Add a contract"), _("Add contract"), _("The contract is added as a draft. Add its service levels."),
        back_url=reverse("contracts:of-supplier", args=[pk]), back_label=supplier.name,
    )  # fmt: skip
    if request.method != "POST":
        first = initial(currency=supplier.currency, notice_days=30)
        return editing.show(request, screen, ContractForm(initial=first))
    form = ContractForm(request.POST)

    def act() -> str:
        made = contracts.add_contract(supplier_id=pk, draft=form.draft(), actor=request.user, now=now)
        return reverse("contracts:page", args=[made.pk])

    return editing.answer(request, screen, form, act, purpose=f"contract.create:{pk}", now=now)


@_edits
def edit(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    screen = _screen(_contract(pk), _("Change the contract"), _("Save changes"), _("The contract is changed."))

    def stored() -> ContractForm:
        row = _contract(pk)
        return ContractForm(initial=initial(row.version, **ContractForm.of(row)))

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = ContractForm(request.POST)

    def act() -> str:
        version = form.cleaned_data["version"] or 0
        contracts.change_contract(contract_id=pk, version=version, draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"contract.change:{pk}", now=now, saved=stored)


@_edits
def activate(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    contract = _contract(pk)
    screen = _screen(
        contract, _("Activate the contract"), _("Activate contract"), _("The contract is active."),
        note=_("Its windows are judged from the first day on, those that are over too. Service levels are fixed then."),
    )  # fmt: skip

    def fresh() -> EditForm:
        return EditForm(initial=initial(_contract(pk).version))

    if request.method != "POST":
        return editing.show(request, screen, fresh())
    form = EditForm(request.POST)

    def act() -> str:
        version = form.cleaned_data["version"] or 0
        contracts.activate_contract(contract_id=pk, version=version, actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"contract.activate:{pk}", now=now, saved=fresh)


@_edits
def terminate(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    contract = _contract(pk)
    earliest = earliest_end(day=timezone.localdate(now), notice_days=contract.notice_days)
    note = _("With {n} days of notice it ends on {day}. Windows until its last day are still judged.").format(
        n=contract.notice_days, day=formats.day(earliest)
    )
    screen = _screen(
        contract, _("Terminate the contract"), _("Terminate contract"), _("The contract is terminated."), note=note
    )

    def fresh() -> LastDayForm:
        return LastDayForm(initial=initial(_contract(pk).version, last_day=earliest))

    if request.method != "POST":
        return editing.show(request, screen, fresh())
    form = LastDayForm(request.POST)

    def act() -> str:
        contracts.terminate_contract(
            contract_id=pk, version=form.cleaned_data["version"] or 0, last_day=form.cleaned_data["last_day"],
            actor=request.user, now=now,
        )  # fmt: skip
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"contract.terminate:{pk}", now=now, saved=fresh)


@_edits
def add_level(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    contract = _contract(pk)
    screen = _screen(contract, _("Add a service level"), _("Add service level"), _("The service level is added."))
    if request.method != "POST":
        first = initial(
            metric=Metric.OTIF.value, comparison=COMPARED[Metric.OTIF].value, window=WindowKind.MONTH.value,
            minimum=10, early_days=0, late_days=0, basis=Basis.VALUE.value, shape=Shape.STEPS.value,
        )  # fmt: skip
        return editing.show(request, screen, LevelForm(initial=first, currency=contract.currency))
    form = LevelForm(request.POST, currency=contract.currency)

    def act() -> str:
        contracts.add_level(contract_id=pk, draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"level.create:{pk}", now=now)


@_edits
def edit_level(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    contract = _level(pk).contract
    screen = _screen(
        contract, _("Change the service level"), _("Save changes"), _("The service level is changed.")
    )  # fmt: skip

    def stored() -> LevelForm:
        row = _level(pk)
        return LevelForm(initial=initial(row.version, **LevelForm.of(row)), currency=contract.currency)

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = LevelForm(request.POST, currency=contract.currency)

    def act() -> str:
        version = form.cleaned_data["version"] or 0
        contracts.change_level(level_id=pk, version=version, draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"level.change:{pk}", now=now, saved=stored)


@_edits
def end_level(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    level = _level(pk)
    screen = _screen(
        level.contract, _("End the service level"), _("End service level"), _("The service level ends."),
        note=_("What was judged stays. Add another one for what is agreed from then on."),
    )  # fmt: skip

    def fresh() -> LastDayForm:
        return LastDayForm(initial=initial(_level(pk).version, last_day=timezone.localdate(now)))

    if request.method != "POST":
        return editing.show(request, screen, fresh())
    form = LastDayForm(request.POST)

    def act() -> str:
        contracts.end_level(
            level_id=pk, version=form.cleaned_data["version"] or 0, last_day=form.cleaned_data["last_day"],
            actor=request.user, now=now,
        )  # fmt: skip
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"level.end:{pk}", now=now, saved=fresh)


def _contract(pk: int) -> Contract:
    return get_object_or_404(Contract.objects.select_related("supplier"), pk=pk)


def _level(pk: int) -> ServiceLevel:
    return get_object_or_404(ServiceLevel.objects.select_related("contract__supplier"), pk=pk)


def _screen(contract: Contract, title: str, button: str, done: str, *, note: str = "") -> Screen:
    return Screen(
        title, button, done, back_url=reverse("contracts:page", args=[contract.pk]), back_label=contract.number,
        note=note,
    )  # fmt: skip
