"""Ties that float64 cannot tell from what lies a hair beside them."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support import oracle

from actcli import engine
from actcli.activations import ACTIVATIONS, RECORDS
from actcli.activations.record import Kind
from actcli.numeric import ties

TIED = ("xielu", "xielu-stored")
"""The rounding of 0.8 x^2 + x/2 may make a tie."""
ELEMENTWISE = [n for n, record in RECORDS.items() if record.kind is Kind.ELEMENTWISE and n not in TIED]


def nearest(exact: Any, dtype: np.dtype[Any]) -> float:
    """The nearest number of the type, the even one of two."""
    bits = f"u{dtype.itemsize}"
    near = np.array(float(exact)).astype(dtype)
    around = [near, np.nextafter(near, dtype.type(-np.inf)), np.nextafter(near, dtype.type(np.inf))]
    return float(min(around, key=lambda y: (abs(mpf(float(y)) - exact), int(y.view(bits)) & 1)))


def near_zero(dtype: np.dtype[Any]) -> Any:
    """Odd multiples of small powers of two, with results on the tangent at 0, and any small numbers."""
    least = float(np.nextafter(dtype.type(0), dtype.type(1)))
    chance = np.random.default_rng(7)
    odd = chance.integers(0, 30, 6) * 2 + 1
    powers = np.array([least, 4 * least, 2.0**-23, 2.0**-22, 2.0**-20])
    powers = np.concatenate([powers, 5 * powers, 3 * powers, 9 * powers])  # ties of x/5, x/6, x/48 among them
    x = np.concatenate(
        [np.outer(powers, odd).ravel(), chance.uniform(0, ties.possibly_subnormal(dtype.name), 20)]
    ).astype(dtype)
    return np.unique(np.concatenate([x, -x]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("dtype", [np.dtype(np.float32), np.dtype(ml_dtypes.bfloat16)], ids=str)
def test_results_near_zero_are_rounded_once(name: str, dtype: np.dtype[Any]) -> None:
    record = RECORDS[name]
    x = near_zero(dtype)
    got = engine.evaluate(record, x)
    settings = record.settings()
    with mp.workprec(400):  # the distances from a tie must not be rounded to the same
        wrong = [
            (float(number), float(y))
            for number, y in zip(x, got, strict=True)
            if record.domain[0] <= number <= record.domain[1]
            and float(y) != nearest(oracle.exact(record, float(number), settings)[0], dtype)
        ]
    assert not wrong


def test_each_column_has_its_own_tangent() -> None:
    x = np.array([[2.0**-149, 3 * 2.0**-149]], np.float32)
    for beta in ([1.0, 1.0], [1.0, 2.0]):
        columns = [engine.evaluate(ACTIVATIONS["prelu"], x[:, k], alpha=beta[k]) for k in (0, 1)]
        assert np.array_equal(engine.evaluate(ACTIVATIONS["prelu"], x, alpha=beta), np.stack(columns, axis=1))


def test_nothing_moves_in_float64_or_away_from_zero() -> None:
    x = np.array([2.0**-23 * 3, 0.5, 0.0, -0.0, np.nan, np.inf])
    y = engine.evaluate(ACTIVATIONS["sigmoid"], x)
    assert y[0] == 0.5 + x[0] / 4
    moved = ties.break_ties(ACTIVATIONS["sigmoid"].jet, x, y, {}, "float32")
    assert moved[0] == np.nextafter(y[0], 0)
    np.testing.assert_array_equal(moved[1:], y[1:])
