"""What the documents say exists, and what must be written down is."""

import ast
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from backoffice.celery import app as celery
from backoffice.kernel.roles import CAPABILITIES, Capability, Role

ROOT: Path = settings.BASE_DIR
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
OUR_APPS = [
    config for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT / config.name.split(".")[0])
]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_COMMAND = re.compile(
    r"manage\.py ((?:seed|import_(?:orders|deliveries|facts|exposures)|incident|demo|relay)\b(?:[^`\n\\]|\\\n)*)"
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tables(name: str) -> list[list[list[str]]]:
    """The tables of a document, each as rows of cells, headings first."""
    found: list[list[list[str]]] = []
    inside = False
    for line in text(name).splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
            inside = True
        if not set(line) <= set("|- "):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def table(name: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table whose first heading is this, by their first cell without its backticks."""
    rows = next(rows for rows in tables(name) if rows[0][0] == heading)
    return {row[0].strip("`"): row[1:] for row in rows[1:]}


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        return [
            path for path in ROOT.rglob("*.*") if path.is_file() and not path.relative_to(ROOT).parts[0].startswith(".")
        ]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


# --- links and references --------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(path: Path) -> None:
    links = [link for link in _LINK.findall(path.read_text(encoding="utf-8")) if "://" not in link]

    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_that_is_named_exists(path: Path) -> None:
    missing = []
    for file, name in _TEST.findall(path.read_text(encoding="utf-8")):
        code = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).exists() else ""
        if not code or (name and f"def {name}(" not in code):
            missing.append((file, name))

    assert missing == []


def test_every_document_is_linked_from_the_readme_or_from_an_index() -> None:
    linked = {
        (path.parent / link).resolve() for path in DOCS for link in _LINK.findall(path.read_text(encoding="utf-8"))
    }

    assert [path.name for path in DOCS if path.name != "README.md" and path not in linked] == []


# --- make, version, commands -----------------------------------------------------------------------


def test_the_readme_lists_exactly_the_targets_of_make_help() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, check=True, text=True).stdout

    assert list(table("README.md", "command")) == [f"make {name}" for name in re.findall(r"^  make (\w+)", shown, re.M)]


def test_every_target_that_is_named_anywhere_exists() -> None:
    known = set(re.findall(r"^(\w+):", text("Makefile"), re.M))
    named = {name for path in DOCS for name in re.findall(r"`make (\w+)", path.read_text(encoding="utf-8"))}

    assert named - known == set()


def test_the_first_heading_of_the_changelog_is_the_version() -> None:
    heading = re.match(r"# (\d+\.\d+\.\d+) \(\d{4}-\d{2}-\d{2}\)\n", text("CHANGELOG.md"))

    assert heading is not None
    assert heading[1] == tomllib.loads(text("pyproject.toml"))["project"]["version"]


def our_commands() -> dict[str, BaseCommand]:
    ours = {config.name for config in OUR_APPS}
    return {
        name: command
        for name, app in get_commands().items()
        if app in ours and isinstance(command := load_command_class(str(app), name), BaseCommand)
    }


def own_options(command: BaseCommand) -> set[str]:
    """Long options of the command itself, without those that Django gives to all."""
    every = {option for action in BaseCommand().create_parser("x", "y")._actions for option in action.option_strings}
    return {
        option
        for action in command.create_parser("manage.py", "x")._actions
        for option in action.option_strings
        if option.startswith("--") and option not in every
    }


def test_operations_name_every_command_with_every_option() -> None:
    told = table("docs/operations.md", "command")
    commands = our_commands()

    assert {name.removeprefix("manage.py ") for name in told} == set(commands)
    for name, command in commands.items():
        assert set(re.findall(r"`(--[\w-]+)`", told[f"manage.py {name}"][0])) == own_options(command), name


def test_every_command_line_in_the_documents_can_be_parsed() -> None:
    lines = [line for path in DOCS for line in _COMMAND.findall(path.read_text(encoding="utf-8"))]
    commands = our_commands()

    assert len(lines) > 15
    for line in lines:
        name, *arguments = shlex.split(line.replace("\\\n", " "), comments=True)
        if arguments:
            commands[name].create_parser("manage.py", name).parse_args(arguments)


def test_every_selector_has_an_example() -> None:
    shown = " ".join(_COMMAND.findall(text("README.md")))
    lateness = ("overdue", "as-of", "late-delivered", "late-days")
    codes = ("supplier", "carrier", "region", "sku", "campaign", "from", "to", "orders")

    assert [name for name in (*lateness, *codes) if f"--{name} " not in f"{shown} "] == []


# --- settings --------------------------------------------------------------------------------------


def environment() -> Iterator[tuple[str, ast.expr | None]]:
    """The names that the settings read, each with its default."""
    for node in ast.walk(ast.parse(text("backoffice/settings.py"))):
        if not isinstance(node, ast.Call) or ast.unparse(node.func).split(".")[0] != "env":
            continue
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            yield node.args[0].value, next((word.value for word in node.keywords if word.arg == "default"), None)


def test_operations_list_exactly_the_settings_that_are_read() -> None:
    assert set(table("docs/operations.md", "name")) == {name for name, _default in environment()}


def test_plain_defaults_are_written_as_they_are() -> None:
    told = table("docs/operations.md", "name")
    plain = {
        name: default.value
        for name, default in environment()
        if isinstance(default, ast.Constant) and not isinstance(default.value, bytes)
    }
    addresses = {"DATABASE_URL", "REDIS_URL"}  # without them servers are started

    written = {name: "empty" if value == "" else f"`{value!s}`" for name, value in plain.items()}
    wrong = {name for name in plain if name not in addresses and told[name][0] != written[name]}

    assert wrong == set()


def test_ids_of_system_checks_are_told() -> None:
    ids = set(re.findall(r'id="(backoffice\.\w+)"', text("backoffice/kernel/checks.py")))

    assert set(re.findall(r"`(backoffice\.[EW]\d+)`", text("docs/operations.md"))) == ids


# --- tasks, roles, rooms ---------------------------------------------------------------------------


def tasks() -> dict[str, Any]:
    for config in OUR_APPS:
        if (Path(config.path) / "tasks.py").exists():
            import_module(f"{config.name}.tasks")
    return {name: task for name, task in celery.tasks.items() if not name.startswith("celery.")}


def test_tasks_lists_exactly_the_tasks_with_their_queues() -> None:
    routes = settings.CELERY_TASK_ROUTES
    queues = {name: routes.get(name, {}).get("queue", settings.CELERY_TASK_DEFAULT_QUEUE) for name in tasks()}

    assert {name: cells[0] for name, cells in table("docs/tasks.md", "task").items()} == queues


def test_tasks_lists_exactly_the_schedule() -> None:
    beat = {
        name: [f"`{entry['task']}`", f"{entry['schedule'].run_every.total_seconds():.0f} s"]
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
    }

    assert table("docs/tasks.md", "entry") == beat


def test_roles_are_the_table_in_the_code() -> None:
    rows = next(rows for rows in tables("docs/roles.md") if rows[0][0] == "capability")
    told = {row[0].strip("`"): [bool(cell) for cell in row[1:]] for row in rows[1:]}

    assert rows[0][1:] == [role.value for role in Role]
    assert told == {one.value: [one in CAPABILITIES[role] for role in Role] for one in Capability}


def test_the_picture_of_the_house_names_every_room() -> None:
    skipped = {"migrations", "management", "__pycache__"}
    told = {app: set(re.findall(r"`(\w+)`", cells[0])) for app, cells in table("docs/architecture.md", "app").items()}
    built = {
        app: {path.parent.name for path in (ROOT / app).glob("*/__init__.py") if path.parent.name not in skipped}
        for app in ("customercare", "orders", "suppliers")
    }

    assert told == built


def test_the_rooms_stand_in_the_order_that_imports_are_held_to() -> None:
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    rooms = {one["containers"][0]: one["layers"] for one in contracts if len(one.get("containers", [])) == 1}
    told = {
        app: [[name.strip(" `") for name in level.split(",")] for level in cells[0].split(" / ")]
        for app, cells in table("docs/architecture.md", "app").items()
    }

    assert told == {
        app: [[name.strip() for name in level.split("|")] for level in levels] for app, levels in rooms.items()
    }


# --- what no file may hold -------------------------------------------------------------------------


def test_no_file_names_a_folder_of_one_machine_or_the_host_of_a_registry() -> None:
    folders = ("/" + "work/", "/" + "home/", "/" + "Users/")
    hosts = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.", "registry." + "npm")
    wrong = []
    for path in tracked():
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [(path.name, word) for word in (*folders, *hosts) if word in content]

    assert wrong == []
