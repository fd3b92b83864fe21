"""A policy is read whole or refused with its place."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.assessment.rules.policy import read
from suppliers.assessment.rules.standing import band_of
from tests.suppliers.assessment.kit import BODY, body, policy

OTIF = BODY["dimensions"]["delivery"]["metrics"]["otif"]


def bands(*edges: float) -> list[dict[str, Any]]:
    return [
        {"key": f"b{place}", "label": "B", "from": low, "to": high, "consequence": "none"}
        for place, (low, high) in enumerate(pairwise(edges))
    ]


def test_the_policy_of_these_tests_is_sound() -> None:
    found, problems = read(BODY)
    assert problems == []
    assert found is not None
    assert found.windows() == (None,)
    assert policy(quality__metrics__lots_rejected__window_days=365).windows() == (365, None)


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"quality__weight": 0, "delivery__weight": 0}, "policy.weights", "dimensions"),
        ({"quality__weight": -1}, "policy.weights", "dimensions"),
        ({"quality__measured": 0, "quality__assessed": 0}, "policy.weights", "quality"),
        ({"delivery__metrics": {}}, "policy.weights", "delivery.metrics"),
        ({"quality__metrics__lots_rejected__weight": 0}, "policy.weights", "quality.metrics"),
        ({"methods": {"questionnaire": 0}}, "policy.weights", "methods"),
        ({"quality__metrics__lots_rejected__target": 10}, "policy.scale", "quality.lots_rejected"),
        ({"quality__metrics__lots_rejected__minimum": 0}, "policy.sample", "quality.lots_rejected"),
        ({"quality__metrics": {"otif": OTIF}}, "policy.metric", "quality.otif"),
        ({"bands": []}, "policy.bands", "bands"),
        ({"bands": bands(0, 40, 99)}, "policy.bands", "bands"),
        ({"bands": bands(1, 40, 100)}, "policy.bands", "bands"),
        ({"bands": [*bands(0, 40), *bands(50, 100)]}, "policy.bands", "bands"),
        ({"bands": [*bands(0, 60), *bands(50, 100)]}, "policy.bands", "bands"),
        ({"bands": bands(0, 0, 100)}, "policy.bands", "bands"),
        ({"bands": [*bands(0, 50), *[one | {"key": "b0"} for one in bands(50, 100)]]}, "policy.band_keys", "bands"),
        ({"bands": [one | {"key": "stopped"} for one in bands(0, 100)]}, "policy.band_keys", "bands"),
        ({"bands": [one | {"key": "not_enough_data"} for one in bands(0, 100)]}, "policy.band_keys", "bands"),
        ({"bands": [one | {"key": ""} for one in bands(0, 100)]}, "policy.band_keys", "bands"),
        ({"bands": [one | {"key": "k" * 41} for one in bands(0, 100)]}, "policy.band_keys", "bands"),
        ({"coverage": 101}, "policy.coverage", "coverage"),
        ({"decay_days": -1}, "policy.negative", "decay_days"),
        ({"period_days": 0}, "policy.period", "period_days"),
        ({"decay_days": 3_651}, "policy.days", "decay_days"),
        ({"rise_periods": 10**12}, "policy.days", "rise_periods"),
        ({"quality__metrics__lots_rejected__window_days": 3_651}, "policy.days", "quality.lots_rejected"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_named(changes: dict[str, Any], code: str, where: str) -> None:
    found, problems = read(body(**changes))
    assert found is None
    assert (code, where) in [(problem.code, problem.where) for problem in problems]


@pytest.mark.parametrize("name", sorted(BODY))
def test_what_is_missing_is_named(name: str) -> None:
    found, problems = read({key: value for key, value in BODY.items() if key != name})
    assert found is None
    assert [(problem.code, problem.where) for problem in problems] == [("policy.missing", name)]


@pytest.mark.parametrize(
    "changes",
    [
        {"dimensions": {"weather": {}}},
        {"falls": ["storm"]},
        {"coverage": "much"},
        {"bands": [1]},
        {"methods": []},
        {"quality__weight": float("nan")},
        {"margin": float("inf")},
        {"decay_days": float("inf")},
        {"quality__metrics__lots_rejected__target": float("nan")},
        {"quality__metrics__lots_rejected__limit": float("-inf")},
        {"quality__metrics__lots_rejected__weight": float("inf")},
        {"no_data": {"consequence": "warn", "may_override": "admin"}},
        {"stopped": {"consequence": "block", "may_override": ["boss"]}},
    ],
)
def test_what_is_no_value_is_refused(changes: dict[str, Any]) -> None:
    found, problems = read(body(**changes))
    assert found is None
    assert [problem.code for problem in problems] in (["policy.value"], ["policy.missing"])


class TestBands:
    @pytest.mark.parametrize(
        ("total", "band"), [(0, "poor"), (39.9, "poor"), (40, "fair"), (69.9, "fair"), (70, "good"), (100, "good")]
    )
    def test_each_end_belongs_to_one_band(self, total: float, band: str) -> None:
        assert band_of(policy(), total).key == band

    @given(st.integers(0, 1000))
    def test_every_total_has_a_band(self, tenths: int) -> None:
        total = tenths / 10
        found = band_of(policy(), total)
        assert found.low <= total <= found.high
