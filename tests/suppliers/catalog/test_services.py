"""Items and their ranks: one order without gaps, whatever is added, paused, moved or done at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal, Stale
from suppliers.catalog import services as catalog
from suppliers.catalog.models import PriceBreak, Product, SupplierItem
from suppliers.catalog.rules import Break
from suppliers.directory import services as directory
from suppliers.directory.rules import SupplierDraft
from tests.conftest import Cast
from tests.factories import NOW
from tests.factories.suppliers import item_draft, make_item, make_supplier

pytestmark = pytest.mark.django_db
# What the services refuse, written past them.
MEANINGLESS: list[tuple[dict[str, Any], str]] = [
    ({"moq": 0}, "item_moq_is_positive"),
    ({"order_multiple": 30, "pack_size": 12}, "item_multiple_is_whole_packs"),
    ({"price": 0}, "item_price_is_positive"),
    ({"currency": "zł"}, "item_currency_is_a_code"),
    ({"lead_time_days": 900}, "item_lead_time_is_days"),
    ({"capacity_per_week": 0}, "item_capacity_is_positive"),
    ({"state": "paused"}, "active_item_has_a_rank"),
]
BREAKS = (Break(100, Decimal("9.00")), Break(500, Decimal("7.50")))


def ranks() -> list[tuple[str, int | None]]:
    """Supplier code and rank, by rank."""
    rows = SupplierItem.objects.order_by("rank", "pk").values_list("supplier__code", "rank")
    return list(rows)


@pytest.fixture
def three() -> list[SupplierItem]:
    """One product that A, B and C sell, in this order."""
    return [make_item(make_supplier(code)) for code in "ABC"]


class TestItems:
    def test_a_new_item_comes_last_with_its_breaks(self, three: list[SupplierItem]) -> None:
        make_item(make_supplier("D"), breaks=BREAKS)
        assert ranks() == [("A", 1), ("B", 2), ("C", 3), ("D", 4)]
        assert list(PriceBreak.objects.values_list("min_quantity", "price")) == [(100, 9), (500, Decimal("7.5"))]

    def test_a_change_tells_the_log_both_prices(self, cast: Cast, three: list[SupplierItem]) -> None:
        draft = item_draft(price=Decimal("9.50"), breaks=BREAKS)

        catalog.change_item(item_id=three[0].pk, version=1, draft=draft, actor=cast.staff, now=NOW)

        entry = audit.about(f"supplier:{three[0].supplier_id}", limit=1)[0]
        assert entry.detail["changes"] == {
            "price": ["10.0000", "9.50"],
            "breaks": [[], ["100: 9.00", "500: 7.50"]],
        }

    def test_a_change_of_the_breaks_alone_is_a_new_version(self, three: list[SupplierItem]) -> None:
        catalog.change_item(item_id=three[0].pk, version=1, draft=item_draft(breaks=BREAKS), actor=None, now=NOW)
        with pytest.raises(Stale):
            catalog.change_item(item_id=three[0].pk, version=1, draft=item_draft(), actor=None, now=NOW)
        assert PriceBreak.objects.count() == 2

    @pytest.mark.parametrize(
        ("fields", "code", "field"),
        [
            ({"price": Decimal(0)}, "item.numbers", "price"),
            ({"currency": "ABC"}, "money.currency", "currency"),
            ({"moq": 0}, "item.numbers", "moq"),
            ({"moq": 1_000_000}, "item.numbers", "moq"),
            ({"pack_size": 12, "order_multiple": 30}, "item.multiple", "order_multiple"),
            ({"lead_time_days": 731}, "item.numbers", "lead_time_days"),
            ({"capacity_per_week": 0}, "item.numbers", "capacity_per_week"),
            ({"breaks": (Break(100, Decimal(9)), Break(50, Decimal(8)))}, "item.breaks", "break_2_price"),
        ],
    )
    def test_what_is_refused_is_not_written(self, fields: dict[str, Any], code: str, field: str) -> None:
        supplier = make_supplier()
        with pytest.raises(Refusal) as refused:
            make_item(supplier, **fields)
        assert (refused.value.code, refused.value.field) == (code, field)
        assert not SupplierItem.objects.exists()

    def test_nothing_is_bought_from_a_warehouse_of_our_own(self) -> None:
        with pytest.raises(Refusal, match="warehouse of our own"):
            make_item(make_supplier(kind="warehouse"))
        assert not SupplierItem.objects.exists()

    def test_a_product_nobody_knows_is_refused(self) -> None:
        with pytest.raises(Refusal, match="No product"):
            catalog.add_item(supplier_id=make_supplier().pk, sku="NO-1", draft=item_draft(), actor=None, now=NOW)

    @pytest.mark.parametrize(("fields", "name"), MEANINGLESS)
    def test_the_database_itself_refuses_numbers_that_mean_nothing(
        self, three: list[SupplierItem], fields: dict[str, Any], name: str
    ) -> None:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            SupplierItem.objects.filter(pk=three[0].pk).update(**fields)

    @pytest.mark.parametrize(("fields", "name"), MEANINGLESS)
    def test_without_its_check_it_would_be_kept(
        self, three: list[SupplierItem], fields: dict[str, Any], name: str
    ) -> None:
        drop("suppliers_supplieritem", name)
        assert SupplierItem.objects.filter(pk=three[0].pk).update(**fields) == 1


def drop(table: str, constraint: str) -> None:
    """Take a guard of the database away until the test ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


