"""make bench: the product against the least that has to happen, on the same machine, in turns.

    python -m tests.bench [--only fanout|pages|score|switch|fanout.plan] [--scale small]

One JSON line a figure. Servers of its own, durable, in a temporary folder. Exits 1 when a goal is missed; at the small
scale goals are only shown. Ratios mean something, absolute numbers do not: the machine is whatever it is.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backoffice.embedded.stack import KINDS, Stack

if TYPE_CHECKING:
    from tests.bench.rounds import Figure


@dataclass(frozen=True, slots=True)
class Scale:
    """orders: one in twenty shares its message with another. skus, backups: of the supplier that stops."""

    orders: int
    suppliers: int
    deliveries: int
    skus: int
    backups: int


SCALES = {"full": Scale(31_579, 2_000, 1_000_000, 500, 6), "small": Scale(3_158, 100, 50_000, 200, 6)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", default="", help="a group or a figure: fanout, pages, score, switch, fanout.plan")
    parser.add_argument("--scale", choices=list(SCALES), default="full")
    chosen = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="standfast-bench-"))
    folder.chmod(0o755)
    stack = Stack(folder)
    with ExitStack() as closing:
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        closing.callback(stack.remove)
        closing.callback(stack.stop)
        os.environ |= {
            **stack.start(list(KINDS)),
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "STANDFAST_EMBEDDED": "1",
            "STANDFAST_STATE": str(folder),
            "FANOUT_HOLD_SECONDS": "0",
            "LOG_LEVEL": "WARNING",
        }
        figures = run(folder, SCALES[chosen.scale], chosen.only)
    missed = [found.name for found in figures if not found.is_met]
    print(json.dumps({"figures": len(figures), "scale": chosen.scale, "missed": missed}))
    return 1 if (missed and chosen.scale == "full") or not figures else 0


def run(folder: Path, scale: Scale, only: str) -> "list[Figure]":
    """Only what the asked figures need is built. Suppliers come last: many rows beside them would slow the rest."""
    import django

    django.setup()
    from django.core.management import call_command

    from tests.bench import fanout, pages, scoring, switching
    from tests.chaos import shop

    def asked(*names: str) -> bool:
        return any(name.startswith(only) or only.startswith(name) for name in names)

    call_command("migrate", verbosity=0)
    found: list[Figure] = []
    if asked("switch"):
        found += switching.run(scale.skus, scale.backups)
    if asked("fanout", "pages.incident"):
        shop.build(scale.orders, languages=fanout.LANGUAGES)
        fanout.analyze()
        bench = fanout.Bench(folder, scale.orders, os.environ["DATABASE_URL"])
        found += fanout.run(bench, only)
        found += pages.run(bench) if "pages.incident".startswith(only) else []
    if asked("score", "pages.suppliers"):
        world = scoring.build(suppliers=scale.suppliers, deliveries=scale.deliveries, url=os.environ["DATABASE_URL"])
        found += scoring.run(world, only)
        found += pages.run_suppliers() if asked("pages.suppliers") else []
    return found


if __name__ == "__main__":
    sys.exit(main())
