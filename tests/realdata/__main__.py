"""make realdata: the known answers of real input, from import to the last message. Exits 1 when one is wrong.

The folder is ../shared/data beside the project, or what REALDATA names. Everything runs on servers of its own, which
are gone afterwards; a database named by DATABASE_URL is left alone.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from backoffice.embedded import smtp_sink
from backoffice.embedded.client import EMBEDDED_VARIABLE
from backoffice.embedded.stack import KINDS, Stack

PROJECT = Path(__file__).resolve().parents[2]
ORDERS, SUPPLIERS, QUESTIONNAIRES = "orders-olist-3k", "suppliers-scms", "questionnaires-vsaq"


def main() -> int:
    folder = Path(os.environ.get("REALDATA") or PROJECT.parent / "shared" / "data")
    for name in (ORDERS, SUPPLIERS, QUESTIONNAIRES):
        if not (folder / name).is_dir():
            print(f"There is no real input: {folder} has no {name}. Set REALDATA to the folder that has it.")
            return 2
    began = time.monotonic()
    state = Path(tempfile.mkdtemp(prefix="standfast-realdata-"))
    state.chmod(0o755)
    stack = Stack(state, fast=True)
    try:
        with smtp_sink.running() as sink:
            os.environ |= {
                **stack.start(list(KINDS)),
                EMBEDDED_VARIABLE: "1",
                "DJANGO_SETTINGS_MODULE": "backoffice.settings",
                "STANDFAST_STATE": str(state),
                "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
                "FANOUT_HOLD_SECONDS": "0",
            }
            wrong = _wrong_answers(folder, sink)
    finally:
        stack.stop()
        stack.remove()
        shutil.rmtree(state, ignore_errors=True)
    print(f"{'Every answer is right' if not wrong else f'{wrong} answers are wrong'}; {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def _wrong_answers(folder: Path, sink: smtp_sink.Sink) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.realdata import olist, scms, vsaq

    call_command("migrate", verbosity=0)
    wrong = sum(not check.tell() for check in vsaq.checks(folder / QUESTIONNAIRES))
    wrong += sum(not check.tell() for check in scms.checks(folder / SUPPLIERS))
    return wrong + sum(not check.tell() for check in olist.checks(folder / ORDERS, sink))


if __name__ == "__main__":
    sys.exit(main())
