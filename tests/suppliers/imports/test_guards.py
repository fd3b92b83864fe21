"""What the database itself refuses, and what would happen if it did not; how long rows are kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from suppliers.imports import services as imports
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.performance.models import RatingFact
from tests.factories import NOW
from tests.suppliers.imports import kit
from tests.suppliers.performance.kit import suppliers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def acme() -> None:
    suppliers("ACME")


def drop(constraint: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": "finished"}, "import_state_known"),
        ({"state": "done"}, "import_done_has_its_moment"),
        ({"imported_at": NOW}, "import_done_has_its_moment"),
        ({"undone_at": NOW}, "import_undone_after_done"),
        ({"state": "undone", "imported_at": NOW, "undone_at": NOW - timedelta(1)}, "import_undone_after_done"),
    ],
)
def test_the_database_refuses_an_import_that_cannot_be(values: dict[str, Any], constraint: str) -> None:
    session = kit.check(kit.table("ratings", {}))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ImportSession.objects.filter(pk=session.pk).update(**values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [({"state": "good"}, "import_row_state_known"), ({"state": "refused"}, "refused_row_says_why")],
)
def test_the_database_refuses_a_row_that_cannot_be(values: dict[str, Any], constraint: str) -> None:
    kit.check(kit.table("ratings", {}))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ImportRow.objects.update(**values)


class TestTwins:
    """The same with the guard off."""

    def double(self, session: ImportSession) -> None:
        row = session.file_rows.get(line=3)
        row.pk = None
        row.save()

    def test_a_line_stands_once(self) -> None:
        session = kit.check(kit.table("ratings", {}, {"value": "six"}))
        with pytest.raises(IntegrityError, match="one_row_per_line"), transaction.atomic():
            self.double(session)

    def test_twin_without_that_key_a_row_is_mended_and_still_refused(self) -> None:
        session = kit.check(kit.table("ratings", {}, {"value": "six"}))
        drop("one_row_per_line", "suppliers_importrow")
        self.double(session)
        place = session.header.index("value")
        mended = imports.mend_rows(session_id=session.pk, cells={3: {place: "4"}}, actor=None, now=NOW)
        assert [row for row, _column, _reason in kit.problems(mended)] == [3]

    def test_twin_without_a_reason_a_refused_row_has_nothing_to_mend(self) -> None:
        session = kit.check(kit.table("ratings", {}))
        drop("refused_row_says_why", "suppliers_importrow")
        ImportRow.objects.update(state="refused")
        assert kit.problems(session) == []

    def test_twin_without_its_moment_an_import_could_be_undone_for_ever(self) -> None:
        session = kit.run(kit.check(kit.table("ratings", {})))
        drop("import_done_has_its_moment", "suppliers_importsession")
        ImportSession.objects.update(imported_at=None)
        late = NOW + timedelta(days=9)
        assert imports.undo_import(session_id=session.pk, actor=None, now=late).state == "undone"


class TestForgetting:
    def test_rows_go_after_a_month_and_what_they_told_stays(self) -> None:
        done = kit.run(kit.check(kit.table("ratings", {})))
        waiting = kit.check(kit.table("ratings", {"key": "R-9"}))
        later = NOW + timedelta(days=30, seconds=1)
        new = kit.start(kit.table("ratings", {}), now=later)
        assert set(ImportRow.objects.values_list("session", flat=True)) == {new.pk}
        states = dict(ImportSession.objects.values_list("pk", "state"))
        assert states == {done.pk: "done", waiting.pk: "dropped", new.pk: "columns"}
        assert RatingFact.objects.count() == 1

    def test_before_that_they_stay(self) -> None:
        kit.check(kit.table("ratings", {}))
        kit.start(kit.table("ratings", {}), now=NOW + timedelta(days=30))
        assert ImportRow.objects.count() == 2
