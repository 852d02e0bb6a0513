"""What is not imported on which path: a quick start is a property, so it is tested as one."""

from __future__ import annotations

import pytest
from support.processes import ENVIRONMENT, Outcome, python

pytestmark = pytest.mark.slow  # starts an interpreter for each path

HEAVY = {"numpy", "rich", "orjson", "matplotlib", "dask", "distributed", "ml_dtypes", "pyarrow"}
SLOW = {
    "importlib.metadata",
    "csv",
    "tempfile",
    "pathlib",
    "asyncio",
    "email",
    "unittest",
    "fractions",
    "decimal",
}
"""Modules of the standard library whose import a user would feel; some of them NumPy imports itself."""
UNASKED = {"difflib", "actcli.cli.run.run", "actcli.io.formats.table"}
"""What help and completion have no need of."""


def loaded(*arguments: str, **environment: str) -> set[str]:
    """The modules that a run of the program has imported when it ends."""
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: sys.stderr.write('\\nMODULES ' + ' '.join(sys.modules)))\n"
        "from actcli.__main__ import main\n"
        "main()\n"
    )
    done = python(program, *arguments, env=ENVIRONMENT | environment)
    assert done.code in (0, 2), done.err
    return set(done.err.rpartition("MODULES ")[2].split())


QUICK = {
    "help": ["--help"],
    "help of an activation": ["relu", "--help"],
    "version": ["--version"],
    "nothing": [],
    "a typo": ["rellu", "1"],
    "a number first": ["1", "2", "3"],
    "an option that is not there": ["relu", "--alhpa", "1"],
    "a choice that is not there": ["relu", "1", "-F", "xls"],
    "a number that is none": ["relu", "--alpha", "x"],
    "a word that is neither number nor file": ["relu", "1,5"],
    "a parameter out of bounds": ["softplus", "--beta", "0", "1"],
    "completion's script": ["completion", "bash"],
}


@pytest.mark.parametrize("arguments", QUICK.values(), ids=QUICK)
def test_nothing_heavy_is_imported_before_there_are_numbers(arguments: list[str]) -> None:
    assert not loaded(*arguments) & (HEAVY | SLOW)


@pytest.mark.parametrize("arguments", [["--help"], ["relu", "--help"], ["--version"], ["completion", "bash"]])
def test_a_help_page_finds_its_options_without_what_runs_them(arguments: list[str]) -> None:
    assert not loaded(*arguments) & UNASKED


COMPLETED = ["act ", "act re", "act relu --", "act relu --format=j", "act relu -1 --like "]


@pytest.mark.parametrize("line", COMPLETED)
def test_completion_imports_nothing_heavy(line: str) -> None:
    assert not loaded(_ACT_COMPLETE="fish_complete", _ACT_BEFORE=line) & (HEAVY | SLOW | UNASKED)


MACHINE = {
    "typed numbers": ["relu", "1", "2", "-F", "csv"],
    "an empty input": ["relu", "-F", "csv"],
    "a derivative": ["softplus", "-d", "0,1,2", "-2:2", "-F", "json"],
}


@pytest.mark.parametrize("arguments", MACHINE.values(), ids=MACHINE)
def test_machine_formats_do_without_rich(arguments: list[str]) -> None:
    modules = loaded(*arguments)
    assert not modules & (HEAVY - {"numpy", "orjson"})
    assert not modules & (
        SLOW - {"pathlib", "csv", "tempfile", "fractions", "decimal"}
    )  # NumPy imports these itself


def test_importing_the_package_imports_nothing() -> None:
    program = "import sys; before = set(sys.modules); import actcli; print(*set(sys.modules) - before)"
    assert python(program) == Outcome(0, b"actcli\n", "")


def test_the_tables_of_further_frameworks_are_read_when_one_is_asked_for() -> None:
    tables = "actcli.activations.elsewhere"
    assert tables not in loaded("--help") | loaded("gelu", "1") | loaded("relu", "--alpha", "0.1", "1")
    assert tables in loaded("gelu", "--like", "mlx", "1")
