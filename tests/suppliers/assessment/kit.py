"""Policies, measures and assessments in few words."""

from copy import deepcopy
from datetime import date
from typing import Any

from hypothesis import strategies as st

from suppliers.assessment.rules.estimating import Measured
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.policy import Method, Policy, read
from suppliers.assessment.rules.scoring import Assessed, Inputs

DAY = date(2026, 11, 25)
# Quality and delivery, half and half; in each the measured part weighs 3 and the assessed part 1. Facts count however
# old they are, so that pages, which judge by the real day, show the same in years to come.
BODY: dict[str, Any] = {
    "dimensions": {
        "quality": {
            "weight": 50,
            "measured": 3,
            "assessed": 1,
            "metrics": {
                "lots_rejected": {"weight": 1, "target": 0, "limit": 10, "minimum": 1},
            },
        },
        "delivery": {
            "weight": 50,
            "measured": 3,
            "assessed": 1,
            "metrics": {
                "otif": {"weight": 2, "target": 100, "limit": 50, "minimum": 1},
                "days_late_p90": {"weight": 1, "target": 0, "limit": 10, "minimum": 1},
            },
        },
    },
    "methods": {"questionnaire": 1, "site_visit": 3, "documents": 1, "third_party": 1, "trial_order": 1},
    "bands": [
        {"key": "poor", "label": "Poor", "from": 0, "to": 40, "consequence": "block", "may_override": ["admin"]},
        {"key": "fair", "label": "Fair", "from": 40, "to": 70, "consequence": "warn", "may_override": []},
        {"key": "good", "label": "Good", "from": 70, "to": 100, "consequence": "none", "may_override": []},
    ],
    "no_data": {"consequence": "approval", "may_override": ["admin", "shop_manager"]},
    "stopped": {"consequence": "block", "may_override": ["admin"]},
    "coverage": 50,
    "decay_days": 100,
    "margin": 10,
    "rise_periods": 2,
    "period_days": 30,
    "early_days": 5,
    "late_days": 0,
    "falls": ["insolvency", "safety"],
}


def body(**changes: Any) -> dict[str, Any]:
    """The data of a policy; a name like delivery__metrics__otif__weight goes down into it."""
    data = deepcopy(BODY)
    for name, value in changes.items():
        *path, last = name.split("__")
        place = data["dimensions"] if path and path[0] in data["dimensions"] else data
        for step in path:
            place = place[step]
        place[last] = value
    return data


def policy(**changes: Any) -> Policy:
    found, problems = read(body(**changes))
    assert found is not None, problems
    return found


def sure(value: float, n: int = 100) -> Measured:
    """A figure that nobody doubts."""
    return Measured(n, value, value, value)


def measured(otif: float = 90, late: float = 2, rejected: float = 1) -> dict[str, Measured]:
    """In points: OTIF 80, days late 80, rejected lots 90 as given; quality 90, delivery 80, total 85."""
    return {"otif": sure(otif), "days_late_p90": sure(late), "lots_rejected": sure(rejected)}


def assessed(points: float = 60, **fields: Any) -> Assessed:
    given: dict[str, Any] = {
        "ref": "1",
        "method": Method.SITE_VISIT,
        "made_on": date(2026, 6, 1),
        "valid_until": date(2026, 12, 31),
        "scores": {Dimension.QUALITY: points},
    }
    return Assessed(**given | fields)


_FIGURE = st.builds(
    lambda n, parts: Measured(n, parts[1], parts[0], parts[2]),
    st.integers(0, 50),
    st.lists(st.floats(-20, 140), min_size=3, max_size=3).map(sorted),
)
FIGURES = st.dictionaries(st.sampled_from(["otif", "days_late_p90", "lots_rejected"]), _FIGURE)
ASSESSED = st.builds(
    assessed,
    points=st.floats(0, 100),
    ref=st.sampled_from("123456"),
    method=st.sampled_from(Method),
    made_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    valid_until=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
INPUTS = st.builds(Inputs, measured=FIGURES, assessed=st.lists(ASSESSED, max_size=4, unique_by=lambda one: one.ref))
