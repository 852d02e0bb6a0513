"""What import-linter has no contract for; which room may import which stands in pyproject.toml."""

from __future__ import annotations

import ast
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2] / "actcli"

PROJECT = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())
GUARDED = {
    library
    for contract in PROJECT["tool"]["importlinter"]["contracts"]
    if contract["type"] == "protected"
    for library in contract["protected_modules"]
}
"""The libraries of which a contract says who may import them."""

AT_ONCE = {"click"}
"""Libraries that may be imported while a module loads; all others wait for the function that needs them."""


class Import(NamedTuple):
    """An import statement: in which module, of what, and whether it runs when the module loads."""

    module: str
    target: str
    at_once: bool

    def __str__(self) -> str:
        return f"{self.module} imports {self.target}"


@cache
def modules() -> dict[str, ast.Module]:
    """Return the syntax tree of each module by name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = ast.parse(path.read_text())
    return found


def imports(node: ast.AST, module: str, *, at_once: bool = True) -> Iterator[Import]:
    """All that are run, so not those for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield from imports(other, module, at_once=at_once)
            continue
        if isinstance(child, ast.Import):
            yield from (Import(module, alias.name, at_once) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (Import(module, target, at_once) for target in _targets(child))
        inside = isinstance(child, ast.FunctionDef | ast.Lambda)
        yield from imports(child, module, at_once=at_once and not inside)


def _targets(statement: ast.ImportFrom) -> Iterator[str]:
    """`from actcli.io import csv` is an import of actcli.io.csv if that is a module."""
    assert statement.level == 0, "imports are absolute"
    for alias in statement.names:
        whole = f"{statement.module}.{alias.name}"
        is_module = whole.removeprefix("actcli.") in modules()
        yield whole if is_module else str(statement.module)


@cache
def all_imports() -> list[Import]:
    return [found for module, tree in modules().items() for found in imports(tree, module)]


def foreign() -> list[Import]:
    ours = {"actcli", *sys.stdlib_module_names}
    return [found for found in all_imports() if found.target.split(".")[0] not in ours]


def test_a_contract_says_who_may_import_a_library() -> None:
    known = {*GUARDED, "numpy"}
    assert len(foreign()) > 20
    assert [str(found) for found in foreign() if found.target.partition(".")[0] not in known] == []


def test_numpy_is_imported_by_numeric_alone() -> None:
    """Any module may import it for types, of which a contract would know nothing."""
    assert {found.module for found in foreign() if found.target.split(".")[0] == "numpy"} == {"numeric"}


def test_libraries_wait_until_they_are_needed() -> None:
    at_once = [found for found in foreign() if found.at_once]
    assert [str(found) for found in at_once if found.target.partition(".")[0] not in AT_ONCE] == []


@pytest.mark.slow
def test_pages_are_written_as_results_are() -> None:
    """Click's echo leaves errors of standard output to whoever comes."""
    names = {module: {getattr(n, "attr", "") for n in ast.walk(tree)} for module, tree in modules().items()}
    assert [module for module, used in names.items() if "echo" in used] == []


def test_errors_import_nothing() -> None:
    assert not [found for found in all_imports() if found.module == "errors" and found.target != "__future__"]
