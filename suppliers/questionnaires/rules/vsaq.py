"""Reading questionnaires in the VSAQ form: JSON with // comments and strings joined by +, into our own form.

VSAQ nests blocks, names answers by the ids of choices, and hangs its tips with a severity on conditions. A block below
the first becomes a section; a deeper one becomes a heading whose condition its items take over. A tip that hangs on one
single choice becomes the severity of that choice; any other stays a warning. HTML becomes plain text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

LARGEST = 2_000_000
DEEPEST = 12
_KINDS: Final = {"line": "text", "box": "long", "radiogroup": "choice", "checkgroup": "several", "info": "info"}
_UPLOAD = "upload"
_ONE_ID = re.compile(r"\s*([A-Za-z][A-Za-z0-9_.-]*)\s*")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|[^"/]+|/', re.DOTALL)
_SHOWN = re.compile(r"\^([A-Za-z][A-Za-z0-9_.-]*)")
_SPACE = re.compile(r"[ \t\r\f\v]+")


class Unreadable(ValueError):
    """A file that is not in the VSAQ form; the text says why."""


@dataclass
class Counts:
    """What the file holds, by the names that it uses itself."""

    blocks: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    severities: dict[str, int] = field(default_factory=dict)
    conditions: int = 0

    def note(self, one: Mapping[str, Any]) -> None:
        """Count one block or item."""
        kind = str(one.get("type"))
        if kind == "block":
            self.blocks += 1
        else:
            self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if "severity" in one:
            severity = str(one["severity"])
            self.severities[severity] = self.severities.get(severity, 0) + 1
        self.conditions += "cond" in one


def load(text: str) -> Any:
    """The data of a text in JSON with comments and joined strings. Raises Unreadable."""
    if len(text) > LARGEST:
        raise Unreadable(f"longer than {LARGEST} characters")
    try:
        return json.loads("".join(_strict(text)))
    except (json.JSONDecodeError, RecursionError) as wrong:
        raise Unreadable(str(wrong)) from wrong


def _strict(text: str) -> Iterator[str]:
    """The same text as strict JSON: comments gone, strings joined. Inside a string nothing is a comment or a plus."""
    last = ""
    plus = False
    for piece in _PIECE.findall(text.removeprefix("\ufeff")):
        if piece.startswith(("//", "/*")):
            continue
        if not piece.startswith('"'):
            if last and piece.strip() == "+":
                plus = True
            elif piece.strip():
                yield last + piece
                last, plus = "", False
            continue
        if last and not plus:
            yield last
            last = ""
        last = last[:-1] + piece[1:] if last else piece
        plus = False
    yield last


def convert(data: Any, *, dimension: str) -> tuple[dict[str, Any], Counts]:
    """Our own form of a VSAQ questionnaire, with what the file held. dimension: where its answers earn points.

    Raises Unreadable.
    """
    roots = data.get("questionnaire") if isinstance(data, Mapping) else None
    if not isinstance(roots, list) or not roots:
        raise Unreadable("there is no list named “questionnaire”")
    reader = _Reader(dimension)
    for root in roots:
        reader.root(root)
    reader.settle()
    title = plain(str(roots[0].get("text", "")))
    return {"title": title, "sections": [one for one in reader.sections if one["items"]]}, reader.counts


class _Reader:
    def __init__(self, dimension: str) -> None:
        self.dimension = dimension
        self.counts = Counts()
        self.sections: list[dict[str, Any]] = []
        self._choices: dict[str, dict[str, Any]] = {}
        self._tips: list[tuple[list[dict[str, Any]], dict[str, Any]]] = []
        self._number = 0

    def root(self, block: Any) -> None:
        """The outermost block: its blocks are the sections, what stands between them has a section without a name."""
        self._check(block)
        self.counts.note(block)
        loose: dict[str, Any] | None = None
        for one in block.get("items", []):
            self._check(one)
            if one["type"] == "block":
                loose = None
                self.sections.append(self._section(one))
                continue
            if loose is None:
                loose = {"id": self._name("section"), "title": "", "items": []}
                self.sections.append(loose)
            self._add(loose["items"], one, "", 0)

    def settle(self) -> None:
        """A tip that hangs on one choice is what that choice means, unless another one asks whether it shows."""
        asked = {name for _place, tip in self._tips for name in _SHOWN.findall(tip["cond"])}
        for place, tip in self._tips:
            only = _ONE_ID.fullmatch(tip.get("cond", ""))
            choice = self._choices.get(only[1]) if only else None
            if choice is not None and tip["id"] not in asked and "severity" not in choice:
                choice |= {"severity": tip["severity"], "warning": tip["hint"] or tip["text"]}
                place.remove(tip)

    def _section(self, block: Mapping[str, Any]) -> dict[str, Any]:
        self.counts.note(block)
        items: list[dict[str, Any]] = []
        name = block.get("id") or self._name("section")
        for one in block.get("items", []):
            self._add(items, one, "", 1)
        title, cond = plain(str(block.get("text", ""))), str(block.get("cond", ""))
        return {"id": name, "title": title, "cond": cond, "items": items}

    def _add(self, place: list[dict[str, Any]], one: Any, cond: str, depth: int) -> None:
        self._check(one)
        self.counts.note(one)
        own = _both(cond, str(one.get("cond", "")))
        if depth > DEEPEST:
            raise Unreadable(f"blocks are nested deeper than {DEEPEST} levels")
        if one["type"] == "block":
            title = plain(str(one.get("text", "")))
            if title:
                place.append({"id": self._name("heading"), "kind": "info", "text": title, "cond": own})
            for inner in one.get("items", []):
                self._add(place, inner, own, depth + 1)
        elif one["type"] == "tip":
            self._tip(place, one, cond, own)
        else:
            place.append(self._item(one, own))

    def _tip(self, place: list[dict[str, Any]], one: Mapping[str, Any], outer: str, own: str) -> None:
        text = plain(str(one.get("text", "")))
        name = str(one.get("id") or self._name("tip"))
        if "severity" not in one:
            place.append({"id": name, "kind": "info", "text": text, "cond": own})
            return
        # The outer condition holds wherever the tip's own question is asked, so the tip may hang on that alone.
        tip = {
            "id": name,
            "kind": "warning",
            "text": plain(str(one.get("name") or text)),
            "hint": text,
            "cond": str(one.get("cond", "")) or outer,
            "severity": str(one["severity"]),
            "dimension": self.dimension,
        }
        place.append(tip)
        self._tips.append((place, tip))

    def _item(self, one: Mapping[str, Any], cond: str) -> dict[str, Any]:
        kind = _KINDS.get(one["type"], _UPLOAD if "upload" in one["type"] else "")
        if not kind:
            raise Unreadable(f"there is no type “{one['type']}”")
        item: dict[str, Any] = {
            "id": str(one.get("id") or self._name(kind)),
            "kind": kind,
            "text": plain(str(one.get("text", ""))) or "—",
            "cond": cond,
        }
        if kind in ("choice", "several"):
            item |= {"choices": self._read_choices(one), "dimension": self.dimension}
        if kind == "several":
            item["optional"] = True  # nothing ticked is an answer too
        return item

    def _read_choices(self, one: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = [
            {"id": str(name), "text": plain(str(text))}
            for choice in one.get("choices", [])
            for name, text in choice.items()
        ]
        self._choices |= {choice["id"]: choice for choice in found}
        return found

    def _name(self, what: str) -> str:
        self._number += 1
        return f"{what}_{self._number}"

    @staticmethod
    def _check(one: Any) -> None:
        if not isinstance(one, Mapping) or not isinstance(one.get("type"), str):
            raise Unreadable("a block or an item has no type")


def _both(first: str, second: str) -> str:
    return f"({first}) && ({second})" if first and second else first or second


class _Plain(HTMLParser):
    """Text without its marks: paragraphs and list points become lines, a link keeps its address."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "br", "ul", "ol", "div"):
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n• ")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "ul", "ol", "div"):
            self.parts.append("\n")
        elif tag == "a" and self._links and (address := self._links.pop()):
            self.parts.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(text: str) -> str:
    """A text without HTML."""
    parser = _Plain()
    parser.feed(text)
    parser.close()
    lines = (_SPACE.sub(" ", line).strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)
