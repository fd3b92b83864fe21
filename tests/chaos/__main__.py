"""make chaos: processes are killed, servers fall silent, people press twice; afterwards every count must add up.

    python -m tests.chaos [--scale small] [--only F1,F5]

A stack of its own, durable, in a temporary folder: PostgreSQL, Valkey, two workers of two processes, beat, and a mail
server that can be told to misbehave. Prints one line a case and then one JSON object; exits 1 if anything is wrong.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from backoffice.embedded.stack import KINDS, Stack
from tests.kit.smtp_faults import FaultServer

if TYPE_CHECKING:
    from tests.chaos.cases import Report
    from tests.chaos.stage import Stage

ORDERS = {"full": 2_000, "small": 200}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--scale", choices=list(ORDERS), default="full")
    parser.add_argument("--only", default="", help="cases, such as F1,F5")
    chosen = parser.parse_args(arguments)
    only = {name.strip().upper() for name in chosen.only.split(",") if name.strip()}
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="standfast-chaos-"))
    folder.chmod(0o755)
    reports = run(folder, chosen.scale, only)
    wrong = [report for report in reports if not report.is_ok]
    summary = {
        "scale": chosen.scale,
        "cases": len(reports),
        "wrong": len(wrong),
        "lost": sum(report.lost for report in reports),
        "duplicates": sum(report.duplicates for report in reports),
        "uncertain": sum(report.uncertain for report in reports),
        "seconds": round(time.monotonic() - began, 1),
        "results": [report.data() for report in reports],
    }
    print(json.dumps(summary))
    if wrong or not reports:
        print(f"The logs are in {folder}.", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def run(folder: Path, scale: str, only: set[str]) -> "list[Report]":
    """All chosen cases on a stage of their own."""
    stack = Stack(folder)
    with ExitStack() as closing:
        closing.callback(stack.remove)
        closing.callback(stack.stop)
        witness = closing.enter_context(FaultServer())
        urls = stack.start(list(KINDS))
        os.environ |= _environment(folder, urls, witness.port)
        import django

        django.setup()
        from tests.chaos import stage as stages

        stage = stages.Stage(folder, stack, witness, closing.enter_context(stages.family(folder)))
        return play(stage, ORDERS[scale], only, is_small=scale == "small")


def _environment(folder: Path, urls: dict[str, str], port: int) -> dict[str, str]:
    return {
        **urls,
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "STANDFAST_EMBEDDED": "1",
        "STANDFAST_STATE": str(folder),
        "STANDFAST_FAULT_POINTS": str(folder / "points"),
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "EMAIL_TIMEOUT": "4",
        "FANOUT_HOLD_SECONDS": "0",
        "MESSAGING_LEASE_SECONDS": "5",
        "MESSAGING_CONNECTIONS": "2",
    }


def play(stage: "Stage", orders: int, only: set[str], *, is_small: bool) -> "list[Report]":
    from django.core.management import call_command

    from tests.chaos import answers, deaths, decisions, outages, shop
    from tests.chaos.cases import Report, attempt

    call_command("migrate", verbosity=0)
    things = shop.build(orders)
    stage.start_beat()
    in_turn = not is_small
    plays: list[tuple[str, int, Callable[[], list[Report]]]] = [
        ("F1", 1, lambda: deaths.kill_one_by_one(stage, things, in_turn=in_turn)),
        ("F1", 8, lambda: deaths.kill_one_by_one(stage, things, in_turn=in_turn)),
        ("F2", 8, lambda: deaths.kill_all(stage, things)),
        ("F2", 8, lambda: deaths.kill_declaring(stage, things)),
        ("F3", 8, lambda: outages.broker_down_before(stage, things)),
        ("F4", 8, lambda: outages.broker_dies(stage, things, at=(50,) if is_small else (25, 50, 75))),
        ("F5", 8, lambda: outages.broker_flushed(stage, things)),
        ("F13", 8, lambda: outages.rolling_deploy(stage, things)),
        ("F14 F15 F16 F17", 8, lambda: answers.play(stage, things, together=is_small)),
        ("F28", 8, lambda: decisions.declared_twice(stage, things)),
        ("F30", 8, lambda: decisions.cancelled_half_way(stage, things)),
        ("F31", 8, lambda: decisions.changed_after_preview(stage, things)),
        ("F32", 8, lambda: outages.two_beats(stage, things)),
    ]
    if not is_small:
        plays.insert(1, ("F2", 1, lambda: deaths.kill_all(stage, things)))
    reports: list[Report] = []
    for names, group, act in plays:
        if only and not only & set(names.split()):
            continue
        if stage.group != group or not stage.workers:
            stage.use_group(group)
        reports += attempt(names, act)
    return reports


if __name__ == "__main__":
    sys.exit(main())
