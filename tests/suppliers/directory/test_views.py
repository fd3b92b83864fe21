"""The form pages of a supplier: what they save, what comes back in place, and what two people at once see."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.kernel import form_tokens
from backoffice.kernel.models import AuditEntry
from backoffice.kernel.roles import Role
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from tests.conftest import ClientFor
from tests.factories.suppliers import make_certificate, make_contact, make_prospect, make_supplier, make_talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


def typed(client: Client, url: str, **fields: Any) -> dict[str, Any]:
    """What a browser sends from the form at this address, with these fields typed over."""
    form = client.get(url).context["form"]
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is True:
            value = "on"
        if value not in (None, False, ""):
            data[bound.name] = value
    data |= fields
    return {name: value for name, value in data.items() if value is not None}


NEW = {"code": "TATRA", "name": "Tatra Tents", "country": "PL", "currency": "pln", "language": "pl"}


class TestSupplierForm:
    def test_it_adds_one_and_leads_to_its_page(self, staff: Client) -> None:
        response = staff.post("/suppliers/new/", typed(staff, "/suppliers/new/", **NEW, languages=["en", "de"]))

        supplier = Supplier.objects.get()
        assert response.headers["Location"] == f"/suppliers/{supplier.pk}/"
        assert (supplier.currency, supplier.languages) == ("PLN", ["pl", "en", "de"])

    def test_a_double_press_adds_one(self, staff: Client) -> None:
        data = typed(staff, "/suppliers/new/", **NEW)
        first, second = staff.post("/suppliers/new/", data), staff.post("/suppliers/new/", data)
        assert first.headers["Location"] == second.headers["Location"]
        assert Supplier.objects.count() == 1

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"code": ""}, "Enter a code"),
            ({"code": "TAT\u200bRA"}, "U+200B"),
            ({"name": ""}, "Enter the name"),
            ({"name": "x" * 201}, "201 characters"),
            ({"currency": "ABC"}, "not a currency code"),
            ({"country": "XX"}, "Choose one from the list"),
            ({"kind": "friend"}, "Choose one from the list"),
            ({"cadence_days": "-1"}, "from 1 to 730"),
            ({"cadence_days": "0"}, "from 1 to 730"),
            ({"cadence_days": "1e2"}, "from 1 to 730"),
            ({"cadence_days": "１２"}, "from 1 to 730"),
            ({"cadence_days": "٣"}, "from 1 to 730"),
            ({"notes": "x" * 20_001}, "20001 characters"),
            ({"notes": "bell \x07"}, "control character"),
            ({"token": "short"}, "too old to send"),
        ],
    )
    def test_what_cannot_be_used_comes_back_in_place_and_writes_nothing(
        self, staff: Client, fields: dict[str, str], sentence: str
    ) -> None:
        response = staff.post("/suppliers/new/", typed(staff, "/suppliers/new/", **NEW | fields))

        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not Supplier.objects.exists()
        assert not AuditEntry.objects.filter(verb="supplier.create").exists()

    def test_text_stays_text(self, staff: Client) -> None:
        evil = "<script>alert(1)</script>{{7*7}}"
        staff.post("/suppliers/new/", typed(staff, "/suppliers/new/", **NEW | {"name": evil, "notes": evil}))
        html = staff.get(f"/suppliers/{Supplier.objects.get().pk}/").content.decode()
        assert Supplier.objects.get().name == evil
        assert "<script>alert" not in html
        assert "{{7*7}}" in html


class TestConflict:
    @pytest.fixture
    def both(self, staff: Client) -> tuple[Supplier, dict[str, Any]]:
        """A form that was opened before somebody else saved another name."""
        supplier = make_supplier("TATRA", name="Tatra Tents")
        url = f"/suppliers/{supplier.pk}/edit/"
        mine = typed(staff, url, name="Mine")
        staff.post(url, typed(staff, url, name="Theirs"))
        return supplier, mine

    def test_both_values_are_shown_and_nothing_is_overwritten(
        self, staff: Client, both: tuple[Supplier, dict[str, Any]]
    ) -> None:
        supplier, mine = both
        response = staff.post(f"/suppliers/{supplier.pk}/edit/", mine)
        html = response.content.decode()
        assert response.status_code == 409
        assert "Trading name: Theirs" in html
        assert "Trading name: Mine" in html
        assert Supplier.objects.get().name == "Theirs"

    def test_mine_can_be_saved_on_purpose(self, staff: Client, both: tuple[Supplier, dict[str, Any]]) -> None:
        supplier, mine = both
        url = f"/suppliers/{supplier.pk}/edit/"
        shown = staff.post(url, mine)
        kept = dict(shown.context["kept"]) | {"version": shown.context["version"], "resolve": "yours"}
        assert staff.post(url, kept).status_code == 302
        assert Supplier.objects.get().name == "Mine"

    def test_theirs_can_be_kept(self, staff: Client, both: tuple[Supplier, dict[str, Any]]) -> None:
        supplier, mine = both
        response = staff.post(f"/suppliers/{supplier.pk}/edit/", mine | {"resolve": "theirs"})
        assert response.headers["Location"] == f"/suppliers/{supplier.pk}/"
        assert Supplier.objects.get().name == "Theirs"

    def test_a_version_that_was_tampered_with_is_refused(self, staff: Client) -> None:
        supplier = make_supplier("TATRA")
        url = f"/suppliers/{supplier.pk}/edit/"
        assert staff.post(url, typed(staff, url, name="X", version="99999999999")).status_code == 422
        assert staff.post(url, typed(staff, url, name="X", version=None)).status_code == 409
        assert Supplier.objects.get().name != "X"


class TestContactForm:
    def test_it_adds_and_changes(self, staff: Client) -> None:
        supplier = make_supplier()
        url = f"/suppliers/{supplier.pk}/contacts/new/"
        staff.post(url, typed(staff, url, name="Ewa", email="ewa@例子.公司", phone="+48 600 100 200", for_orders="on"))
        contact = SupplierContact.objects.get()
        assert contact.email == "ewa@xn--fsqu00a.xn--55qx5d"
        edit = f"/suppliers/contacts/{contact.pk}/"
        staff.post(edit, typed(staff, edit, for_orders=None, is_active=None))
        contact.refresh_from_db()
        assert (contact.for_orders, contact.is_active) == (False, False)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"name": ""}, "Enter the name"),
            ({"email": "a@b"}, "without a dot"),
            ({"email": "a@b.example,c@d.example"}, "one address"),
            ({"email": "a@b.example\r\nBcc: c@d.example"}, "line break"),
            ({"email": "ąę@example.com"}, "plain letters"),
            ({"phone": "call me"}, "with digits"),
            ({"language": "tlh"}, "Choose one from the list"),
            ({"for_orders": "on", "is_active": None}, "can have no duty"),
        ],
    )
    def test_what_cannot_be_used_comes_back_and_writes_nothing(
        self, staff: Client, fields: dict[str, Any], sentence: str
    ) -> None:
        url = f"/suppliers/{make_supplier().pk}/contacts/new/"
        response = staff.post(url, typed(staff, url, **{"name": "Ewa"} | fields))
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not SupplierContact.objects.exists()

    def test_two_who_edit_one_person_see_both_values(self, staff: Client) -> None:
        contact = make_contact(make_supplier(), "Ewa")
        url = f"/suppliers/contacts/{contact.pk}/"
        mine = typed(staff, url, for_quality="on")
        staff.post(url, typed(staff, url, role="Sales"))
        html = staff.post(url, mine).content.decode()
        assert "Role: Sales" in html
        assert "Answers for quality: yes" in html


class TestCertificateForm:
    def test_it_adds_and_changes(self, staff: Client) -> None:
        supplier = make_supplier()
        url = f"/suppliers/{supplier.pk}/certificates/new/"
        staff.post(url, typed(staff, url, kind="licence", number="L-1", valid_until="2027-02-28", is_critical="on"))
        paper = Certificate.objects.get()
        edit = f"/suppliers/certificates/{paper.pk}/"
        assert staff.post(edit, typed(staff, edit, valid_until="2028-02-29")).status_code == 302
        paper.refresh_from_db()
        assert (str(paper.valid_until), paper.is_critical) == ("2028-02-29", True)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"number": ""}, "Enter the number"),
            ({"valid_until": "2027-02-29"}, "not a day of the calendar"),
            ({"valid_until": "0001-01-01"}, "outside 1970 to 2100"),
            ({"valid_until": "10000-01-01"}, "not a day of the calendar"),
            ({"valid_from": "2027-02-02", "valid_until": "2027-02-01"}, "before the first"),
        ],
    )
    def test_what_cannot_be_used_comes_back_and_writes_nothing(
        self, staff: Client, fields: dict[str, str], sentence: str
    ) -> None:
        url = f"/suppliers/{make_supplier().pk}/certificates/new/"
        response = staff.post(url, typed(staff, url, **{"kind": "quality", "number": "1"} | fields))
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not Certificate.objects.exists()

    def test_a_stale_change_shows_both(self, staff: Client) -> None:
        paper = make_certificate(make_supplier(), until=None)
        url = f"/suppliers/certificates/{paper.pk}/"
        mine = typed(staff, url, issuer="Mine")
        staff.post(url, typed(staff, url, issuer="Theirs"))
        assert staff.post(url, mine).status_code == 409


class TestTalks:
    def test_a_talk_is_written_down_with_its_person(self, staff: Client) -> None:
        supplier = make_supplier(cadence_days=30)
        person = make_contact(supplier, "Ewa")
        url = f"/suppliers/{supplier.pk}/talks/"
        staff.post(url, typed(staff, url, contact=person.pk, said="They need a week more."))
        talk = ContactLog.objects.get()
        assert (talk.contact, str(talk.written_by)) == (person, "Sofia Staff")
        assert "They need a week more." in staff.get(url).content.decode()

    def test_a_refusal_comes_back_in_place(self, staff: Client) -> None:
        url = f"/suppliers/{make_supplier().pk}/talks/"
        tomorrow = timezone.localdate() + timedelta(days=1)
        response = staff.post(url, typed(staff, url, said="Later", happened_on=str(tomorrow)))
        assert response.status_code == 422
        assert "still to come" in response.content.decode()
        assert not ContactLog.objects.exists()

    def test_who_only_reads_sees_the_log_without_a_form(self, client_for: ClientFor) -> None:
        supplier = make_supplier()
        make_talk(supplier, timezone.localdate() - timedelta(days=500), said="Long ago")
        html = client_for(Role.AUDITOR).get(f"/suppliers/{supplier.pk}/talks/").content.decode()
        assert "Long ago" in html
        assert "Save the talk" not in html


class TestProspects:
    def test_the_list_shows_those_in_talks_first(self, staff: Client) -> None:
        make_prospect("Sudety", stage="sampling")
        make_prospect("Gone", stage="dropped")
        html = staff.get("/suppliers/prospects/").content.decode()
        assert "Sudety" in html
        assert "Gone" not in html
        assert "Gone" in staff.get("/suppliers/prospects/?view=dropped").content.decode()
        assert "Gone" in staff.get("/suppliers/prospects/?view=all&q=gon").content.decode()

    def test_add_change_and_turn(self, staff: Client) -> None:
        new = "/suppliers/prospects/new/"
        staff.post(new, typed(staff, new, name="Sudety", source="fair", source_detail="ISPO", contact_name="Jan"))
        prospect = Prospect.objects.get()
        edit = f"/suppliers/prospects/{prospect.pk}/edit/"
        staff.post(edit, typed(staff, edit, stage="negotiating"))
        page = f"/suppliers/prospects/{prospect.pk}/"
        response = staff.post(f"{page}turn/", typed(staff, page, code="SUDETY", currency="eur"))
        supplier = Supplier.objects.get()
        assert response.headers["Location"] == f"/suppliers/{supplier.pk}/"
        assert (supplier.currency, supplier.contacts.get().name) == ("EUR", "Jan")
        assert "Open the supplier" in staff.get(page).content.decode()

    def test_a_code_that_is_taken_comes_back_on_the_page(self, staff: Client) -> None:
        make_supplier("SUDETY")
        page = f"/suppliers/prospects/{make_prospect().pk}/"
        response = staff.post(f"{page}turn/", {"code": "SUDETY", "version": 1, "token": form_tokens.new()})
        assert response.status_code == 422
        assert "has this code already" in response.content.decode()
        assert Prospect.objects.get().supplier is None

    def test_pages_cost_the_same_however_many_there_are(
        self, staff: Client, django_assert_max_num_queries: Any
    ) -> None:
        for n in range(60):
            make_prospect(f"Firm {n}")
        staff.get("/suppliers/prospects/")  # what every page remembers for a while
        with django_assert_max_num_queries(5):
            response = staff.get("/suppliers/prospects/")
        assert response.content.decode().count("<bdi>Firm") == 50
        older = staff.get("/suppliers/prospects/" + response.context["older_url"])
        assert older.content.decode().count("<bdi>Firm") == 10
