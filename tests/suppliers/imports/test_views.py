"""The pages: each step works without scripts, says what is wrong where it is, and does nothing before the last."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.kernel import form_tokens
from backoffice.kernel.roles import Role
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.performance.models import RatingFact
from tests.conftest import Cast, ClientFor
from tests.suppliers.imports import kit
from tests.suppliers.performance.kit import suppliers

pytestmark = pytest.mark.django_db
NEW = "/suppliers/imports/new/"
GIVEN = {"kind": "ratings", "source": "erp", "encoding": "auto", "separator": "auto"}


@pytest.fixture(autouse=True)
def acme() -> None:
    suppliers("ACME")


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


def token() -> dict[str, str]:
    return {"token": form_tokens.new()}


def bring(client: Client, content: str | bytes, *, name: str = "ratings.csv", **fields: str) -> str:
    """Send a file; returns where that leads, or the page that says why not."""
    data = content if isinstance(content, bytes) else content.encode()
    answer = client.post(NEW, GIVEN | token() | fields | {"file": SimpleUploadedFile(name, data)})
    return str(answer["Location"]) if answer.status_code == 302 else answer.content.decode()


def columns(client: Client, url: str, **fields: str) -> dict[str, str]:
    """The page of columns as it was filled in for the person."""
    form = client.get(url).context["form"]
    return {
        name: "" if form[name].value() in (None, False) else str(form[name].value()) for name in form.fields
    } | fields


def session() -> ImportSession:
    return ImportSession.objects.latest("pk")


def test_from_the_file_to_the_result_and_back(staff: Client) -> None:
    url = bring(staff, kit.table("ratings", {}, {"value": "six"}, {}))
    pk = session().pk
    assert url == f"/suppliers/imports/{pk}/columns/"
    answer = staff.post(url, columns(staff, url))
    assert answer["Location"] == f"/suppliers/imports/{pk}/rows/"
    html = staff.get(answer["Location"]).content.decode()
    assert "Mend 1 row" in html
    assert "“six” is not an amount" in html
    assert 'name="c-3-4" value="six"' in html
    answer = staff.post(answer["Location"], {"c-3-4": "5"}, follow=True)
    html = answer.content.decode()
    assert "Every row is good now." in html
    assert "Import 3 rows" in html
    assert not RatingFact.objects.exists()

    answer = staff.post(
        f"/suppliers/imports/{pk}/run/", token() | {"version": str(session().version), "changes": "yes"}, follow=True
    )
    assert "3 rows are imported" in answer.content.decode()
    assert RatingFact.objects.count() == 3
    answer = staff.post(f"/suppliers/imports/{pk}/undo/", token(), follow=True)
    assert "This import is undone" in answer.content.decode()
    assert not RatingFact.objects.filter(corrected_by=None, withdrawn=False).exists()


class TestFile:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "ratings.csv is empty. Export it again."),
            (b"%PDF-1.7", "ratings.csv is a PDF document, not a CSV table"),
            (b"key,value\n", "ratings.csv has a header and no rows below it"),
            (
                b"key,value\n1,\xa3\xa4\xa5\n2,\xe9\n3,\xe9\xe8\xe7\n4,\xb3\xb4\n",
                "Choose it here, or save the file as UTF-8",
            ),
            (b"a\n" + b"1\n" * 5_300_000, "10 MB are read at once"),
        ],
        ids=["empty", "pdf", "header only", "encoding", "11 MB"],
    )
    def test_what_cannot_be_read_is_said_on_the_page_and_not_kept(
        self, staff: Client, content: bytes, says: str
    ) -> None:
        html = bring(staff, content)
        assert says in html
        assert "<title>Error:" in html
        assert not ImportSession.objects.exists()

    def test_without_a_file_it_asks_for_one(self, staff: Client) -> None:
        answer = staff.post(NEW, GIVEN | token())
        assert (answer.status_code, "Choose a file." in answer.content.decode()) == (422, True)

    def test_an_encoding_can_be_told(self, staff: Client) -> None:
        bring(staff, kit.table("ratings", {"key": "§"}).encode("windows-1250"), encoding="windows-1250")
        assert session().file_rows.get().cells[0] == "§"

    def test_the_same_press_twice_reads_it_once(self, staff: Client) -> None:
        again = token()
        urls = {bring(staff, kit.table("ratings", {}), **again) for _press in range(2)}
        assert len(urls) == ImportSession.objects.count() == 1

    def test_names_are_shown_and_never_run(self, staff: Client) -> None:
        url = bring(staff, "<img src=x onerror=alert(1)>,b\n<script>x</script>,2\n", name="<b>.csv")
        html = staff.get(url).content.decode()
        assert "<img src=x" not in html
        assert "<script>x" not in html
        assert "&lt;b&gt;.csv" in html


class TestColumns:
    def test_are_guessed_from_what_others_call_them(self, staff: Client) -> None:
        url = bring(staff, "ID;Vendor Code;Type;Date;Score;Max;Colour\nR-1;ACME;stars;2026-06-12;4;5;red\n")
        filled = columns(staff, url)
        wanted = {"key": "0", "supplier_code": "1", "kind": "2", "observed_on": "3", "value": "4", "out_of": "5"}
        assert {name: filled[name] for name in wanted} == wanted
        assert filled["answers"] == ""

    def test_are_remembered_for_the_person_and_the_kind(self, staff: Client, client_for: ClientFor) -> None:
        content = "a,b,c,d,e\nR-1,ACME,2026-06-12,4,5\n"
        chosen = {"key": "0", "supplier_code": "1", "observed_on": "2", "value": "3", "out_of": "4", "kind": "=stars"}
        url = bring(staff, content)
        staff.post(url, columns(staff, url, **chosen, unknown="nobody knows"))
        again = columns(staff, bring(staff, "x," + content.replace("\n", "\ny,", 1)))
        assert {name: again[name] for name in chosen} == {
            "key": "1", "supplier_code": "2", "observed_on": "3", "value": "4", "out_of": "5", "kind": "=stars",
        }  # fmt: skip
        assert again["unknown"] == "nobody knows"
        other = client_for(Role.SHOP_MANAGER)
        assert columns(other, bring(other, content))["key"] == ""

    def test_what_is_missing_is_said_at_its_field_and_nothing_is_read(self, staff: Client) -> None:
        url = bring(staff, kit.table("ratings", {}))
        answer = staff.post(url, columns(staff, url, value=""))
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"value"}
        assert set(ImportRow.objects.values_list("state", flat=True)) == {"unread"}

    def test_dates_in_two_orders_are_asked_about(self, staff: Client) -> None:
        url = bring(staff, kit.table("ratings", {"observed_on": "05/11/2026"}))
        answer = staff.post(url, columns(staff, url))
        assert answer.context["form"].errors.keys() == {"dates"}
        assert staff.post(url, columns(staff, url, dates="day")).status_code == 302
        assert session().file_rows.get().state == "new"


class TestRows:
    def test_twenty_are_shown_with_the_next_behind_a_link(self, staff: Client) -> None:
        checked = kit.check(kit.table("ratings", *[{"value": "six"}] * 25))
        url = f"/suppliers/imports/{checked.pk}/rows/"
        html = staff.get(url).content.decode()
        assert re.findall(r'name="c-(\d+)-4"', html) == [str(n) for n in range(2, 22)]
        after = re.search(r'href="(\?after=\d+)"', html)
        assert after is not None
        assert re.findall(r'name="c-(\d+)-4"', staff.get(url + after[1]).content.decode()) == [
            str(n) for n in range(22, 27)
        ]

    def test_what_was_typed_is_kept_when_it_is_still_wrong(self, staff: Client) -> None:
        checked = kit.check(kit.table("ratings", {"value": "six"}))
        answer = staff.post(f"/suppliers/imports/{checked.pk}/rows/", {"c-2-4": "seven"}, follow=True)
        assert 'value="seven"' in answer.content.decode()
        assert "1 row is left to mend." in answer.content.decode()

    def test_cells_that_nobody_showed_are_not_taken(self, staff: Client) -> None:
        checked = kit.check(kit.table("ratings", {}, {"value": "six"}))
        for name in ("c-2-4", "c-3-99"):
            assert staff.post(f"/suppliers/imports/{checked.pk}/rows/", {name: "1"}).status_code == 422
        assert list(checked.file_rows.order_by("line").values_list("cells__4", flat=True)) == ["4.5", "six"]

    def test_the_file_of_errors_names_row_column_value_and_fix(self, staff: Client) -> None:
        checked = kit.check(kit.table("ratings", {}, {"value": "=1+1"}))
        answer = staff.get(f"/suppliers/imports/{checked.pk}/errors/")
        assert answer["Content-Disposition"] == f'attachment; filename="import-{checked.pk}-errors.csv"'
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert lines[0] == '"Row","Column","Value","What to do"'
        assert lines[1].startswith(""""3","value","'=1+1","“=1+1” is not an amount.""")


