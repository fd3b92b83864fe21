"""Form pages: a backup is verified, a default is declared or lifted."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import access, editing, formats
from backoffice.kernel.editing import EditForm, Screen, initial
from backoffice.kernel.roles import Capability
from suppliers.catalog.models import SupplierItem
from suppliers.continuity import services as continuity
from suppliers.continuity.forms import DefaultForm, VerificationForm
from suppliers.continuity.models import BackupReadiness
from suppliers.continuity.selectors import exposures
from suppliers.directory.models import Supplier
from suppliers.directory.selectors import today

_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)


@_edits
def declare(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Say what hangs on them, and ask for the reason."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = Screen(
        title=_("Declare that {name} does not deliver").format(name=supplier.name),
        button=_("Declare default"),
        done=_("The default is declared, and an alert is open."),
        back_url=reverse("continuity:stops", args=[pk]),
        back_label=supplier.name,
        note=_note(exposures.stop_of(supplier, now=now)),
    )
    if request.method != "POST":
        return editing.show(request, screen, DefaultForm(initial=initial()))
    form = DefaultForm(request.POST)

    def act() -> str:
        continuity.declare_default(supplier_id=pk, why=form.cleaned_data["why"], actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"supplier.default:{pk}", now=now)


def _note(stop: exposures.Stop) -> str:
    products = ngettext("%(n)s product", "%(n)s products", len(stop.rows)) % {"n": formats.number(len(stop.rows))}
    units = ngettext("%(n)s unit", "%(n)s units", stop.open_quantity) % {"n": formats.number(stop.open_quantity)}
    lines = ngettext("%(n)s order line", "%(n)s order lines", stop.order_lines) % {
        "n": formats.number(stop.order_lines)
    }
    return _(
        "On order there: {units} of {products}; {lines} of customers wait. From now on they do not count as a backup, "
        "and everybody sees it. Nothing is ordered or cancelled by this."
    ).format(units=units, products=products, lines=lines)


@_edits
def lift(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = Screen(
        title=_("{name} delivers again").format(name=supplier.name),
        button=_("Lift default"),
        done=_("The default is lifted, and its alert is closed."),
        back_url=reverse("continuity:stops", args=[pk]),
        back_label=supplier.name,
        note=_("They count as a backup again. What was switched to others stays there."),
    )
    if request.method != "POST":
        return editing.show(request, screen, EditForm(initial=initial()))
    form = EditForm(request.POST)

    def act() -> str:
        continuity.lift_default(supplier_id=pk, actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"supplier.lift:{pk}", now=now)


@_edits
def verify(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    item = get_object_or_404(SupplierItem.objects.select_related("supplier", "product"), pk=pk)
    screen = Screen(
        title=_("Verify {name} for {sku}").format(name=item.supplier.name, sku=item.product.sku),
        button=_("Save verification"),
        done=_("The verification is saved."),
        back_url=reverse("catalog:product", args=[item.product_id]),
        back_label=item.product.sku,
        note=_("Leave empty what you did not ask. The newest verification counts; older ones stay in the log."),
    )
    if request.method != "POST":
        first = initial(verified_on=today(now), how=BackupReadiness.How.PHONE)
        return editing.show(request, screen, VerificationForm(initial=first))
    form = VerificationForm(request.POST)

    def act() -> str:
        continuity.verify_backup(item_id=pk, draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"backup.verify:{pk}", now=now)
