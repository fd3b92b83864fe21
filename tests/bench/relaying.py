"""A process that does nothing but relay, as a worker's child does, until its input ends."""

import os
import sys
import threading
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
django.setup()

from backoffice.messaging import relay  # noqa: E402

PAUSE = 0.005


def main() -> None:
    ended = threading.Event()
    threading.Thread(target=_listen, args=(ended,), daemon=True).start()
    print("ready", flush=True)
    while not ended.is_set():
        relay.run(chosen=relay.options(seconds=50), is_stopping=ended.is_set)
        time.sleep(PAUSE)


def _listen(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
