"""Rows that name somebody or something that is not there."""

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _

from backoffice.kernel.text import shown
from suppliers.catalog import services as catalog
from suppliers.catalog.models import Product
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.performance.models import BY_KIND
from suppliers.performance.rules.facts import FactDraft
from suppliers.performance.rules.kinds import FactKind


def missing(
    drafts: Sequence[FactDraft], *, kind: FactKind, source: str, create: Collection[str]
) -> dict[int, list[tuple[str, str]]]:
    """The field and the reason of each reference that leads nowhere, by the place of its draft.

    create: which of suppliers and products may be created. A draft may correct another one of these.
    """
    suppliers = set() if "suppliers" in create else {draft.supplier_code for draft in drafts}
    skus = set() if "products" in create else {draft.sku for draft in drafts if draft.sku}
    corrected = {draft.corrects for draft in drafts if draft.corrects}
    if suppliers:
        suppliers -= set(Supplier.objects.filter(code__in=suppliers).values_list("code", flat=True))
    if skus:
        skus -= set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
    if corrected:
        known = BY_KIND[kind.name]._default_manager.filter(source=source, key__in=corrected)
        corrected -= {*known.values_list("key", flat=True), *(draft.key for draft in drafts)}
    found: dict[int, list[tuple[str, str]]] = {}
    for number, draft in enumerate(drafts):
        absent = {
            "supplier_code": draft.supplier_code in suppliers,
            "sku": draft.sku in skus,
            "corrects": draft.corrects in corrected,
        }
        if any(absent.values()):
            found[number] = [(name, _reason(name, draft)) for name, is_so in absent.items() if is_so]
    return found


def ensure(
    drafts: Sequence[FactDraft], *, create: Collection[str], names: Mapping[str, str], products: Mapping[str, str]
) -> None:
    """Create the suppliers and products that the drafts name, as far as they may be created."""
    if "suppliers" in create:
        directory.ensure(names={draft.supplier_code: names[draft.supplier_code] for draft in drafts})
    if "products" in create:
        catalog.ensure(names={draft.sku: products[draft.sku] for draft in drafts if draft.sku})


def _reason(name: str, draft: FactDraft) -> str:
    sentences: Mapping[str, str] = {
        "supplier_code": _("There is no supplier “%(code)s”. Add it, or let the import create suppliers."),
        "sku": _("There is no product “%(code)s”. Add it, or let the import create products."),
        "corrects": _("Nothing of this source has the key “%(code)s”, so it cannot be corrected."),
    }
    return sentences[name] % {"code": shown(getattr(draft, name))}
