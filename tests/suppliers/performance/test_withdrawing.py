"""Facts are taken back by facts: the ledger grows, and what it counts is what stood before."""

from datetime import date
from typing import Any

import pytest

from backoffice.kernel.errors import Refusal
from suppliers.performance import chains, services
from suppliers.performance.chains import Verdict
from suppliers.performance.models import DeliveryFact
from suppliers.performance.rules.facts import KEY_LIMIT, DeliveryDraft
from suppliers.performance.rules.kinds import DELIVERIES
from suppliers.performance.rules.lines import Window
from suppliers.performance.rules.revisions import following, stem
from suppliers.performance.selectors import Scope, tallies
from tests.factories import NOW
from tests.suppliers.performance.kit import AS_OF, day, draft, suppliers

pytestmark = pytest.mark.django_db


def record(*drafts: DeliveryDraft) -> None:
    services.record_facts(kind=DELIVERIES, source="test", drafts=drafts, actor=None, now=NOW)


def withdraw(**keys: str) -> int:
    named = {name.replace("_", "-"): of.replace("_", "-") for name, of in keys.items()}
    return services.withdraw_facts(kind=DELIVERIES, source="test", keys=named, actor=None, now=NOW)


def compared(one: DeliveryDraft) -> tuple[Verdict, str]:
    (found,) = chains.compare(DELIVERIES, source="test", drafts=[one])
    return found.verdict, found.draft.key


def lines() -> int:
    counts = tallies(Scope(AS_OF), window=Window())
    return sum(one.lateness.n for one in counts.values())


@pytest.fixture(autouse=True)
def acme() -> None:
    suppliers("ACME")


def test_a_new_fact_is_withdrawn_and_counts_no_more() -> None:
    record(draft("D-1"), draft("D-2"))
    assert lines() == 2
    assert withdraw(D_1="D-1") == 1
    assert lines() == 1
    last = DeliveryFact.objects.get(key="D-1~2")
    assert (last.withdrawn, last.corrects and last.corrects.key) == (True, "D-1")


def test_a_correction_that_is_taken_back_leaves_what_stood_before() -> None:
    record(draft("D-1"))
    changed = chains.compare(DELIVERIES, source="test", drafts=[draft("D-1", 3)])[0]
    record(changed.draft)  # type: ignore[arg-type]
    assert withdraw(**{"D-1~2": "D-1"}) == 1
    last = DeliveryFact.objects.get(key="D-1~3")
    assert (last.withdrawn, last.delivered_on, last.line_ref) == (False, day(0), "D-1")
    assert compared(draft("D-1")) == (Verdict.SAME, "D-1")
    assert lines() == 1


def test_what_was_taken_back_can_be_told_again() -> None:
    record(draft("D-1"))
    withdraw(D_1="D-1")
    assert compared(draft("D-1")) == (Verdict.CHANGED, "D-1~3")
    again = chains.compare(DELIVERIES, source="test", drafts=[draft("D-1")])[0]
    record(again.draft)  # type: ignore[arg-type]
    assert lines() == 1


def test_nothing_is_taken_back_when_one_was_corrected_since() -> None:
    record(draft("D-1"), draft("D-2"), draft("D-3", corrects="D-1"))
    with pytest.raises(Refusal, match="1 of these facts was corrected since") as refused:
        withdraw(D_1="D-1", D_2="D-2")
    assert refused.value.code == "fact.moved_on"
    assert DeliveryFact.objects.count() == 3


def test_what_is_not_there_is_not_taken_back() -> None:
    record(draft("D-1"))
    with pytest.raises(Refusal, match="not there"):
        withdraw(D_1="D-1", D_9="D-9")
    assert DeliveryFact.objects.count() == 1


def test_comparing_takes_three_queries_however_many(django_assert_max_num_queries: Any) -> None:
    drafts = [draft(f"D-{n}", 0) for n in range(300)]
    record(*drafts)
    with django_assert_max_num_queries(3):
        found = chains.compare(DELIVERIES, source="test", drafts=drafts)
    assert {one.verdict for one in found} == {Verdict.SAME}


def test_numbers_written_differently_say_the_same() -> None:
    record(draft("D-1", delivered_on=date(2026, 6, 10)))
    assert compared(draft("D-1", weight_kg=None)) == (Verdict.SAME, "D-1")


@pytest.mark.parametrize("length", [1, 111, 112, 113, KEY_LIMIT])
def test_names_of_what_follows_fit_and_differ(length: int) -> None:
    key = "K" * length
    second = following(key, key)
    third = following(key, second)
    assert (second, third) == (f"{stem(key)}2", f"{stem(key)}3")
    assert len(following(key, f"{stem(key)}999999")) <= KEY_LIMIT
    assert stem("K" * KEY_LIMIT) != stem("K" * (KEY_LIMIT - 1))
