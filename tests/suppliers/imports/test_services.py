"""From the file to the ledger and back: what is wrong is told in place, and nothing happens before the last step."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import AuditEntry
from suppliers.continuity import services as continuity
from suppliers.continuity.models import Exposure
from suppliers.directory.models import Supplier
from suppliers.imports import services as imports
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.imports.services.checking import Options
from suppliers.performance import services as performance
from suppliers.performance.models import DeliveryFact, InvoiceFact, RatingFact
from suppliers.performance.rules.kinds import RATINGS
from tests.conftest import Cast
from tests.factories import NOW
from tests.suppliers.continuity.kit import exposure
from tests.suppliers.imports import kit
from tests.suppliers.performance.kit import suppliers

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def mend(session: ImportSession, **cells: str) -> ImportSession:
    """Type values: r3_value="4" is the column called value on row 3."""
    typed: dict[int, dict[int, str]] = {}
    for name, text in cells.items():
        line, _sep, column = name[1:].partition("_")
        typed.setdefault(int(line), {})[session.header.index(column)] = text
    return imports.mend_rows(session_id=session.pk, cells=typed, actor=None, now=NOW)


def undo(session: ImportSession, *, now: Any = LATER) -> ImportSession:
    return imports.undo_import(session_id=session.pk, actor=None, now=now)


@pytest.fixture(autouse=True)
def acme() -> None:
    suppliers("ACME")


class TestFile:
    def test_its_rows_are_kept_and_nothing_is_recorded(self) -> None:
        session = kit.start(kit.table("ratings", {}, {}))
        assert (session.state, session.rows, session.header[:2]) == ("columns", 2, ["key", "supplier_code"])
        assert list(session.file_rows.order_by("line").values_list("line", "cells__0")) == [(2, "R-1"), (3, "R-2")]
        assert not RatingFact.objects.exists()

    def test_columns_get_names_of_their_own(self) -> None:
        session = kit.start("key,value,,value\n1,2,3,4\n")
        assert session.header == ["key", "value", "Column 3", "value (2)"]

    def test_a_person_who_does_not_buy_is_refused(self, cast: Cast) -> None:
        with pytest.raises(Refusal, match="role") as refused:
            kit.start(kit.table("ratings", {}), actor=cast.agent)
        assert refused.value.code == "supplier.role"
        assert not ImportSession.objects.exists()


class TestColumns:
    def test_every_row_is_read_and_said_what_it_would_do(self) -> None:
        kit.run(kit.check(kit.table("ratings", {}, {})))
        session = kit.check(kit.table("ratings", {}, {"value": "3"}, {}, {"value": "six"}))
        assert kit.told(session) == (1, 1, 1, 1)
        assert kit.problems(session) == [
            (5, "value", "“six” is not an amount. Use the digits 0-9 and no sign, like 1234.50.")
        ]
        assert RatingFact.objects.count() == 2

    @pytest.mark.parametrize(
        ("but", "field", "says"),
        [
            (("value",), "value", "No row can do without it"),
            (("supplier_code",), "supplier_code", "holds the supplier"),
            (("key",), "key", "No row can do without it"),
        ],
    )
    def test_what_no_row_can_do_without_is_asked_for(self, but: tuple[str, ...], field: str, says: str) -> None:
        session = kit.start(kit.table("ratings", {}))
        with pytest.raises(Refusal, match=says) as refused:
            kit.name_columns(session, but=but)
        assert refused.value.field == field
        session.refresh_from_db()
        assert (session.state, session.mapping) == ("columns", {})

    def test_a_column_serves_one_field(self) -> None:
        session = kit.start(kit.table("ratings", {}))
        mapping = dict.fromkeys(("key", "supplier_code", "kind", "observed_on", "value"), "0")
        with pytest.raises(Refusal, match="“key” is chosen twice"):
            imports.map_columns(session_id=session.pk, mapping=mapping, options=Options(), actor=None, now=NOW)

    def test_a_word_can_stand_for_a_column(self) -> None:
        session = kit.start(kit.table("ratings", {"kind": ""}))
        mapping = {name: str(place) for place, name in enumerate(session.header)} | {"kind": "=stars"}
        checked = imports.map_columns(session_id=session.pk, mapping=mapping, options=Options(), actor=None, now=NOW)
        kit.run(checked)
        assert RatingFact.objects.get().kind == "stars"

    def test_columns_can_be_named_again(self) -> None:
        session = kit.start(kit.table("ratings", {"value": "4", "answers": "5"}))
        kit.name_columns(session)
        kit.run(kit.name_columns(session, but=("answers",)))
        assert RatingFact.objects.get().answers == 1

    def test_suppliers_and_products_are_created_when_told_so(self) -> None:
        content = kit.table("deliveries", {"supplier_code": "BOLT", "sku": "VALVE"})
        told = {(one[1], one[2].split("“")[0]) for one in kit.problems(kit.check(content, "deliveries"))}
        assert told == {("supplier_code", "There is no supplier "), ("sku", "There is no product ")}
        kit.run(kit.check(content, "deliveries", create={"suppliers", "products"}))
        assert DeliveryFact.objects.get().supplier.code == "BOLT"


class TestDates:
    def days(self, *written: str, **options: Any) -> list[date]:
        kit.run(kit.check(kit.table("ratings", *[{"observed_on": one} for one in written]), **options))
        return list(RatingFact.objects.order_by("key").values_list("observed_on", flat=True))

    def test_a_day_above_twelve_shows_the_order_of_all(self) -> None:
        assert self.days("05/11/2026", "23/11/2026") == [date(2026, 11, 5), date(2026, 11, 23)]

    def test_and_so_does_one_in_the_second_place(self) -> None:
        assert self.days("05/11/2026", "11/23/2026") == [date(2026, 5, 11), date(2026, 11, 23)]

    def test_dates_that_show_nothing_are_asked_about(self) -> None:
        session = kit.start(kit.table("ratings", {"observed_on": "05/11/2026"}))
        with pytest.raises(Refusal, match="Choose which is meant") as refused:
            kit.name_columns(session)
        assert refused.value.field == "dates"
        kit.run(kit.name_columns(session, dates="month"))
        assert RatingFact.objects.get().observed_on == date(2026, 5, 11)

    def test_dates_of_both_orders_are_asked_about_with_their_numbers(self) -> None:
        session = kit.start(kit.table("ratings", *[{"observed_on": one} for one in ("23/11/2026", "11/23/2026")]))
        with pytest.raises(Refusal, match="1 dates have the day first and 1 the month first"):
            kit.name_columns(session)
        checked = kit.name_columns(session, dates="day")
        assert [(row, column) for row, column, _reason in kit.problems(checked)] == [(3, "observed_on")]

    def test_forms_that_come_mixed_are_warned_about(self) -> None:
        days = ("2026-11-23", "23-Nov-26", "2026-11-21")
        (note,) = kit.check(kit.table("ratings", *[{"observed_on": one} for one in days])).notes
        assert "observed_on: 1 dates of this column are written like 23-Nov-26 and 2 like 2026-11-23" in note

    def test_what_was_not_captured_stays_unknown_and_is_told(self) -> None:
        content = kit.table("deliveries", {"ordered_on": "Not captured", "weight_kg": "Not captured"}, {})
        session = kit.check(content, "deliveries", unknown=["not captured"])
        assert session.notes == [
            "ordered_on: 1 value is kept as not captured, on row 2.",
            "weight_kg: 1 value is kept as not captured, on row 2.",
        ]
        kit.run(session)
        assert list(DeliveryFact.objects.order_by("key").values_list("weight_kg", flat=True)) == [None, Decimal("12.5")]


class TestAmounts:
    @pytest.mark.parametrize(
        ("written", "amounts"),
        [
            (("1000.50", "12"), (Decimal("1000.50"), Decimal(12))),
            (("1000,50", "12"), (Decimal("1000.50"), Decimal(12))),
            (("1.234,50", "12,5"), (Decimal("1234.50"), Decimal("12.5"))),
            (("1,234.50", "12.5"), (Decimal("1234.50"), Decimal("12.5"))),
            (("1 234,50", "x"), (Decimal("1234.50"),)),
        ],
    )
    def test_show_how_they_are_written(self, written: tuple[str, ...], amounts: tuple[Decimal, ...]) -> None:
        kit.run(kit.check(kit.table("invoices", *[{"amount": one} for one in written]), "invoices"))
        assert tuple(InvoiceFact.objects.order_by("key").values_list("amount", flat=True)) == amounts

    def test_that_can_be_two_amounts_are_asked_about(self) -> None:
        session = kit.start(kit.table("invoices", {"amount": "1,234"}), "invoices")
        with pytest.raises(Refusal, match="“1,234” can be read as two amounts") as refused:
            kit.name_columns(session)
        assert refused.value.field == "amounts"
        kit.run(kit.name_columns(session, amounts="1,234.50"))
        assert InvoiceFact.objects.get().amount == 1234


class TestRows:
    def test_one_key_with_two_tales_is_refused_and_the_same_tale_counted(self) -> None:
        session = kit.check(kit.table("ratings", {}, {"key": "R-1"}, {"key": "R-1", "value": "2"}))
        assert kit.told(session) == (1, 0, 1, 1)
        assert kit.problems(session) == [(4, "key", "“R-1” is already on row 2 with other values. Keep one.")]

    def test_are_mended_in_place(self) -> None:
        session = kit.check(kit.table("ratings", {}, {"value": "six"}, {"kind": "star", "value": "9"}))
        mended = mend(session, r3_value="4")
        assert kit.told(mended) == (2, 0, 0, 1)
        assert [(row, column) for row, column, _reason in kit.problems(mended)] == [(4, "kind")]
        # What is wrong behind the first mistake is told next.
        assert [(row, column) for row, column, _reason in kit.problems(mend(session, r4_kind="stars"))] == [
            (4, "value")
        ]
        assert kit.told(mend(session, r4_value="5")) == (3, 0, 0, 0)

    def test_that_were_refused_for_another_row_are_read_again_with_it(self) -> None:
        content = kit.table("ratings", {}, {"key": "R-1", "value": "2"}, {"key": "R-1", "value": "3"})
        session = kit.check(content)
        assert session.refused == 2
        assert kit.told(mend(session, r3_key="R-8")) == (2, 0, 0, 1)
        assert kit.told(mend(session, r4_key="R-9")) == (3, 0, 0, 0)

    def test_a_mended_key_that_a_good_row_has_is_refused(self) -> None:
        session = kit.check(kit.table("ratings", {"value": "six"}, {}))
        mended = mend(session, r2_key="R-2", r2_value="1")
        assert kit.problems(mended) == [(2, "key", "“R-2” is already on row 3 with other values. Keep one.")]

    def test_one_value_can_be_changed_in_all_rows_that_have_it(self) -> None:
        wrong = {"supplier_code": "ACMEE"}
        session = kit.check(kit.table("ratings", wrong, {"value": "six"}, wrong | {"value": "7"}, {}))
        place = session.header.index("supplier_code")
        mended = imports.mend_rows(
            session_id=session.pk, cells={2: {place: "ACME"}}, everywhere=[(2, place)], actor=None, now=NOW
        )
        assert kit.told(mended) == (2, 0, 0, 2)
        assert [(row, column) for row, column, _reason in kit.problems(mended)] == [(3, "value"), (4, "value")]

    def test_but_what_was_typed_at_a_row_of_its_own_stays(self) -> None:
        suppliers("BOLT")
        session = kit.check(kit.table("ratings", *[{"supplier_code": "ACMEE"}] * 3))
        place = session.header.index("supplier_code")
        typed = {2: {place: "ACME"}, 3: {place: "BOLT"}, 4: {place: "ACMEE"}}
        imports.mend_rows(session_id=session.pk, cells=typed, everywhere=[(2, place)], actor=None, now=NOW)
        codes = session.file_rows.order_by("line").values_list(f"cells__{place}", flat=True)
        assert list(codes) == ["ACME", "BOLT", "ACME"]

    def test_two_cells_with_one_mistake_are_both_shown(self) -> None:
        content = kit.table("deliveries", {"ordered_on": "soon", "promised_on": "soon"})
        session = kit.check(content, "deliveries")
        assert [column for _row, column, _reason in kit.problems(session)] == ["ordered_on", "promised_on"]

    def test_of_another_width_can_be_mended(self) -> None:
        session = kit.check(kit.table("ratings", {}) + "R-2,ACME,stars\n")
        assert [(row, column) for row, column, _reason in kit.problems(session)] == [(3, "")]
        assert kit.told(mend(session, r3_observed_on="2026-06-12", r3_value="4", r3_out_of="5")) == (2, 0, 0, 0)

    def test_that_are_good_cannot_be_typed_over(self) -> None:
        session = kit.check(kit.table("ratings", {}, {"value": "six"}))
        with pytest.raises(Refusal, match="meanwhile"):
            mend(session, r2_value="1")
        assert session.file_rows.get(line=2).cells[4] == "4.5"


class TestRun:
    def test_records_the_good_rows_and_leaves_the_others_out(self, cast: Cast) -> None:
        session = kit.check(kit.table("ratings", {}, {"value": "six"}, {}))
        done = kit.run(session, actor=cast.staff)
        assert (done.state, kit.told(done)) == ("done", (2, 0, 0, 1))
        assert list(RatingFact.objects.order_by("key").values_list("source", "key")) == [("erp", "R-1"), ("erp", "R-3")]
        entry = AuditEntry.objects.get(verb="import.run")
        assert (entry.actor, entry.subject, entry.detail["refused"]) == (cast.staff, f"import:{session.pk}", 1)

    def test_a_changed_row_corrects_what_is_recorded(self) -> None:
        kit.run(kit.check(kit.table("ratings", {}, {})))
        kit.run(kit.check(kit.table("ratings", {"value": "3"}, {})))
        last = RatingFact.objects.get(key="R-1~2")
        assert (last.value, last.corrects and last.corrects.key) == (3, "R-1")

    def test_changes_can_be_left_out(self) -> None:
        kit.run(kit.check(kit.table("ratings", {})))
        done = kit.run(kit.check(kit.table("ratings", {"value": "3"}, {})), with_changes=False)
        assert kit.told(done) == (1, 0, 0, 1)
        assert sorted(RatingFact.objects.values_list("key", flat=True)) == ["R-1", "R-2"]

    def test_the_numbers_that_were_seen_are_those_that_count(self) -> None:
        session = kit.check(kit.table("ratings", {}))
        seen = session.version
        kit.name_columns(session, but=("answers",))
        with pytest.raises(Stale, match="meanwhile"):
            kit.run(session, version=seen)
        assert not RatingFact.objects.exists()

    def test_happens_once(self) -> None:
        session = kit.check(kit.table("ratings", {}))
        kit.run(session)
        with pytest.raises(Refusal, match="further by now"):
            kit.run(session)
        assert RatingFact.objects.count() == 1

    def test_without_a_good_row_there_is_nothing_to_do(self) -> None:
        session = kit.check(kit.table("ratings", {"value": "six"}))
        with pytest.raises(Refusal, match="No row is left"):
            kit.run(session)
        assert ImportSession.objects.get().state == "rows"

    def test_what_somebody_recorded_meanwhile_is_the_same_or_a_change(self) -> None:
        one, other = kit.check(kit.table("ratings", {}, {})), kit.check(kit.table("ratings", {}, {"value": "1"}))
        kit.run(one)
        assert kit.told(kit.run(other)) == (0, 1, 1, 0)

    def test_queries_do_not_grow_with_rows(self, django_assert_max_num_queries: Any) -> None:
        session = kit.check(kit.table("ratings", *[{}] * 1_500))
        with django_assert_max_num_queries(30):
            kit.run(session)


class TestUndo:
    def test_what_was_new_counts_no_more_and_what_was_changed_is_as_before(self) -> None:
        kit.run(kit.check(kit.table("ratings", {})))
        session = kit.run(kit.check(kit.table("ratings", {"value": "3"}, {})))
        assert undo(session).state == "undone"
        rows = {row.key: (float(row.value), row.withdrawn) for row in RatingFact.objects.filter(corrected_by=None)}
        assert rows == {"R-1~3": (4.5, False), "R-2~2": (4.5, True)}

    def test_and_then_the_same_file_can_come_again(self) -> None:
        content = kit.table("ratings", {}, {})
        undo(kit.run(kit.check(content)))
        again = kit.check(content)
        assert kit.told(again) == (0, 2, 0, 0)
        assert kit.told(kit.run(again)) == (0, 2, 0, 0)
        assert RatingFact.objects.filter(corrected_by=None, withdrawn=False).count() == 2

    def test_is_refused_when_a_row_was_corrected_since(self) -> None:
        session = kit.run(kit.check(kit.table("ratings", {}, {})))
        kit.run(kit.check(kit.table("ratings", {"value": "3"})))
        with pytest.raises(Refusal, match="1 of these facts was corrected since"):
            undo(session)
        assert RatingFact.objects.count() == 3
        assert ImportSession.objects.get(pk=session.pk).state == "done"

    def test_is_possible_for_a_day(self) -> None:
        session = kit.run(kit.check(kit.table("ratings", {})))
        with pytest.raises(Refusal, match="over 24 hours"):
            undo(session, now=NOW + timedelta(hours=24, seconds=1))
        assert RatingFact.objects.count() == 1
        assert undo(session, now=NOW + timedelta(hours=24)).state == "undone"

    def test_happens_once(self) -> None:
        session = kit.run(kit.check(kit.table("ratings", {})))
        undo(session)
        with pytest.raises(Refusal, match="further by now"):
            undo(session)

    def test_scores_are_made_anew(self) -> None:
        from suppliers.assessment.selectors import scorecards

        supplier = Supplier.objects.get(code="ACME")
        before = scorecards.seen([supplier.pk])[supplier.pk]
        session = kit.run(kit.check(kit.table("ratings", {})))
        after = scorecards.seen([supplier.pk])[supplier.pk]
        undo(session)
        assert len({str(before), str(after), str(scorecards.seen([supplier.pk])[supplier.pk])}) == 3


class TestExposures:
    @pytest.fixture(autouse=True)
    def told(self) -> None:
        suppliers("BOLT")
        continuity.record_exposure(
            source="erp", drafts=[exposure("ACME", "PUMP"), exposure("BOLT", "PUMP")], actor=None, now=NOW
        )

    def check(self, *rows: dict[str, str]) -> ImportSession:
        return kit.check(kit.table("exposures", *rows), "exposures")

    def pairs(self) -> dict[str, int]:
        return dict(Exposure.objects.filter(source="erp").values_list("supplier__code", "open_quantity"))

    def test_the_rows_take_the_place_of_the_set_and_undo_brings_it_back(self) -> None:
        session = self.check({"open_quantity": "7", "stock": "x"}, {"open_quantity": "8"})
        assert kit.told(session) == (0, 1, 0, 1)
        done = kit.run(session, now=LATER)
        assert self.pairs() == {"ACME": 8}
        undo(done, now=LATER)
        assert self.pairs() == {"ACME": 100, "BOLT": 100}
        assert Exposure.objects.filter(source="erp", as_of=NOW).count() == 2

    def test_undo_is_refused_once_the_source_told_something_newer(self) -> None:
        done = kit.run(self.check({"open_quantity": "8"}), now=LATER)
        kit.run(self.check({"open_quantity": "9"}), now=LATER + timedelta(minutes=1))
        with pytest.raises(Refusal, match="something newer"):
            undo(done, now=LATER + timedelta(minutes=2))
        assert self.pairs() == {"ACME": 9}

    def test_a_product_twice_is_refused(self) -> None:
        session = self.check({}, {"open_quantity": "8"})
        assert [(row, column) for row, column, _reason in kit.problems(session)] == [(3, "sku")]


def test_a_file_is_thrown_away_with_its_rows() -> None:
    session = kit.check(kit.table("ratings", {}))
    imports.drop_import(session_id=session.pk, actor=None, now=NOW)
    assert ImportSession.objects.get().state == "dropped"
    assert not ImportRow.objects.exists()


def test_what_is_over_is_not_thrown_away() -> None:
    session = kit.run(kit.check(kit.table("ratings", {})))
    with pytest.raises(Refusal, match="further"):
        imports.drop_import(session_id=session.pk, actor=None, now=NOW)
    assert ImportRow.objects.count() == 1


def test_a_withdrawn_fact_leaves_no_trace_in_what_a_file_says_again() -> None:
    kit.run(kit.check(kit.table("ratings", {})))
    performance.withdraw_facts(kind=RATINGS, source="erp", keys={"R-1": "R-1"}, actor=None, now=NOW)
    assert kit.told(kit.check(kit.table("ratings", {}))) == (0, 1, 0, 0)
