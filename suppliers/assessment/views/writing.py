"""Form pages: submit, tell of a critical event, decide otherwise."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, editing
from backoffice.kernel.editing import Screen, initial
from backoffice.kernel.roles import Capability
from suppliers.assessment import services as assessment
from suppliers.assessment import words
from suppliers.assessment.forms import EventForm, OverrideForm, SubmitForm
from suppliers.assessment.models import Assessment, CriticalEvent, Standing
from suppliers.directory.models import Supplier

_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)


def _score_of(supplier: Supplier) -> str:
    return reverse("assessment:score", args=[supplier.pk])


def _screen(supplier: Supplier, title: str, button: str, done: str, note: str = "") -> Screen:
    return Screen(title, button, done, back_url=_score_of(supplier), back_label=supplier.name, note=note)


@_edits
def submit(request: access.StaffRequest, pk: int) -> HttpResponse:
    """What is about to count, once more, and the button that lets it."""
    now = timezone.now()
    row = get_object_or_404(Assessment.objects.select_related("supplier"), pk=pk)
    points = ", ".join(f"{words.DIMENSIONS[name]} {found}" for name, found in row.points().items())
    note = _("%(what)s. Once submitted it counts and stays as it is.") % {"what": points or _("No points yet")}
    screen = _screen(row.supplier, str(row), _("Submit score"), _("The assessment counts now."), note)
    if request.method != "POST":
        return editing.show(request, screen, SubmitForm(initial=initial(row.version)))
    form = SubmitForm(request.POST)

    def act() -> str:
        assessment.submit_assessment(
            assessment_id=pk, version=form.cleaned_data["version"] or 0, actor=request.user, now=now
        )
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"assessment.submit:{pk}", now=now)


@_edits
def add_event(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = _screen(
        supplier,
        _("Report a critical event"),
        _("Stop orders to this supplier"),
        _("The event is reported. Orders are stopped while it goes on."),
    )
    if request.method != "POST":
        return editing.show(request, screen, EventForm(initial=initial(happened_on=timezone.localdate(now))))
    form = EventForm(request.POST)

    def act() -> str:
        assessment.add_event(supplier_id=pk, draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"event.create:{pk}", now=now)


@_edits
def edit_event(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    row = get_object_or_404(CriticalEvent.objects.select_related("supplier"), pk=pk)
    screen = _screen(row.supplier, _("Change the critical event"), _("Save changes"), _("The event is changed."))

    def stored() -> EventForm:
        return EventForm(initial=editing.of_row(CriticalEvent.objects.get(pk=pk), EventForm))

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = EventForm(request.POST)

    def act() -> str:
        assessment.change_event(
            event_id=pk, version=form.cleaned_data["version"] or 0, draft=form.draft(), actor=request.user, now=now
        )
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"event.change:{pk}", now=now, saved=stored)


@_edits
def override(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    standing = get_object_or_404(Standing.objects.select_related("supplier"), supplier_id=pk)
    screen = _screen(standing.supplier, _("Decide otherwise"), _("Let this hold"), _("Your decision holds."))

    def stored() -> OverrideForm:
        row = Standing.objects.get(supplier_id=pk)
        return OverrideForm(initial=initial(row.version, consequence=row.override, until=row.override_until))

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = OverrideForm(request.POST)

    def act() -> str:
        assessment.override(
            supplier_id=pk,
            version=form.cleaned_data["version"] or 0,
            actor=request.user,
            now=now,
            **form.decision(),
        )
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"standing.override:{pk}", now=now, saved=stored)
