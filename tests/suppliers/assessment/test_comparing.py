"""What differs between two versions of a policy, as values and in words."""

from copy import deepcopy

from suppliers.assessment import policy_words
from suppliers.assessment.rules.comparing import differences
from suppliers.assessment.rules.policy import Policy, read
from tests.suppliers.assessment.kit import BODY, policy


def told(after: Policy) -> list[tuple[str, str, str]]:
    before = policy()
    found = [policy_words.told(one, before=before, after=after) for one in differences(before, after)]
    return [(one.label, one.was, one.now) for one in found]


def test_the_same_differs_in_nothing() -> None:
    assert differences(policy(), policy()) == []


def test_values_are_told_with_their_units() -> None:
    after = policy(delivery__metrics__otif__target=98, delivery__metrics__otif__window_days=90, coverage=60)
    assert told(after) == [
        ("Weight that must have data, in per cent", "50", "60"),
        ("On time, in full: 100 points at", "100.0%", "98.0%"),
        ("On time, in full: days that count", "all", "90 days"),
    ]


def test_a_metric_that_goes_is_one_line() -> None:
    data = deepcopy(BODY)
    del data["dimensions"]["delivery"]["metrics"]["days_late_p90"]
    after, _problems = read(data)
    assert after is not None
    assert told(after) == [("Days late, nine of ten", "in the policy", "not in the policy")]


def test_bands_are_told_by_name_whichever_version_knows_it() -> None:
    data = deepcopy(BODY)
    data["bands"][2] |= {"to": 90}
    data["bands"].append(
        {"key": "best", "label": "Best", "from": 90, "to": 100, "consequence": "none", "may_override": []}
    )
    after, _problems = read(data)
    assert after is not None
    assert told(after) == [
        ("Band “Good”: to", "100", "90"),
        ("Band “Best”", "not in the policy", "in the policy"),
    ]


def test_who_may_decide_and_what_stops_are_told_in_words() -> None:
    after = policy(no_data__may_override=["admin"], stopped__consequence="approval", falls=["safety"])
    assert told(after) == [
        ("Also sends the standing to the bottom", "Insolvency, Dangerous goods reached customers",
         "Dangerous goods reached customers"),
        ("Not enough data: who may decide otherwise", "Admin, Shop manager", "Admin"),
        ("Stopped: for purchase orders", "Orders are blocked", "Orders need approval"),
    ]  # fmt: skip
