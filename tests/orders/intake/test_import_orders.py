"""Importing writes every good order once, in one transaction, and says what became of each."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry, Store
from orders.intake import presets, services
from orders.intake.models import ImportRun
from orders.intake.rules import ImportReport
from orders.sales.models import Order, OrderLine
from orders.shipping.models import Carrier, Parcel
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier
from tests.conftest import Cast
from tests.orders.intake.kit import PRESETS, Rows, standfast, write_export

pytestmark = pytest.mark.django_db
FROZEN = (PRESETS / "standfast.toml").read_text().replace('["products", "suppliers", "carriers"]', "[]")


def run(
    store: Store, now: datetime, folder: Path, *, create: bool = True, dry_run: bool = False, **rows: Rows
) -> ImportReport:
    preset = standfast() if create else presets.parse(FROZEN, name="frozen")
    path = write_export(folder, **rows)
    return services.import_orders(actor=None, store=store, path=path, preset=preset, now=now, dry_run=dry_run)


def nothing_written() -> bool:
    models = (Order, OrderLine, Parcel, Carrier, Product, Supplier, ImportRun, AuditEntry)
    return not any(model.objects.exists() for model in models)


def test_good_orders_are_in_with_lines_parcels_and_references(store: Store, now: datetime, tmp_path: Path) -> None:
    report = run(store, now, tmp_path, orders=[{}], lines=[{}], parcels=[{"delivered_at": "2026-11-12T09:00Z"}])
    order = Order.objects.get()
    assert (order.number, order.total, order.language) == ("A-1", Decimal("64.90"), "pl")
    assert order.lines.get().supplier == Supplier.objects.get(code="ACME")
    assert order.parcels.get().carrier.code == "ODRA"
    assert Product.objects.get().name == "Blue kettle"
    assert (report.created, report.unchanged, report.changed, report.refused) == (1, 0, 0, 0)


def test_the_same_export_again_changes_nothing(store: Store, now: datetime, tmp_path: Path) -> None:
    run(store, now, tmp_path, orders=[{}], lines=[{}], parcels=[{}])
    before = list(Order.objects.values()) + list(OrderLine.objects.values()) + list(Parcel.objects.values())
    report = run(store, now, tmp_path, orders=[{}], lines=[{}], parcels=[{}])
    assert (report.created, report.unchanged, report.changed) == (0, 1, 0)
    assert list(Order.objects.values()) + list(OrderLine.objects.values()) + list(Parcel.objects.values()) == before


def test_a_changed_order_is_updated_in_place(store: Store, now: datetime, tmp_path: Path) -> None:
    run(store, now, tmp_path, orders=[{}], lines=[{}], parcels=[{}])
    known = Order.objects.get()
    report = run(
        store,
        now,
        tmp_path,
        orders=[{"state": "delivered", "delivered_at": "2026-11-13T09:00Z"}],
        lines=[{}],
        parcels=[{"delivered_at": "2026-11-13T09:00Z"}],
    )
    order = Order.objects.get()
    assert (order.pk, order.public_token, order.state) == (known.pk, known.public_token, "delivered")
    assert order.parcels.get().delivered_at == order.delivered_at
    assert (report.created, report.changed) == (0, 1)


def test_refused_orders_leave_no_trace_and_the_good_ones_are_in(store: Store, now: datetime, tmp_path: Path) -> None:
    orders = [{}, {"external_id": "A-2", "number": "A-2"}, {"external_id": "A-3", "total": "1,5"}]
    lines = [{}, {"external_id": "A-2", "sku": "GHOST-1", "quantity": "0"}]
    report = run(store, now, tmp_path, orders=orders, lines=lines)
    assert [order.external_id for order in Order.objects.all()] == ["A-1"]
    assert not Product.objects.filter(sku="GHOST-1").exists()
    assert report.orders == report.created + report.refused == 3
    assert [(refusal.file, refusal.row) for refusal in report.refusals] == [("lines.csv", 3), ("orders.csv", 4)]


def test_unknown_codes_refuse_their_orders_when_nothing_may_be_created(
    store: Store, now: datetime, tmp_path: Path
) -> None:
    Product.objects.create(sku="KETTLE-1", name="Kettle")
    Supplier.objects.create(code="ACME", name="Acme")
    orders = [{"external_id": key} for key in ("A-1", "A-2", "A-3", "A-4")]
    lines = [{}, {"external_id": "A-2", "sku": "NEW-1"}, {"external_id": "A-3", "supplier_code": "NEW"}]
    report = run(store, now, tmp_path, create=False, orders=orders, lines=lines, parcels=[{"external_id": "A-4"}])
    assert [order.external_id for order in Order.objects.all()] == ["A-1"]
    assert [(r.file, r.row, r.column) for r in report.refusals] == [
        ("lines.csv", 3, "sku"),
        ("lines.csv", 4, "supplier_code"),
        ("orders.csv", 5, "carrier_code"),
    ]
    assert (Product.objects.count(), Supplier.objects.count(), Carrier.objects.count()) == (1, 1, 0)


def test_a_dry_run_says_the_same_and_writes_nothing(store: Store, now: datetime, tmp_path: Path) -> None:
    orders = [{}, {"external_id": "A-2", "total": "x"}]
    dry = run(store, now, tmp_path, dry_run=True, orders=orders, lines=[{}], parcels=[{}])
    assert nothing_written()
    real = run(store, now, tmp_path, orders=orders, lines=[{}], parcels=[{}])
    assert {**dry.as_json(), "dry_run": False} == real.as_json()


def test_a_file_that_cannot_be_used_refuses_everything(store: Store, now: datetime, tmp_path: Path) -> None:
    write_export(tmp_path, orders=[{}], lines=[{}])
    (tmp_path / "lines.csv").write_bytes(b"%PDF-1.7")
    with pytest.raises(Refusal, match="PDF document"):
        services.import_orders(actor=None, store=store, path=tmp_path, preset=standfast(), now=now)
    assert nothing_written()


def test_an_export_without_orders_is_a_named_refusal(store: Store, now: datetime, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no orders below the header"):
        run(store, now, tmp_path, orders=[])
    assert nothing_written()


def test_a_database_error_half_way_leaves_nothing(store: Store, now: datetime, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_parcel ADD CONSTRAINT test_full_disk CHECK (number <> 'OD-2')")
    orders = [{}, {"external_id": "A-2"}]
    parcels = [{}, {"external_id": "A-2", "number": "OD-2"}]
    with pytest.raises(DatabaseError):
        run(store, now, tmp_path, orders=orders, lines=[], parcels=parcels)
    assert nothing_written()


def test_the_run_is_recorded_with_counts_and_no_values(store: Store, now: datetime, cast: Cast, tmp_path: Path) -> None:
    path = write_export(tmp_path, orders=[{}, {"external_id": "A-2", "country": "Poland"}], lines=[{}])
    services.import_orders(actor=cast.manager, store=store, path=path, preset=standfast(), now=now)
    recorded = ImportRun.objects.get()
    assert (recorded.actor, recorded.orders, recorded.created, recorded.refused) == (cast.manager, 2, 1, 1)
    entry = AuditEntry.objects.get(verb="orders.import")
    assert entry.actor == cast.manager
    assert entry.detail["refused"] == 1
    assert "ewa@example.com" not in str(entry.detail)
