"""Pages of ours: the five ways to assess, asking, reading along, deciding."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.kernel.roles import Role
from suppliers.assessment.models import Assessment
from suppliers.directory.models import Supplier
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.models import AnswerSheet, SheetLink
from tests.conftest import ClientFor
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.questionnaires.desk import save, start, submitted, typed, version
from tests.suppliers.questionnaires.kit import ALL_WELL

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


@pytest.fixture
def acme() -> Supplier:
    return make_supplier("ACME")


def shown(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def form_of(client: Client, url: str, **fields: Any) -> dict[str, Any]:
    form = client.get(url).context["form"]
    held = {bound.name: bound.value() for bound in form if bound.value() not in (None, "")}
    return held | fields


class TestTasks:
    def test_every_way_says_where_it_stands(self, staff: Client, acme: Supplier) -> None:
        today = timezone.localdate()
        for method, until in (("site_visit", 200), ("documents", 20), ("third_party", -3)):
            facts.assess(
                acme, method=method, made_on=today - timedelta(days=90), valid_until=today + timedelta(days=until)
            )
        page = shown(staff, f"/suppliers/{acme.pk}/assessments/")
        for words in ("Questionnaire", "Trial order", "Never made", "Valid", "Ends soon", "Ended"):
            assert words in page

    def test_drafts_and_sheets_are_one_click_away(self, staff: Client, acme: Supplier) -> None:
        sheet = start(acme)
        page = shown(staff, f"/suppliers/{acme.pk}/assessments/")
        assert f'href="/suppliers/sheets/{sheet.pk}/"' in page
        assert "About quality" in page

    def test_more_sheets_cost_no_more_statements(self, staff: Client, acme: Supplier) -> None:
        counts = []
        for _again in range(2):
            sheet = start(acme)
            questionnaires.close(sheet_id=sheet.pk, actor=None, now=timezone.now())
            shown(staff, f"/suppliers/{acme.pk}/assessments/")
            with CaptureQueriesContext(connection) as queries:
                shown(staff, f"/suppliers/{acme.pk}/assessments/")
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_who_only_watches_is_offered_nothing(self, client_for: ClientFor, acme: Supplier) -> None:
        for role in (Role.SUPPORT_AGENT, Role.AUDITOR):
            assert "Ask a questionnaire" not in shown(client_for(role), f"/suppliers/{acme.pk}/assessments/")


class TestAsking:
    def test_a_link_is_shown_once_with_words_in_the_suppliers_language(self, staff: Client, acme: Supplier) -> None:
        version()
        url = f"/suppliers/{acme.pk}/sheets/new/"
        asked = form_of(staff, url)["questionnaire"] if "questionnaire" in form_of(staff, url) else version()
        pk = asked if isinstance(asked, str) else asked.questionnaire_id
        response = staff.post(url, form_of(staff, url, questionnaire=pk, by="supplier", language="pl"))
        sheet = AnswerSheet.objects.get()
        page_url = f"/suppliers/sheets/{sheet.pk}/"
        assert response.headers["Location"] == page_url
        token = staff.get(page_url).context["token"]
        made = staff.post(f"{page_url}link/", {"token": token})
        assert f"/q/{made.context['issued'].token}/" in made.content.decode()
        assert "O jakości" in made.context["letter"]
        again = staff.post(f"{page_url}link/", {"token": token})
        assert (again.status_code, SheetLink.objects.count()) == (302, 1)

    def test_filled_in_by_us_it_opens_at_once(self, staff: Client, acme: Supplier) -> None:
        pk = version().questionnaire_id
        url = f"/suppliers/{acme.pk}/sheets/new/"
        response = staff.post(url, form_of(staff, url, questionnaire=pk, by="staff", language="en"))
        sheet = AnswerSheet.objects.get()
        fill = f"/suppliers/sheets/{sheet.pk}/fill/"
        assert response.headers["Location"] == fill
        assert staff.post(fill, typed(staff, fill, people="40", system="system_yes")).status_code == 302
        assert "What do you check?" in shown(staff, fill)
        save(sheet, ALL_WELL)
        done = staff.post(fill, typed(staff, fill) | {"act": "submit"})
        assert done.headers["Location"] == f"/suppliers/sheets/{sheet.pk}/"
        assert staff.get(fill).status_code == 302

    def test_links_are_revoked_and_sheets_closed_by_a_button(self, staff: Client, acme: Supplier) -> None:
        sheet = start(acme)
        questionnaires.issue_link(sheet_id=sheet.pk, actor=None, now=timezone.now())
        url = f"/suppliers/sheets/{sheet.pk}/"
        assert "Revoke the link" in shown(staff, url)
        assert staff.post(f"{url}revoke/", {"sure": "yes"}).status_code == 302
        assert SheetLink.objects.get().revoked_at
        assert staff.post(f"{url}close/", {}).status_code == 422
        assert staff.post(f"{url}close/", {"sure": "yes"}).status_code == 302
        assert AnswerSheet.objects.get().state == "closed"


class TestReading:
    def test_answers_points_and_what_to_mind_stand_together(self, staff: Client, acme: Supplier) -> None:
        sheet = submitted(start(acme), certified="certified_no", remarks="<b>Bold</b>")
        page = shown(staff, f"/suppliers/sheets/{sheet.pk}/")
        for words in ("Is it certified?", "100 of 100", "50 of 100", "Medium", "&lt;b&gt;Bold&lt;/b&gt;", "4 of 4"):
            assert words in page

    @pytest.mark.parametrize(("role", "status"), [(Role.SUPPORT_AGENT, 403), (Role.AUDITOR, 200)])
    def test_only_who_sees_what_we_pay_reads_them(
        self, client_for: ClientFor, acme: Supplier, role: Role, status: int
    ) -> None:
        sheet = start(acme)
        assert client_for(role).get(f"/suppliers/sheets/{sheet.pk}/").status_code == status


class TestDeciding:
    def test_accepted_they_are_a_draft_to_submit(self, staff: Client, acme: Supplier) -> None:
        facts.save_policy(coverage=0)
        sheet = submitted(start(acme))
        url = f"/suppliers/sheets/{sheet.pk}/review/"
        assert "Quality 100, Compliance 100" in shown(staff, url)
        wrong = staff.post(url, form_of(staff, url, quality="60"))
        assert wrong.status_code == 422
        assert not Assessment.objects.exists()
        response = staff.post(url, form_of(staff, url, quality="60", reason="Seen otherwise."))
        row = Assessment.objects.get()
        assert response.headers["Location"] == f"/suppliers/assessments/{row.pk}/submit/"
        assert (row.quality, row.sheet.state) == (60, "accepted")

    def test_sent_back_they_carry_a_note(self, staff: Client, acme: Supplier) -> None:
        sheet = submitted(start(acme))
        url = f"/suppliers/sheets/{sheet.pk}/send-back/"
        assert staff.post(url, form_of(staff, url)).status_code == 422
        assert staff.post(url, form_of(staff, url, note="The certificate is missing.")).status_code == 302
        assert "The certificate is missing." in shown(staff, f"/suppliers/sheets/{sheet.pk}/")
