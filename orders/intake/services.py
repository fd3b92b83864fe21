"""Importing an export: read, assemble, then write every good order in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.models import Store, User
from backoffice.kernel.tabular.rules import REPORTED_REFUSALS, Place, RowRefusal
from backoffice.kernel.text import shown
from orders.intake import tables
from orders.intake.assembly import Assembled, Assembly, assemble
from orders.intake.models import ImportRun
from orders.intake.rules import ImportReport, Preset
from orders.sales import services as sales
from orders.sales.rules import moved
from orders.shipping import services as shipping
from orders.shipping.models import Carrier
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier


def import_orders(
    *,
    actor: User | None,
    store: Store,
    path: Path,
    preset: Preset,
    now: datetime,
    dry_run: bool = False,
    shift: timedelta = timedelta(0),
) -> ImportReport:
    """Import the export at path into store: the good orders all or none, the others refused with reasons.

    actor: None is the system. dry_run: the same report, nothing kept. shift: whole days by which every date is moved.
    Raises Refusal when the files or the preset as a whole cannot be used; nothing is written then.
    """
    assembly = assemble(preset, tables.load(path, preset))
    with transaction.atomic():
        ready = [replace(order, draft=moved(order.draft, shift)) for order in _without_unknown(assembly, preset)]
        report = _write(store, preset, assembly, ready, now, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
        else:
            _record(actor=actor, store=store, path=path, preset=preset, report=report, now=now)
    return report


def _write(
    store: Store, preset: Preset, assembly: Assembly, ready: Sequence[Assembled], now: datetime, *, dry_run: bool
) -> ImportReport:
    drafts = [order.draft for order in ready]
    placed = sales.place_many(store=store, drafts=drafts, create_missing=preset.create_missing, now=now)
    parcels = {placed.ids[draft.external_id]: draft.parcels for draft in drafts if draft.parcels}
    if "carriers" in preset.create_missing:
        codes = {parcel.carrier_code for draft in drafts for parcel in draft.parcels}
        shipping.ensure_carriers(names={code: code for code in codes})
    shipping.record_parcels(parcels=parcels)
    return ImportReport(
        rows=assembly.rows,
        orders=assembly.orders,
        lines=assembly.lines,
        created=placed.created,
        unchanged=placed.unchanged,
        changed=placed.changed,
        refused=assembly.refused,
        refusals=tuple(assembly.refusals[:REPORTED_REFUSALS]),
        warnings=tuple(assembly.warnings[:REPORTED_REFUSALS]),
        dry_run=dry_run,
    )


def _without_unknown(assembly: Assembly, preset: Preset) -> list[Assembled]:
    """Refuse the orders that name a product, supplier or carrier which is not there and may not be created."""
    known = _Known(assembly.ready, preset)
    ready: list[Assembled] = []
    for order in assembly.ready:
        reasons = known.missing_in(order)
        if reasons:
            assembly.refused += 1
            assembly.refusals.extend(reasons)
        else:
            ready.append(order)
    return ready


class _Known:
    """Which codes of the drafts exist; a kind that may be created counts as known."""

    def __init__(self, orders: Sequence[Assembled], preset: Preset) -> None:
        lines = [line for order in orders for line in order.draft.lines]
        parcels = [parcel for order in orders for parcel in order.draft.parcels]
        self._columns = {
            "sku": preset.line.columns.get("sku", "sku") if preset.line else "",
            "supplier": preset.line.columns.get("supplier_code", "supplier_code") if preset.line else "",
            "carrier": preset.parcel.columns.get("carrier_code", "carrier_code") if preset.parcel else "",
        }
        self._unknown: dict[str, set[str]] = {"sku": set(), "supplier": set(), "carrier": set()}
        if "products" not in preset.create_missing:
            skus = {line.sku for line in lines}
            self._unknown["sku"] = skus - set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
        if "suppliers" not in preset.create_missing:
            codes = {line.supplier_code for line in lines if line.supplier_code}
            found = Supplier.objects.filter(code__in=codes).values_list("code", flat=True)
            self._unknown["supplier"] = codes - set(found)
        if "carriers" not in preset.create_missing:
            codes = {parcel.carrier_code for parcel in parcels}
            self._unknown["carrier"] = codes - set(
                Carrier.objects.filter(code__in=codes).values_list("code", flat=True)
            )
        self._some = any(self._unknown.values())

    def missing_in(self, order: Assembled) -> list[RowRefusal]:
        if not self._some:
            return []
        named = [
            *((place, "sku", line.sku) for place, line in zip(order.lines, order.draft.lines, strict=True)),
            *(
                (place, "supplier", line.supplier_code)
                for place, line in zip(order.lines, order.draft.lines, strict=True)
            ),
            *((order.place, "carrier", parcel.carrier_code) for parcel in order.draft.parcels),
        ]
        return [self._refusal(place, kind, code) for place, kind, code in named if code in self._unknown[kind]]

    def _refusal(self, place: Place, kind: str, code: str) -> RowRefusal:
        sentences: Mapping[str, str] = {
            "sku": _("There is no product “%(code)s”. Add it, or let the preset create products."),
            "supplier": _("There is no supplier “%(code)s”. Add it, or let the preset create suppliers."),
            "carrier": _("There is no carrier “%(code)s”. Add it, or let the preset create carriers."),
        }
        return RowRefusal(place.file, place.row, self._columns[kind], sentences[kind] % {"code": shown(code)})


def _record(
    *, actor: User | None, store: Store, path: Path, preset: Preset, report: ImportReport, now: datetime
) -> None:
    counts = {
        name: getattr(report, name)
        for name in ("rows", "orders", "lines", "created", "unchanged", "changed", "refused")
    }
    run = ImportRun.objects.create(
        store=store, actor=actor, preset=preset.name[:60], source=path.name[:255], started_at=now, **counts
    )
    audit.record(actor=actor, verb="orders.import", subject=f"import:{run.pk}", now=now, **counts)
