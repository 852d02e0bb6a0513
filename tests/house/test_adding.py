"""Adding an activation is one entry in one file, adding a format or a dtype one record: the rest follows."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from support.processes import ENVIRONMENT, run

import actcli

pytestmark = pytest.mark.slow  # runs the tests again

ENTRY = '''
from actcli.activations.record import Parameter  # noqa: E402
from actcli.numeric import propagate_nan  # noqa: E402

@activation(
    "b*x**2",
    derivatives=("2*b*x", "2*b"),
    parameters=(Parameter("b", 1.0, "how steep"),),
    requires=("b > 0",),
    range="[0, inf)",
    monotone="no",
)
def throw_away(x: Array, b: float) -> Jet:
    """A parabola, for this test alone."""
    yield b * x * x
    yield 2 * b * x
    yield propagate_nan(x, 2 * b)
'''


FORMAT = '''
"""Rows between exclamation marks."""

BETWEEN = b""


def head(_):
    return b"<<\\n"


def body(schema, batch, results):
    records = schema.records(batch, results)
    return b"".join(b"!".join(c.encode() if isinstance(c, str) else c for c in r) + b"\\n" for r in records)


def tail(_):
    return b">>\\n"
'''


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one entry more in a family file."""
    root = tmp_path_factory.mktemp("copy")
    package = root / "actcli"
    shutil.copytree(Path(actcli.__file__).parent, package)
    family = package / "activations" / "smooth.py"
    family.write_text(family.read_text() + ENTRY)
    formats = package / "io" / "formats"
    (formats / "shout.py").write_text(FORMAT)
    record = '    Format("shout", ".out", (".sho",)),\n    Format("same"'
    records = formats / "__init__.py"
    records.write_text(records.read_text().replace('    Format("same"', record))
    types = package / "numeric" / "dtypes.py"
    half = '    FloatType("float16"'
    types.write_text(types.read_text().replace(half, '    FloatType("float8_e8m0fnu", 0, -127),\n' + half))
    return root


def ran(copy: Path, *words: str) -> str:
    program = (sys.executable, "-W", "error", "-m", "actcli")
    done = run(*words, program=program, cwd=copy, env=ENVIRONMENT | {"PYTHONPATH": str(copy)})
    assert done.code == 0, done.err
    return done.out


def test_it_computes(copy: Path) -> None:
    out = ran(copy, "throw-away", "-d", "all", "-F", "csv", "-3", "--b", "2")
    assert out == "x,throw-away,throw-away_d1,throw-away_d2\n-3,18,-12,4\n"


def test_any_spelling_finds_it(copy: Path) -> None:
    assert ran(copy, "ThrowAway", "3", "-F", "plain") == "9\n"


def test_it_is_documented(copy: Path) -> None:
    assert "A parabola, for this test alone." in ran(copy, "--help")
    assert "how steep" in ran(copy, "throw-away", "--help")
    assert "throw-away" in ran(copy, "list")
    assert "f(x)   = bx²" in ran(copy, "info", "throw-away")


def test_a_format_is_a_module_and_a_record(copy: Path, tmp_path: Path) -> None:
    table = tmp_path / "x.csv"
    table.write_text("a,b\nu,-1\nv,2\n")
    shouted = "<<\nu!0\nv!2\n>>\n"
    assert ran(copy, "relu", "-F", "shout", str(table)) == shouted
    assert ran(copy, "relu", "-F", "shout", "-1", "2") == "<<\n-1!0\n2!2\n>>\n"
    ran(copy, "relu", str(table), "-o", str(tmp_path / "y.sho"))
    assert (tmp_path / "y.sho").read_text() == shouted
    ran(copy, "relu", str(table), "-F", "shout", "-o", f"{tmp_path}/results/")
    assert (tmp_path / "results" / "x.out").read_text() == shouted
    assert "shout" in ran(copy, "relu", "--help")


def test_a_dtype_is_a_record(copy: Path) -> None:
    """A type of powers of 2, of which the package knows nothing."""
    pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    assert (
        ran(copy, "linear", "--dtype", "float8_e8m0fnu", "-p", "17", "-F", "plain", "3.1", "16") == "4\n16\n"
    )


def test_it_is_tested(copy: Path) -> None:
    """The properties over all records find it, and fail if its derivative is wrong."""
    tests = Path(__file__).parents[1]
    program = (sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-k", "throw-away")
    environment = {**ENVIRONMENT, "PYTHONPATH": str(copy)}
    target = str(tests / "activations" / "test_activations.py")
    right = run(target, program=program, env=environment, cwd=copy)
    assert right.code == 0, right.out
    assert "passed" in right.out
    family = copy / "actcli" / "activations" / "smooth.py"
    healthy = family.read_text()
    family.write_text(healthy.replace("yield 2 * b * x\n", "yield 3 * b * x\n"))
    wrong = run(target, program=program, env=environment, cwd=copy)
    family.write_text(healthy)
    assert wrong.code == 1, wrong.out
