"""Writes to the directory: what they keep, what they refuse, and what they tell the log."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import AuditEntry
from suppliers.directory import services as directory
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.directory.rules import CertificateDraft, ContactDraft, ProspectDraft, SupplierDraft
from tests.conftest import Cast
from tests.factories import NOW
from tests.factories.suppliers import (
    make_certificate,
    make_contact,
    make_item,
    make_prospect,
    make_supplier,
    make_talk,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
TATRA = SupplierDraft(
    code="TATRA", name="Tatra Tents", country="PL", currency="PLN", language="pl", languages=("en", "pl")
)


def entries(subject: str) -> list[AuditEntry]:
    return audit.about(subject, limit=50)


class TestSuppliers:
    def test_a_new_one_is_kept_and_told_to_the_log(self, cast: Cast) -> None:
        supplier = directory.add_supplier(draft=TATRA, actor=cast.staff, now=NOW)

        assert Supplier.objects.get().languages == ["pl", "en"]
        assert [(e.verb, e.actor) for e in entries(f"supplier:{supplier.pk}")] == [("supplier.create", cast.staff)]

    def test_a_change_tells_the_log_both_values_of_what_differs_alone(self, cast: Cast) -> None:
        supplier = directory.add_supplier(draft=TATRA, actor=None, now=NOW)

        changed = replace(TATRA, country="SK", cadence_days=30)
        directory.change_supplier(supplier_id=supplier.pk, version=1, draft=changed, actor=cast.manager, now=NOW)

        newest = entries(f"supplier:{supplier.pk}")[0]
        assert newest.detail["changes"] == {"country": ["PL", "SK"], "cadence_days": [None, 30]}
        assert Supplier.objects.get().version == 2
        assert Supplier.objects.get().contact_due_on == TODAY

    def test_saving_what_is_there_already_writes_nothing(self) -> None:
        supplier = directory.add_supplier(draft=TATRA, actor=None, now=NOW)

        directory.change_supplier(supplier_id=supplier.pk, version=1, draft=TATRA, actor=None, now=NOW)

        assert Supplier.objects.get().version == 1
        assert len(entries(f"supplier:{supplier.pk}")) == 1

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"code": ""}, "supplier.code"),
            ({"code": "=TATRA"}, "supplier.code"),
            ({"code": "TАTRA"}, "supplier.code"),  # the second letter is Cyrillic
            ({"code": "TAT\u200bRA"}, "code.invisible"),
            ({"code": "T" * 65}, "text.long"),
            ({"code": "acme"}, "supplier.known"),
            ({"country": "POL"}, "supplier.country"),
            ({"currency": "ABC"}, "money.currency"),
            ({"cadence_days": 0}, "supplier.cadence"),
            ({"cadence_days": 731}, "supplier.cadence"),
        ],
    )
    def test_what_is_refused_is_not_written(self, fields: dict[str, Any], code: str) -> None:
        make_supplier("ACME")
        before = AuditEntry.objects.count()

        with pytest.raises(Refusal) as refused:
            directory.add_supplier(draft=replace(TATRA, **fields), actor=None, now=NOW)

        assert refused.value.code == code
        assert [one.code for one in Supplier.objects.all()] == ["ACME"]
        assert AuditEntry.objects.count() == before

    def test_a_stale_change_is_refused_and_nothing_is_written(self) -> None:
        supplier = make_supplier()
        directory.change_supplier(
            supplier_id=supplier.pk, version=1, draft=replace(TATRA, name="Theirs"), actor=None, now=NOW
        )

        with pytest.raises(Stale):
            directory.change_supplier(
                supplier_id=supplier.pk, version=1, draft=replace(TATRA, name="Mine"), actor=None, now=NOW
            )

        assert Supplier.objects.get().name == "Theirs"

    def test_who_sells_to_us_cannot_become_a_warehouse_of_ours(self) -> None:
        supplier = directory.add_supplier(draft=TATRA, actor=None, now=NOW)
        make_item(supplier)

        with pytest.raises(Refusal, match="1 item is bought here"):
            directory.change_supplier(
                supplier_id=supplier.pk, version=1, draft=replace(TATRA, kind="warehouse"), actor=None, now=NOW
            )

        assert Supplier.objects.get().kind == "supplier"

    @pytest.mark.parametrize("who", ["agent", "auditor"])
    def test_whoever_may_not_change_suppliers_is_refused_by_the_service_too(self, cast: Cast, who: str) -> None:
        with pytest.raises(Refusal) as refused:
            directory.add_supplier(draft=TATRA, actor=getattr(cast, who), now=NOW)

        assert refused.value.code == "supplier.role"
        assert not Supplier.objects.exists()


class TestContacts:
    def test_a_duty_goes_over_to_the_new_person(self) -> None:
        supplier = make_supplier()
        old = make_contact(supplier, "Old", for_orders=True, for_quality=True)

        new = make_contact(supplier, "New", for_orders=True)

        old.refresh_from_db()
        assert (old.for_orders, old.for_quality, old.version) == (False, True, 2)
        assert new.for_orders
        assert entries(f"supplier:{supplier.pk}")[0].detail["freed"] == [old.pk]

    def test_the_database_itself_knows_one_person_for_each_duty(self) -> None:
        supplier = make_supplier()
        make_contact(supplier, for_orders=True)

        with pytest.raises(IntegrityError, match="one_contact_for_orders"), transaction.atomic():
            SupplierContact.objects.create(supplier=supplier, name="Second", for_orders=True)

    def test_without_that_index_two_would_get_the_orders(self) -> None:
        supplier = make_supplier()
        make_contact(supplier, for_orders=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("DROP INDEX one_contact_for_orders")
        SupplierContact.objects.create(supplier=supplier, name="Second", for_orders=True)
        assert SupplierContact.objects.filter(for_orders=True).count() == 2

    def test_the_log_names_personal_fields_and_keeps_their_values_out(self) -> None:
        contact = make_contact(make_supplier(), "Ewa Nowak", email="ewa@tatra.example", role="Sales")
        draft = ContactDraft(name="Ewa Kowal", email="kowal@tatra.example", role="Export")

        directory.change_contact(contact_id=contact.pk, version=1, draft=draft, actor=None, now=NOW)

        detail = entries(f"supplier:{contact.supplier_id}")[0].detail
        assert detail["changes"] == {"role": ["Sales", "Export"]}
        assert detail["hidden"] == ["email", "name"]
        assert "ewa" not in str(detail).lower()

    def test_who_has_left_has_no_duty(self) -> None:
        contact = make_contact(make_supplier(), for_orders=True)
        draft = ContactDraft(name=contact.name, for_orders=True, is_active=False)

        with pytest.raises(Refusal, match="has left"):
            directory.change_contact(contact_id=contact.pk, version=1, draft=draft, actor=None, now=NOW)

        assert SupplierContact.objects.get().is_active

    def test_a_stale_change_is_refused(self) -> None:
        contact = make_contact(make_supplier())
        with pytest.raises(Stale):
            directory.change_contact(
                contact_id=contact.pk, version=7, draft=ContactDraft(name="X"), actor=None, now=NOW
            )
        assert SupplierContact.objects.get().name == contact.name


class TestCertificates:
    def test_the_end_may_not_be_before_the_beginning(self) -> None:
        supplier = make_supplier()
        draft = CertificateDraft(kind="quality", number="1", valid_from=TODAY, valid_until=TODAY - timedelta(days=1))

        with pytest.raises(Refusal, match="before the first"):
            directory.add_certificate(supplier_id=supplier.pk, draft=draft, actor=None, now=NOW)
        with pytest.raises(IntegrityError, match="certificate_ends_after_it_begins"), transaction.atomic():
            Certificate.objects.create(
                supplier=supplier, kind="quality", number="1", valid_from=TODAY, valid_until=date(2020, 1, 1)
            )

        assert not Certificate.objects.exists()

    def test_a_number_is_there_once(self) -> None:
        supplier = make_supplier()
        make_certificate(supplier, until=TODAY, number="Q-7")
        with pytest.raises(Refusal, match="there already"):
            make_certificate(supplier, until=TODAY, number="Q-7")
        assert Certificate.objects.count() == 1

    def test_a_change_tells_the_log_both_days(self) -> None:
        paper = make_certificate(make_supplier(), until=TODAY)
        draft = CertificateDraft(kind=paper.kind, number=paper.number, valid_until=date(2028, 1, 1))

        directory.change_certificate(certificate_id=paper.pk, version=1, draft=draft, actor=None, now=NOW)

        newest = entries(f"supplier:{paper.supplier_id}")[0]
        assert newest.detail["changes"] == {"valid_until": ["2026-11-21", "2028-01-01"]}


class TestTalks:
    def test_the_newest_talk_decides_when_the_next_is_due(self) -> None:
        supplier = make_supplier(cadence_days=30)
        make_talk(supplier, TODAY, next_contact_on=TODAY + timedelta(days=5))
        make_talk(supplier, TODAY - timedelta(days=9))  # written down late

        supplier.refresh_from_db()
        assert supplier.last_contact_on == TODAY
        assert supplier.contact_due_on == TODAY + timedelta(days=5)

    def test_without_agreement_the_plan_counts(self) -> None:
        supplier = make_supplier(cadence_days=30)
        make_talk(supplier, TODAY)
        supplier.refresh_from_db()
        assert supplier.contact_due_on == TODAY + timedelta(days=30)

    def test_a_new_plan_moves_the_day(self) -> None:
        supplier = directory.add_supplier(draft=replace(TATRA, cadence_days=30), actor=None, now=NOW)
        make_talk(supplier, TODAY - timedelta(days=10))
        directory.change_supplier(
            supplier_id=supplier.pk, version=1, draft=replace(TATRA, cadence_days=7), actor=None, now=NOW
        )
        supplier.refresh_from_db()
        assert supplier.contact_due_on == TODAY - timedelta(days=3)

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"said": ""}, "talk.empty"),
            ({"on": TODAY + timedelta(days=1)}, "talk.future"),
            ({"next_contact_on": TODAY - timedelta(days=1)}, "talk.next"),
        ],
    )
    def test_what_is_refused_is_not_written(self, fields: dict[str, Any], code: str) -> None:
        supplier = make_supplier()
        with pytest.raises(Refusal) as refused:
            make_talk(supplier, **{"on": TODAY} | fields)
        assert refused.value.code == code
        assert not ContactLog.objects.exists()
        supplier.refresh_from_db()
        assert supplier.last_contact_on is None

    def test_the_person_works_at_this_supplier(self) -> None:
        elsewhere = make_contact(make_supplier())
        with pytest.raises(Refusal, match="does not work there"):
            make_talk(make_supplier(), TODAY, contact_id=elsewhere.pk)
        assert not ContactLog.objects.exists()

    def test_what_was_said_stays(self) -> None:
        talk = make_talk(make_supplier(), TODAY)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            ContactLog.objects.filter(pk=talk.pk).update(said="Something else")


class TestProspects:
    def test_it_becomes_a_supplier_with_its_person_for_orders(self, cast: Cast) -> None:
        prospect = make_prospect(
            "Sudety Tents", country="CZ", contact_name="Jan Novák", email="jan@sudety.example", notes="Good seams."
        )

        supplier = directory.turn_into_supplier(
            prospect_id=prospect.pk, version=1, code="SUDETY", currency="CZK", actor=cast.staff, now=NOW
        )

        prospect.refresh_from_db()
        assert (prospect.stage, prospect.supplier) == ("won", supplier)
        assert (supplier.name, supplier.country, supplier.notes) == ("Sudety Tents", "CZ", "Good seams.")
        person = supplier.contacts.get()
        assert (person.name, person.email, person.for_orders) == ("Jan Novák", "jan@sudety.example", True)
        assert entries(f"prospect:{prospect.pk}")[0].verb == "prospect.won"

    def test_a_code_that_is_taken_leaves_everything_as_it_was(self) -> None:
        make_supplier("SUDETY")
        prospect = make_prospect()

        with pytest.raises(Refusal, match="has this code already"):
            directory.turn_into_supplier(
                prospect_id=prospect.pk, version=1, code="sudety", currency="", actor=None, now=NOW
            )

        assert Prospect.objects.get().stage == "found"
        assert Supplier.objects.count() == 1

    def test_it_becomes_one_once(self) -> None:
        prospect = make_prospect()
        directory.turn_into_supplier(prospect_id=prospect.pk, version=1, code="A1", currency="", actor=None, now=NOW)
        with pytest.raises(Refusal, match="supplier already"):
            directory.turn_into_supplier(
                prospect_id=prospect.pk, version=2, code="A2", currency="", actor=None, now=NOW
            )
        assert Supplier.objects.count() == 1

    def test_nobody_is_won_by_changing_the_stage(self) -> None:
        prospect = make_prospect()
        with pytest.raises(Refusal, match="button"):
            directory.change_prospect(
                prospect_id=prospect.pk,
                version=1,
                draft=ProspectDraft(name="X", source="fair", stage="won"),
                actor=None,
                now=NOW,
            )
        with pytest.raises(IntegrityError, match="won_prospect_has_its_supplier"), transaction.atomic():
            Prospect.objects.filter(pk=prospect.pk).update(stage="won")
