"""The product's source, parsed once."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("backoffice", "suppliers", "orders", "customercare")
TEMPLATES = ROOT / "templates"


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file. path: from the root, with slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        """Its folders and its name without .py."""
        return tuple(self.path.removesuffix(".py").split("/"))


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file below these folders, migrations included."""
    return tuple(_read(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


def product() -> list[Source]:
    """Every Python file of the product but migrations."""
    return [source for source in sources(*PACKAGES) if "migrations" not in source.parts]


def migrations() -> list[Source]:
    """Every migration of the product."""
    return [s for s in sources(*PACKAGES) if "migrations" in s.parts and s.parts[-1] != "__init__"]


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of what is called: save for order.save()."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@cache
def templates() -> dict[str, str]:
    """Every template by its name; comments are left out."""
    found = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}|<!--.*?-->", "", text, flags=re.DOTALL)
        found[path.relative_to(TEMPLATES).as_posix()] = text
    return found


def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text))
