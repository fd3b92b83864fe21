"""One order: what its page tells, and how its expected date is changed."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.kernel import form_tokens
from backoffice.kernel.models import AuditEntry, Store
from backoffice.kernel.roles import Role
from orders.sales import services as sales
from orders.sales.models import Expectation, Order, OrderMark
from orders.sales.rules import OrderState
from tests.conftest import Cast, ClientFor
from tests.factories import NOW, make_order, make_parcel


@pytest.fixture
def order(store: Store) -> Order:
    return make_order(store, number="A-77", name="Ewa <Nowak>", email="ewa@example.com", campaign_code="BF26")


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


def soon() -> date:
    return timezone.now().date() + timedelta(days=4)


def typed(**fields: object) -> dict[str, object]:
    return {"expected_on": soon().isoformat(), "reason": "The lorry left", "token": form_tokens.new()} | fields


class TestThePage:
    def test_names_the_order_and_its_customer(self, order: Order, staff: Client) -> None:
        page = staff.get(f"/orders/{order.pk}/").content.decode()
        assert "<title>Order A-77" in page
        assert "Ewa &lt;Nowak&gt;" in page
        assert "KETTLE-1" in page
        assert "ACME" in page
        assert "?q=ewa%40example.com" in page

    def test_shows_every_revision_of_the_expected_date_with_source_and_reason(
        self, order: Order, staff: Client
    ) -> None:
        sales.expect(actor=None, order=order, on=date(2026, 11, 27), source="staff", reason="Lorry late", now=NOW)
        sales.expect(actor=None, order=order, on=None, source="incident", reason="Depot flooded", now=NOW)
        page = staff.get(f"/orders/{order.pk}/").content.decode()
        assert page.index("Depot flooded") < page.index("Lorry late")
        assert "27 Nov 2026" in page
        assert "Nobody knows" in page

    def test_marks_lead_to_what_they_stand_for(self, order: Order, staff: Client) -> None:
        OrderMark.objects.create(order=order, kind="incident", ref="7", label="Incident 7", url="/x/7/", marked_at=NOW)
        assert '<a class="chip" href="/x/7/">' in staff.get(f"/orders/{order.pk}/").content.decode()

    def test_the_parcels_come_by_their_own_address(self, order: Order, staff: Client) -> None:
        assert f'hx-get="/orders/{order.pk}/parcels/"' in staff.get(f"/orders/{order.pk}/").content.decode()

    def test_says_that_a_customer_without_address_cannot_be_reached(self, store: Store, staff: Client) -> None:
        order = make_order(store, email="")
        assert b"cannot be reached by e-mail" in staff.get(f"/orders/{order.pk}/").content

    def test_an_order_that_is_not_there_is_404(self, staff: Client) -> None:
        assert staff.get("/orders/999999/").status_code == 404

    @pytest.mark.parametrize("role", list(Role))
    def test_every_role_may_read_it(self, order: Order, client_for: ClientFor, role: Role) -> None:
        assert client_for(role).get(f"/orders/{order.pk}/").status_code == 200

    @pytest.mark.parametrize("role", [Role.SUPPORT_AGENT, Role.AUDITOR])
    def test_who_may_not_edit_sees_no_form(self, order: Order, client_for: ClientFor, role: Role) -> None:
        assert b"/expect/" not in client_for(role).get(f"/orders/{order.pk}/").content

    @pytest.mark.parametrize("state", [OrderState.DELIVERED, OrderState.CANCELLED])
    def test_an_order_that_ended_has_no_form(self, store: Store, staff: Client, state: OrderState) -> None:
        order = make_order(store, state=state)
        assert b"/expect/" not in staff.get(f"/orders/{order.pk}/").content


class TestParcels:
    def test_as_a_page(self, order: Order, staff: Client) -> None:
        make_parcel(order, number="DPD-5")
        page = staff.get(f"/orders/{order.pk}/parcels/").content.decode()
        assert "<html" in page
        assert "DPD-5" in page

    def test_as_a_panel(self, order: Order, staff: Client) -> None:
        panel = staff.get(f"/orders/{order.pk}/parcels/", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in panel
        assert "No parcel is known yet" in panel


class TestExpecting:
    def test_appends_a_revision_and_says_so_in_the_audit(self, order: Order, staff: Client, cast: Cast) -> None:
        response = staff.post(f"/orders/{order.pk}/expect/", typed())
        assert response.status_code == 302
        order.refresh_from_db()
        assert order.expected_on == soon()
        revision = order.expectations.get()
        assert (revision.source, revision.reason) == ("staff", "The lorry left")
        assert AuditEntry.objects.get(verb="order.expect").actor == cast.staff

    def test_an_empty_day_means_that_nobody_knows(self, order: Order, staff: Client) -> None:
        staff.post(f"/orders/{order.pk}/expect/", typed(expected_on=""))
        assert order.expectations.get().expected_on is None

    def test_a_second_press_changes_nothing(self, order: Order, staff: Client) -> None:
        form = typed()
        first = staff.post(f"/orders/{order.pk}/expect/", form)
        second = staff.post(f"/orders/{order.pk}/expect/", form)
        assert second.headers["Location"] == first.headers["Location"]
        assert order.expectations.count() == 1

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("expected_on", "2026-02-30", "not a day of the calendar"),
            ("expected_on", "0001-01-01", "outside 1970 to 2100"),
            ("expected_on", "2020-01-01", "That day is over"),
            ("expected_on", "2099-01-01", "more than two years ahead"),
            ("reason", "", "Write what changed"),
            ("reason", "x" * 301, "301 characters"),
            ("reason", "a\u202eb", "cannot be shown"),
            ("token", "short", "too old to send"),
        ],
    )
    def test_what_cannot_be_used_comes_back_in_place_and_nothing_is_written(
        self, order: Order, staff: Client, field: str, value: str, sentence: str
    ) -> None:
        response = staff.post(f"/orders/{order.pk}/expect/", typed(**{field: value}))
        page = response.content.decode()
        assert response.status_code == 422
        assert sentence in page
        assert "<title>Error:" in page
        assert not Expectation.objects.exists()
        if field == "expected_on":
            assert "The lorry left" in page

    @pytest.mark.parametrize("role", [Role.SUPPORT_AGENT, Role.AUDITOR])
    def test_is_for_those_who_may_edit_orders(self, order: Order, client_for: ClientFor, role: Role) -> None:
        assert client_for(role).post(f"/orders/{order.pk}/expect/", typed()).status_code == 403
        assert not Expectation.objects.exists()

    def test_needs_the_token_of_the_page(self, order: Order, client_for: ClientFor) -> None:
        assert client_for(Role.SHOP_STAFF, csrf=True).post(f"/orders/{order.pk}/expect/", typed()).status_code == 403

    def test_a_link_cannot_do_it(self, order: Order, staff: Client) -> None:
        assert staff.get(f"/orders/{order.pk}/expect/").status_code == 405
