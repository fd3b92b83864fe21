"""How files look: their size, who writes to the database, how tasks are made, and what nobody may use."""

import ast
import re
import subprocess

import pytest
from django.conf import settings

from backoffice.celery import app
from tests.architecture import code

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TASK = 400, 60, 10
INTERFACES = ("views", "api", "tasks", "admin", "forms")
WRITES = {"save", "create", "update", "delete", "get_or_create", "update_or_create", "acreate", "asave", "aupdate"}
# file, what is written there -> why it is no write to the database
NO_WRITES: dict[tuple[str, str], str] = {}
# file, word -> why it may stand there
DANGEROUS_ALLOWED: dict[tuple[str, str], str] = {
    (
        "backoffice/kernel/templatetags/standfast.py",
        "SafeString",
    ): "the drawing of an icon, from a package, by its name",
}
DANGEROUS = re.compile(
    r"\bmark_safe\b|\bcsrf_exempt\b|(?<![\w.])eval\(|(?<![\w.])exec\(|\bSafeString\(|\bxframe_options_exempt\b"
)
COUNTERS = ("assertNumQueries", "django_assert_num_queries", "django_assert_max_num_queries")


def test_files_stay_readable() -> None:
    every = [*code.product(), *code.sources("seeds")]
    found = {s.path: lines for s in every if (lines := len(s.text.splitlines())) > LONGEST_FILE}
    assert found == {}


def test_functions_stay_readable() -> None:
    found = {}
    for source in [*code.product(), *code.sources("seeds")]:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    found[f"{source.path}:{node.name}"] = lines
    assert found == {}


def _is_interface(source: code.Source) -> bool:
    return any(part in INTERFACES for part in source.parts[1:])


def test_interfaces_write_through_services_only() -> None:
    looked_at = [source for source in code.product() if _is_interface(source)]
    assert len(looked_at) > 15
    found = []
    for source in looked_at:
        for name, call in code.calls(source.tree):
            written = ast.unparse(call.func)
            if (name in WRITES or name.startswith("bulk_")) and (source.path, written) not in NO_WRITES:
                found.append(f"{source.path}:{call.lineno} {written}()")
    assert found == []


def test_every_exception_is_still_needed() -> None:
    texts = {source.path: source.text for source in code.product()}
    gone = [key for key in [*NO_WRITES, *DANGEROUS_ALLOWED] if key[1].split("(")[0] not in texts.get(key[0], "")]
    assert gone == []


def test_nothing_dangerous_is_called() -> None:
    found = [
        f"{source.path}:{number} {line.strip()}"
        for source in code.product()
        for number, line in enumerate(source.text.splitlines(), 1)
        if (hit := DANGEROUS.search(line)) and (source.path, hit[0].rstrip("(")) not in DANGEROUS_ALLOWED
    ]
    assert found == []


def _own_tasks() -> dict[str, object]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


