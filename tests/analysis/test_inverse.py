"""The inverse: the float64 nearest to the x at which a function has a value."""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support import oracle

from actcli import evaluate
from actcli.activations import ACTIVATIONS
from actcli.activations.record import Kind
from actcli.analysis.inverse import inverse
from actcli.errors import UsageError
from actcli.exact import of_formula

if TYPE_CHECKING:
    from conftest import Act

    from actcli.activations.record import Activation

pytest.importorskip("flint", reason="python-flint is not installed")

RISING = [
    record
    for record in ACTIVATIONS.values()
    if record.kind is Kind.ELEMENTWISE and record.monotone == "increasing"
]
TURNING = ["silu", "mish", "gelu", "gelu-tanh", "quick-gelu", "lisht"]
X = np.concatenate([np.random.default_rng(3).normal(0, 3, 12), [0.0, 1e-9, -1e-9, 30.0, -30.0]])


def check_nearest(record: Activation, y: np.ndarray[Any, Any], x: np.ndarray[Any, Any]) -> None:
    """The function, half a spacing below and above x, lies on both sides of y."""
    settings = record.settings()
    for value, place in zip(y.tolist(), x.tolist(), strict=True):
        with mp.workprec(3000):
            ends = [(mpf(place) + mpf(math.nextafter(place, side))) / 2 for side in (-math.inf, math.inf)]
            beside = [oracle.differentiated(record, end, settings)[0] - mpf(value) for end in ends]
        assert beside[0] * beside[1] <= 0, (record.name, value, place)


@pytest.mark.slow
@pytest.mark.parametrize("record", RISING, ids=lambda record: record.name)
def test_a_rising_function_has_an_inverse(record: Activation) -> None:
    y = evaluate(record, X)
    limits = evaluate(record, [-math.inf, math.inf])
    y = y[(y > limits[0]) & (y < limits[1])]
    check_nearest(record, y, evaluate(inverse(record), y))


@pytest.mark.slow
@pytest.mark.parametrize("name", TURNING)
def test_a_function_that_turns_has_one_on_each_side(name: str) -> None:
    record = ACTIVATIONS[name]
    for side, sign in (("left", -1), ("right", 1)):
        x = sign * np.array([2.0, 3.5, 8.0])
        y = evaluate(record, x)
        found = evaluate(inverse(record, side), y)
        check_nearest(record, y, found)
        assert np.allclose(found, x, rtol=1e-6)


def test_what_the_function_never_is_has_none() -> None:
    assert np.isnan(evaluate(inverse(ACTIVATIONS["sigmoid"]), [0.0, 1.0, -0.5, math.inf, math.nan])).all()
    assert np.isnan(evaluate(inverse(ACTIVATIONS["gelu"], "right"), [-0.17])).all()
    jump = of_formula("x if x < 0 else x + 1")
    assert np.array_equal(evaluate(inverse(jump), [-2.0, 0.5, 1.5]), [-2.0, math.nan, 0.5], equal_nan=True)


def test_it_is_rounded_once_to_its_type() -> None:
    y = np.linspace(0.1, 0.9, 9).astype(np.float16)
    wide = evaluate(inverse(ACTIVATIONS["sigmoid"]), y.astype(float))
    narrow = evaluate(inverse(ACTIVATIONS["sigmoid"]), y)
    assert narrow.dtype == np.float16
    assert np.array_equal(narrow, wide.astype(np.float16))


def test_it_travels_to_other_processes() -> None:
    again = pickle.loads(pickle.dumps(inverse(ACTIVATIONS["gelu"], "right")))  # noqa: S301  its own
    assert evaluate(again, [0.5]).tolist() == [0.6683959705421602]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "side", "says"),
    [
        ("relu", "", "is constant somewhere"),
        ("hard-tanh", "", "is constant somewhere"),
        ("sigmoid", "left", "has one side; leave it out"),
        ("silu", "", "turns at x = -1.27846; say --side left, or right"),
        ("softmax", "", "is of several numbers"),
    ],
)
def test_a_function_without_an_inverse_is_refused(name: str, side: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        evaluate(inverse(ACTIVATIONS[name], side), [0.5])
    with pytest.raises(UsageError, match="turns more than once"):
        evaluate(inverse(of_formula("sin(x)")), [0.5])
    with pytest.raises(UsageError, match="has more than two branches"):
        evaluate(inverse(of_formula("tan(x)")), [0.5])
    with pytest.raises(UsageError, match="is interrupted at x = 0; say --side left, or right"):
        evaluate(inverse(of_formula("1/x")), [0.5])


LINES = {
    "sigmoid --inverse 0.9 -F csv": "x,sigmoid-inverse\n0.9,2.1972245773362196\n",
    "gelu --inverse --side right 0.5 -F csv": "x,gelu-inverse\n0.5,0.6683959705421602\n",
    "x**3+x --inverse 2 -F csv": "x,inverse(x**3+x)\n2,1\n",
    "logit --inverse 2 -F plain": "0.8807970779778824\n",
    "log(x) --inverse 1 -F plain": "2.718281828459045\n",
    "sqrt(x) --inverse 0 2 -F plain": "0\n4\n",
    "atanh(x) --inverse -2 0 -F plain": "-0.9640275800758169\n0\n",
    "1/x --inverse --side right 2 -F plain": "0.5\n",
    "(x-1)/(x+1) --inverse --side left 2 -F plain": "-3\n",
    "exponential --inverse 2 --dtype float16 -F csv": "x,exponential-inverse\n2,0.6934\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_it_is_an_option_of_activations(act: Act, line: str) -> None:
    assert act(*line.split()).out == LINES[line]


def test_typed_numbers_outside_of_the_range_are_an_error_and_cells_a_note(act: Act) -> None:
    outcome = act("tanh", "--inverse", "0.5", "1.5")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", "act: tanh never has the value 1.5\n")
    outcome = act("tanh", "--inverse", stdin="p\n0.5\n1.5\n")
    assert outcome.out == "p\n0.5493061443340549\nnan\n"
    assert outcome.err == "act: 1 result computed as nan: not known there, or no number\n"
