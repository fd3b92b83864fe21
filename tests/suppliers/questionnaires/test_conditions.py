"""Conditions: what they mean, and what is refused instead of guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.questionnaires.rules.conditions import ALWAYS, DEEPEST, LONGEST, Condition, Unreadable, both, parse


def holds(text: str, *true: str) -> bool:
    return parse(text).holds(set(true).__contains__)


@pytest.mark.parametrize(
    ("text", "true", "wanted"),
    [
        ("", "", True),
        ("a", "a", True),
        ("a", "b", False),
        ("!a", "", True),
        ("a && b", "a", False),
        ("a || b", "b", True),
        ("a || b && c", "a", True),  # and binds closer than or
        ("(a || b) && c", "a", False),
        ("!a || b", "a", False),
        ("!(a || b)", "", True),
        ("!!a", "a", True),
        ("a and not b or c", "a", True),
        ("a AND NOT b", "a b", False),
        ("^tip && a", "^tip a", True),
    ],
)
def test_it_means_what_it_says(text: str, true: str, wanted: bool) -> None:
    assert holds(text, *true.split()) is wanted


@pytest.mark.parametrize(
    "text",
    [
        "a &&", "&& a", "a b", "(a", "a)", "()", "a | b", "a & b", "a == 1", "a; b", "__import__('os')", "a || || b",
        "ą", "!", "a" * (LONGEST + 1), "(" * (DEEPEST + 2) + "a" + ")" * (DEEPEST + 2), "!" * (DEEPEST + 2) + "a",
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)


def test_it_knows_what_it_asks_for() -> None:
    assert parse("a && !(b || c)").names() == {"a", "b", "c"}
    assert parse("").names() == frozenset()


def test_two_conditions_hold_together() -> None:
    assert both(ALWAYS, parse("a")) == parse("a")
    assert not both(parse("a"), parse("b")).holds({"a"}.__contains__)


NODES = st.recursive(
    st.sampled_from("abc").map(lambda name: Condition("id", name=name)),
    lambda inner: st.one_of(
        inner.map(lambda one: Condition("not", parts=(one,))),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)).map(
            lambda pair: Condition(pair[0], parts=tuple(pair[1]))
        ),
    ),
    max_leaves=6,
)


def written(node: Condition) -> str:
    if node.kind == "id":
        return node.name
    if node.kind == "not":
        return f"!({written(node.parts[0])})"
    return {"and": " && ", "or": " || "}[node.kind].join(f"({written(part)})" for part in node.parts)


@given(NODES, st.sets(st.sampled_from("abc")))
def test_what_is_written_down_is_read_with_the_same_meaning(node: Condition, true: set[str]) -> None:
    assert parse(written(node)).holds(true.__contains__) == node.holds(true.__contains__)
