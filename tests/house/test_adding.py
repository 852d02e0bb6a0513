"""Adding an activation is one entry in one file: everything else follows from the record."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from support.processes import ENVIRONMENT, UNMEASURED, run

import actcli

pytestmark = pytest.mark.slow  # runs the tests again

ENTRY = '''
from actcli.activations.record import Parameter  # noqa: E402
from actcli.numeric.arrays import propagate_nan  # noqa: E402

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


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one entry more in a family file."""
    root = tmp_path_factory.mktemp("copy")
    package = root / "actcli"
    shutil.copytree(Path(actcli.__file__).parent, package)
    family = package / "activations" / "smooth.py"
    family.write_text(family.read_text() + ENTRY)
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


def test_it_is_tested(copy: Path) -> None:
    """The properties over all records find it, and fail if its derivative is wrong."""
    tests = Path(__file__).parents[1]
    program = (sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-k", "throw-away")
    environment = {**UNMEASURED, "PYTHONPATH": str(copy)}
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
