"""make bench: the product against the least that has to happen, on the same machine, in turns.

    python -m tests.bench [--only fanout|pages|fanout.plan] [--scale small]

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
from pathlib import Path
from typing import TYPE_CHECKING

from backoffice.embedded.stack import KINDS, Stack

if TYPE_CHECKING:
    from tests.bench.rounds import Figure

ORDERS = {"full": 31_579, "small": 3_158}  # one in twenty shares its message with another: 30,000 and 3,000 messages


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", default="", help="a group or a figure: fanout, pages, fanout.plan")
    parser.add_argument("--scale", choices=list(ORDERS), default="full")
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
        figures = run(folder, ORDERS[chosen.scale], chosen.only)
    missed = [found.name for found in figures if not found.is_met]
    print(json.dumps({"figures": len(figures), "scale": chosen.scale, "missed": missed}))
    return 1 if (missed and chosen.scale == "full") or not figures else 0


def run(folder: Path, orders: int, only: str) -> "list[Figure]":
    import django

    django.setup()
    from django.core.management import call_command

    from tests.bench import fanout, pages
    from tests.chaos import shop

    call_command("migrate", verbosity=0)
    shop.build(orders, languages=fanout.LANGUAGES)
    fanout.analyze()
    bench = fanout.Bench(folder, orders, os.environ["DATABASE_URL"])
    return [*fanout.run(bench, only), *(pages.run(bench) if "pages.incident".startswith(only) else [])]


if __name__ == "__main__":
    sys.exit(main())
