"""Windows that tile time, penalties by hand, measures from rows, and notice: the arithmetic of contracts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.contracts.rules import judging, penalties, windows
from suppliers.contracts.rules.judging import Terms
from suppliers.contracts.rules.measuring import COMPARED, Comparison, Metric, is_breach, measure, missed
from suppliers.contracts.rules.penalties import Basis, Curve, Shape, Step, penalty
from suppliers.contracts.rules.rows import Asked, Facts, OrderedLine, Scope, rows_of, with_prices
from suppliers.contracts.rules.windows import Span, WindowKind
from suppliers.performance.rules import measures
from suppliers.performance.rules.lines import Outcome, Part, Window, line_of, tally

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
OCTOBER = Span(date(2026, 10, 1), date(2026, 10, 31))
AMOUNTS = st.decimals(0, 1_000_000, places=2)
POINTS = st.decimals(0, 100, places=2)


@st.composite
def curves(draw: st.DrawFn, basis: Basis | None = None) -> Curve:
    found = basis or draw(st.sampled_from(Basis))
    if draw(st.booleans()):
        return Curve(found, Shape.LINEAR, per_point=draw(st.decimals("0.01", 100, places=2)))
    points = sorted(draw(st.sets(POINTS, min_size=1, max_size=6)))
    rates = sorted(draw(st.sets(st.decimals("0.01", 100, places=2), min_size=len(points), max_size=len(points))))
    return Curve(found, Shape.STEPS, tuple(map(Step, points, rates)))


class TestWindows:
    @given(
        kind=st.sampled_from(WindowKind), days=st.integers(7, 366), begin=DAYS, length=st.integers(0, 900),
        ahead=st.integers(0, 900),
    )  # fmt: skip
    def test_they_tile_the_time_without_gap_or_overlap(
        self, kind: WindowKind, days: int, begin: date, length: int, ahead: int
    ) -> None:
        end = begin + timedelta(days=length)
        found = list(windows.windows(kind, days, begin=begin, end=end, until=begin + timedelta(days=ahead)))
        assert found[0].start == begin
        assert all(two.start == one.end + timedelta(days=1) for one, two in pairwise(found))
        assert all(one.start <= one.end <= end for one in found)
        if ahead >= length:
            assert found[-1].end == end

    @given(kind=st.sampled_from(WindowKind), days=st.integers(7, 366), begin=DAYS, ahead=st.integers(0, 900))
    def test_a_day_is_in_exactly_one(self, kind: WindowKind, days: int, begin: date, ahead: int) -> None:
        day = begin + timedelta(days=ahead)
        every = list(windows.windows(kind, days, begin=begin, end=None, until=day))
        assert sum(day in one for one in every) == 1
        assert windows.current(kind, days, begin=begin, end=None, day=day) == every[-1]

    @given(kind=st.sampled_from(WindowKind), days=st.integers(7, 366), begin=DAYS, one=st.integers(0, 900),
           more=st.integers(0, 400), grace=st.integers(0, 60))  # fmt: skip
    def test_what_is_over_stays_the_same_as_time_goes_on(
        self, *, kind: WindowKind, days: int, begin: date, one: int, more: int, grace: int
    ) -> None:
        def over(ahead: int) -> list[Span]:
            day = begin + timedelta(days=ahead)
            return windows.finished(
                windows.windows(kind, days, begin=begin, end=None, until=day), late_days=grace, day=day
            )

        before, after = over(one), over(one + more)
        assert after[: len(before)] == before

    @pytest.mark.parametrize(
        ("kind", "days", "begin", "ends"),
        [
            (WindowKind.MONTH, None, date(2026, 1, 31), ["2026-01-31", "2026-02-28", "2026-03-31"]),
            (WindowKind.MONTH, None, date(2028, 2, 10), ["2028-02-29", "2028-03-31", "2028-04-30"]),
            (WindowKind.QUARTER, None, date(2026, 11, 5), ["2026-12-31", "2027-03-31", "2027-06-30"]),
            (WindowKind.DAYS, 30, date(2026, 2, 10), ["2026-03-11", "2026-04-10", "2026-05-10"]),
        ],
    )
    def test_by_hand(self, kind: WindowKind, days: int | None, begin: date, ends: list[str]) -> None:
        found = windows.windows(kind, days, begin=begin, end=None, until=begin + timedelta(days=400))
        assert [str(next(found).end) for _one in ends] == ends

    def test_a_window_that_is_counted_in_days_needs_their_number(self) -> None:
        with pytest.raises(ValueError, match="None"):
            list(windows.windows(WindowKind.DAYS, None, begin=OCTOBER.start, end=None, until=OCTOBER.end))
        with pytest.raises(ValueError, match="2026"):
            Span(OCTOBER.end, OCTOBER.start)

    def test_it_is_judged_when_the_grace_of_its_last_promise_is_over(self) -> None:
        assert windows.judged_on(OCTOBER, late_days=2) == date(2026, 11, 3)

    def test_notice(self) -> None:
        assert windows.terminate_by(valid_until=date(2027, 3, 31), notice_days=90) == date(2026, 12, 31)
        assert windows.terminate_by(valid_until=None, notice_days=90) is None
        assert windows.earliest_end(day=date(2026, 11, 21), notice_days=30) == date(2026, 12, 21)


class TestPenalties:
    @pytest.mark.parametrize(
        ("shape", "points", "expected"),
        [
            ("steps", "0.09", "0.00"), ("steps", "0.10", "20.00"), ("steps", "4.99", "20.00"),
            ("steps", "5.00", "50.00"), ("steps", "80", "50.00"), ("linear", "4.25", "21.25"), ("linear", "0", "0.00"),
        ],
    )  # fmt: skip
    def test_by_hand_on_1000_due(self, shape: str, points: str, expected: str) -> None:
        steps = (Step(Decimal("0.1"), Decimal(2)), Step(Decimal(5), Decimal(5)))
        curve = Curve(Basis.VALUE, Shape(shape), steps if shape == "steps" else (), per_point=Decimal("0.5"))
        assert penalty(curve, missed=Decimal(points), base=Decimal(1000)).amount == Decimal(expected)

    def test_a_cap_holds_and_says_so(self) -> None:
        curve = Curve(Basis.FIXED, Shape.LINEAR, per_point=Decimal(150))
        found = penalty(curve, missed=Decimal(3), base=Decimal(0), cap=Decimal(400))
        assert (found.full, found.amount, found.is_capped, found.base) == (450, 400, True, None)

    def test_more_than_all_is_never_asked_for(self) -> None:
        curve = Curve(Basis.VALUE, Shape.LINEAR, per_point=Decimal(10))
        assert penalty(curve, missed=Decimal(50), base=Decimal("99.99")).amount == Decimal("99.99")

    def test_half_a_cent_is_rounded_up_and_yen_have_none(self) -> None:
        curve = Curve(Basis.VALUE, Shape.LINEAR, per_point=Decimal(1))
        assert penalty(curve, missed=Decimal(1), base=Decimal("0.50")).amount == Decimal("0.01")
        assert penalty(curve, missed=Decimal(1), base=Decimal(150), exponent=0).amount == 2

    @given(curve=curves(), missed=POINTS, base=AMOUNTS, cap=st.none() | st.decimals("0.01", 10_000, places=2))
    def test_never_negative_never_above_the_cap(
        self, curve: Curve, missed: Decimal, base: Decimal, cap: Decimal | None
    ) -> None:
        found = penalty(curve, missed=missed, base=base, cap=cap)
        assert 0 <= found.amount <= found.full
        assert cap is None or found.amount <= cap
        assert found.amount == found.amount.quantize(Decimal("0.01"))

    @given(curve=curves(), one=POINTS, two=POINTS, base=AMOUNTS)
    def test_missing_more_never_costs_less(self, curve: Curve, one: Decimal, two: Decimal, base: Decimal) -> None:
        less, more = sorted((one, two))
        assert penalty(curve, missed=less, base=base).amount <= penalty(curve, missed=more, base=base).amount

    @given(curve=curves(Basis.VALUE), missed=POINTS, base=AMOUNTS)
    def test_of_a_value_at_most_the_value(self, curve: Curve, missed: Decimal, base: Decimal) -> None:
        assert penalty(curve, missed=missed, base=base).amount <= base

    @given(curve=curves())
    def test_a_curve_is_the_same_when_it_comes_back_from_storage(self, curve: Curve) -> None:
        assert penalties.read(curve.body()) == curve
        assert penalties.problem(curve) == ""

    @pytest.mark.parametrize(
        ("steps", "problem"),
        [
            ((), "none"),
            (tuple(Step(Decimal(n), Decimal(n + 1)) for n in range(13)), "many"),
            ((Step(Decimal(1), Decimal(0)),), "rate"),
            ((Step(Decimal(1), Decimal(101)),), "percent"),
            ((Step(Decimal(2), Decimal(1)), Step(Decimal(1), Decimal(2))), "order"),
            ((Step(Decimal(1), Decimal(3)), Step(Decimal(2), Decimal(2))), "order"),
        ],
    )
    def test_what_is_no_curve_is_named(self, steps: tuple[Step, ...], problem: str) -> None:
        assert penalties.problem(Curve(Basis.VALUE, Shape.STEPS, steps)) == problem


def line(key: int, promised: date, late: int | None) -> OrderedLine:
    part = Part(Outcome.OPEN, None, date(2026, 8, 1), promised, 10)
    if late is not None:
        part = Part(Outcome.DELIVERED, promised + timedelta(days=late), date(2026, 8, 1), promised, 10, 10)
    return OrderedLine(f"PO-{key}", str(key), "MUG", (key,), (part,), Decimal(10), "PLN")


LATENESS = st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(-3, 20)), max_size=30)


class TestMeasuring:
    @given(found=LATENESS, early=st.integers(0, 3), late=st.integers(0, 3))
    def test_rows_say_the_same_as_the_measures_of_deliveries(
        self, found: list[tuple[int, int | None]], early: int, late: int
    ) -> None:
        """The two roads to one figure: counted from kept rows here, from the tally there."""
        dated = [(OCTOBER.start + timedelta(days=on), by) for on, by in found]
        lines = [line(n, on, by) for n, (on, by) in enumerate(dated)]
        as_of = windows.judged_on(OCTOBER, late_days=late)
        scope = Scope(OCTOBER, as_of, early, late)
        rows = rows_of(Metric.OTIF, Facts(lines=lines), scope)
        window = Window(early, late)
        due = [
            line_of(one.parts, window=window, as_of=as_of)
            for one, (on, _by) in zip(lines, dated, strict=True)
            if on in OCTOBER
        ]
        expected = measures.delivery(tally(due, window=window, as_of=as_of))
        share = measure(Metric.OTIF, rows)
        assert share.n == expected.otif.n
        if share.value is not None and expected.otif.value is not None:
            assert float(share.value) == pytest.approx(100 * expected.otif.value, abs=0.006)
        wait = measure(Metric.DAYS_LATE, rows)
        assert wait.n == expected.days_late_p90.n
        if not wait.is_floor and wait.value is not None:
            assert wait.value == expected.days_late_p90.value

    def test_what_came_after_the_day_of_judging_was_not_there_yet(self) -> None:
        scope = Scope(OCTOBER, date(2026, 11, 1))
        (row,) = rows_of(Metric.OTIF, Facts(lines=[line(1, date(2026, 10, 31), 5)]), scope)
        assert (row["in_full"], row["open"], row["whole_on"], row["came"]) == (False, True, None, [])

    def test_an_answer_that_came_later_was_not_there_and_a_fresh_question_says_nothing(self) -> None:
        asked = datetime(2026, 10, 30, 10, tzinfo=UTC)
        facts = Facts(
            asked=[
                Asked(1, "PO-1", asked, asked + timedelta(hours=2)),
                Asked(2, "PO-2", asked, asked + timedelta(days=9)),
                Asked(3, "PO-3", datetime(2026, 9, 30, 10, tzinfo=UTC), None),
            ]
        )
        rows = rows_of(Metric.ACK_HOURS, facts, Scope(OCTOBER, date(2026, 11, 1)))
        assert [(row["order"], row["hours"], row["open"]) for row in rows] == [("PO-1", 2, False), ("PO-2", 62, True)]

    @pytest.mark.parametrize(
        ("value", "target", "behind"), [("94.99", "95", "0.01"), ("95", "95", "0"), ("99", "95", "0")]
    )
    def test_how_far_behind(self, value: str, target: str, behind: str) -> None:
        reading = measure(Metric.OTIF, [])
        assert missed(reading, Comparison.AT_LEAST, Decimal(target)) == 0
        assert not is_breach(reading, Comparison.AT_LEAST, Decimal(target), minimum=1)
        from dataclasses import replace

        found = replace(reading, n=10, value=Decimal(value))
        assert missed(found, Comparison.AT_LEAST, Decimal(target)) == Decimal(behind)
        assert is_breach(found, Comparison.AT_LEAST, Decimal(target), minimum=10) is (Decimal(behind) > 0)
        assert not is_breach(found, Comparison.AT_LEAST, Decimal(target), minimum=11)

    def test_every_metric_has_a_source_and_a_way(self) -> None:
        assert set(COMPARED) == set(Metric)


class TestJudging:
    TERMS = Terms(
        Metric.OTIF, Comparison.AT_LEAST, Decimal(95), 1, 0, 0,
        Curve(Basis.VALUE, Shape.LINEAR, per_point=Decimal(1)), None, "PLN", "§ 7.2",
    )  # fmt: skip

    def test_terms_are_the_same_when_they_come_back_from_storage(self) -> None:
        assert judging.read(self.TERMS.body()) == self.TERMS

    def test_the_same_facts_in_another_order_are_the_same_judgement(self) -> None:
        lines = [line(n, date(2026, 10, 5), n % 3) for n in range(9)]
        scope = Scope(OCTOBER, date(2026, 11, 1))
        digests = set()
        for some in (lines, lines[::-1]):
            rows = rows_of(Metric.OTIF, Facts(lines=some), scope)
            digests.add(judging.digest(self.TERMS, judging.judge(self.TERMS, rows, rows)))
        assert len(digests) == 1

    def test_prices_of_an_earlier_judgement_are_kept_and_new_lines_keep_their_own(self) -> None:
        scope = Scope(OCTOBER, date(2026, 11, 1))
        old = rows_of(Metric.OTIF, Facts(lines=[line(1, date(2026, 10, 5), 0)]), scope)
        new = [{**old[0], "price": "99"}, {**old[0], "line": "2", "price": "99"}]
        assert [row["price"] for row in with_prices(new, old)] == ["10", "99"]
