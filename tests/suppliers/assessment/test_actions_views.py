"""The pages of corrective actions: the list with its views and filters, one page each, and the forms."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.kernel.roles import Role
from suppliers.assessment.models import CorrectiveAction
from suppliers.directory.models import Supplier
from tests.conftest import ClientFor
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import actions, facts

pytestmark = pytest.mark.django_db
LIST = "/suppliers/actions/"


@pytest.fixture
def acme() -> Supplier:
    return make_supplier("ACME")


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


def ask(supplier: Supplier, *, days: int = 5, **fields: Any) -> CorrectiveAction:
    """Asked ten days ago by the real day, which pages judge by; due in so many days."""
    now = timezone.now() - timedelta(days=10)
    return actions.ask(supplier, now=now, due_on=timezone.localdate() + timedelta(days=days), **fields)


def html(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def typed(client: Client, url: str, **fields: Any) -> dict[str, Any]:
    form = client.get(url).context["form"]
    held = {bound.name: bound.value() for bound in form if bound.value() not in (None, "")}
    return held | fields


def shown(client: Client, query: str = "") -> list[str]:
    return [str(row) for row, _is_overdue in client.get(f"{LIST}{query}").context["rows"]]


class TestList:
    def test_each_view_holds_what_it_says(self, staff: Client, acme: Supplier) -> None:
        waiting, late = ask(acme, days=9), ask(acme, days=-1)
        answered = actions.answer(ask(acme), timezone.localdate(), now=timezone.now())
        over = actions.withdraw(ask(acme), now=timezone.now())
        assert shown(staff) == [str(late), str(answered), str(waiting)]
        assert shown(staff, "?view=overdue") == [str(late)]
        assert shown(staff, "?view=verify") == [str(answered)]
        assert set(shown(staff, "?view=all")) == {str(waiting), str(late), str(answered), str(over)}

    def test_filters_narrow_it(self, staff: Client, acme: Supplier) -> None:
        seam = ask(acme, cause="defect")
        late = ask(make_supplier("BOLT"), cause="lateness", what="Three lines late")
        assert shown(staff, "?cause=lateness") == [str(late)]
        assert shown(staff, "?q=acme") == [str(seam)]
        assert shown(staff, f"?q={str(late).lower()}") == [str(late)]
        assert shown(staff, f"?owner={actions.owner().pk}&q=lines") == [str(late)]
        assert shown(staff, "?q=nobody") == []

    def test_pages_follow_each_other(self, staff: Client, acme: Supplier) -> None:
        for number in range(60):
            ask(acme, days=number % 7)
        first = staff.get(LIST)
        second = staff.get(LIST + first.context["older_url"])
        numbers = [row.pk for page in (first, second) for row, _late in page.context["rows"]]
        assert len(numbers) == len(set(numbers)) == 60

    @pytest.mark.parametrize("query", ["?after=x~5", "?after=5", "?view=lost", "?owner=abc", "?cause=weather"])
    def test_an_address_that_makes_no_sense_shows_the_list_and_says_so(
        self, staff: Client, acme: Supplier, query: str
    ) -> None:
        row = ask(acme)
        assert str(row) in html(staff, LIST + query)

    def test_the_number_of_statements_does_not_grow(self, staff: Client, acme: Supplier) -> None:
        counts = []
        for _round in range(2):
            for _each in range(12):
                ask(acme)
            html(staff, LIST)
            with CaptureQueriesContext(connection) as queries:
                html(staff, LIST)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestForms:
    def test_asking_is_one_page(self, staff: Client, acme: Supplier) -> None:
        url = f"/suppliers/{acme.pk}/actions/new/?cause=lateness&cause_ref=PO-1&what=Late"
        sent = typed(staff, url, asked="Deliver on time.")
        response = staff.post(url, sent)
        row = CorrectiveAction.objects.get()
        assert response.url == f"/suppliers/actions/{row.pk}/"
        assert (row.cause, row.cause_ref, row.what, row.asked) == ("lateness", "PO-1", "Late", "Deliver on time.")
        assert staff.post(url, sent).url == response.url
        assert CorrectiveAction.objects.count() == 1

    def test_a_cause_of_nobody_is_not_taken_over(self, staff: Client, acme: Supplier) -> None:
        assert (
            staff.get(f"/suppliers/{acme.pk}/actions/new/?cause=weather").context["form"]["cause"].value() == "defect"
        )

    def test_the_way_to_verified(self, staff: Client, acme: Supplier) -> None:
        row = ask(acme)
        for name, fields in (("answer", {"answer": "A new thread."}), ("verify", {"note": "Ten pieces pulled."})):
            url = f"/suppliers/actions/{row.pk}/{name}/"
            assert staff.post(url, typed(staff, url, **fields)).status_code == 302
        row.refresh_from_db()
        assert (row.state, row.verified_by.username if row.verified_by else "") == ("verified", "sofia")
        page = html(staff, f"/suppliers/actions/{row.pk}/")
        for words in ("A new thread.", "Ten pieces pulled.", "Answered by the supplier", "Verified"):
            assert words in page
        assert "Withdraw request" not in page

    def test_a_refusal_stands_on_the_form(self, staff: Client, acme: Supplier) -> None:
        row = ask(acme)
        url = f"/suppliers/actions/{row.pk}/answer/"
        tomorrow = timezone.localdate() + timedelta(days=1)
        response = staff.post(url, typed(staff, url, answer="Soon.", answered_on=tomorrow))
        assert response.status_code == 422
        assert "The answer came after the question and not after today." in response.content.decode()

    def test_what_somebody_else_did_meanwhile_is_not_overwritten(self, staff: Client, acme: Supplier) -> None:
        row = ask(acme)
        url = f"/suppliers/actions/{row.pk}/change/"
        sent = typed(staff, url, what="Mine")
        actions.answer(row, timezone.localdate(), now=timezone.now())
        assert staff.post(url, sent).status_code == 409
        row.refresh_from_db()
        assert row.what != "Mine"

    def test_a_step_that_is_over_leads_back(self, staff: Client, acme: Supplier) -> None:
        row = actions.withdraw(ask(acme), now=timezone.now())
        for name in ("answer", "verify", "reject", "withdraw", "change"):
            assert staff.get(f"/suppliers/actions/{row.pk}/{name}/").url == f"/suppliers/actions/{row.pk}/"
        assert staff.get(f"/suppliers/actions/{row.pk}/forget/").status_code == 404

    def test_who_only_reads_sees_no_buttons(self, client_for: ClientFor, acme: Supplier) -> None:
        row = ask(acme)
        for role in (Role.SUPPORT_AGENT, Role.AUDITOR):
            page = html(client_for(role), f"/suppliers/actions/{row.pk}/")
            assert "Seams open after a week" in page
            assert "Write down answer" not in page

    def test_text_stays_text(self, staff: Client, acme: Supplier) -> None:
        evil = "<script>alert(1)</script>"
        row = actions.answer(
            ask(acme, what=evil, asked=evil, cause_ref=evil), timezone.localdate(), now=timezone.now(), answer=evil
        )
        for url in (LIST, f"/suppliers/actions/{row.pk}/", f"/suppliers/{acme.pk}/"):
            assert "<script>alert" not in html(staff, url)


class TestOtherPages:
    def test_the_suppliers_page_shows_what_is_open(self, staff: Client, acme: Supplier) -> None:
        assert "Nothing waits to be put right." in html(staff, f"/suppliers/{acme.pk}/")
        row = ask(acme, days=-1)
        page = html(staff, f"/suppliers/{acme.pk}/")
        assert f'href="/suppliers/actions/{row.pk}/"' in page
        assert "Overdue" in page
        assert "1 open, 0 verified" in page

    def test_a_late_delivery_asks_for_its_correction(self, staff: Client, acme: Supplier) -> None:
        facts.deliver(facts.delivery("PO-1042", 9), facts.delivery("PO-1043", 0))
        page = html(staff, f"/suppliers/{acme.pk}/score/delivery/")
        assert page.count("/actions/new/?cause=lateness&amp;cause_ref=") == 1
        assert "PO-1042+arrived+9+days" in page

    def test_the_quality_page_lists_the_actions_behind_its_number(self, staff: Client, acme: Supplier) -> None:
        row = ask(acme)
        page = html(staff, f"/suppliers/{acme.pk}/score/quality/?facts=action")
        assert f'href="/suppliers/actions/{row.pk}/"' in page
