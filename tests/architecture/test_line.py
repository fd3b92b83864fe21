"""The line of the house: kernel, messaging, suppliers, orders, customercare; every arrow points to the left."""

import ast

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from importlinter import cli

from tests.architecture import code

LINE = ("kernel", "messaging", "suppliers", "orders", "customercare")
RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField")
# Several kinds of act in one migration -> why they belong together.
ONE_IDEA = {
    "messaging.0003_slim_indexes": "exchanges one set of indexes for a smaller one",
    "messaging.0006_list_at_rest": "exchanges an index for a smaller one",
    "messaging.0007_search_at_rest": "exchanges an index for a smaller one",
}
# A field class is frozen into the schema like Django's own.
MIGRATIONS_MAY_IMPORT = ("backoffice.kernel.fields",)


def test_the_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    broken = cli.lint_imports(no_cache=True)
    assert broken == 0, capsys.readouterr().out


def test_every_app_of_ours_is_on_the_line_in_this_order() -> None:
    ours = [config.label for config in apps.get_app_configs() if config.name.split(".")[0] in code.PACKAGES]
    assert [label for label in ours if label in LINE] == list(LINE)
    assert set(ours) == set(LINE)


def test_foreign_keys_name_the_class() -> None:
    """A string would hide the arrow from the import contracts."""
    found = [
        f"{source.path}:{call.lineno} {ast.unparse(call.args[0])}"
        for source in code.product()
        for name, call in code.calls(source.tree)
        if name in RELATIONS and call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value != "self"
    ]
    assert found == []


def test_migrations_depend_to_the_left_only() -> None:
    found = []
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in LINE:
            allowed = LINE[: LINE.index(app) + 1]
            found += [
                f"{app}.{name} needs {on}" for on, _n in migration.dependencies if on in LINE and on not in allowed
            ]
            found += [f"{app}.{name} runs before {other}" for other in migration.run_before]
    assert found == []


def test_migrations_import_no_code_of_ours() -> None:
    """What a migration imports today is something else tomorrow."""
    found = [
        f"{source.path}: {module}"
        for source in code.migrations()
        for module in code.imported(source.tree)
        if module.split(".")[0] in code.PACKAGES and module not in MIGRATIONS_MAY_IMPORT
    ]
    assert found == []


def test_a_migration_has_one_act() -> None:
    """The first of an app makes its tables; every other one does one thing and can be undone."""
    loader = MigrationLoader(None)
    later = {
        key: one for key, one in loader.disk_migrations.items() if key[0] in LINE and not key[1].startswith("0001")
    }
    assert later
    kinds = {f"{app}.{name}": {type(act).__name__ for act in one.operations} for (app, name), one in later.items()}
    assert {name: sorted(acts) for name, acts in kinds.items() if len(acts) > 1 and name not in ONE_IDEA} == {}
    assert set(ONE_IDEA) <= set(kinds)
    fixed = [f"{app}.{name}" for (app, name), one in later.items() if not all(act.reversible for act in one.operations)]
    assert fixed == []


def test_rules_are_pure() -> None:
    rules = [source for source in code.product() if "rules" in source.parts or source.path.endswith("kernel/roles.py")]
    assert len(rules) > 8
    unclean = ("django", "celery", "redis", "psycopg", "ninja")
    found = [
        f"{source.path}: {module}"
        for source in rules
        for module in code.imported(source.tree)
        if module.split(".")[0] in unclean
    ]
    assert found == []
