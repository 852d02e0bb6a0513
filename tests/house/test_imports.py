"""Which part of the house may know which: imports point one way."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2] / "actcli"

LIBRARIES = {
    "click": {"cli", "__main__"},
    "numpy": {"numeric"},
    "orjson": {"numeric.numerals", "io"},
    "rich": {"io.formats.table", "cli.display.progress"},
    "ml_dtypes": {"numeric.dtypes"},
    "matplotlib": {"plots"},
    "distributed": {"pipeline.cluster"},
    "fsspec": {"io.remote"},
    "pyarrow": {"io.arrow"},
}
"""Each library, and the parts or modules that alone may import it."""

AT_ONCE = {"click"}
"""Libraries that may be imported while a module loads; all others wait for the function that needs them."""


class Import(NamedTuple):
    """An import statement: in which module, of what, and whether it runs when the module loads."""

    module: str
    target: str
    at_once: bool

    def __str__(self) -> str:
        return f"{self.module} imports {self.target}"


def modules() -> dict[str, ast.Module]:
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
    """`from actcli.sources import csv` is an import of actcli.sources.csv if that is a module."""
    assert statement.level == 0, "imports are absolute"
    for alias in statement.names:
        whole = f"{statement.module}.{alias.name}"
        is_module = whole.removeprefix("actcli.") in MODULES
        yield whole if is_module else str(statement.module)


MODULES = modules()
IMPORTS = [found for module, tree in MODULES.items() for found in imports(tree, module)]
FOREIGN = [
    found for found in IMPORTS if found.target.split(".")[0] not in {"actcli", *sys.stdlib_module_names}
]


@pytest.mark.parametrize("found", FOREIGN, ids=str)
def test_libraries_are_imported_in_their_places(found: Import) -> None:
    library = found.target.partition(".")[0]
    assert library in LIBRARIES, f"say in LIBRARIES who may import {library}"
    assert any(f"{found.module}.".startswith(f"{place}.") for place in LIBRARIES[library])


@pytest.mark.parametrize("found", [f for f in FOREIGN if f.at_once], ids=str)
def test_libraries_wait_until_they_are_needed(found: Import) -> None:
    assert found.target.partition(".")[0] in AT_ONCE


def test_pages_are_written_as_results_are() -> None:
    """Click's echo leaves errors of standard output to whoever comes."""
    names = {module: {getattr(n, "attr", "") for n in ast.walk(tree)} for module, tree in MODULES.items()}
    assert [module for module, used in names.items() if "echo" in used] == []


def test_errors_import_nothing() -> None:
    assert not [found for found in IMPORTS if found.module == "errors" and found.target != "__future__"]
