"""The score page and its forms: what each role sees, how a change is explained, and what two people at once see."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.kernel.roles import Role
from suppliers.assessment import services as assessment
from suppliers.assessment.models import Assessment, CriticalEvent, Standing
from suppliers.assessment.rules.drafts import EventDraft
from suppliers.continuity import services as continuity
from suppliers.directory.models import Supplier
from tests.conftest import Cast, ClientFor
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Supplier:
    facts.save_policy(coverage=30)
    supplier = make_supplier("ACME")
    facts.deliver(*[facts.delivery(f"PO-{n}", promised=100 + n) for n in range(10)])
    score()
    return supplier


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


def score(days: int = 0) -> None:
    """Score as of now, as the watch does; pages judge by the real day."""
    now = timezone.now() + timedelta(days=days)
    assessment.rescore(day=timezone.localdate(now), now=now)


def page(client: Client, supplier: Supplier, rest: str = "") -> str:
    response = client.get(f"/suppliers/{supplier.pk}/score/{rest}")
    assert response.status_code == 200
    return response.content.decode()


def typed(client: Client, url: str, **fields: Any) -> dict[str, Any]:
    """What a browser sends from the form at this address, with these fields typed over."""
    form = client.get(url).context["form"]
    held = {bound.name: bound.value() for bound in form if bound.value() not in (None, "")}
    return {name: value for name, value in (held | fields).items() if value is not None}


class TestScorePage:
    def test_it_shows_the_score_its_interval_and_the_bars(self, staff: Client, acme: Supplier) -> None:
        html = page(staff, acme)
        for words in ("100.0", "interval ", "Good", "No limits", "Delivery", "10 rows", "First score", "50%"):
            assert words in html
        assert f'href="/suppliers/{acme.pk}/score/delivery/"' in html
        assert html.count("chart-interval") == 2

    def test_it_says_why_the_score_changed(self, staff: Client, acme: Supplier) -> None:
        facts.deliver(facts.delivery("PO-1042", 9))
        score()
        html = page(staff, acme)
        assert "PO-1042 arrived 9 days after the promise" in html
        assert "Delivery · On time, in full" in html
        assert "Show as table" in html

    def test_the_picture_marks_what_moved_it_and_leads_to_the_revision(self, staff: Client, acme: Supplier) -> None:
        facts.deliver(*[facts.delivery(f"PO-2{n}", 40, promised=60) for n in range(9)])
        score(days=1)
        html = page(staff, acme)
        assert "Score fell from 100.0 to " in html
        assert "Good → " in html
        assert 'class="mark mark-fall"' in html
        assert 'href="#revision-2"' in html
        assert 'id="revision-2"' in html
        assert "Good from " in html

    def test_a_reason_leads_to_the_rows_behind_it(self, staff: Client, acme: Supplier) -> None:
        facts.deliver(facts.delivery("PO-1042", 9))
        score()
        html = page(staff, acme)
        _trend, _found, reasons = html.partition("Why the score changed")
        assert f'href="/suppliers/{acme.pk}/score/delivery/">Show rows' in reasons

    def test_a_default_that_another_room_knows_of_is_marked(self, staff: Client, acme: Supplier) -> None:
        continuity.declare_default(supplier_id=acme.pk, why="No lot since May.", actor=None, now=timezone.now())
        facts.deliver(facts.delivery("PO-1042", 9))
        score(days=1)
        html = page(staff, acme)
        assert "Default declared" in html
        assert "No lot since May." in html
        assert 'class="mark mark-stop"' in html

    def test_a_critical_event_and_the_stop_it_brought_are_marked(self, staff: Client, acme: Supplier) -> None:
        event = EventDraft("insolvency", timezone.localdate(), "The court opened proceedings.")
        assessment.add_event(supplier_id=acme.pk, draft=event, actor=None, now=timezone.now())
        html = page(staff, acme)
        assert html.count('class="mark mark-stop"') == 2
        assert "Insolvency" in html
        assert "Good → Stopped" in html

    def test_older_revisions_are_a_click_away_and_none_is_lost(self, staff: Client, acme: Supplier) -> None:
        for number in range(7):
            facts.deliver(facts.delivery(f"PO-9{number}", 3 + number))
            score()
        html = page(staff, acme)
        assert [f'id="revision-{number}"' in html for number in range(1, 9)] == [True] * 8
        _page, _title, reasons = html.partition("Why the score changed")
        assert reasons.count("<details>") == 2

    def test_days_late_are_shown_beside_delivery_and_nowhere_else(self, staff: Client, acme: Supplier) -> None:
        html = page(staff, acme, "delivery/")
        assert "0 of 10 delivered lines came late" in html
        assert "chart-bins" in html
        assert "chart-bins" not in page(staff, acme, "quality/")

    def test_a_supplier_without_facts_has_no_score(self, staff: Client, acme: Supplier) -> None:
        nobody = make_supplier("NOBODY")
        assert "Not scored yet" in page(staff, nobody)
        score()
        html = page(staff, nobody)
        assert "Not enough data" in html
        assert "Orders need approval" in html
        assert "a score needs 30%" in html

    def test_a_critical_event_stands_on_top(self, staff: Client, acme: Supplier) -> None:
        facts.happen(acme)
        score()
        html = page(staff, acme)
        assert "insolvency: The court opened proceedings." in html
        assert "Orders are blocked" in html

    def test_agents_and_auditors_see_no_controls(self, client_for: ClientFor, acme: Supplier) -> None:
        for role in (Role.SUPPORT_AGENT, Role.AUDITOR):
            html = page(client_for(role), acme)
            for words in ("Add assessment", "Report a critical event", "Decide otherwise"):
                assert words not in html

    def test_only_who_may_decide_otherwise_is_offered_to(self, client_for: ClientFor, acme: Supplier) -> None:
        facts.save_policy()  # needs half of all weight, which deliveries alone do not have
        score()
        assert "Decide otherwise" in page(client_for(Role.SHOP_MANAGER), acme)
        assert "Decide otherwise" not in page(client_for(Role.SHOP_STAFF), acme)

    def test_text_stays_text(self, staff: Client, acme: Supplier) -> None:
        evil = "<script>alert(1)</script>"
        facts.happen(acme, note=evil)
        facts.deliver(facts.delivery(evil, 9))
        score()
        assert "<script>alert" not in page(staff, acme)
        assert "<script>alert" not in page(staff, acme, "delivery/")

    def test_many_revisions_and_facts_cost_as_many_statements_as_few(self, staff: Client, acme: Supplier) -> None:
        counts = []
        for number in range(3):
            facts.deliver(*[facts.delivery(f"N-{number}-{n}", n, promised=60) for n in range(9)])
            score(number)
            for path in ("", "delivery/"):
                page(staff, acme, path)
                with CaptureQueriesContext(connection) as queries:
                    page(staff, acme, path)
                counts.append((path, len(queries)))
        assert len(set(counts)) == 2


class TestEvidence:
    def test_the_rows_behind_a_bar_are_listed(self, staff: Client, acme: Supplier) -> None:
        facts.deliver(facts.delivery("PO-1042", 9))
        html = page(staff, acme, "delivery/")
        for words in ("On time, in full", "100.0%", "PO-1042 arrived 9 days after the promise", "Counts"):
            assert words in html

    def test_a_corrected_fact_says_that_it_counts_no_more(self, staff: Client, acme: Supplier) -> None:
        facts.deliver(facts.delivery("PO-0b", 0, promised=100, corrects="PO-0"))
        assert "Corrected by a newer one" in page(staff, acme, "delivery/")

    @pytest.mark.parametrize("dimension", ["capacity", "quality", "finance", "technical", "compliance", "customer"])
    def test_every_dimension_has_its_rows(self, staff: Client, acme: Supplier, dimension: str) -> None:
        facts.every_kind()
        first = staff.get(f"/suppliers/{acme.pk}/score/{dimension}/")
        for view in first.context["views"]:
            assert staff.get(f"/suppliers/{acme.pk}/score/{dimension}/{view['url']}").status_code == 200

    def test_waits_that_go_on_are_shown_by_how_long_they_have_lasted(self, staff: Client) -> None:
        """Two open lines, promised long ago; what that earns, and the two metrics for which nobody has any rows."""
        facts.save_policy(coverage=0)
        supplier = make_supplier("ACME")
        days = (timezone.localdate() - facts.TODAY).days
        facts.deliver(*[facts.delivery(f"S-{n}", None, promised=30 - days) for n in range(2)])
        score()
        html = page(staff, supplier, "delivery/")
        assert "30 days or more" in html
        assert "not known yet" not in html
        assert "no data: needs 1" in page(staff, supplier, "quality/")

    def test_a_wait_that_is_not_too_long_is_not_known_yet(self, staff: Client) -> None:
        facts.save_policy(
            coverage=0, delivery__metrics__days_late_p90__target=40, delivery__metrics__days_late_p90__limit=90
        )
        supplier = make_supplier("ACME")
        days = (timezone.localdate() - facts.TODAY).days
        facts.deliver(*[facts.delivery(f"S-{n}", None, promised=30 - days) for n in range(2)])
        score()
        html = page(staff, supplier, "delivery/")
        assert "not known yet" in html
        assert "no data: needs 1" not in html

    def test_long_lists_have_pages(self, staff: Client, acme: Supplier) -> None:
        facts.deliver(*[facts.delivery(f"M-{n}") for n in range(60)])
        first = staff.get(f"/suppliers/{acme.pk}/score/delivery/")
        second = staff.get(f"/suppliers/{acme.pk}/score/delivery/{first.context['older_url']}")
        assert (len(first.context["rows"]), len(second.context["rows"])) == (50, 20)

    @pytest.mark.parametrize(
        ("rest", "status"), [("weather/", 404), ("delivery/?facts=x", 200), ("delivery/?after=x", 200)]
    )
    def test_odd_addresses_are_answered(self, staff: Client, acme: Supplier, rest: str, status: int) -> None:
        assert staff.get(f"/suppliers/{acme.pk}/score/{rest}").status_code == status


class TestAssess:
    def test_a_draft_is_saved_then_submitted_and_counts(self, staff: Client, acme: Supplier) -> None:
        url = f"/suppliers/{acme.pk}/assessments/new/"
        response = staff.post(url, typed(staff, url, method="site_visit", quality="60"))
        row = Assessment.objects.get()
        assert response.headers["Location"] == f"/suppliers/assessments/{row.pk}/submit/"
        assert (row.quality, row.capacity, row.state) == (60, None, "draft")

        submit = response.headers["Location"]
        assert "Quality 60" in staff.get(submit).content.decode()
        assert staff.post(submit, typed(staff, submit)).headers["Location"] == f"/suppliers/{acme.pk}/score/"
        assert "Site visit" in page(staff, acme)
        assert Assessment.objects.get().state == "submitted"

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"quality": "101"}, "from 0 to 100"),
            ({"quality": "9,5"}, "from 0 to 100"),
            ({"method": "hearsay"}, "Choose one from the list"),
            ({"made_on": "31.02.2026"}, "not a day of the calendar"),
            ({"valid_until": "2001-01-01"}, "cannot end before it was made"),
        ],
    )
    def test_what_cannot_be_used_comes_back_and_writes_nothing(
        self, staff: Client, acme: Supplier, fields: dict[str, str], sentence: str
    ) -> None:
        url = f"/suppliers/{acme.pk}/assessments/new/"
        response = staff.post(url, typed(staff, url, **{"method": "site_visit"} | fields))
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not Assessment.objects.exists()

    def test_two_assessors_at_once_both_see_both_values(self, staff: Client, acme: Supplier) -> None:
        row = assessment.start_assessment(supplier_id=acme.pk, draft=facts.draft(), actor=None, now=timezone.now())
        url = f"/suppliers/assessments/{row.pk}/"
        mine = typed(staff, url, quality="20")
        staff.post(url, typed(staff, url, quality="70"))

        response = staff.post(url, mine)

        html = response.content.decode()
        assert response.status_code == 409
        assert "Quality: 70" in html
        assert "Quality: 20" in html
        assert Assessment.objects.get().quality == 70

    def test_a_submitted_one_is_not_opened_for_change(self, staff: Client, acme: Supplier) -> None:
        row = facts.assess(acme)
        assert staff.get(f"/suppliers/assessments/{row.pk}/").status_code == 302


class TestDecisions:
    def test_an_event_stops_orders_and_its_end_lets_them_go(self, staff: Client, acme: Supplier) -> None:
        url = f"/suppliers/{acme.pk}/events/new/"
        staff.post(url, typed(staff, url, kind="safety", note="Cords caught fire."))
        assert Standing.objects.get().consequence == "block"
        edit = f"/suppliers/events/{CriticalEvent.objects.get().pk}/"
        staff.post(edit, typed(staff, edit, ended_on=timezone.localdate().isoformat()))
        assert Standing.objects.get().standing == "poor"

    def test_a_manager_decides_otherwise_for_a_while(self, client_for: ClientFor, acme: Supplier) -> None:
        facts.save_policy()
        score()
        manager = client_for(Role.SHOP_MANAGER)
        url = f"/suppliers/{acme.pk}/standing/"
        until = (timezone.localdate() + timedelta(days=9)).isoformat()
        manager.post(url, typed(manager, url, consequence="none", until=until, reason="Known for years."))
        html = page(manager, acme)
        assert "Milan Manager decided otherwise until" in html
        assert "Known for years." in html

    def test_a_decision_whose_last_day_is_over_is_not_shown_as_one(
        self, staff: Client, cast: Cast, acme: Supplier
    ) -> None:
        """Also where it was the same as what the standing asks."""
        over = {"override_until": timezone.localdate() - timedelta(days=1), "override_reason": "Known for years."}
        Standing.objects.update(override="none", override_by=cast.manager, **over)
        assert "decided otherwise" not in page(staff, acme)
        Standing.objects.update(override_until=timezone.localdate())
        assert "decided otherwise" in page(staff, acme)

    def test_whose_role_may_not_is_told_in_place(self, staff: Client, acme: Supplier) -> None:
        url = f"/suppliers/{acme.pk}/standing/"
        response = staff.post(url, typed(staff, url, consequence="none", until="2026-12-01", reason="x"))
        assert response.status_code == 422
        assert "Your role may not decide otherwise" in response.content.decode()
        assert Standing.objects.get().override == ""
