"""One named answer: what must come out, and what did; and commands that answer in JSON."""

import json
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.core.management import call_command


@dataclass(frozen=True)
class Check:
    """expected and got are compared as they are."""

    name: str
    expected: object
    got: object

    def tell(self) -> bool:
        """Print one line; returns whether the answer is right."""
        right = self.expected == self.got
        mark = "ok  " if right else "FAIL"
        print(f"{mark} {self.name}: {self.got}" + ("" if right else f", expected {self.expected}"), flush=True)
        return right


def command(name: str, *arguments: str) -> dict[str, Any]:
    """Run a command with --json and return what it says; its exit code shows in the numbers."""
    out = StringIO()
    try:
        call_command(name, *arguments, "--json", stdout=out)
    except SystemExit as ended:
        if ended.code == 2:
            raise RuntimeError(out.getvalue()) from ended
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer
