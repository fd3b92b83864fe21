"""When something is asked: `and`, `or`, `not` and brackets over the ids of answers. Read by hand, never evaluated.

    condition := and ( "||" and )*        and := not ( "&&" not )*        not := "!" not | "(" condition ")" | id

`and`, `or` and `not` may be written as words. An id is true when that answer was chosen, or that question answered;
^id is true when that item is shown.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LONGEST = 2_000
DEEPEST = 20
_TOKEN = re.compile(r"\s*(\|\||&&|!|\(|\)|\^?[A-Za-z0-9_.-]+)")
_WORDS = {"and": "&&", "or": "||", "not": "!"}


class Unreadable(ValueError):
    """A condition that cannot be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One node. kind: "id" (then name), "not", "and" or "or" (then parts)."""

    kind: str
    name: str = ""
    parts: tuple["Condition", ...] = ()

    def holds(self, is_true: Callable[[str], bool]) -> bool:
        """Whether it holds, when is_true says which ids are true."""
        if self.kind == "id":
            return is_true(self.name)
        if self.kind == "not":
            return not self.parts[0].holds(is_true)
        judge = all if self.kind == "and" else any
        return judge(part.holds(is_true) for part in self.parts)

    def names(self) -> frozenset[str]:
        """The ids it asks for."""
        if self.kind == "id":
            return frozenset({self.name})
        return frozenset().union(*(part.names() for part in self.parts))


ALWAYS = Condition("and")


def parse(text: str) -> Condition:
    """Read one condition; "" always holds. Raises Unreadable."""
    if not text.strip():
        return ALWAYS
    if len(text) > LONGEST:
        raise Unreadable(f"longer than {LONGEST} characters")
    tokens = _Tokens(list(_split(text)))
    found = _either(tokens, 0)
    if not tokens.at_end():
        raise Unreadable(f"unexpected “{tokens.peek()}”")
    return found


def both(first: Condition, second: Condition) -> Condition:
    """A condition that holds when both do."""
    kept = tuple(one for one in (first, second) if one != ALWAYS)
    return kept[0] if len(kept) == 1 else Condition("and", parts=kept)


class _Tokens:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._next = 0

    def peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._next += 1
        return token

    def at_end(self) -> bool:
        return self._next >= len(self._tokens)


def _split(text: str) -> Iterator[str]:
    place = 0
    text = text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise Unreadable(f"unexpected “{text[place:].strip()[:1]}”")
        place = found.end()
        yield _WORDS.get(found[1].lower(), found[1])


def _either(tokens: _Tokens, depth: int) -> Condition:
    return _chain(tokens, depth, "||", "or", _all)


def _all(tokens: _Tokens, depth: int) -> Condition:
    return _chain(tokens, depth, "&&", "and", _one)


def _chain(tokens: _Tokens, depth: int, sign: str, kind: str, below: Callable[[_Tokens, int], Condition]) -> Condition:
    parts = [below(tokens, depth)]
    while tokens.peek() == sign:
        tokens.take()
        parts.append(below(tokens, depth))
    return parts[0] if len(parts) == 1 else Condition(kind, parts=tuple(parts))


def _one(tokens: _Tokens, depth: int) -> Condition:
    if depth > DEEPEST:
        raise Unreadable(f"nested deeper than {DEEPEST} levels")
    taken = tokens.take()
    if taken == "!":
        return Condition("not", parts=(_one(tokens, depth + 1),))
    if taken == "(":
        inner = _either(tokens, depth + 1)
        if tokens.take() != ")":
            raise Unreadable("a bracket is not closed")
        return inner
    if taken in ("", ")", "||", "&&"):
        raise Unreadable("something is missing at the end" if not taken else f"unexpected “{taken}”")
    return Condition("id", name=taken)
