"""Form pages about one supplier: itself, its people, its papers, and what was said."""

from collections.abc import Callable
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

    def act(form: SupplierForm) -> str:
        return _page_of(directory.add_supplier(draft=form.draft(), actor=request.user, now=now))

    def first() -> dict[str, Any]:
        return initial(kind=SupplierKind.SUPPLIER, state=SupplierState.ACTIVE)

    return editing.serve(request, screen, SupplierForm, act, purpose="supplier.create", now=now, first=first)


@_edits
def edit_supplier(request: access.StaffRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = _screen(supplier, _("Change the supplier"), _("Save changes"), _("The supplier is changed."))
    return _change(request, supplier, screen, SupplierForm, directory.change_supplier, name="supplier")


@_edits
def add_contact(request: access.StaffRequest, pk: int) -> HttpResponse:
    screen = _screen(_of(pk), _("Add a contact"), _("Add contact"), _("The contact is added."))
    first = initial(is_active=True)
    return _add(request, pk, screen, ContactForm, directory.add_contact, purpose=f"contact.create:{pk}", first=first)


@_edits
def edit_contact(request: access.StaffRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(SupplierContact.objects.select_related("supplier"), pk=pk)
    screen = _screen(contact.supplier, _("Change the contact"), _("Save changes"), _("The contact is changed."))
    return _change(request, contact, screen, ContactForm, directory.change_contact, name="contact")


@_edits
def add_certificate(request: access.StaffRequest, pk: int) -> HttpResponse:
    screen = _screen(_of(pk), _("Add a certificate"), _("Add certificate"), _("The certificate is added."))
    return _add(
        request, pk, screen, CertificateForm, directory.add_certificate, purpose=f"certificate.create:{pk}",
        first=initial(),
    )  # fmt: skip


@_edits
def edit_certificate(request: access.StaffRequest, pk: int) -> HttpResponse:
    paper = get_object_or_404(Certificate.objects.select_related("supplier"), pk=pk)
    screen = _screen(paper.supplier, _("Change the certificate"), _("Save changes"), _("The certificate is changed."))
    return _change(request, paper, screen, CertificateForm, directory.change_certificate, name="certificate")


def _of(pk: int) -> Supplier:
    return get_object_or_404(Supplier, pk=pk)


def _add(
    request: access.StaffRequest,
    pk: int,
    screen: Screen,
    form_class: type[Any],
    service: Callable[..., object],
    *,
    purpose: str,
    first: dict[str, Any],
) -> HttpResponse:
    """The page that adds something to a supplier, and leads back to it."""
    now = timezone.now()

    def act(form: Any) -> str:
        service(supplier_id=pk, draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.serve(request, screen, form_class, act, purpose=purpose, now=now, first=lambda: first)


def _change(
    request: access.StaffRequest,
    row: Supplier | SupplierContact | Certificate,
    screen: Screen,
    form_class: type[Any],
    service: Callable[..., object],
    *,
    name: str,
) -> HttpResponse:
    """The page that changes a row. name: what the service calls it, as in contact_id."""
    now, rows = timezone.now(), type(row)._default_manager

    def act(form: Any) -> str:
        version = form.cleaned_data["version"] or 0
        service(**{f"{name}_id": row.pk}, version=version, draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.serve(
        request, screen, form_class, act, purpose=f"{name}.change:{row.pk}", now=now,
        stored=lambda: editing.of_row(rows.get(pk=row.pk), form_class),
    )  # fmt: skip


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
