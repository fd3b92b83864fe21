"""What the database counts in one statement is what the rules say row by row."""

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from suppliers.performance import selectors, services
from suppliers.performance.models import DeliveryFact
from suppliers.performance.rules import measures
from suppliers.performance.rules.facts import DeliveryDraft, QualityDraft, QualityKind
from suppliers.performance.rules.lines import Line, Tally, Window, tally
from suppliers.performance.rules.measures import Lot
from suppliers.performance.selectors import Scope
from tests.factories import NOW
from tests.suppliers.performance.kit import AS_OF, ON_THE_DAY, day, draft, lines_by_supplier, random_drafts, suppliers

pytestmark = pytest.mark.django_db
ALL = Scope(as_of=AS_OF)


def record(*drafts: DeliveryDraft, source: str = "erp") -> None:
    services.record_deliveries(source=source, drafts=drafts, actor=None, now=NOW)


def of_acme(scope: Scope = ALL, window: Window = ON_THE_DAY) -> measures.DeliveryMeasures:
    return selectors.delivery(scope, window=window)[suppliers("ACME")["ACME"]]


def _plain(counts: Tally) -> dict[str, Any]:
    """Without the zeros that a Counter may or may not hold."""
    told = {field.name: getattr(counts, field.name) for field in fields(counts)}
    return {name: value if isinstance(value, int) else +value for name, value in told.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drafts=random_drafts(),
    window=st.builds(Window, st.integers(0, 4), st.integers(0, 4)),
    as_of=st.integers(-30, 150).map(day),
)
@example(drafts=[], window=Window(), as_of=AS_OF)
def test_all_suppliers_at_once_are_what_the_rules_say(
    drafts: list[DeliveryDraft], window: Window, as_of: date, request: pytest.FixtureRequest
) -> None:
    ids = suppliers("ACME", "BOLT", "CORE")
    source = f"run-{NUMBERS.pop()}"
    before = selectors.tallies(Scope(as_of=as_of), window=window)
    assert before == {}

    record(*drafts, source=source)

    lines = lines_by_supplier(drafts, window=window, as_of=as_of)
    expected = {ids[code]: tally(found, window=window, as_of=as_of) for code, found in lines.items()}
    got = selectors.tallies(Scope(as_of=as_of), window=window)
    assert {key: _plain(counts) for key, counts in got.items()} == {
        key: _plain(counts) for key, counts in expected.items() if counts != Tally()
    }
    assert selectors.delivery(Scope(as_of=as_of), window=window) == {
        key: measures.delivery(counts) for key, counts in expected.items() if counts != Tally()
    }
    withdraw(drafts, source)


NUMBERS = list(range(10_000))


def withdraw(drafts: list[DeliveryDraft], source: str) -> None:
    """Facts cannot be deleted between two examples; they can be withdrawn."""
    gone = [
        DeliveryDraft(key=f"{one.key}-gone", supplier_code=one.supplier_code, corrects=one.key, withdrawn=True)
        for one in drafts
    ]
    record(*gone, source=source)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drafts=random_drafts(),
    others=random_drafts(),
    since=st.none() | st.integers(-40, 60).map(day),
    as_of=st.integers(-30, 150).map(day),
)
def test_corrected_facts_and_a_window_come_to_what_the_rules_say(
    drafts: list[DeliveryDraft], others: list[DeliveryDraft], since: date | None, as_of: date
) -> None:
    """Some facts are corrected to something else entirely, another supplier and line among it."""
    ids = suppliers("ACME", "BOLT", "CORE")
    source = f"run-{NUMBERS.pop()}"
    newer = [
        replace(other, key=f"{told.key}-again", corrects=told.key) for told, other in zip(drafts, others, strict=False)
    ]
    standing = [*newer, *drafts[len(newer) :]]
    record(*drafts, source=source)
    record(*newer, source=source)

    lines = lines_by_supplier(standing, window=ON_THE_DAY, as_of=as_of)
    expected = {
        ids[code]: tally([one for one in found if _is_since(one, since)], window=ON_THE_DAY, as_of=as_of)
        for code, found in lines.items()
    }
    got = selectors.tallies(Scope(as_of=as_of, since=since), window=ON_THE_DAY)
    assert {key: _plain(counts) for key, counts in got.items()} == {
        key: _plain(counts) for key, counts in expected.items() if counts != Tally()
    }
    withdraw(standing, source)


def _is_since(line: Line, since: date | None) -> bool:
    """By the first promise, else the order; a line of neither is in no window."""
    of = line.promised_on or line.ordered_on
    return since is None or (of is not None and of >= since)


def test_of_a_chain_the_latest_counts() -> None:
    suppliers("ACME")
    record(draft("D-1", 9), draft("D-2", 5, corrects="D-1"), draft("D-3", 0, corrects="D-2"))
    assert (of_acme().otif.n, of_acme().otif.hits, of_acme().late.hits) == (1, 1, 0)


def test_a_line_is_late_from_the_day_after_its_promise() -> None:
    suppliers("ACME")
    record(draft("D-1", None, promised_on=AS_OF), draft("D-2", None, promised_on=AS_OF - timedelta(days=1)))
    assert (of_acme().late.n, of_acme().late.hits, of_acme().otif.n) == (1, 1, 1)


