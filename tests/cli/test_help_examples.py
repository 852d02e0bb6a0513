"""Every help page ends with examples, and every example works as it stands there."""

from __future__ import annotations

import csv
import io
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import pytest
from support.oracle import exact, exact_many

from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.record import Kind
from actcli.cli.menu import EXAMPLES, VERBS, menu
from actcli.cli.options import PARAMETERS, briefly
from actcli.cli.parser import Option
from actcli.engine import evaluate
from actcli.numeric.dtypes import every
from actcli.numeric.numerals import shortest

if TYPE_CHECKING:
    from conftest import Act
    from support.processes import Outcome

    from actcli.activations.record import Activation

ROOT = menu()
CONTEXT = click.Context(ROOT, info_name="act")
PAGES = [[], *([name] for name in (*ACTIVATIONS, *VERBS))]
DATA = "id,score,x,x1,x2,a,b\nr,-2,0.25,1,2,3,-4\ns,0.5,-7,0,-1,0.5,2\n"


def examples(page: list[str]) -> list[str]:
    if not page:
        return list(EXAMPLES)
    command = ROOT.get_command(CONTEXT, page[0])
    return list(getattr(command, "examples", ()))


EVERY = list(dict.fromkeys(example for page in PAGES for example in examples(page)))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data.csv").write_text(DATA)
    (tmp_path / "weights.csv").write_text("0.5\n-2\n")
    (tmp_path / "results.csv").write_text("x,y\n0,0\n1,0.7615942\n")
    silu = evaluate(ACTIVATIONS["silu"], every("float16"))
    for name, array in (("x", np.zeros(3)), ("y", np.zeros(3)), ("half", silu)):
        np.save(tmp_path / f"{name}.npy", array)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids="-".join)
def test_every_help_page_ends_with_its_examples(act: Act, page: list[str]) -> None:
    shown = act(*page, "--help").out
    assert examples(page)
    assert shown.endswith("\nExamples:\n" + "".join(f"  {example}\n" for example in examples(page)))


def ran(act: Act, example: str) -> Outcome:
    """An example, run; what stands before and behind a pipe is the shell's."""
    *before, line = example.partition(" > ")[0].partition(" | man")[0].split(" | ")
    stdin = before[0].removeprefix("echo ") + "\n" if before else ""
    first, *words = shlex.split(line)
    assert first == "act"
    return act(*words, stdin=stdin)


def first_word(example: str) -> str:
    return example.removeprefix("act ").partition(" ")[0]


@pytest.mark.slow
@pytest.mark.parametrize("example", EVERY)
def test_every_example_works(act: Act, example: str) -> None:
    outcome = ran(act, example)
    if "pip install" in outcome.err:
        pytest.skip(outcome.err)
    assert outcome.code == 0, outcome.err
    telling = "--like all" in example or first_word(example) == "lut"  # agreement, or a table's error
    assert (outcome.err == "") != telling
    target = example.partition(" -o ")[2]
    assert (Path(target).read_text() if target else outcome.out).strip()


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_examples_of_an_activation_give_its_formula(act: Act, name: str) -> None:
    record = RECORDS[name]
    table, derivative, filtered = examples([name])
    numbers = [float(word) for word in table.split()[2:]]
    zeroth, first = truth(record, numbers, 0), truth(record, numbers, 1)
    _, *rows = csv.reader(io.StringIO(ran(act, derivative).out))
    skipped = 2 if record.kind is Kind.GATED else 1
    computed = [[float(cell) for cell in row[skipped:]] for row in rows]
    near([row[0] for row in computed], zeroth, 1e-15)
    near([cell for row in computed for cell in row[1:]], first, 1e-15)
    near([float(line.split("│")[-2]) for line in ran(act, table).out.splitlines()[3:-1]], zeroth, 1e-5)
    near(filter_results(record, ran(act, filtered).out), filter_truth(record), 1e-15)


