"""Form pages about one supplier: itself, its people, its papers, and what was said."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, editing, keyset
from backoffice.kernel.editing import Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.directory import selectors
from suppliers.directory import services as directory
from suppliers.directory.forms import CertificateForm, ContactForm, SupplierForm, TalkForm, first_day
from suppliers.directory.models import Certificate, Supplier, SupplierContact
from suppliers.directory.rules import SupplierKind, SupplierState

_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)


def _page_of(supplier: Supplier) -> str:
    return reverse("suppliers:page", args=[supplier.pk])


def _screen(supplier: Supplier, title: str, button: str, done: str) -> Screen:
    return Screen(title, button, done, back_url=_page_of(supplier), back_label=supplier.name)


def _held(row: Any, form_class: type[editing.EditForm]) -> dict[str, Any]:
    """What a row holds of a form's fields, with a fresh token."""
    own = [name for name in form_class.base_fields if name not in editing.OWN_FIELDS]
    return initial(row.version, **{name: getattr(row, name) for name in own})


@_edits
def add_supplier(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    screen = Screen(
        _("Add a supplier"),
        _("Add supplier"),
        _("The supplier is added."),
        back_url=reverse("suppliers:list"),
        back_label=_("Suppliers"),
    )
    if request.method != "POST":
        first = initial(kind=SupplierKind.SUPPLIER, state=SupplierState.ACTIVE)
        return editing.show(request, screen, SupplierForm(initial=first))
    form = SupplierForm(request.POST)

    def act() -> str:
        return _page_of(directory.add_supplier(draft=form.draft(), actor=request.user, now=now))

    return editing.answer(request, screen, form, act, purpose="supplier.create", now=now)


@_edits
def edit_supplier(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = _screen(supplier, _("Change the supplier"), _("Save changes"), _("The supplier is changed."))

    def stored() -> SupplierForm:
        return SupplierForm(initial=_held(Supplier.objects.get(pk=pk), SupplierForm))

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = SupplierForm(request.POST)

    def act() -> str:
        directory.change_supplier(
            supplier_id=pk,
            version=form.cleaned_data["version"] or 0,
            draft=form.draft(),
            actor=request.user,
            now=now,
        )
        return _page_of(supplier)

    return editing.answer(request, screen, form, act, purpose=f"supplier.change:{pk}", now=now, saved=stored)


@_edits
def add_contact(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = _screen(supplier, _("Add a contact"), _("Add contact"), _("The contact is added."))
    if request.method != "POST":
        return editing.show(request, screen, ContactForm(initial=initial(is_active=True)))
    form = ContactForm(request.POST)

    def act() -> str:
        directory.add_contact(supplier_id=pk, draft=form.draft(), actor=request.user, now=now)
        return _page_of(supplier)

    return editing.answer(request, screen, form, act, purpose=f"contact.create:{pk}", now=now)


@_edits
def edit_contact(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    contact = get_object_or_404(SupplierContact.objects.select_related("supplier"), pk=pk)
    screen = _screen(contact.supplier, _("Change the contact"), _("Save changes"), _("The contact is changed."))

    def stored() -> ContactForm:
        return ContactForm(initial=_held(SupplierContact.objects.get(pk=pk), ContactForm))

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = ContactForm(request.POST)

    def act() -> str:
        directory.change_contact(
            contact_id=pk, version=form.cleaned_data["version"] or 0, draft=form.draft(), actor=request.user, now=now
        )
        return _page_of(contact.supplier)

    return editing.answer(request, screen, form, act, purpose=f"contact.change:{pk}", now=now, saved=stored)


@_edits
def add_certificate(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = _screen(supplier, _("Add a certificate"), _("Add certificate"), _("The certificate is added."))
    if request.method != "POST":
        return editing.show(request, screen, CertificateForm(initial=initial()))
    form = CertificateForm(request.POST)

    def act() -> str:
        directory.add_certificate(supplier_id=pk, draft=form.draft(), actor=request.user, now=now)
        return _page_of(supplier)

    return editing.answer(request, screen, form, act, purpose=f"certificate.create:{pk}", now=now)


@_edits
def edit_certificate(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    paper = get_object_or_404(Certificate.objects.select_related("supplier"), pk=pk)
    screen = _screen(paper.supplier, _("Change the certificate"), _("Save changes"), _("The certificate is changed."))

    def stored() -> CertificateForm:
        return CertificateForm(initial=_held(Certificate.objects.get(pk=pk), CertificateForm))

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = CertificateForm(request.POST)

    def act() -> str:
        directory.change_certificate(
            certificate_id=pk,
            version=form.cleaned_data["version"] or 0,
            draft=form.draft(),
            actor=request.user,
            now=now,
        )
        return _page_of(paper.supplier)

    return editing.answer(request, screen, form, act, purpose=f"certificate.change:{pk}", now=now, saved=stored)


@access.require(read=Capability.VIEW_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)
def talks(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The whole contact log, and the form that adds to it."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    people = [one for one in selectors.contacts(supplier) if one.is_active]

    def form_of(data: Any) -> TalkForm:
        first = initial(**first_day(selectors.today(now)))
        return TalkForm(data, initial=first, people=people, cadence_days=supplier.cadence_days)

    def shown(form: editing.EditForm) -> HttpResponse:
        return _log_page(request, supplier, form, status=422 if form.errors else 200)

    if request.method != "POST":
        return shown(form_of(None))
    form = form_of(request.POST)

    def act() -> str:
        directory.log_talk(supplier_id=pk, actor=request.user, now=now, **form.talk())
        return _page_of(supplier)

    screen = _screen(supplier, "", "", _("The talk is written down."))
    return editing.answer(request, screen, form, act, purpose=f"supplier.talk:{pk}", now=now, again=shown)


def _log_page(request: access.StaffRequest, supplier: Supplier, form: editing.EditForm, *, status: int) -> HttpResponse:
    note = ""
    try:
        cursor = keyset.read(request.GET)
    except Refusal as refusal:
        cursor, note = None, refusal.message
    found = selectors.talks(supplier, cursor=cursor)
    context = {
        "supplier": supplier,
        "form": form if request.user.can(Capability.EDIT_SUPPLIERS) else None,
        "talks": found.rows,
        "note": note,
        "newer_url": keyset.link(request.GET, found.newer),
        "older_url": keyset.link(request.GET, found.older),
        "today": selectors.today(timezone.now()),
    }
    return render(request, "suppliers/directory/talks.html", context, status=status)
