#!/usr/bin/env python
"""Django's commands. Those that need servers get them, even when nothing is configured."""

import os
import sys

from django.core.management import execute_from_command_line

from backoffice.embedded import EmbeddedError, ensure

# These read files only; everything else may ask the database or the broker.
NEED_NO_SERVER = {"help", "version", "makemessages", "compilemessages", "collectstatic", "findstatic"}
ONLY_SHOW = {"-h", "--help", "--version"}


def needs_servers(arguments: list[str]) -> bool:
    """Whether the command in `arguments` may use PostgreSQL or Valkey."""
    return bool(arguments) and arguments[0] not in NEED_NO_SERVER and not ONLY_SHOW.intersection(arguments)


def main() -> None:
    """Run the command that the command line names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    if needs_servers(sys.argv[1:]):
        try:
            ensure()
        except EmbeddedError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