class TestRanks:
    def test_one_step_up_changes_places(self, cast: Cast, three: list[SupplierItem]) -> None:
        catalog.move_item(item_id=three[2].pk, up=True, seen_rank=3, actor=cast.staff, now=NOW)

        assert ranks() == [("A", 1), ("C", 2), ("B", 3)]
        entry = audit.about(f"product:{Product.objects.get().pk}", limit=1)[0]
        assert (entry.actor, entry.detail["changes"]) == (cast.staff, {"C": [3, 2], "B": [2, 3]})

    def test_pausing_closes_the_gap_and_coming_back_is_last(self, three: list[SupplierItem]) -> None:
        catalog.change_item(item_id=three[0].pk, version=1, draft=item_draft(state="paused"), actor=None, now=NOW)
        assert ranks() == [("B", 1), ("C", 2), ("A", None)]
        catalog.change_item(item_id=three[0].pk, version=2, draft=item_draft(), actor=None, now=NOW)
        assert ranks() == [("B", 1), ("C", 2), ("A", 3)]

    @pytest.mark.parametrize(("place", "up"), [(0, True), (2, False)])
    def test_the_ends_are_the_ends(self, three: list[SupplierItem], place: int, up: bool) -> None:
        with pytest.raises(Refusal, match="cannot move further"):
            catalog.move_item(item_id=three[place].pk, up=up, seen_rank=place + 1, actor=None, now=NOW)
        assert ranks() == [("A", 1), ("B", 2), ("C", 3)]

    def test_who_saw_another_order_is_told_so(self, three: list[SupplierItem]) -> None:
        with pytest.raises(Stale, match="changed the order"):
            catalog.move_item(item_id=three[2].pk, up=True, seen_rank=2, actor=None, now=NOW)
        assert ranks() == [("A", 1), ("B", 2), ("C", 3)]

    def test_the_database_itself_knows_one_item_for_each_rank(self, three: list[SupplierItem]) -> None:
        with pytest.raises(IntegrityError, match="one_item_per_product_and_rank"), transaction.atomic():
            SupplierItem.objects.filter(pk=three[2].pk).update(rank=1)

    def test_without_that_constraint_two_would_come_first(self, three: list[SupplierItem]) -> None:
        drop("suppliers_supplieritem", "one_item_per_product_and_rank")
        SupplierItem.objects.filter(pk=three[2].pk).update(rank=1)
        assert [code for code, rank in ranks() if rank == 1] == ["A", "C"]


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_items_added_at_once_get_one_rank_each() -> None:
    """Each waits for the product's row lock, so nobody counts the same last rank twice."""
    catalog.ensure(names={"KETTLE-1": "Blue kettle"})
    suppliers = [make_supplier(f"S{n}") for n in range(6)]

    def add(supplier_id: int) -> None:
        try:
            catalog.add_item(supplier_id=supplier_id, sku="KETTLE-1", draft=item_draft(), actor=None, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, [one.pk for one in suppliers]))

    assert list(SupplierItem.objects.order_by("rank").values_list("rank", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_a_price_that_does_not_change_writes_no_entry(three: list[SupplierItem]) -> None:
    before = len(audit.about(f"supplier:{three[0].supplier_id}", limit=50))
    draft = replace(item_draft(), price=Decimal(10))
    catalog.change_item(item_id=three[0].pk, version=1, draft=draft, actor=None, now=NOW)
    assert len(audit.about(f"supplier:{three[0].supplier_id}", limit=50)) == before


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_becoming_a_warehouse_and_selling_to_us_at_once_end_as_one_of_both() -> None:
    """Both hold the supplier's row: whoever comes second sees what the first did, and is refused."""
    catalog.ensure(names={"KETTLE-1": "Blue kettle"})
    supplier = make_supplier("TATRA")
    warehouse = SupplierDraft(code="TATRA", name=supplier.name, kind="warehouse")

    def attempt(act: Callable[[], object]) -> bool:
        try:
            act()
        except Refusal:
            return False
        finally:
            connection.close()
        return True

    acts: list[Callable[[], object]] = [
        lambda: directory.change_supplier(supplier_id=supplier.pk, version=1, draft=warehouse, actor=None, now=NOW),
        lambda: catalog.add_item(supplier_id=supplier.pk, sku="KETTLE-1", draft=item_draft(), actor=None, now=NOW),
    ]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(attempt, acts))

    supplier.refresh_from_db()
    assert done.count(True) == 1
    assert (supplier.kind == "warehouse", SupplierItem.objects.exists()) == tuple(done)
