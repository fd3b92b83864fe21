"""Where the embedded servers keep things, and who may reach them.

PostgreSQL refuses to run as root, so as root it runs as `nobody`. Everything it touches must then be reachable by
`nobody`, which a checkout below `/root` is not; such data moves to a folder that is, and the state folder says where.
"""

import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded.errors import EmbeddedError

PROJECT = Path(__file__).resolve().parents[2]
STATE_VARIABLE = "STANDFAST_STATE"
# Files of the state folder through which commands and supervisor speak.
RUNNING = "running.json"
WANTED = "wanted.json"
LOG = "supervisor.log"
PUBLIC_ROOTS = (Path("/var/lib"), Path(tempfile.gettempdir()))  # only root uses them, below a folder of its own
NOBODY = 65534


@dataclass(frozen=True)
class Owner:
    """The user that PostgreSQL runs as when we are root."""

    user: int
    group: int


def other_owner() -> Owner | None:
    """Whom PostgreSQL must run as: None when we are not root, `nobody` when we are."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Owner(NOBODY, NOBODY)
    return Owner(entry.pw_uid, entry.pw_gid)


def everyone_reaches(path: Path) -> bool:
    """Whether any user may walk down to `path`."""
    path = path.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))


def state_folder() -> Path:
    """The folder of this project's running stack: `STANDFAST_STATE`, or `.standfast` in the project."""
    chosen = os.environ.get(STATE_VARIABLE)
    return Path(chosen).expanduser().resolve() if chosen else PROJECT / ".standfast"


def make_folder(path: Path) -> Path:
    """Create `path`. Root lets others walk through it, because PostgreSQL is another user then; secrets are 0600."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = path.stat().st_uid
        if os.geteuid() == owner == 0:
            path.chmod(0o755)
    except OSError as error:
        raise EmbeddedError(
            f"The folder {path} cannot be written ({error.strerror}): "
            f"set {STATE_VARIABLE} to a folder of your own, or set DATABASE_URL and REDIS_URL."
        ) from error
    if owner != os.geteuid():  # passwords are kept here, and only their writer can read them back
        raise EmbeddedError(f"The folder {path} belongs to another user: set {STATE_VARIABLE} to a folder of your own.")
    return path


def public_folder(name: str) -> Path:
    """A new folder that every user can walk down to, made by root for `name`; where it can, it outlives a restart."""
    for root in PUBLIC_ROOTS:
        home = root / "standfast"
        try:
            home.mkdir(mode=0o755, exist_ok=True)
            if home.stat().st_uid != os.geteuid() or home.is_symlink():
                continue
            home.chmod(0o755)
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=home))
        except OSError:
            continue
        folder.chmod(0o755)
        if everyone_reaches(folder):
            return folder
    raise EmbeddedError(
        "No folder was found that the user nobody can reach, and PostgreSQL does not run as root: "
        "run as another user, or set DATABASE_URL."
    )


def write_secret(path: Path, text: str) -> None:
    """Write `text` to `path` at once and readable by us alone."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    part.replace(path)


def read_text(path: Path) -> str:
    """The text of `path`, or "" when it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
