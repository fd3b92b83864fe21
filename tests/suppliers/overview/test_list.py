"""The suppliers list: what it finds, how it pages, what it costs, and what it says to an address without sense."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.roles import Role
from suppliers.assessment.models import Scorecard
from suppliers.directory.models import Certificate, Supplier
from suppliers.overview import filters, selectors
from suppliers.overview.rules import SupplierFilter
from tests.conftest import ClientFor
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_item, make_supplier, make_talk
from tests.suppliers.assessment import facts

pytestmark = pytest.mark.django_db
URL = "/suppliers/"
TODAY = NOW.date()


def shown(html: bytes) -> list[str]:
    """The suppliers on a page, top to bottom."""
    return re.findall(r'href="/suppliers/\d+/"><bdi>([^<]+)', html.decode())


def found(**wanted: Any) -> list[str]:
    page = selectors.list_page(SupplierFilter(**wanted), cursor=None, now=NOW)
    return [row.supplier.code for row in page.rows]


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


class TestSavedViews:
    @pytest.fixture(autouse=True)
    def suppliers(self) -> None:
        quiet = make_supplier("A-QUIET", cadence_days=30)
        make_talk(quiet, TODAY - timedelta(days=31))
        talked = make_supplier("B-TALKED", cadence_days=30)
        make_talk(talked, TODAY)
        make_certificate(talked, until=TODAY - timedelta(days=1), is_retired=True)
        papers = make_supplier("C-PAPERS")
        make_certificate(papers, until=TODAY - timedelta(days=1))
        make_certificate(papers, until=TODAY + timedelta(days=20))
        make_certificate(papers, until=TODAY + timedelta(days=200))
        make_item(papers)
        make_item(talked)
        make_item(quiet, "MUG-1", state="ended")
        make_supplier("D-GONE", cadence_days=1, state="ended")

    def test_all_runs_by_name(self) -> None:
        assert found() == ["A-QUIET", "B-TALKED", "C-PAPERS", "D-GONE"]

    def test_contact_due_leaves_out_whom_we_talked_to_and_who_is_gone(self) -> None:
        assert found(view="due") == ["A-QUIET"]

    def test_certificates_ending_leaves_out_what_was_replaced(self) -> None:
        assert found(view="papers") == ["C-PAPERS"]

    def test_primary_and_without_items(self) -> None:
        assert found(view="primary") == ["C-PAPERS"]
        assert found(view="idle") == ["A-QUIET", "D-GONE"]

    def test_what_is_counted(self) -> None:
        page = selectors.list_page(SupplierFilter(q="papers"), cursor=None, now=NOW)
        assert page.rows[0].numbers == selectors.Numbers(
            expired=1, expired_critical=0, expiring=1, items=1, primary=1, assess=0
        )


class TestFiltersAndSearch:
    @pytest.fixture(autouse=True)
    def suppliers(self) -> None:
        make_supplier("TATRA", name="Tatra Tents", legal_name="Tatra Namioty Sp. z o.o.")
        make_supplier("HARBIN", name="Harbin Down 哈尔滨", country="CN", state="paused")
        make_supplier("ODRA-1", name="Odra warehouse", kind="warehouse", country="")

    @pytest.mark.parametrize(
        ("wanted", "codes"),
        [
            ({"q": "namioty"}, ["TATRA"]),
            ({"q": "哈尔"}, ["HARBIN"]),
            ({"q": "odra"}, ["ODRA-1"]),
            ({"q": "100%"}, []),
            ({"state": "paused"}, ["HARBIN"]),
            ({"country": "CN", "q": "tat"}, []),
            ({"kind": "warehouse"}, ["ODRA-1"]),
        ],
    )
    def test_narrow_the_list(self, wanted: dict[str, str], codes: list[str]) -> None:
        assert found(**wanted) == codes

    def test_the_search_uses_its_index(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
            assert "supplier_search" in selectors.matching(SupplierFilter(q="namioty"), now=NOW).explain()

    def test_a_filter_and_its_link_say_the_same(self) -> None:
        wanted = SupplierFilter(view="due", q="tatra", country="PL")
        assert filters.read(QueryDict(wanted.to_query()), countries=("PL",)).filter == wanted

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("page=-1", "no numbers"),
            ("sort=password", "does not know"),
            ("view=everything", "There is no view"),
            ("state=%3Cscript%3E", "No supplier has that"),
            ("country=XX", "No supplier has that"),
            ("after=zz", "incomplete"),
            ("after=Tatra~99999999999999999999", "incomplete"),
            ("q=" + "a" * 101, "101 characters"),
        ],
    )
    def test_what_cannot_be_used_is_said_and_left_out(self, staff: Client, query: str, sentence: str) -> None:
        response = staff.get(f"{URL}?{query}")
        assert response.status_code == 200
        assert sentence in response.content.decode()
        assert b"<script>" not in response.content


class TestPages:
    def test_next_and_previous_show_every_supplier_once_from_a_to_z(self, staff: Client) -> None:
        names = [f"Firm {n // 2:03}" for n in range(120)]  # two of each name
        Supplier.objects.bulk_create(Supplier(code=f"S{n}", name=name) for n, name in enumerate(names))
        response = staff.get(URL)
        pages = [shown(response.content)]
        while response.context["older_url"]:
            response = staff.get(URL + response.context["older_url"])
            pages.append(shown(response.content))
        assert [name for page in pages for name in page] == names
        back = staff.get(URL + response.context["newer_url"])
        assert shown(back.content) == pages[1]
        first = staff.get(URL + back.context["newer_url"])
        assert shown(first.content) == pages[0]
        assert first.context["newer_url"] == ""

    @pytest.mark.parametrize("query", ["", "?view=due", "?view=papers", "?view=idle", "?q=firm&state=active"])
    def test_a_thousand_suppliers_cost_as_many_statements_as_ten(self, staff: Client, query: str) -> None:
        fill(10)
        staff.get(URL + query)
        with CaptureQueriesContext(connection) as few:
            staff.get(URL + query)
        fill(990)
        with CaptureQueriesContext(connection) as many:
            staff.get(URL + query)
        assert len(many) == len(few) <= 6


def fill(amount: int) -> None:
    """So many suppliers with a paper that has expired and a talk that is due, in two statements."""
    start = Supplier.objects.count()
    made = Supplier.objects.bulk_create(
        Supplier(code=f"F{start + n}", name=f"Firm {start + n}", country="PL", contact_due_on=TODAY)
        for n in range(amount)
    )
    Certificate.objects.bulk_create(
        Certificate(supplier=one, kind="quality", number="1", valid_until=TODAY - timedelta(days=1)) for one in made
    )


class TestWhatIsShown:
    def test_nothing_yet_and_nothing_matching_are_two_things(self, staff: Client) -> None:
        assert b"No suppliers yet" in staff.get(URL).content
        make_supplier()
        assert b"No supplier matches" in staff.get(URL, {"q": "zzz"}).content

    def test_names_are_kept_apart_and_never_markup(self, staff: Client) -> None:
        make_supplier("X", name="<script>alert(1)</script>\u202e")
        page = staff.get(URL).content.decode()
        assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;\u202e</bdi>" in page

    @pytest.mark.parametrize("role", [Role.SUPPORT_AGENT, Role.AUDITOR])
    def test_who_may_not_add_sees_no_button(self, client_for: ClientFor, role: Role) -> None:
        assert b"Add supplier" not in client_for(role).get(URL).content

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_it_can_only_be_read(self, client_for: ClientFor, method: str) -> None:
        assert client_for(Role.ADMIN).generic(method, URL).status_code == 405


class TestScores:
    def test_a_score_stands_with_its_standing_and_how_it_moved_in_thirty_days(self) -> None:
        facts.save_policy(coverage=30)
        make_supplier("ACME")
        facts.deliver(*[facts.delivery(f"PO-{n}", promised=100 + n) for n in range(10)])
        facts.rescore(facts.ago(40))
        facts.deliver(*[facts.delivery(f"LATE-{n}", 9, promised=20) for n in range(10)])
        facts.rescore()
        then, now = (card.total or 0 for card in Scorecard.objects.order_by("revision"))

        (row,) = selectors.list_page(SupplierFilter(), cursor=None, now=NOW).rows

        assert row.score is not None
        assert (row.score.total, row.score.change) == (now, now - then)
        assert now < then
        assert (row.score.standing, row.score.bands[row.score.standing]) == ("poor", "Poor")

    def test_nobody_is_shown_with_a_score_that_was_never_made(self, client_for: ClientFor) -> None:
        make_supplier("ACME")
        (row,) = selectors.list_page(SupplierFilter(), cursor=None, now=NOW).rows
        assert row.score is None
        assert "in 30 days" not in client_for(Role.SHOP_STAFF).get(URL).content.decode()