class TestSummary:
    def test_numbers_that_changed_meanwhile_import_nothing(self, staff: Client) -> None:
        checked = kit.check(kit.table("ratings", {}, {"value": "six"}))
        answer = staff.post(f"/suppliers/imports/{checked.pk}/run/", token() | {"version": "1"})
        assert answer.status_code == 422
        assert "Look at the numbers again" in answer.content.decode()
        assert not RatingFact.objects.exists()

    def test_a_double_press_imports_once(self, staff: Client) -> None:
        checked = kit.check(kit.table("ratings", {}, {}))
        given = token() | {"version": str(checked.version)}
        urls = {staff.post(f"/suppliers/imports/{checked.pk}/run/", given)["Location"] for _press in range(2)}
        assert urls == {f"/suppliers/imports/{checked.pk}/"}
        assert RatingFact.objects.count() == 2

    def test_changes_can_be_left_out(self, staff: Client) -> None:
        kit.run(kit.check(kit.table("ratings", {})))
        checked = kit.check(kit.table("ratings", {"value": "2"}, {}))
        html = staff.get(f"/suppliers/imports/{checked.pk}/").content.decode()
        assert "Import 2 rows" in html
        assert "Import 1 new row alone" in html
        staff.post(
            f"/suppliers/imports/{checked.pk}/run/", token() | {"version": str(checked.version), "changes": "no"}
        )
        assert sorted(RatingFact.objects.values_list("key", flat=True)) == ["R-1", "R-2"]

    def test_after_a_day_there_is_no_undo(self, staff: Client) -> None:
        done = kit.run(kit.check(kit.table("ratings", {})), now=timezone.now() - timedelta(hours=25))
        assert "Undo this import" not in staff.get(f"/suppliers/imports/{done.pk}/").content.decode()
        answer = staff.post(f"/suppliers/imports/{done.pk}/undo/", token())
        assert (answer.status_code, "over 24 hours old" in answer.content.decode()) == (422, True)

    def test_a_set_says_what_goes(self, staff: Client) -> None:
        kit.run(kit.check(kit.table("exposures", {}), "exposures"))
        suppliers("BOLT")
        checked = kit.check(kit.table("exposures", {"supplier_code": "BOLT"}), "exposures")
        html = staff.get(f"/suppliers/imports/{checked.pk}/").content.decode()
        assert "1 row that the file does not name is gone afterwards" in html

    def test_auditors_look_and_change_nothing(self, client_for: ClientFor) -> None:
        checked = kit.check(kit.table("ratings", {}, {"value": "six"}))
        html = client_for(Role.AUDITOR).get(f"/suppliers/imports/{checked.pk}/").content.decode()
        assert "Check before you import" in html
        assert "/run/" not in html


