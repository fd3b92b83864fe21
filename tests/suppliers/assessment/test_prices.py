"""Price against the best alternative: what is compared at which quantity, what cannot be, and who may see it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.roles import Role
from suppliers.assessment.rules.prices import Quote, compare, summed_up
from suppliers.assessment.selectors import prices
from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import Break
from suppliers.directory.models import Supplier
from tests.conftest import ClientFor
from tests.factories.suppliers import make_item, make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY, ago


def quote(supplier: int, price: str, currency: str = "PLN") -> Quote:
    return Quote(supplier, f"S{supplier}", Decimal(price), currency, 1)


class TestRules:
    def test_the_gap_is_against_the_cheapest_other(self) -> None:
        found = compare(quote(1, "10.50"), [quote(2, "12"), quote(3, "10"), quote(4, "10")])
        assert found.best == quote(3, "10")
        assert found.gap == Decimal("0.05")

    def test_other_currencies_are_named_and_never_converted(self) -> None:
        found = compare(quote(1, "10"), [quote(2, "1", "EUR"), quote(3, "1", "CNY"), quote(4, "1", "EUR")])
        assert (found.best, found.gap, found.elsewhere) == (None, None, ("CNY", "EUR"))

    def test_every_product_counts_alike_and_those_without_a_gap_are_counted(self) -> None:
        rows = [compare(quote(1, own), [quote(2, "10")]) for own in ("9", "11", "20")] + [
            compare(quote(1, "5"), []),
            compare(quote(1, "5"), [quote(2, "5", "EUR")]),
        ]
        found = summed_up(rows)
        assert (found.n, found.middle, found.dearer, found.alone, found.foreign) == (3, Decimal("0.1"), 2, 1, 1)

    def test_nothing_to_compare_has_no_median(self) -> None:
        assert summed_up([]).middle is None

    @given(st.lists(st.decimals("0.01", "999", places=2), min_size=2, max_size=6))
    def test_nobody_but_the_cheapest_is_cheaper_than_the_best_of_the_others(self, amounts: list[Decimal]) -> None:
        quotes = [quote(n, str(amount)) for n, amount in enumerate(amounts)]
        for own in quotes:
            gap = compare(own, [other for other in quotes if other != own]).gap
            assert gap is not None
            assert (gap < 0) == (own.price < min(other.price for other in quotes if other != own))


@pytest.fixture
def acme(db: None) -> Supplier:
    return make_supplier("ACME")


def gaps(supplier: Supplier) -> dict[str, Decimal | None]:
    return {row.product.sku: row.compared.gap for row in prices.of_supplier(supplier, day=TODAY).rows}


def order(quantity: int, n: int, **fields: Any) -> None:
    facts.deliver(facts.delivery(f"Q-{n}", sku="KETTLE-1", quantity_ordered=quantity, **fields))


@pytest.mark.django_db
class TestQuantity:
    def test_breaks_count_at_the_median_of_what_was_ordered(self, acme: Supplier) -> None:
        make_item(acme, price=Decimal(10), breaks=(Break(100, Decimal(8)),))
        make_item(make_supplier("BOLT"), price=Decimal(9))
        for n, quantity in enumerate((20, 120, 500)):
            order(quantity, n)
        [row] = prices.of_supplier(acme, day=TODAY).rows
        assert (row.usual.quantity, row.usual.lines) == (120, 3)
        assert row.compared.own.price == 8

    def test_lines_of_more_than_a_year_ago_say_nothing(self, acme: Supplier) -> None:
        make_item(acme, moq=7)
        order(500, 1, ordered_on=ago(400), promised=360)
        [row] = prices.of_supplier(acme, day=TODAY).rows
        assert (row.usual.quantity, row.usual.lines) == (7, 0)

    def test_where_nobody_ordered_it_the_largest_minimum_is_taken(self, acme: Supplier) -> None:
        make_item(acme, moq=10, breaks=(Break(60, Decimal(7)),))
        make_item(make_supplier("BOLT"), moq=60, order_multiple=25)
        [row] = prices.of_supplier(acme, day=TODAY).rows
        assert (row.usual.quantity, row.compared.own.price) == (60, 7)
        assert row.compared.best is not None
        assert row.compared.best.ordered == 75


@pytest.mark.django_db
class TestAlternatives:
    def test_only_who_could_deliver_now_is_one(self, acme: Supplier) -> None:
        make_item(acme, price=Decimal(10))
        make_item(make_supplier("PAUSED", state="paused"), price=Decimal(1))
        make_item(make_supplier("IDLE"), price=Decimal(2), state="paused")
        blocked = make_supplier("BLOCKED")
        make_item(blocked, price=Decimal(3))
        facts.save_policy()
        facts.happen(blocked)
        make_item(make_supplier("GOOD"), price=Decimal(8))
        assert gaps(acme) == {"KETTLE-1": Decimal("0.25")}

    def test_other_currencies_leave_it_open(self, acme: Supplier) -> None:
        make_item(acme)
        make_item(make_supplier("EURO", currency="EUR"), currency="EUR")
        found = prices.of_supplier(acme, day=TODAY)
        assert (found.summary.n, found.summary.foreign, found.rows[0].compared.elsewhere) == (0, 1, ("EUR",))

    def test_the_dearest_come_first(self, acme: Supplier) -> None:
        other = make_supplier("BOLT")
        for sku, price in (("A-1", 9), ("B-1", 15), ("C-1", 11)):
            make_item(acme, sku, price=Decimal(price))
            make_item(other, sku, price=Decimal(10))
        make_item(acme, "D-1")
        assert list(gaps(acme)) == ["B-1", "C-1", "A-1", "D-1"]

    def test_a_product_shows_everybody_against_the_others(self, acme: Supplier) -> None:
        item = make_item(acme, price=Decimal(10))
        make_item(make_supplier("BOLT"), price=Decimal(8))
        rows = prices.of_product(item.product, day=TODAY)
        assert [(row.compared.own.name, row.compared.gap) for row in rows] == [
            ("Bolt Ltd", Decimal("-0.2")),
            ("Acme Ltd", Decimal("0.25")),
        ]

    def test_many_products_cost_as_many_statements_as_few(self, acme: Supplier) -> None:
        counts = []
        for number in range(2):
            for n in range(6):
                make_item(acme, f"P-{number}-{n}")
                make_item(make_supplier(), f"P-{number}-{n}")
            with CaptureQueriesContext(connection) as queries:
                prices.of_supplier(acme, day=TODAY)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 7


class TestPages:
    COST = "7,391.55"

    @pytest.fixture
    def item(self, acme: Supplier) -> SupplierItem:
        made = make_item(acme, price=Decimal("7391.55"))
        make_item(make_supplier("BOLT"), price=Decimal("7000"))
        return made

    def test_the_score_page_sums_them_up(self, client_for: ClientFor, item: SupplierItem) -> None:
        html = client_for(Role.SHOP_STAFF).get(f"/suppliers/{item.supplier_id}/score/").content.decode()
        for words in (self.COST, "+5.6%", "5.6% dearer", "for the one product that can be compared", "largest minimum"):
            assert words in html

    def test_the_product_page_leads_to_its_panel(self, client_for: ClientFor, item: SupplierItem) -> None:
        client, url = client_for(Role.AUDITOR), f"/suppliers/products/{item.product_id}/prices/"
        assert f'hx-get="{url}"' in client.get(f"/suppliers/products/{item.product_id}/").content.decode()
        whole = client.get(url).content.decode()
        part = client.get(url, headers={"HX-Request": "true"}).content.decode()
        assert self.COST in part
        assert "<html" in whole
        assert "<html" not in part

    def test_who_may_not_see_cost_sees_no_price(self, client_for: ClientFor, item: SupplierItem) -> None:
        agent = client_for(Role.SUPPORT_AGENT)
        for url in (f"/suppliers/{item.supplier_id}/score/", f"/suppliers/products/{item.product_id}/"):
            html = agent.get(url).content.decode()
            assert self.COST not in html
            assert "best alternative" not in html
        assert agent.get(f"/suppliers/products/{item.product_id}/prices/").status_code == 403
