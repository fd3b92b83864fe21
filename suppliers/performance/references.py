"""Rows that name somebody or something that is not there."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from backoffice.kernel.text import shown
from suppliers.catalog import services as catalog
from suppliers.catalog.models import Product
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.performance.models import BY_KIND
from suppliers.performance.rules.facts import FactDraft
from suppliers.performance.rules.kinds import FactKind

Reasons = dict[int, list[tuple[str, str]]]


class Names(Protocol):
    """What names a supplier and perhaps a product."""

    @property
    def supplier_code(self) -> str: ...
    @property
    def sku(self) -> str: ...


def unknown(drafts: Sequence[Names], *, create: Collection[str]) -> Reasons:
    """The field and the reason of each supplier and product that is not there, by the place of its draft.

    create: which of suppliers and products may be created.
    """
    suppliers = set() if "suppliers" in create else {draft.supplier_code for draft in drafts}
    skus = set() if "products" in create else {draft.sku for draft in drafts if draft.sku}
    if suppliers:
        suppliers -= set(Supplier.objects.filter(code__in=suppliers).values_list("code", flat=True))
    if skus:
        skus -= set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for number, draft in enumerate(drafts):
        if draft.supplier_code in suppliers:
            sentence = _("There is no supplier “%(code)s”. Add it, or let the import create suppliers.")
            found[number].append(("supplier_code", sentence % {"code": shown(draft.supplier_code)}))
        if draft.sku in skus:
            sentence = _("There is no product “%(code)s”. Add it, or let the import create products.")
            found[number].append(("sku", sentence % {"code": shown(draft.sku)}))
    return dict(found)


def missing(drafts: Sequence[FactDraft], *, kind: FactKind, source: str, create: Collection[str]) -> Reasons:
    """As `unknown`, and the facts to correct that are not there. A draft may correct another one of these."""
    found = unknown(drafts, create=create)
    corrected = {draft.corrects for draft in drafts if draft.corrects}
    if corrected:
        known = BY_KIND[kind.name]._default_manager.filter(source=source, key__in=corrected)
        corrected -= {*known.values_list("key", flat=True), *(draft.key for draft in drafts)}
    for number, draft in enumerate(drafts):
        if draft.corrects in corrected:
            sentence = _("Nothing of this source has the key “%(code)s”, so it cannot be corrected.")
            found.setdefault(number, []).append(("corrects", sentence % {"code": shown(draft.corrects)}))
    return found


def ensure(
    drafts: Sequence[Names], *, create: Collection[str], names: Mapping[str, str], products: Mapping[str, str]
) -> None:
    """Create the suppliers and products that the drafts name, as far as they may be created."""
    if "suppliers" in create:
        directory.ensure(names={draft.supplier_code: names[draft.supplier_code] for draft in drafts})
    if "products" in create:
        catalog.ensure(names={draft.sku: products[draft.sku] for draft in drafts if draft.sku})
