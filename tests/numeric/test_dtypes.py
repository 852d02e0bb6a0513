"""`--dtype`: input rounded to a type, computed in float64, the result rounded once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import pytest
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support import oracle
from support.processes import Outcome, python

from actcli import engine
from actcli.activations import ACTIVATIONS
from actcli.activations.record import Kind

if TYPE_CHECKING:
    from conftest import Act

SMALL: dict[str, np.dtype[Any]] = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}
NAMES = [name for name, record in ACTIVATIONS.items() if record.kind is Kind.ELEMENTWISE]


def every(dtype: np.dtype[Any]) -> Any:
    values = np.arange(65536, dtype=np.uint16).view(dtype)
    with np.errstate(invalid="ignore"):  # signalling nans
        return values[np.isfinite(values.astype(float))]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", SMALL)
def test_all_results_of_a_small_type_are_correctly_rounded(kind: str, name: str) -> None:
    dtype = SMALL[kind]
    record = ACTIVATIONS[name]
    x = every(dtype)
    got = engine.evaluate(record, x)
    assert got.dtype == dtype
    precise = engine.evaluate(record, x.astype(float))
    with np.errstate(over="ignore"):
        low, high = (np.sort(precise[:, None] * [1 - 2.0**-22, 1 + 2.0**-22], axis=1).astype(dtype)).T
    tiny = abs(x.astype(float)) < 1e-36  # where float64 cannot tell results from ties
    doubtful = tiny | (
        low != high
    )  # elsewhere 2 ulp of float32, through which ml_dtypes rounds, change nothing
    assert np.array_equal(got[~doubtful], low[~doubtful])
    settings = record.settings()
    with mp.workprec(400):  # the distances from a tie must not be rounded to the same
        wrong = [
            number
            for number, result in zip(x[doubtful], got[doubtful], strict=True)
            if result != rounded(oracle.exact(record, float(number), settings)[0], dtype)
        ]
    assert not wrong


def rounded(exact: Any, dtype: np.dtype[Any]) -> Any:
    """The exact value rounded once, ties to even."""
    with np.errstate(over="ignore"):
        near = np.array(float(exact)).astype(dtype)
        around = [near, np.nextafter(near, dtype.type(-np.inf)), np.nextafter(near, dtype.type(np.inf))]
    if not np.isfinite(near.astype(float)):
        return near
    finite = [value for value in around if np.isfinite(float(value))]
    return min(finite, key=lambda value: (abs(mpf(float(value)) - exact), int(value.view(np.uint16)) & 1))


def test_float32_is_rounded_once() -> None:
    x = np.linspace(-20, 20, 10001, dtype=np.float32)
    got = engine.evaluate(ACTIVATIONS["gelu"], x)
    assert got.dtype == np.float32
    assert np.array_equal(got, engine.evaluate(ACTIVATIONS["gelu"], x.astype(float)).astype(np.float32))


def test_input_is_rounded_and_output_is_the_shortest_of_its_type(act: Act) -> None:
    assert act("linear", "--dtype", "float16", "0.1", "70000", "-F", "plain").out == "0.1\ninf\n"
    assert act("linear", "--dtype", "bfloat16", "0.1", "3.14159", "-F", "plain").out == "0.1\n3.14\n"
    assert act("linear", "--dtype", "float32", stdin="0.1\n16777217\n").out == "0.1\n16777216\n"


def test_bfloat16_without_its_package_names_the_extra() -> None:
    program = "import sys; sys.modules['ml_dtypes'] = None; from actcli.__main__ import main; main()"
    words = ["relu", "1", "--dtype", "bfloat16"]
    message = "act: --dtype bfloat16 needs an optional package: pip install 'actcli[dtypes]'\n"
    assert python(program, *words) == Outcome(2, b"", message)