class TestTasks:
    def test_are_named_after_their_room(self) -> None:
        found = {name: task.__module__ for name, task in _own_tasks().items()}
        assert len(found) >= 5
        wrong = {
            name: module
            for name, module in found.items()
            if not re.fullmatch(rf"{module.split('.')[-2]}\.[a-z_]+", name) or module.split(".")[-1] != "tasks"
        }
        assert wrong == {}

    def test_are_declared_with_their_name(self) -> None:
        """A name that Celery derives changes when a function moves, and what waits in the broker is then lost."""
        found = []
        for source in code.product():
            for node in ast.walk(source.tree):
                marks = node.decorator_list if isinstance(node, ast.FunctionDef) else []
                for mark in marks:
                    called = mark.func if isinstance(mark, ast.Call) else mark
                    if ast.unparse(called).split(".")[-1] not in ("shared_task", "task"):
                        continue
                    named = isinstance(mark, ast.Call) and any(given.arg == "name" for given in mark.keywords)
                    if not named or source.parts[-1] != "tasks":
                        found.append(f"{source.path}:{node.lineno}")
        assert found == []

    def test_are_short(self) -> None:
        found = {}
        for source in code.product():
            if source.parts[-1] == "tasks":
                for node in source.tree.body:
                    if isinstance(node, ast.FunctionDef):
                        lines = (node.end_lineno or 0) - node.body[0].lineno + 1
                        if lines > LONGEST_TASK:
                            found[f"{source.path}:{node.name}"] = lines
        assert found == {}

    def test_take_no_objects_and_no_people(self) -> None:
        """Ids only: what is in the broker can be read by whoever reads the broker."""
        given = {}
        for name, task in _own_tasks().items():
            run = task.run
            given[name] = [kind for kind in run.__annotations__.values() if kind not in (int, None, type(None))]
        assert {name: kinds for name, kinds in given.items() if kinds} == {}

    def test_of_the_schedule_and_the_routes_exist(self) -> None:
        there = set(_own_tasks())
        assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= there
        assert set(settings.CELERY_TASK_ROUTES) <= there

    def test_are_all_rung_by_somebody(self) -> None:
        texts = "\n".join(source.text for source in code.product() if source.parts[-1] != "tasks")
        assert [name for name in _own_tasks() if f'"{name}"' not in texts] == []


def test_query_counts_are_asserted_in_a_with() -> None:
    """Called without it, they assert nothing."""
    found = []
    for source in code.sources("tests"):
        held = {
            id(item.context_expr)
            for node in ast.walk(source.tree)
            if isinstance(node, ast.With | ast.AsyncWith)
            for item in node.items
        }
        found += [
            f"{source.path}:{call.lineno}"
            for name, call in code.calls(source.tree)
            if name in COUNTERS and id(call) not in held
        ]
    assert found == []


def test_services_take_the_moment_as_an_argument() -> None:
    """Rules and services never read a clock, so that tests and replays decide what time it is."""
    clock = re.compile(r"\btimezone\.now\(|\bdatetime\.now\(|\bdate\.today\(|\btimezone\.localdate\(\)|\btime\.time\(")
    pure = [source for source in code.product() if {"services", "rules"} & set(source.parts[2:])]
    assert len(pure) > 15
    assert [f"{source.path}: {found[0]}" for source in pure if (found := clock.search(source.text))] == []


def test_one_file_writes_stock_counters() -> None:
    """Figures that two files write are figures that nobody can prove."""
    by_hand = re.compile(r"(?:UPDATE|INSERT INTO|DELETE FROM)\s+orders_stock(?:level|movement|lot)\b", re.IGNORECASE)
    found = []
    for source in code.product():
        texts = [f"{source.path}: {hit[0]}" for hit in by_hand.finditer(source.text)]
        texts += [
            f"{source.path}:{call.lineno} {ast.unparse(call.func)}()"
            for name, call in code.calls(source.tree)
            if (name in WRITES or name.startswith("bulk_"))
            and re.match(r"(?:StockLevel|StockMovement)\.objects", ast.unparse(call.func))
        ]
        found += [text for text in texts if source.path != "orders/stock/services/counters.py"]
        if source.path == "orders/stock/services/counters.py":
            assert texts != []
    assert found == []


def test_no_signals_and_no_save_of_their_own() -> None:
    found = []
    for source in code.product():
        found += [f"{source.path}: {m}" for m in code.imported(source.tree) if m.startswith("django.db.models.signals")]
        if "models" in source.parts:
            found += [
                f"{source.path}: {node.name}()"
                for node in ast.walk(source.tree)
                if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete")
            ]
    assert found == []


@pytest.mark.parametrize("word", ["\u8865\u5355", "\u88dc\u55ae"])
def test_nothing_speaks_of_orders_that_were_never_placed(word: str) -> None:
    """The Chinese word for re-ordering stock is also the one for faked orders: no file of ours uses it."""
    done = subprocess.run(["git", "grep", "-l", word], cwd=code.ROOT, capture_output=True, text=True, check=False)
    assert [path for path in done.stdout.split() if not path.startswith("tests/")] == []
