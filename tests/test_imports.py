"""Which part of the house may know which: imports point one way."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1] / "actcli"

PARTS = {
    "__init__": "",
    "errors": "",
    "signals": "",
    "numeric": "",
    "numerals": "numeric",
    "taylor": "numeric",
    "activation": "errors",
    "activations": "activation numeric taylor",
    "like": "errors numeric activation activations",
    "precision": "errors numeric",
    "ties": "numeric activation",
    "engine": "errors numeric activation ties",
    "landmarks": "numeric activation engine",
    "notation": "",
    "batch": "numeric numerals",
    "computation": "errors numeric activation precision engine",
    "destination": "errors signals",
    "remote": "errors signals destination",
    "arrow": "errors",
    "sources": "errors numeric numerals activation batch remote arrow",
    "arrays": "errors numeric activation precision engine destination sources",
    "formats": "errors numeric numerals batch arrow",
    "tables": "errors numeric batch arrow destination sources formats",
    "plots": "errors numeric numerals activation engine landmarks",
    "ring": "errors signals batch",
    "scale": "errors numeric batch ring",
    "columns": "errors numeric batch sources",
    "pipeline": "errors batch scale columns sources formats",
    "worker": "errors batch destination remote sources pipeline",
    "cluster": "__init__ errors signals batch destination remote sources scale pipeline worker",
    "commands": "__init__ errors signals numeric numerals activation activations like precision engine "
    "landmarks notation batch computation destination remote sources arrays formats tables plots scale "
    "pipeline worker cluster",
    "__main__": "errors signals commands",
}
"""Each part, and those that it may import when it runs; only parts above it can be among them."""

LIBRARIES = {
    "click": {"commands", "__main__"},
    "numpy": {"numeric"},
    "orjson": {"numerals", "sources", "formats"},
    "rich": {"formats.table", "commands.progress"},
    "ml_dtypes": {"precision"},
    "matplotlib": {"plots"},
    "distributed": {"cluster"},
    "fsspec": {"remote"},
    "pyarrow": {"arrow"},
}
"""Each library, and the parts or modules that alone may import it."""

AT_ONCE = {"click"}
"""Libraries that may be imported while a module loads; all others wait for the function that needs them."""


class Import(NamedTuple):
    """An import statement: in which module, of what, and whether it runs when the module loads."""

    module: str
    target: str
    at_once: bool

    @property
    def part(self) -> str:
        return self.module.partition(".")[0]

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
OWN = [found for found in IMPORTS if found.target.split(".")[0] == "actcli"]
FOREIGN = [
    found for found in IMPORTS if found.target.split(".")[0] not in {"actcli", *sys.stdlib_module_names}
]


def _part(target: str) -> str:
    return target.removeprefix("actcli").removeprefix(".").partition(".")[0] or "__init__"


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_its_place(module: str) -> None:
    part = module.partition(".")[0]
    assert part in PARTS, f"say in PARTS what {part} may import"


@pytest.mark.parametrize("part", PARTS)
def test_the_table_points_one_way(part: str) -> None:
    above = list(PARTS)[: list(PARTS).index(part)]
    assert set(PARTS[part].split()) <= set(above)


@pytest.mark.parametrize("found", OWN, ids=str)
def test_parts_import_only_what_they_may(found: Import) -> None:
    other = _part(found.target)
    assert other == found.part or other in PARTS[found.part].split()


@pytest.mark.parametrize("found", FOREIGN, ids=str)
def test_libraries_are_imported_in_their_places(found: Import) -> None:
    library = found.target.partition(".")[0]
    assert library in LIBRARIES, f"say in LIBRARIES who may import {library}"
    assert {found.part, found.module} & LIBRARIES[library]


@pytest.mark.parametrize("found", [f for f in FOREIGN if f.at_once], ids=str)
def test_libraries_wait_until_they_are_needed(found: Import) -> None:
    assert found.target.partition(".")[0] in AT_ONCE


def test_pages_are_written_as_results_are() -> None:
    """Click's echo leaves errors of standard output to whoever comes."""
    names = {module: {getattr(n, "attr", "") for n in ast.walk(tree)} for module, tree in MODULES.items()}
    assert [module for module, used in names.items() if "echo" in used] == []


def test_errors_import_nothing() -> None:
    assert not [found for found in IMPORTS if found.module == "errors" and found.target != "__future__"]