class TestList:
    def test_an_import_waits_there_for_who_comes_back(self, staff: Client, cast: Cast) -> None:
        checked = kit.start(kit.table("ratings", {}), actor=cast.staff)
        html = staff.get("/suppliers/imports/").content.decode()
        assert f'href="/suppliers/imports/{checked.pk}/"' in html
        assert "Columns to name" in html
        page = staff.get(f"/suppliers/imports/{checked.pk}/").content.decode()
        assert f'href="/suppliers/imports/{checked.pk}/columns/"' in page

    def test_what_is_over_leads_from_its_steps_to_its_result(self, staff: Client) -> None:
        done = kit.run(kit.check(kit.table("ratings", {})))
        for step in ("columns", "rows"):
            answer = staff.get(f"/suppliers/imports/{done.pk}/{step}/")
            assert answer["Location"] == f"/suppliers/imports/{done.pk}/"

    def test_it_costs_the_same_with_many_and_pages(self, staff: Client, cast: Cast) -> None:
        url = "/suppliers/imports/"
        kit.start(kit.table("ratings", {}), actor=cast.staff)
        staff.get(url)
        with CaptureQueriesContext(connection) as few:
            staff.get(url)
        for _number in range(51):
            kit.start(kit.table("ratings", {}), actor=cast.admin)
        with CaptureQueriesContext(connection) as many:
            html = staff.get(url).content.decode()
        assert len(few) == len(many)
        assert "after=" in html

    def test_a_file_that_is_thrown_away_leaves_it(self, staff: Client) -> None:
        checked = kit.check(kit.table("ratings", {}))
        answer = staff.post(f"/suppliers/imports/{checked.pk}/drop/", token())
        assert answer["Location"] == "/suppliers/imports/"
        assert "Nothing was imported yet" in staff.get("/suppliers/imports/").content.decode()
