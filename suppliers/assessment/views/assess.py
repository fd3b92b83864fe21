"""The page on which somebody assesses: it saves by itself while one types, and takes files as evidence."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, editing
from backoffice.kernel.editing import Screen, initial
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.roles import Capability
from suppliers.assessment import services as assessment
from suppliers.assessment.forms import AssessmentForm
from suppliers.assessment.models import Assessment
from suppliers.assessment.selectors import files
from suppliers.directory.models import Supplier
from suppliers.evidence.services import read_capped

_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)
_OWN = [name for name in AssessmentForm.base_fields if name not in editing.OWN_FIELDS]
VALID_DAYS = 365


@_edits
def start(request: access.StaffRequest, pk: int) -> HttpResponse:
    """A new one. What the page has saved by itself meanwhile is found by the page's token, and gone on with."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    if request.method != "POST":
        today = timezone.localdate(now)
        first = initial(made_on=today, valid_until=today + timedelta(days=VALID_DAYS))
        return _show(request, supplier, None, AssessmentForm(initial=first))
    return _keep(request, supplier, _made_by(request, supplier), now)


@_edits
def change(request: access.StaffRequest, pk: int) -> HttpResponse:
    """A draft; two assessors who save it at once both see both values."""
    row = get_object_or_404(Assessment.objects.select_related("supplier"), pk=pk)
    if request.method == "POST":
        return _keep(request, row.supplier, row, timezone.now())
    if row.state == Assessment.State.SUBMITTED:
        return redirect(_screen(row.supplier).back_url)
    return _show(request, row.supplier, row, AssessmentForm(initial=_held(row)))


def _made_by(request: access.StaffRequest, supplier: Supplier) -> Assessment | None:
    """The draft that this page has made: as it was told, or by its token while it has not heard of it."""
    told, token = request.POST.get("draft", ""), request.POST.get("token", "")
    rows = Assessment.objects.filter(supplier=supplier)
    if told.isascii() and told.isdigit():
        return get_object_or_404(rows, pk=int(told[:18]))
    return rows.filter(page=token, state=Assessment.State.DRAFT).first() if token else None


def _screen(supplier: Supplier, row: Assessment | None = None) -> Screen:
    return Screen(
        _("Change the assessment") if row else _("Assess the supplier"),
        _("Save the draft"),
        _("The draft is saved."),
        back_url=reverse("assessment:score", args=[supplier.pk]),
        back_label=supplier.name,
    )


def _held(row: Assessment) -> dict[str, Any]:
    return initial(row.version, **{name: getattr(row, name) for name in _OWN})


def _show(
    request: access.StaffRequest, supplier: Supplier, row: Assessment | None, form: editing.EditForm, status: int = 200
) -> HttpResponse:
    context = {
        "screen": _screen(supplier, row),
        "form": form,
        "row": row,
        "saved_at": row.saved_at if row else None,
        "files": files.attached(row.pk) if row else [],
    }
    return render(request, "suppliers/assessment/assess.html", context, status=status)


def _keep(request: access.StaffRequest, supplier: Supplier, row: Assessment | None, now: datetime) -> HttpResponse:
    form = AssessmentForm(request.POST)
    if request.htmx:
        return _by_itself(request, supplier, row, form, now)

    def act() -> str:
        saved = _save(request, supplier, row, form, closes=True, now=now)
        if _files(request, saved, now):
            return reverse("assessment:change", args=[saved.pk])
        return reverse("assessment:submit", args=[saved.pk])

    def stored() -> AssessmentForm:
        return AssessmentForm(initial=_held(get_object_or_404(Assessment, pk=row.pk if row else 0)))

    return editing.answer(
        request,
        _screen(supplier, row),
        form,
        act,
        purpose=f"assessment.keep:{supplier.pk}",
        now=now,
        saved=stored if row else None,
        again=lambda refused: _show(request, supplier, row, refused, editing.UNPROCESSABLE),
    )


def _save(
    request: access.StaffRequest,
    supplier: Supplier,
    row: Assessment | None,
    form: AssessmentForm,
    *,
    closes: bool,
    now: datetime,
) -> Assessment:
    stored = {name: getattr(row, name) for name in _OWN} if row and not closes else {}
    return assessment.save_draft(
        supplier_id=supplier.pk,
        assessment_id=row.pk if row else None,
        version=form.cleaned_data.get("version") or 0,
        page=form.cleaned_data.get("token", ""),
        closes=closes,
        draft=form.draft(stored),
        actor=request.user,
        now=now,
    )


def _files(request: access.StaffRequest, row: Assessment, now: datetime) -> bool:
    """Put a file there or take one away, whichever was pressed; False when neither was."""
    taken, upload = request.POST.get("withdraw", ""), request.FILES.get("file")
    if taken.isascii() and taken.isdigit():
        assessment.withdraw_file(assessment_id=row.pk, file_id=int(taken[:18]), actor=request.user, now=now)
        return True
    if upload is None or isinstance(upload, list):
        return False
    read_capped(upload.size)
    assessment.attach_file(
        assessment_id=row.pk, content=upload.read(), name=upload.name or "", actor=request.user, now=now
    )
    return True


def _by_itself(
    request: access.StaffRequest, supplier: Supplier, row: Assessment | None, form: AssessmentForm, now: datetime
) -> HttpResponse:
    """What could be read is kept every few seconds; what could not stays on the page and is named."""
    form.is_valid()
    wrong = [str(form[name].label) for name in form.errors if name in form.fields]
    template = "suppliers/assessment/_saved.html"
    context: dict[str, Any] = {"form": form, "kept_out": wrong}
    if row is None and {"method", "made_on", "valid_until"} & set(form.errors):
        return render(request, template, context)
    try:
        saved = _save(request, supplier, row, form, closes=False, now=now)
    except Stale:
        return render(
            request, "suppliers/assessment/_saved.html", context | {"elsewhere": True}, status=editing.CONFLICT
        )
    except Refusal as refusal:
        return render(request, template, context | {"kept_out": [refusal.message]})
    response = render(request, template, context | {"saved": saved, "saved_at": now})
    response.headers["HX-Replace-Url"] = reverse("assessment:change", args=[saved.pk])
    return response
