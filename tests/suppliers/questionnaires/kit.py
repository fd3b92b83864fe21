"""A small questionnaire in few words, and answers to it."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from suppliers.questionnaires.rules.body import Body
from suppliers.questionnaires.rules.reading import read

# The second section shows for those who have a system; in it a paper is wanted from those who are certified.
BODY: dict[str, Any] = {
    "title": {"en": "About quality", "pl": "O jakości", "zh-Hans": "关于质量", "zh-Hant": "關於品質"},
    "intro": "Ten minutes.",
    "sections": [
        {
            "id": "start",
            "title": {"en": "Your company", "pl": "Państwa firma"},
            "items": [
                {"id": "people", "kind": "number", "text": "How many people work for you?", "min": 1, "max": 100000},
                {"id": "system", "kind": "yesno", "text": {"en": "Is there a system?", "pl": "Czy jest system?"},
                 "dimension": "quality", "weight": 2,
                 "no": {"severity": "critical", "warning": "Without one we cannot buy what touches food."}},
            ],
        },
        {
            "id": "details",
            "title": "Your system",
            "cond": "system_yes",
            "items": [
                {"id": "checks", "kind": "several", "text": "What do you check?", "dimension": "quality", "na": True,
                 "choices": [{"id": "checks_in", "text": "What comes in"}, {"id": "checks_out", "text": "What leaves"},
                             {"id": "checks_none", "text": "Nothing", "severity": "high"}]},
                {"id": "certified", "kind": "choice", "text": "Is it certified?", "dimension": "compliance",
                 "choices": [{"id": "certified_yes", "text": "Yes"},
                             {"id": "certified_soon", "text": "Soon", "severity": "low"},
                             {"id": "certified_no", "text": "No", "severity": "medium"}]},
                {"id": "since", "kind": "date", "text": "Since when?", "cond": "certified_yes", "optional": True},
                {"id": "paper", "kind": "upload", "text": "The certificate", "cond": "certified_yes", "optional": True},
                {"id": "blind", "kind": "warning", "text": "Goods leave unchecked", "cond": "!checks_out && system_yes",
                 "severity": "medium", "dimension": "quality", "hint": "Check what leaves."},
            ],
        },
        {
            "id": "end",
            "title": "Anything else",
            "items": [{"id": "remarks", "kind": "long", "text": "Is there more to say?", "optional": True}],
        },
    ],
}  # fmt: skip
ALL_WELL: dict[str, Any] = {
    "people": "40",
    "system": "system_yes",
    "checks": ["checks_in", "checks_out"],
    "certified": "certified_yes",
}


def data(**changes: Any) -> dict[str, Any]:
    """The data with changes to items, named by their id."""
    found = deepcopy(BODY)
    for section in found["sections"]:
        for item in section["items"]:
            item.update(changes.get(item["id"], {}))
    return found


def body(**changes: Any) -> Body:
    found, problems = read(data(**changes))
    assert found is not None, problems
    return found


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "people": st.integers(1, 100_000).map(str),
        "system": st.sampled_from(["system_yes", "system_no"]),
        "checks": st.one_of(
            st.just("na"), st.lists(st.sampled_from(["checks_in", "checks_out", "checks_none"]), unique=True)
        ),
        "certified": st.sampled_from(["certified_yes", "certified_soon", "certified_no"]),
        "since": st.dates().map(str),
        "remarks": st.text(max_size=20),
    },
)
