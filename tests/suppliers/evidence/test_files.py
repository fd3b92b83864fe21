"""Files as evidence: what is kept, what is refused without a trace, and how it is handed out."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.errors import Refusal
from backoffice.kernel.middleware import MAX_BODY, SafeRequestMiddleware
from backoffice.kernel.models import AuditEntry
from backoffice.kernel.roles import Role
from suppliers.assessment import services as assessment
from suppliers.assessment.models import Assessment, AssessmentFile
from suppliers.assessment.selectors import files
from suppliers.evidence import folder, rules
from suppliers.evidence import services as evidence
from suppliers.evidence.models import EvidenceFile
from tests.conftest import Cast, ClientFor
from tests.factories import NOW
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment.facts import draft

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def archive(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in ("[Content_Types].xml", *names):
            made.writestr(name, "<x/>")
    return out.getvalue()


@pytest.fixture
def row() -> Assessment:
    acme = make_supplier("ACME")
    return assessment.start_assessment(supplier_id=acme.pk, draft=draft(), actor=None, now=NOW)


def attach(row: Assessment, content: bytes, name: str, actor: Any = None) -> EvidenceFile:
    return assessment.attach_file(assessment_id=row.pk, content=content, name=name, actor=actor, now=NOW)


def on_disk(root: Path) -> list[str]:
    return sorted(place.name for place in root.rglob("*") if place.is_file())


class TestWhatIsKept:
    @pytest.mark.parametrize(
        ("content", "name", "kind"),
        [
            (PDF, "audit.pdf", "pdf"),
            (PNG, "photo.PNG", "png"),
            (b"\xff\xd8\xff\xe0" + b"\x00" * 9, "photo.jpeg", "jpeg"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "photo.webp", "webp"),
            (archive("xl/workbook.xml"), "prices.xlsx", "xlsx"),
            (archive("word/document.xml"), "report.docx", "docx"),
            ("SKU;Cena\nA;1,50 zł\n".encode("cp1250"), "cennik.csv", "text"),
            ("货号,价格\n".encode("gb18030"), "价格.csv", "text"),
            ("\ufeffnote".encode("utf-16"), "note.txt", "text"),
            (b"a < b", "note.txt", "text"),
        ],
    )
    def test_the_content_says_what_it_is(
        self, row: Assessment, evidence_root: Path, content: bytes, name: str, kind: str
    ) -> None:
        kept = attach(row, content, name)
        assert (kept.kind, kept.size, kept.shown_name) == (kind, len(content), name)
        assert folder.path_of(kept.key).read_bytes() == content
        assert on_disk(evidence_root) == [kept.key]
        assert files.attached(row.pk) == [kept]

    def test_the_name_on_disk_is_ours_and_random(self, row: Assessment) -> None:
        one, other = attach(row, PDF, "same.pdf"), attach(row, PDF, "same.pdf")
        assert one.key != other.key
        assert "same" not in str(folder.path_of(one.key))
        assert one.sha256 == other.sha256


class TestWhatIsRefused:
    """B105 to B110: nothing is stored, neither in the database nor on disk."""

    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            (SVG, "drawing.svg", "file.type"),  # B106
            (SVG, "drawing.png", "file.type"),
            (b"\n\n  <svg onload=alert(1)>", "drawing.txt", "file.type"),
            (HTML, "page.txt", "file.type"),
            (b"x,y\n<script>alert(1)</script>", "table.csv", "file.type"),
            (PDF, "table.csv", "file.ending"),  # B107
            (b"hello\n" + PDF, "table.csv", "file.type"),
            (PNG, "audit.pdf", "file.ending"),
            (PDF, "audit.exe", "file.ending"),
            (b"", "empty.pdf", "file.empty"),  # B108
            (PDF + b"\x00" * (11 * 1024 * 1024), "large.pdf", "file.large"),  # B109
            (PDF, "audit\u202efdp.exe", "file.ending"),  # B110
            (b"MZ\x90\x00\x03", "setup.exe", "file.type"),
            (b"\x00\x01\x02", "data.txt", "file.type"),
            (archive("xl/workbook.xml", "xl/vbaProject.bin"), "macros.xlsx", "file.type"),
            (archive("word/nothing.xml"), "zip.docx", "file.type"),
            (b"PK\x03\x04broken", "broken.xlsx", "file.type"),
        ],
    )  # fmt: skip
    def test_nothing_of_it_stays(
        self, row: Assessment, evidence_root: Path, content: bytes, name: str, code: str
    ) -> None:
        before = AuditEntry.objects.count()
        with pytest.raises(Refusal) as refused:
            attach(row, content, name)
        assert refused.value.code == code
        assert not EvidenceFile.objects.exists()
        assert not AssessmentFile.objects.exists()
        assert AuditEntry.objects.count() == before
        assert on_disk(evidence_root) == []

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("../../etc/passwd", "passwd.pdf"),  # B105
            ("..\\..\\x.pdf", "x.pdf"),
            ("raport\u202egpj.pdf", "raportgpj.pdf"),  # B110
            ("a\u200bb\x07.pdf", "ab.pdf"),
            ("....pdf", "pdf.pdf"),
            ("", "file.pdf"),
            ("отчёт 2026.pdf", "отчёт 2026.pdf"),
            ('q"uo;te.pdf', "q_uo_te.pdf"),
            ("n" * 300 + ".pdf", "n" * 116 + ".pdf"),
        ],
    )
    def test_the_name_is_shown_without_what_misleads(
        self, row: Assessment, evidence_root: Path, name: str, shown: str
    ) -> None:
        kept = attach(row, PDF, name)
        assert kept.shown_name == shown
        assert on_disk(evidence_root) == [kept.key]

    @given(st.text(max_size=200))
    def test_no_name_leaves_its_folder_or_turns_the_text_round(self, name: str) -> None:
        shown = rules.clean_name(name)
        assert shown
        assert not set(shown) & set("/\\\x00\n\r\u202e\u2066\u200f")
        assert len(shown) <= rules.LONGEST_NAME

    def test_who_may_not_edit_stores_nothing(self, row: Assessment, cast: Cast, evidence_root: Path) -> None:
        for actor in (cast.agent, cast.auditor):
            with pytest.raises(Refusal) as refused:
                attach(row, PDF, "audit.pdf", actor)
            assert refused.value.code == "supplier.role"
        assert on_disk(evidence_root) == []

    def test_a_submitted_assessment_takes_none_and_gives_none(self, row: Assessment, evidence_root: Path) -> None:
        kept = attach(row, PDF, "audit.pdf")
        assessment.submit_assessment(assessment_id=row.pk, version=1, actor=None, now=NOW)
        with pytest.raises(Refusal):
            attach(row, PDF, "late.pdf")
        with pytest.raises(Refusal):
            assessment.withdraw_file(assessment_id=row.pk, file_id=kept.pk, actor=None, now=NOW)
        assert files.attached(row.pk) == [kept]
        assert on_disk(evidence_root) == [kept.key]

    def test_a_body_that_is_too_large_is_not_even_parsed(self) -> None:
        def never(_request: Any) -> Any:
            raise AssertionError("the request was let in")

        factory = RequestFactory()
        for told in (str(MAX_BODY + 1), "9" * 4_000):
            request = factory.post("/suppliers/assessments/1/", b"", content_type="multipart/form-data")
            request.META["CONTENT_LENGTH"] = told
            assert SafeRequestMiddleware(never)(request).status_code == 413


class TestTakingAway:
    def test_a_draft_gives_a_file_back_and_the_row_stays(self, row: Assessment) -> None:
        kept = attach(row, PDF, "wrong.pdf")
        assessment.withdraw_file(assessment_id=row.pk, file_id=kept.pk, actor=None, now=NOW)
        assert files.attached(row.pk) == []
        assert AssessmentFile.objects.count() == 2
        with pytest.raises(Refusal) as refused:
            assessment.withdraw_file(assessment_id=row.pk, file_id=kept.pk, actor=None, now=NOW)
        assert refused.value.code == "assessment.file"

    def test_the_database_keeps_the_rows(self, row: Assessment) -> None:
        kept = attach(row, PDF, "audit.pdf")
        for act in ("UPDATE suppliers_evidencefile SET sha256 = ''", "DELETE FROM suppliers_assessmentfile"):
            with (
                pytest.raises(IntegrityError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(act)
        assert files.attached(row.pk) == [kept]

    def test_twin_without_the_trigger_evidence_could_be_exchanged(self, row: Assessment) -> None:
        attach(row, PDF, "audit.pdf")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE suppliers_evidencefile DISABLE TRIGGER append_only")
            cursor.execute("UPDATE suppliers_evidencefile SET sha256 = 'other'")
            cursor.execute("ALTER TABLE suppliers_evidencefile ENABLE TRIGGER append_only")
        assert EvidenceFile.objects.get().sha256 == "other"


class TestHandingOut:
    def get(self, client: Client, kept: EvidenceFile) -> Any:
        return client.get(f"/suppliers/evidence/{kept.key}/")

    def test_it_is_saved_and_never_shown(self, row: Assessment, client_for: ClientFor) -> None:
        kept = attach(row, PDF, "Prüfung “A”.pdf")
        response = self.get(client_for(Role.AUDITOR), kept)
        assert response.content == PDF
        headers = response.headers
        assert headers["Content-Disposition"].startswith("attachment;")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert (headers["Cache-Control"], headers["Content-Type"]) == ("no-store", "application/pdf")
        assert AuditEntry.objects.filter(verb="evidence.download").count() == 1

    @pytest.mark.parametrize(("role", "status"), [(Role.SUPPORT_AGENT, 403), (Role.SHOP_STAFF, 200)])
    def test_only_who_sees_what_we_pay_gets_it(
        self, row: Assessment, client_for: ClientFor, role: Role, status: int
    ) -> None:
        assert self.get(client_for(role), attach(row, PDF, "audit.pdf")).status_code == status

    def test_a_file_that_is_gone_or_never_was_is_no_page(self, row: Assessment, client_for: ClientFor) -> None:
        kept = attach(row, PDF, "audit.pdf")
        folder.remove(kept.key)
        staff = client_for(Role.SHOP_STAFF)
        assert self.get(staff, kept).status_code == 404
        assert staff.get(f"/suppliers/evidence/{'0' * 32}/").status_code == 404


class TestSweep:
    def test_what_no_row_names_goes_and_the_rest_stays(self, row: Assessment, evidence_root: Path) -> None:
        kept = attach(row, PDF, "audit.pdf")
        orphan = folder.new_key()
        folder.write(orphan, b"left by a transaction that was rolled back")
        folder.path_of(orphan).with_suffix(".part").write_bytes(b"half")
        assert evidence.sweep() == 0  # too young: its row may be on the way
        assert evidence.sweep(seconds=-1) == 2
        assert on_disk(evidence_root) == [kept.key]

    def test_without_a_folder_there_is_nothing_to_do(self) -> None:
        assert evidence.sweep(seconds=-1) == 0

    @pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 32, "0" * 31])
    def test_only_keys_of_ours_name_a_place(self, key: str) -> None:
        with pytest.raises(ValueError, match="no key"):
            folder.path_of(key)