def truth(record: Activation, numbers: list[float], order: int) -> list[float]:
    settings = record.settings()
    if record.kind is Kind.ELEMENTWISE:
        return [float(exact(record, x, settings)[order]) for x in numbers]
    return [float(y) for y in exact_many(record, numbers, settings, order)]


def filter_results(record: Activation, text: str) -> list[float]:
    rows = list(csv.DictReader(io.StringIO(text)))
    columns = {Kind.ELEMENTWISE: ["score"], Kind.VECTOR: ["a", "b"], Kind.GATED: [f"a_{record.name}"]}
    return [float(row[column]) for row in rows for column in columns[record.kind]]


def filter_truth(record: Activation) -> list[float]:
    if record.kind is Kind.ELEMENTWISE:
        return truth(record, [-2.0, 0.5], 0)
    return [y for row in ([3.0, -4.0], [0.5, 2.0]) for y in truth(record, row, 0)]


def near(got: list[float], true: list[float], tolerance: float) -> None:
    assert got == pytest.approx(true, rel=tolerance, abs=0, nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_help_is_no_wider_than_the_terminal(act: Act, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for page in ([], *([name] for name in ("relu", "softmax", *VERBS))):
        shown = act(*page, "--help").out.partition("\nExamples:\n")[0]
        if page == ["completion"]:
            shown = shown.partition("\n  bash ")[0]  # lines that are to be copied
        assert max(map(len, shown.splitlines())) <= columns
    assert "[table, csv, tsv, json," in " ".join(act("relu", "--help").out.split()) or columns > 56


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids="-".join)
def test_help_begins_with_what_an_option_is(page: list[str]) -> None:
    command = ROOT.get_command(CONTEXT, page[0]) if page else ROOT
    assert command is not None
    for option in command.params:
        if isinstance(option, Option) and option.group != PARAMETERS:
            assert option.help is not None
            assert re.match(r"[A-Z0]\S* [\w']", option.help), f"{option.opts}: {option.help}"
            assert re.fullmatch(r"[A-Z][a-z]+( .*)?", option.group), f"{option.opts}: {option.group}"


@pytest.mark.parametrize(
    ("verb", "true", "false"),
    [
        ("list", [".json"], [".npy", ".parquet", "DIR/", ".md"]),
        ("info", [".json", ".md"], [".npy", ".parquet", "DIR/"]),
        ("compare", [".json", ".parquet", "DIR/"], [".npy"]),
        ("neuron", [".json", ".parquet", "DIR/"], [".npy"]),
        ("plot", [".svg", ".html", ".csv"], [".npy", ".parquet", "DIR/"]),
        ("relu", [".json", ".npy", ".parquet", "DIR/"], []),
    ],
)
def test_help_names_the_files_that_a_verb_writes(verb: str, true: list[str], false: list[str]) -> None:
    text = help_of(verb, "--output")
    assert all(name in text for name in true)
    assert not any(name in text for name in false)


def test_help_tells_functions_across_columns_from_others() -> None:
    for name in ("softmax", "glu", "neuron"):
        assert "all columns, which must be numbers" in help_of(name, "--columns")
        assert "is an error here" in help_of(name, "--missing")
    assert "every column of numbers, as the first 100 rows have it]" in help_of("relu", "--columns")
    assert "which stays as it is;" in help_of("relu", "--missing")
    assert "functions across columns" in help_of("compare", "--missing")
    for name in ("relu", "softmax", "compare", "neuron"):
        assert "they replace the default ones" in help_of(name, "--missing")


def help_of(verb: str, option: str) -> str:
    command = ROOT.get_command(CONTEXT, verb)
    assert command is not None
    found = next(p for p in command.params if option in p.opts)
    return getattr(found, "help", None) or ""


def test_help_writes_defaults_as_the_program_writes_numbers() -> None:
    defaults = {p.default for record in RECORDS.values() for p in record.parameters}
    numbers = [default for default in defaults if isinstance(default, float)]
    assert numbers
    for default in numbers:
        assert briefly(default) == shortest(default)
