"""A process that declares one incident, so that it can be killed while it does.

python -m tests.chaos.declarer open <selector numbers…>
python -m tests.chaos.declarer declare <incident>
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
django.setup()

from backoffice.kernel import faultpoints  # noqa: E402
from tests.chaos import shop  # noqa: E402

# Reached by this process itself, right after the service has committed.
COMMITTED = "chaos.committed"


def main(act: str, *arguments: str) -> None:
    if act == "open":
        shop.open_incident(title="Opened by a process that dies", numbers=arguments)
    else:
        shop.declare(int(arguments[0]))
    faultpoints.reach(COMMITTED)


if __name__ == "__main__":
    main(*sys.argv[1:])
