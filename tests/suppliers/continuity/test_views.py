"""The pages: what if a supplier stops, declaring it, the switch, and coverage."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.kernel import form_tokens
from backoffice.kernel.roles import Role
from suppliers.continuity import services as continuity
from suppliers.continuity.models import BackupReadiness, SupplierDefault, Switchover
from suppliers.continuity.rules.split import Problem
from suppliers.continuity.selectors import exposures, switching
from suppliers.continuity.solver import Solution
from tests.conftest import ClientFor
from tests.factories.suppliers import make_item, make_supplier
from tests.suppliers.continuity.kit import Shop, draft, exposure, make_shop, verify
from tests.suppliers.directory.test_views import typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    """Pages judge by the real day."""
    return make_shop(now=timezone.now())


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


def token() -> dict[str, str]:
    return {"token": form_tokens.new()}


class TestStops:
    def test_it_says_what_hangs_on_them_and_who_can_step_in(self, staff: Client, shop: Shop) -> None:
        response = staff.get(f"/suppliers/{shop.tatra.pk}/stops/")
        html = response.content.decode()
        assert (response.context["stop"].open_quantity, response.context["stop"].order_lines) == (200, 60)
        for words in ("PLN\xa01,800.00", "Brno Ltd", "Kosice Ltd", "10 days to deliver", "Ready, ", "100 a week"):
            assert words in html.replace("&nbsp;", "\xa0"), words

    def test_a_backup_that_is_not_ready_says_why(self, staff: Client, shop: Shop) -> None:
        make_item(make_supplier("ZLIN"), "MUG")
        html = staff.get(f"/suppliers/{shop.tatra.pk}/stops/").content.decode()
        assert "never verified" in html
        assert "no confirmed capacity" in html

    def test_agents_see_it_without_money_and_without_controls(self, client_for: ClientFor, shop: Shop) -> None:
        draft(shop, now=timezone.now())
        html = client_for(Role.SUPPORT_AGENT).get(f"/suppliers/{shop.tatra.pk}/stops/").content.decode()
        assert "Brno Ltd" in html
        for words in ("900.00", "Revenue", "Declare default", "Compare backups", "Verify", "Switch "):
            assert words not in html

    def test_auditors_see_money_and_no_controls(self, client_for: ClientFor, shop: Shop) -> None:
        html = client_for(Role.AUDITOR).get(f"/suppliers/{shop.tatra.pk}/stops/").content.decode()
        assert "Revenue at risk" in html
        assert "Declare default" not in html

    def test_with_nothing_on_order_it_says_so(self, staff: Client, shop: Shop) -> None:
        html = staff.get(f"/suppliers/{shop.kosice.supplier_id}/stops/").content.decode()
        assert "Nothing is known to hang on this supplier" in html

    def test_it_costs_the_same_with_many_products_and_backups(self, staff: Client, shop: Shop) -> None:
        url = f"/suppliers/{shop.tatra.pk}/stops/"
        staff.get(url)
        with CaptureQueriesContext(connection) as few:
            staff.get(url)
        _many(shop, 20)
        with CaptureQueriesContext(connection) as many:
            staff.get(url)
        assert len(many) == len(few)


def _many(shop: Shop, amount: int) -> None:
    brno, now = shop.kosice.supplier, timezone.now()
    for n in range(amount):
        make_item(shop.tatra, f"P-{n}")
        verify(make_item(brno, f"P-{n}", moq=1), now=now)
    drafts = [exposure(sku=f"P-{n}") for n in range(amount)]
    continuity.record_exposure(source="many", drafts=drafts, actor=None, now=now)


class TestDeclaring:
    def test_the_page_says_what_hangs_on_it_and_a_double_press_declares_once(self, staff: Client, shop: Shop) -> None:
        url = f"/suppliers/{shop.tatra.pk}/default/"
        assert "200 units of 2 products; 60 order lines" in staff.get(url).content.decode()
        data = typed(staff, url, why="Three lots did not come.")
        for _press in range(2):
            assert staff.post(url, data).status_code == 302
        assert SupplierDefault.objects.get().why == "Three lots did not come."
        assert "Three lots did not come." in staff.get(f"/suppliers/{shop.tatra.pk}/").content.decode()

    def test_without_a_reason_nothing_is_written(self, staff: Client, shop: Shop) -> None:
        url = f"/suppliers/{shop.tatra.pk}/default/"
        response = staff.post(url, typed(staff, url, why=" "))
        assert response.status_code == 422
        assert "Say what they did not deliver" in response.content.decode()
        assert not SupplierDefault.objects.exists()

    def test_it_is_lifted_on_a_page_of_its_own(self, staff: Client, shop: Shop) -> None:
        continuity.declare_default(supplier_id=shop.tatra.pk, why="Late.", actor=None, now=timezone.now())
        url = f"/suppliers/{shop.tatra.pk}/lift/"
        assert staff.post(url, typed(staff, url)).status_code == 302
        assert SupplierDefault.objects.get().lifted_at is not None
        assert staff.post(url, typed(staff, url)).status_code == 422


class TestVerifying:
    def test_what_was_asked_is_written_down(self, staff: Client, shop: Shop) -> None:
        url = f"/suppliers/items/{shop.kosice.pk}/verify/"
        response = staff.post(url, typed(staff, url, how="writing", capacity_per_week="40", note="By letter."))
        row = BackupReadiness.objects.latest("pk")
        assert response.status_code == 302
        assert (row.how, row.capacity_per_week, row.supplier_capacity_per_week, row.note) == (
            "writing", 40, None, "By letter.",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"verified_on": ""}, "Enter the day on which you asked"),
            ({"verified_on": "2199-01-01"}, "outside 1970 to 2100"),
            ({"verified_on": str(timezone.localdate() + timedelta(days=1))}, "has not come yet"),
            ({"how": "rumour"}, "Choose one from the list"),
            ({"how": "trial"}, "Enter the day of the trial order"),
            ({"capacity_per_week": "1e3"}, "from 0 to 999999"),
        ],
    )
    def test_what_cannot_be_used_comes_back_and_writes_nothing(
        self, staff: Client, shop: Shop, fields: dict[str, str], sentence: str
    ) -> None:
        before, url = BackupReadiness.objects.count(), f"/suppliers/items/{shop.kosice.pk}/verify/"
        response = staff.post(url, typed(staff, url, **fields))
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert BackupReadiness.objects.count() == before


class TestSwitching:
    def test_three_ways_stand_side_by_side(self, staff: Client, shop: Shop) -> None:
        response = staff.get(f"/suppliers/{shop.tatra.pk}/switch/")
        ways = response.context["ways"]
        assert [(way.plan.cost, way.plan.penalty) for way in ways] == [(2300, 44), (2300, 44), (2400, 0)]
        assert response.context["solution"].proven
        first = response.context["candidates"][0]
        assert (first.price_gap, [units for _way, units in first.quantities]) == (Decimal("0.2"), [100, 100, 100])

    def test_looking_writes_nothing(self, staff: Client, shop: Shop) -> None:
        staff.get(f"/suppliers/{shop.tatra.pk}/switch/")
        assert not Switchover.objects.exists()

    def test_a_currency_without_a_rate_is_asked_for(self, staff: Client, shop: Shop) -> None:
        verify(make_item(make_supplier("ZLIN"), "CUP", currency="CZK", price=Decimal(50)), now=timezone.now())
        url = f"/suppliers/{shop.tatra.pk}/switch/"
        assert "these backups are left out" in staff.get(url).content.decode()
        response = staff.get(url, {"currency": "PLN", "rate_CZK": "0.17"})
        assert "these backups are left out" not in response.content.decode()
        assert response.context["ways"][0].plan.cost == 1100 + 850

    @pytest.mark.parametrize("rate", ["0", "-1", "abc", "1e5"])
    def test_a_rate_that_is_none_comes_back(self, staff: Client, shop: Shop, rate: str) -> None:
        verify(make_item(make_supplier("ZLIN"), "CUP", currency="CZK", price=Decimal(50)), now=timezone.now())
        url = f"/suppliers/{shop.tatra.pk}/switch/"
        data = {"currency": "PLN", "rate_CZK": rate} | token()
        assert staff.post(url, data).status_code == 422
        assert not Switchover.objects.exists()

    def test_what_stands_in_the_way_is_named(self, staff: Client, shop: Shop) -> None:
        verify(shop.brno["CUP"], now=timezone.now(), capacity_per_week=10)
        html = staff.get(f"/suppliers/{shop.tatra.pk}/switch/").content.decode()
        assert "No plan covers everything" in html
        assert "With 60 more units of capacity for single items everything would be covered." in html
        assert "However many suppliers shared a SKU, units would still be left open." in html
        assert "As things are, 60 units are left open." in html

    def test_draft_confirm_and_undo_by_hand(self, staff: Client, shop: Shop) -> None:
        response = staff.post(f"/suppliers/{shop.tatra.pk}/switch/", {"currency": "PLN"} | token())
        made = Switchover.objects.get()
        url = f"/suppliers/switches/{made.pk}/"
        assert response["Location"] == url
        assert "Confirm 2 orders to backups" in staff.get(url).content.decode()
        data = token()
        for _press in range(2):
            assert staff.post(f"{url}confirm/", data)["Location"] == url
        assert "Undo the switch" in staff.get(url).content.decode()
        staff.post(f"{url}undo/", token())
        made.refresh_from_db()
        assert made.state == "undone"

    def test_a_draft_that_no_longer_fits_is_shown_with_the_reason(self, staff: Client, shop: Shop) -> None:
        made = draft(shop, now=timezone.now())
        verify(shop.kosice, now=timezone.now(), capacity_per_week=3)
        response = staff.post(f"/suppliers/switches/{made.pk}/confirm/", token())
        assert response.status_code == 422
        assert "changed since this draft" in response.content.decode()

    def test_looking_and_keeping_solve_once_and_never_longer_than_three_seconds(
        self, staff: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limits = []
        solve = switching.solver.solve

        def counted(problem: Problem, *, time_limit: float) -> Solution:
            limits.append(time_limit)
            return solve(problem, time_limit=time_limit)

        monkeypatch.setattr(switching.solver, "solve", counted)
        url = f"/suppliers/{shop.tatra.pk}/switch/"
        seen = staff.get(url).context["solution"].plan
        staff.get(url)
        made = Switchover.objects.get(pk=int(staff.post(url, {"currency": "PLN"} | token()).url.split("/")[-2]))
        assert limits == [pytest.approx(switching.SECONDS / switching.LIMITS_REACHED)]
        assert switching.SECONDS <= 3
        assert made.cost == seen.cost
        verify(shop.kosice, now=timezone.now(), capacity_per_week=3)
        staff.get(url)
        assert len(limits) == 2

    def test_no_rate_is_asked_for_the_currency_of_the_plan(self, staff: Client, shop: Shop) -> None:
        verify(make_item(make_supplier("ZLIN"), "CUP", currency="CZK", price=Decimal(50)), now=timezone.now())
        url = f"/suppliers/{shop.tatra.pk}/switch/"
        for own in (first := staff.get(url).context["form"].currencies):
            asked = [name for name in staff.get(url, {"currency": own}).context["form"].fields if "rate" in name]
            assert asked == [f"rate_{code}" for code in first if code != own]

    def test_with_nobody_ready_the_page_says_what_to_do(self, staff: Client, shop: Shop) -> None:
        url = f"/suppliers/{shop.kosice.supplier_id}/switch/"
        assert "Verify a backup first" in staff.get(url).content.decode()
        assert staff.post(url, token()).status_code == 422

    def test_what_is_switched_already_is_said_and_not_offered_again(self, staff: Client, shop: Shop) -> None:
        now = timezone.now()
        continuity.confirm_switch(switch_id=draft(shop, now=now).pk, actor=None, now=now)
        html = staff.get(f"/suppliers/{shop.tatra.pk}/switch/").content.decode()
        assert "200 units are switched already since the report of" in html
        assert "Keep the best split" not in html
        refused = staff.post(f"/suppliers/{shop.tatra.pk}/switch/", token() | {"currency": "PLN"})
        assert refused.status_code == 422
        assert "Nothing is left to switch" in refused.content.decode()
        assert Switchover.objects.count() == 1

    def test_products_beyond_the_most_are_counted_and_said(
        self, monkeypatch: pytest.MonkeyPatch, staff: Client, shop: Shop
    ) -> None:
        monkeypatch.setattr(exposures, "MOST_PRODUCTS", 1)
        for page in ("stops", "switch"):
            response = staff.get(f"/suppliers/{shop.tatra.pk}/{page}/")
            assert (len(response.context["stop"].rows), response.context["stop"].left_out) == (1, 1)
            assert "1 more product hangs on this supplier" in response.content.decode()

    def test_agents_see_no_plan(self, client_for: ClientFor, shop: Shop) -> None:
        made = draft(shop, now=timezone.now())
        agent = client_for(Role.SUPPORT_AGENT)
        assert agent.get(f"/suppliers/{shop.tatra.pk}/switch/").status_code == 403
        assert agent.get(f"/suppliers/switches/{made.pk}/").status_code == 403

    def test_pages_cost_the_same_with_many_products(self, staff: Client, shop: Shop) -> None:
        url = f"/suppliers/{shop.tatra.pk}/switch/"
        staff.get(url)
        with CaptureQueriesContext(connection) as few:
            staff.get(url)
        _many(shop, 12)
        with CaptureQueriesContext(connection) as many:
            staff.get(url)
        assert len(many) == len(few)


class TestCoverage:
    def test_each_product_shows_who_delivers_it_and_what_that_means(self, staff: Client, shop: Shop) -> None:
        make_item(shop.tatra, "SOLO")
        rows = {row.product.sku: row for row in staff.get("/suppliers/coverage/").context["found"].rows}
        assert (rows["SOLO"].is_single, rows["SOLO"].hhi, rows["SOLO"].recover) == (True, None, None)
        assert (rows["MUG"].is_single, rows["MUG"].hhi, rows["MUG"].recover) == (False, 1, 10)
        assert not rows["MUG"].at_risk

    def test_a_supplier_that_cannot_be_ordered_from_is_no_second_source(self, staff: Client, shop: Shop) -> None:
        for code, state in (("OLOMOUC", "ended"), ("OSTRAVA", "paused")):
            make_item(make_supplier(code, state=state), "CUP")
        make_item(make_supplier("PLZEN", state="ended"), "GONE")
        for code in ("SOLO", "DUO"):
            make_item(shop.tatra, code)
        make_item(make_supplier("PRAHA", state="paused"), "SOLO")
        make_item(shop.kosice.supplier, "DUO")
        rows = {row.product.sku: row for row in staff.get("/suppliers/coverage/").context["found"].rows}
        told = {sku: row.is_single for sku, row in rows.items()}
        assert told == {"CUP": False, "MUG": False, "GONE": False, "SOLO": True, "DUO": False}
        single = staff.get("/suppliers/coverage/", {"view": "single"}).context["found"].rows
        assert [row.product.sku for row in single] == ["SOLO"]

    def test_two_suppliers_with_open_orders_share_the_hhi(self, staff: Client, shop: Shop) -> None:
        other = exposure("KOSICE", open_quantity=300, stock=Decimal(20))
        continuity.record_exposure(source="demand", drafts=[other], actor=None, now=timezone.now())
        rows = {row.product.sku: row for row in staff.get("/suppliers/coverage/").context["found"].rows}
        assert (rows["MUG"].hhi, rows["MUG"].survive, rows["MUG"].at_risk) == (Decimal("0.625"), 2, True)

    @pytest.mark.parametrize(("view", "skus"), [("", 3), ("single", 1), ("ordered", 2), ("nonsense", 3)])
    def test_views_narrow_it(self, staff: Client, shop: Shop, view: str, skus: int) -> None:
        make_item(shop.tatra, "SOLO")
        response = staff.get("/suppliers/coverage/", {"view": view})
        assert len(response.context["found"].rows) == skus
        assert ("There is no view" in response.content.decode()) == (view == "nonsense")

    def test_a_search_finds_products_by_their_own_name_and_by_who_sells_them(self, staff: Client, shop: Shop) -> None:
        make_item(make_supplier("WICKLOW"), "SOLO-1")

        def found(**query: str) -> list[str]:
            rows = staff.get("/suppliers/coverage/", query).context["found"].rows
            return [row.product.sku for row in rows]

        assert found(q="solo") == found(q="wicklow") == found(q="wicklow", view="single") == ["SOLO-1"]
        assert "MUG" in found(q="kosice")
        assert "MUG" not in found(q="kosice", view="single")
        assert found(q="nobody") == []

    def test_it_runs_in_pages_and_costs_the_same_with_many_products(self, staff: Client, shop: Shop) -> None:
        staff.get("/suppliers/coverage/")
        with CaptureQueriesContext(connection) as few:
            staff.get("/suppliers/coverage/")
        for n in range(60):
            make_item(make_supplier(), f"P-{n}")
        with CaptureQueriesContext(connection) as many:
            first = staff.get("/suppliers/coverage/")
        older = staff.get(f"/suppliers/coverage/{first.context['older_url']}")
        assert len(many) == len(few)
        assert (len(first.context["found"].rows), len(older.context["found"].rows)) == (25, 25)

    def test_an_incomplete_link_is_said(self, staff: Client, shop: Shop) -> None:
        assert "link to that page is incomplete" in staff.get("/suppliers/coverage/?after=x").content.decode()

    def test_it_shows_no_price(self, client_for: ClientFor, shop: Shop) -> None:
        html = client_for(Role.SUPPORT_AGENT).get("/suppliers/coverage/").content.decode()
        assert "MUG" in html
        assert "12.00" not in html
