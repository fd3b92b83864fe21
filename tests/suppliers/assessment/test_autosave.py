"""The page on which somebody assesses saves by itself: nothing typed is lost, and nobody is overwritten."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from backoffice.kernel.models import Alert
from backoffice.kernel.roles import Role
from suppliers.assessment import services as assessment
from suppliers.assessment.models import Assessment
from suppliers.assessment.selectors import ending, files
from suppliers.directory.models import Supplier
from suppliers.evidence.models import EvidenceFile
from tests.conftest import ClientFor
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.test_views import typed

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def acme() -> Supplier:
    facts.save_policy(coverage=0)
    return make_supplier("ACME")


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


@pytest.fixture
def url(acme: Supplier) -> str:
    return f"/suppliers/{acme.pk}/assessments/new/"


def by_itself(client: Client, url: str, sent: dict[str, Any]) -> Any:
    return client.post(url, sent, headers=HTMX)


class TestByItself:
    def test_a_new_page_becomes_one_draft_however_often_it_saves(self, staff: Client, url: str) -> None:
        page = typed(staff, url, method="site_visit", evidence="Line 1")
        first = by_itself(staff, url, page)
        row = Assessment.objects.get()
        assert "Saved " in first.content.decode()
        assert first.headers["HX-Replace-Url"] == f"/suppliers/assessments/{row.pk}/"
        by_itself(staff, url, page | {"evidence": "Line 1 and 2"})
        assert [one.evidence for one in Assessment.objects.all()] == ["Line 1 and 2"]

    def test_the_button_goes_on_where_the_page_was(self, staff: Client, url: str) -> None:
        page = typed(staff, url, method="site_visit", quality="6")
        by_itself(staff, url, page)
        row = Assessment.objects.get()
        done = staff.post(f"/suppliers/assessments/{row.pk}/", page | {"quality": "60"})
        assert done.headers["Location"] == f"/suppliers/assessments/{row.pk}/submit/"
        assert Assessment.objects.get().quality == 60

    def test_what_cannot_be_read_is_named_and_the_rest_is_kept(self, staff: Client, url: str) -> None:
        page = typed(staff, url, method="site_visit", quality="60")
        by_itself(staff, url, page)
        part = by_itself(staff, url, page | {"quality": "sixty", "evidence": "Dust."}).content.decode()
        assert "not yet: Quality" in part
        row = Assessment.objects.get()
        assert (row.quality, row.evidence) == (60, "Dust.")

    def test_of_two_assessors_the_second_is_told_and_then_sees_both(self, staff: Client, acme: Supplier) -> None:
        row = assessment.start_assessment(supplier_id=acme.pk, draft=facts.draft(), actor=None, now=timezone.now())
        url = f"/suppliers/assessments/{row.pk}/"
        mine, theirs = typed(staff, url, quality="20"), typed(staff, url, quality="70")
        by_itself(staff, url, theirs)
        refused = by_itself(staff, url, mine)
        assert refused.status_code == 409
        assert "Press Save to see both" in refused.content.decode()
        both = staff.post(url, mine)
        assert both.status_code == 409
        assert "Quality: 70" in both.content.decode()
        assert Assessment.objects.get().quality == 70

    def test_what_arrives_after_the_page_was_left_makes_no_second_draft(self, staff: Client, url: str) -> None:
        page = typed(staff, url, method="site_visit", quality="60")
        staff.post(url, page)
        assert by_itself(staff, url, page | {"quality": "6"}).status_code == 409
        assert [one.quality for one in Assessment.objects.all()] == [60]

    def test_somebody_elses_save_does_not_make_it_a_second_draft(self, staff: Client, url: str) -> None:
        page = typed(staff, url, method="site_visit", quality="60")
        by_itself(staff, url, page)
        row = Assessment.objects.get()
        change = f"/suppliers/assessments/{row.pk}/"
        by_itself(staff, change, typed(staff, change, quality="70"))
        assert by_itself(staff, url, page | {"draft": row.pk, "quality": "20"}).status_code == 409
        assert [one.quality for one in Assessment.objects.all()] == [70]

    def test_a_double_press_makes_one_draft(self, staff: Client, url: str) -> None:
        page = typed(staff, url, method="site_visit", quality="60")
        assert staff.post(url, page).headers["Location"] == staff.post(url, page).headers["Location"]
        assert Assessment.objects.count() == 1

    def test_each_field_says_its_range(self, staff: Client, url: str) -> None:
        assert staff.get(url).content.decode().count("0 to 100") == 7


class TestFilesOnThePage:
    def test_a_file_comes_with_the_draft_and_goes_again(self, staff: Client, url: str) -> None:
        page = typed(staff, url, method="site_visit", evidence="Seen.")
        response = staff.post(url, page | {"file": SimpleUploadedFile("audit.pdf", PDF)})
        row = Assessment.objects.get()
        change = f"/suppliers/assessments/{row.pk}/"
        assert response.headers["Location"] == change
        kept = files.attached(row.pk)
        assert [one.shown_name for one in kept] == ["audit.pdf"]
        assert "audit.pdf" in staff.get(change).content.decode()
        staff.post(change, typed(staff, change) | {"withdraw": kept[0].pk})
        assert files.attached(row.pk) == []

    def test_a_refused_file_keeps_everything_typed_and_writes_nothing(
        self, staff: Client, url: str, evidence_root: Any
    ) -> None:
        page = typed(staff, url, method="site_visit", evidence="Seen.")
        response = staff.post(url, page | {"file": SimpleUploadedFile("x.svg", b"<svg onload=alert(1)>")})
        assert response.status_code == 422
        assert "Seen." in response.content.decode()
        assert "Files of this type are not kept" in response.content.decode()
        assert not Assessment.objects.exists()
        assert not EvidenceFile.objects.exists()
        assert list(evidence_root.rglob("*")) == []


class TestReminding:
    def made(self, acme: Supplier, days: int, method: str = "site_visit") -> Assessment:
        today = timezone.localdate()
        until = today + timedelta(days=days)
        return facts.assess(acme, method=method, made_on=min(today, until) - timedelta(days=30), valid_until=until)

    def remind(self, days: int = 0) -> tuple[int, int]:
        now = timezone.now() + timedelta(days=days)
        return assessment.remind(day=timezone.localdate(now), now=now)

    def test_one_alert_each_however_often_somebody_looks(self, acme: Supplier) -> None:
        self.made(acme, 30)
        self.made(acme, 31, "documents")
        self.made(acme, -1, "third_party")
        assert [self.remind(), self.remind()] == [(2, 0), (0, 0)]
        assert "Site visit of Acme Ltd counts in full until" in Alert.objects.order_by("pk")[0].title

    def test_a_day_on_which_nobody_looked_is_made_good(self, acme: Supplier) -> None:
        self.made(acme, 100)
        assert [self.remind(), self.remind(90)] == [(0, 0), (1, 0)]

    def test_a_newer_one_closes_it_at_once(self, acme: Supplier) -> None:
        self.made(acme, 10)
        self.remind()
        self.made(acme, 300)
        assert not Alert.objects.filter(closed_at=None).exists()
        assert self.remind() == (0, 0)

    def test_a_supplier_that_ended_needs_none(self, acme: Supplier) -> None:
        self.made(acme, 10)
        self.remind()
        Supplier.objects.update(state="ended")
        assert self.remind() == (0, 1)

    def test_only_the_newest_of_a_way_counts(self, acme: Supplier) -> None:
        self.made(acme, -100)
        newest = self.made(acme, 5)
        assert list(ending.due(timezone.localdate())) == [newest]

    def test_the_list_and_the_page_of_suppliers_say_so(self, staff: Client, acme: Supplier) -> None:
        make_supplier("OTHER")
        self.made(acme, 10)
        listed = staff.get("/suppliers/?view=assess").content.decode()
        assert "Acme Ltd" in listed
        assert "Other Ltd" not in listed
        assert "Assessment due" in staff.get(f"/suppliers/{acme.pk}/").content.decode()
