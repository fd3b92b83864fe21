"""Names of facts that take the place of one another: K is followed by K~2, K~3 and so on. Pure."""

import hashlib

from suppliers.performance.rules.facts import KEY_LIMIT

MARK = "~"
# What the number behind the mark may take of a key.
_ROOM = 8


def stem(key: str) -> str:
    """What the names of all facts behind this key begin with: the key, or its start and a digest if it is long."""
    if len(key) + _ROOM <= KEY_LIMIT:
        return key + MARK
    digest = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"{key[: KEY_LIMIT - 2 * _ROOM - 2]}{MARK}{digest}{MARK}"


def following(key: str, latest: str) -> str:
    """The name of what follows the latest fact behind key."""
    begins = stem(key)
    number = latest.removeprefix(begins)
    counted = latest.startswith(begins) and number.isascii() and number.isdigit()
    return f"{begins}{int(number) + 1 if counted else 2}"