def test_an_open_line_that_came_in_the_end_is_one_line() -> None:
    suppliers("ACME")
    record(draft("D-1", None))
    assert (of_acme().late.n, of_acme().late.hits, of_acme().lead_p50.open) == (1, 1, 1)
    record(draft("D-1/came", 2, corrects="D-1", line_ref="D-1"))
    assert (of_acme().late.n, of_acme().days_late_p50.value, of_acme().lead_p50.open) == (1, 2, 0)


def test_what_is_withdrawn_does_not_count() -> None:
    suppliers("ACME")
    record(draft("D-1", 9), draft("D-2", withdrawn=True, corrects="D-1"), draft("D-3"))
    assert (of_acme().late.n, of_acme().late.hits) == (1, 0)


def test_a_correction_moves_the_line_to_another_supplier() -> None:
    ids = suppliers("ACME", "BOLT")
    record(draft("D-1"), draft("D-2", supplier_code="BOLT", corrects="D-1"))
    assert set(selectors.delivery(ALL, window=ON_THE_DAY)) == {ids["BOLT"]}


def test_lines_of_two_sources_stay_apart() -> None:
    suppliers("ACME")
    for source in ("erp", "warehouse"):
        record(draft("D-1", order_ref="PO-1", line_ref="1", quantity_delivered=5), source=source)
    assert (of_acme().otif.n, of_acme().otif.hits) == (2, 0)


def test_since_and_suppliers_narrow_the_scope() -> None:
    ids = suppliers("ACME", "BOLT")
    old = day(-400)
    record(draft("D-1"), draft("D-2", promised_on=old), draft("D-3", supplier_code="BOLT"))
    assert of_acme(Scope(as_of=AS_OF, since=old + timedelta(days=1))).late.n == 1
    assert of_acme(Scope(as_of=AS_OF, since=old)).late.n == 2
    found = selectors.delivery(Scope(as_of=AS_OF, supplier_ids=[ids["BOLT"]]), window=ON_THE_DAY)
    assert list(found) == [ids["BOLT"]]
    record(draft("D-4", promised_on=None, ordered_on=old), draft("D-5", promised_on=None, ordered_on=AS_OF))
    assert of_acme(Scope(as_of=AS_OF, since=old)).lead_p50.n == 4
    assert of_acme(Scope(as_of=AS_OF, since=old + timedelta(days=1))).lead_p50.n == 2
    assert selectors.delivery(Scope(as_of=AS_OF, supplier_ids=[]), window=ON_THE_DAY) == {}


@pytest.mark.parametrize("lines", [10, 1_000])
def test_one_query_whatever_the_number_of_facts(lines: int, django_assert_num_queries) -> None:
    codes = [f"S-{n}" for n in range(10)]
    suppliers(*codes)
    record(*[draft(f"D-{n}", n % 7 - 3, supplier_code=codes[n % 10]) for n in range(lines)])
    with django_assert_num_queries(1):
        found = selectors.delivery(ALL, window=ON_THE_DAY)
    assert sum(one.late.n for one in found.values()) == lines == DeliveryFact.objects.count()


LOTS = st.lists(
    st.builds(
        lambda rejected, checked, share: Lot(rejected, checked, None if checked is None else checked * share // 4),
        st.none() | st.booleans(),
        st.none() | st.integers(0, 500),
        st.integers(0, 4),
    ),
    max_size=30,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lots=LOTS)
def test_lots_are_counted_as_the_rules_count_them(lots: list[Lot]) -> None:
    ids = suppliers("ACME")
    source = f"run-{NUMBERS.pop()}"
    drafts = [
        QualityDraft(
            key=str(number),
            supplier_code="ACME",
            kind=QualityKind.LOT,
            observed_on=AS_OF,
            units_checked=lot.checked,
            units_defective=lot.defective,
            rejected=lot.rejected,
        )
        for number, lot in enumerate(lots)
    ]
    services.record_quality(source=source, drafts=drafts, actor=None, now=NOW)
    expected = measures.quality(measures.count_lots(lots))
    assert selectors.quality(ALL) == ({ids["ACME"]: expected} if lots else {})
    gone = [
        QualityDraft(
            key=f"{one.key}-gone",
            supplier_code="ACME",
            kind=one.kind,
            observed_on=AS_OF,
            corrects=one.key,
            withdrawn=True,
        )
        for one in drafts
    ]
    services.record_quality(source=source, drafts=gone, actor=None, now=NOW)


def test_recalls_and_later_lots_are_not_lots_of_today() -> None:
    suppliers("ACME")
    given: dict[str, Any] = {"supplier_code": "ACME", "units_checked": 5, "units_defective": 5}
    drafts = [
        QualityDraft(key="1", kind=QualityKind.RECALL, observed_on=AS_OF, **given),
        QualityDraft(key="2", kind=QualityKind.LOT, observed_on=AS_OF + timedelta(days=1), **given),
    ]
    services.record_quality(source="erp", drafts=drafts, actor=None, now=NOW)
    assert selectors.quality(ALL) == {}
