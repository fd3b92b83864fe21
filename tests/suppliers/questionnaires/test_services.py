"""Sheets from start to assessment: what is written, and what is refused without a trace."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import AuditEntry
from suppliers.assessment.models import Assessment
from suppliers.assessment.rules.metrics import Dimension
from suppliers.evidence.models import EvidenceFile
from suppliers.questionnaires import selectors
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.models import AnswerSheet, QuestionnaireVersion, SheetFile, SheetLink, Submission
from suppliers.questionnaires.services.links import MOST_AT_ONCE
from suppliers.questionnaires.services.reviewing import Verdict
from tests.conftest import Cast
from tests.factories import NOW
from tests.suppliers.questionnaires.desk import PDF, save, start, submitted, version
from tests.suppliers.questionnaires.kit import ALL_WELL, BODY, data

pytestmark = pytest.mark.django_db
UNTIL = NOW.date() + timedelta(days=365)


def verdict(reason: str = "", **points: int) -> Verdict:
    found = {"quality": 100, "compliance": 100} | points
    return Verdict({Dimension(name): value for name, value in found.items()}, reason, UNTIL)


def refused(code: str, act: Any, **arguments: Any) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(Refusal) as found:
        act(**arguments)
    assert found.value.code == code
    assert AuditEntry.objects.count() == before


class TestVersions:
    def test_the_same_questions_are_no_new_version(self) -> None:
        assert [version().number, version().number, version(intro="Five minutes.").number] == [1, 1, 2]

    def test_what_cannot_be_asked_writes_nothing(self, cast: Cast) -> None:
        bad = data(people={"kind": "slider"})
        refused("quest.kind", questionnaires.save_version, key="bad", body=bad, actor=None, now=NOW)
        refused("supplier.role", questionnaires.save_version, key="bad", body=BODY, actor=cast.agent, now=NOW)
        assert not QuestionnaireVersion.objects.exists()

    def test_a_version_never_changes(self) -> None:
        version()
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            QuestionnaireVersion.objects.update(body={})

    def test_a_sheet_keeps_the_questions_it_began_with(self) -> None:
        sheet = start()
        version(title="Another title")
        assert selectors.body_of(sheet.questionnaire).title.in_language("en") == "About quality"


class TestStart:
    def test_one_sheet_of_a_questionnaire_at_a_time(self) -> None:
        sheet = start()
        refused("sheet.again", start, supplier=sheet.supplier)
        assert AnswerSheet.objects.count() == 1

    def test_the_database_itself_holds_one(self) -> None:
        sheet = start()
        twin = {"supplier": sheet.supplier, "questionnaire": sheet.questionnaire, "by": "staff", "language": "en"}
        with pytest.raises(IntegrityError), transaction.atomic():
            AnswerSheet.objects.create(started_at=NOW, **twin)

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"language": "de"}, "sheet.language"),
            ({"questionnaire_id": 0}, "sheet.questionnaire"),
            ({"due_on": NOW.date() - timedelta(days=1)}, "sheet.due"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, fields: dict[str, Any], code: str) -> None:
        with pytest.raises(Refusal) as found:
            start(**fields)
        assert found.value.code == code
        assert not AnswerSheet.objects.exists()


class TestSave:
    def test_what_the_page_does_not_show_stays(self) -> None:
        sheet = save(start(), ALL_WELL)
        sheet = save(sheet, {"people": "41"})
        assert sheet.answers == ALL_WELL | {"people": "41"}

    def test_of_two_windows_the_second_is_refused(self) -> None:
        sheet = start()
        save(sheet, {"people": "40"}, page="P", closes=False)
        with pytest.raises(Stale):
            save(sheet, {"people": "50"}, page="Q", seen=1)
        sheet.refresh_from_db()
        assert sheet.answers == {"people": "40"}

    def test_a_page_that_saves_by_itself_goes_on_after_itself(self) -> None:
        sheet = start()
        save(sheet, {"people": "4"}, page="P", closes=False)
        save(sheet, {"people": "40"}, page="P", closes=False, seen=1)
        save(sheet, {"people": "400"}, page="P", seen=1)
        with pytest.raises(Stale):
            save(sheet, {"people": "4"}, page="P", closes=False, seen=1)
        sheet.refresh_from_db()
        assert sheet.answers == {"people": "400"}

    @pytest.mark.parametrize(
        "given", [{"people": "many"}, {"system": "certified_yes"}, {"paper": [1]}, {"remarks": "x" * 4_001}]
    )
    def test_what_is_no_answer_is_refused(self, given: dict[str, Any]) -> None:
        sheet = start()
        with pytest.raises(Refusal) as found:
            save(sheet, given)
        assert found.value.code == "sheet.answer"
        sheet.refresh_from_db()
        assert (sheet.answers, sheet.version) == ({}, 1)


class TestFiles:
    def attach(self, sheet: AnswerSheet, **fields: Any) -> EvidenceFile:
        given: dict[str, Any] = {"item": "paper", "content": PDF, "name": "iso.pdf", "actor": None, "now": NOW}
        return questionnaires.attach(sheet_id=sheet.pk, **given | fields)

    def test_a_file_is_part_of_the_answer(self) -> None:
        sheet = start()
        kept = self.attach(sheet)
        sheet.refresh_from_db()
        assert sheet.answers == {"paper": [kept.pk]}
        assert selectors.files_of(sheet.pk) == {kept.pk: kept}

    @pytest.mark.parametrize(
        ("fields", "code"),
        [({"item": "people"}, "sheet.answer"), ({"item": "gone"}, "sheet.answer"), ({"content": b""}, "file.empty")],
    )
    def test_refused_files_leave_nothing(self, fields: dict[str, Any], code: str, evidence_root: Any) -> None:
        sheet = start()
        with pytest.raises(Refusal) as found:
            self.attach(sheet, **fields)
        assert found.value.code == code
        assert not EvidenceFile.objects.exists()
        assert not SheetFile.objects.exists()
        assert list(evidence_root.rglob("*")) == []

    def test_a_sheet_has_room_for_ten_files_of_a_question(self) -> None:
        sheet = start()
        for _again in range(10):
            self.attach(sheet)
        with pytest.raises(Refusal) as found:
            self.attach(sheet)
        assert found.value.code == "sheet.files"

    def test_a_file_of_another_sheet_is_no_answer(self) -> None:
        one, other = (
            start(),
            start(
                questionnaire_id=questionnaires.save_version(
                    key="other", body=BODY, actor=None, now=NOW
                ).questionnaire_id,
                supplier=AnswerSheet.objects.get().supplier,
            ),
        )
        kept = self.attach(one)
        with pytest.raises(Refusal):
            save(other, {"paper": [kept.pk]})


class TestSubmit:
    def test_it_is_handed_in_once_with_what_was_answered(self) -> None:
        sheet = submitted()
        found = Submission.objects.get()
        assert (sheet.state, found.number, found.answers) == ("submitted", 1, ALL_WELL)
        refused("sheet.state", questionnaires.submit, sheet_id=sheet.pk, version=sheet.version, actor=None, link=None,
                now=NOW)  # fmt: skip
        refused("sheet.state", save, sheet=sheet, given={"people": "1"})
        assert Submission.objects.count() == 1

    def test_questions_that_wait_are_named(self) -> None:
        sheet = save(start(), {"people": "40"})
        with pytest.raises(Refusal) as found:
            questionnaires.submit(sheet_id=sheet.pk, version=sheet.version, actor=None, link=None, now=NOW)
        assert (found.value.code, found.value.field) == ("sheet.incomplete", "system")
        assert not Submission.objects.exists()

    def test_what_was_saved_elsewhere_is_not_handed_in_unseen(self) -> None:
        sheet = save(start(), ALL_WELL)
        with pytest.raises(Stale):
            questionnaires.submit(sheet_id=sheet.pk, version=1, actor=None, link=None, now=NOW)
        assert not Submission.objects.exists()


class TestReview:
    def test_accepted_answers_become_a_draft_that_stands_on_them(self, cast: Cast) -> None:
        sheet = submitted()
        row = questionnaires.accept(
            sheet_id=sheet.pk, version=sheet.version, verdict=verdict(), actor=cast.staff, now=NOW
        )
        sheet.refresh_from_db()
        assert (sheet.state, sheet.assessment) == ("accepted", row)
        assert (row.state, row.method, row.quality, row.compliance) == ("draft", "questionnaire", 100, 100)
        assert Submission.objects.get().digest in row.evidence

    def test_other_points_need_a_reason_and_carry_it(self, cast: Cast) -> None:
        sheet = submitted()
        given: dict[str, Any] = {"sheet_id": sheet.pk, "version": sheet.version, "actor": cast.staff, "now": NOW}
        refused("sheet.reason", questionnaires.accept, verdict=verdict(quality=60), **given)
        assert not Assessment.objects.exists()
        row = questionnaires.accept(verdict=verdict("The photos show dust.", quality=60), **given)
        assert row.quality == 60
        assert "The photos show dust." in row.evidence

    def test_accepted_answers_are_frozen(self, cast: Cast) -> None:
        sheet = submitted()
        questionnaires.accept(sheet_id=sheet.pk, version=sheet.version, verdict=verdict(), actor=None, now=NOW)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            AnswerSheet.objects.filter(pk=sheet.pk).update(answers={})
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Submission.objects.update(answers={})

    def test_twin_without_the_trigger_the_evidence_would_change_behind_its_assessment(self) -> None:
        sheet = submitted()
        questionnaires.accept(sheet_id=sheet.pk, version=sheet.version, verdict=verdict(), actor=None, now=NOW)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE suppliers_answersheet DISABLE TRIGGER accepted_stays")
            cursor.execute("UPDATE suppliers_answersheet SET answers = '{}'")
            cursor.execute("ALTER TABLE suppliers_answersheet ENABLE TRIGGER accepted_stays")
        assert AnswerSheet.objects.get().answers == {}

    def test_sent_back_they_are_open_again_with_a_note(self) -> None:
        sheet = submitted()
        given: dict[str, Any] = {"sheet_id": sheet.pk, "version": sheet.version, "actor": None, "now": NOW}
        refused("sheet.note", questionnaires.send_back, note="  ", **given)
        back = questionnaires.send_back(note="The certificate is missing.", **given)
        assert (back.state, back.note) == ("open", "The certificate is missing.")
        again = submitted(back)
        assert (again.note, Submission.objects.count()) == ("", 2)

    def test_two_reviewers_at_once_make_one_assessment(self) -> None:
        sheet = submitted()
        given: dict[str, Any] = {"sheet_id": sheet.pk, "version": sheet.version, "actor": None, "now": NOW}
        questionnaires.accept(verdict=verdict(), **given)
        with pytest.raises(Stale):
            questionnaires.accept(verdict=verdict(), **given)
        with pytest.raises(Stale):
            questionnaires.send_back(note="Too late.", **given)
        assert Assessment.objects.count() == 1

    @pytest.mark.parametrize("who", ["agent", "auditor"])
    def test_only_who_buys_decides(self, cast: Cast, who: str) -> None:
        sheet = submitted()
        given: dict[str, Any] = {"sheet_id": sheet.pk, "actor": getattr(cast, who), "now": NOW}
        refused("supplier.role", questionnaires.accept, version=sheet.version, verdict=verdict(), **given)
        refused("supplier.role", questionnaires.send_back, version=sheet.version, note="x", **given)
        refused("supplier.role", questionnaires.close, **given)
        refused("supplier.role", questionnaires.issue_link, **given)
        refused("supplier.role", questionnaires.end_links, **given)
        assert AnswerSheet.objects.get().state == "submitted"
        assert not SheetLink.objects.exists()


class TestLinks:
    def issue(self, sheet: AnswerSheet, **fields: Any) -> questionnaires.Issued:
        return questionnaires.issue_link(sheet_id=sheet.pk, actor=None, **{"now": NOW} | fields)

    def test_the_token_is_long_and_stored_nowhere(self) -> None:
        issued = self.issue(start())
        assert len(issued.token) >= 32  # 192 bits in letters and digits of 6 bits each
        with connection.cursor() as cursor:
            cursor.execute("SELECT l::text FROM suppliers_sheetlink AS l")
            assert issued.token not in cursor.fetchall()[0][0]
        assert not AuditEntry.objects.filter(detail__icontains=issued.token).exists()

    def test_it_works_until_it_ends_or_is_revoked(self) -> None:
        sheet = start()
        issued = self.issue(sheet)
        found = selectors.find_link(token=issued.token, now=NOW)
        assert found is not None
        assert found.sheet == sheet
        assert selectors.find_link(token=issued.token, now=NOW + timedelta(days=31)) is None
        assert selectors.find_link(token=issued.token + "x", now=NOW) is None
        questionnaires.end_links(sheet_id=sheet.pk, actor=None, now=NOW)
        assert selectors.find_link(token=issued.token, now=NOW) is None

    def test_a_reminder_stops_nobody(self) -> None:
        sheet = start()
        tokens = [self.issue(sheet).token for _again in range(MOST_AT_ONCE)]
        assert all(selectors.find_link(token=token, now=NOW) for token in tokens)
        with pytest.raises(Refusal) as found:
            self.issue(sheet)
        assert found.value.code == "sheet.links"

    def test_only_open_sheets_of_suppliers_have_links(self) -> None:
        with pytest.raises(Refusal) as found:
            self.issue(submitted())
        assert found.value.code == "sheet.state"
        AnswerSheet.objects.update(state="closed")
        with pytest.raises(Refusal) as found:
            self.issue(start(supplier=AnswerSheet.objects.get().supplier, by="staff"))
        assert found.value.code == "sheet.by"
        assert not SheetLink.objects.exists()

    def test_closing_ends_them(self) -> None:
        sheet = start()
        issued = self.issue(sheet)
        questionnaires.close(sheet_id=sheet.pk, actor=None, now=NOW)
        assert selectors.find_link(token=issued.token, now=NOW) is None
        refused("sheet.state", questionnaires.close, sheet_id=sheet.pk, actor=None, now=NOW)
