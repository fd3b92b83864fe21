"""Two questionnaires in the VSAQ form: what they hold is counted from their text, without the reader of imports."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suppliers.questionnaires import selectors
from suppliers.questionnaires.models import QuestionnaireVersion
from suppliers.questionnaires.rules import judging
from tests.realdata.check import Check, command

FILES = ("physical_and_datacenter", "security_privacy_programs")
# Counted by hand with a search for "type" and "severity" in the two files.
KNOWN: dict[str, dict[str, Any]] = {
    "physical_and_datacenter": {
        "blocks": 9,
        "items": 49,
        "conditions": 29,
        "severities": {"high": 8, "medium": 8},
        "kinds": {"info": 3, "radiogroup": 16, "box": 6, "tip": 16, "checkgroup": 4, "line": 4},
    },
    "security_privacy_programs": {
        "blocks": 15,
        "items": 84,
        "conditions": 58,
        "severities": {"critical": 6, "high": 22, "medium": 6},
        "kinds": {"info": 2, "checkgroup": 5, "radiogroup": 28, "tip": 36, "line": 8, "box": 5},
    },
}


def checks(folder: Path) -> Iterator[Check]:
    """Yield the answers in the order in which they come about."""
    for name in FILES:
        path = folder / f"{name}.json"
        text = path.read_text(encoding="utf-8")
        told = command("import_questionnaire", str(path))
        yield Check(f"{name}: blocks, items, conditions, severities", KNOWN[name], told["source"])
        yield Check(f"{name}: the same, counted by searching", _searched(text), _comparable(told["source"]))
        again = command("import_questionnaire", str(path))
        yield Check(f"{name}: again is no new version", (1, 1), (told["version"], again["version"]))
        yield from _asked(name, text)


def _searched(text: str) -> dict[str, Any]:
    """What a plain search finds; the head of the file is a comment without any of these."""
    kinds = Counter(re.findall(r'"type":\s*"(\w+)"', text))
    severities = Counter(re.findall(r'"severity":\s*"(\w+)"', text))
    return {
        "blocks": kinds.pop("block"),
        "conditions": len(re.findall(r'"cond":', text)),
        "severities": dict(severities),
        "kinds": dict(kinds),
    }


def _comparable(source: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in source.items() if name != "items"}


def _asked(name: str, text: str) -> Iterator[Check]:
    version = QuestionnaireVersion.objects.get(questionnaire__key=name)
    body = selectors.body_of(version)
    opened = re.findall(r"\{\s*\"(\w+)\":", text[text.index('"questionnaire"') :])
    choices = [one for one in opened if one not in ("type", "id", "text")]
    kept = [one.id for item in body.items.values() for one in item.choices]
    yield Check(f"{name}: every answer that can be chosen is kept, in order", choices, kept)
    severities = Counter(one.severity.value for item in body.items.values() for one in item.choices if one.severity)
    severities += Counter(item.severity.value for item in body.items.values() if item.severity)
    yield Check(f"{name}: every severity stands on an answer or a warning", KNOWN[name]["severities"], dict(severities))
    yield Check(f"{name}: nothing is found before anything is answered", (), judging.findings(body, {}))
