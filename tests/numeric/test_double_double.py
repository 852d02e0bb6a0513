"""Double-double arithmetic, against mpmath."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types

from actcli.numeric import double_double
from actcli.numeric.double_double import DoubleDouble

if TYPE_CHECKING:
    from collections.abc import Callable

X = np.concatenate(
    [np.random.default_rng(4).uniform(-5, 5, 200), np.random.default_rng(5).uniform(-600, 600, 100), [0, 1]]
)


def exact(x: DoubleDouble) -> list[Any]:
    return [mpf(hi) + mpf(lo) for hi, lo in zip(x.hi, np.broadcast_to(x.lo, x.hi.shape), strict=True)]


def errors(got: DoubleDouble, true: list[Any]) -> float:
    return max(float(abs(y / t - 1)) for y, t in zip(exact(got), true, strict=True))


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_arithmetic_has_a_hundred_bits(operation: Callable[[Any, Any], Any]) -> None:
    with mp.workprec(300):
        p, q = double_double.exp(X[:200]), double_double.softplus(X[:200])
        assert errors(operation(p, q), list(map(operation, exact(p), exact(q)))) < 2.0**-98
        if operation is not operator.truediv:
            y = X[:200]
            numbers = list(map(mpf, y.tolist()))
            assert errors(operation(p, y), list(map(operation, exact(p), numbers))) < 2.0**-94
            assert errors(operation(y, p), list(map(operation, numbers, exact(p)))) < 2.0**-94


def test_exp_has_68_bits_also_of_two_parts() -> None:
    with mp.workprec(300):
        x = DoubleDouble(X, X * 2.0**-54)
        assert errors(double_double.exp(X), [mp.exp(mpf(v)) for v in X]) < 2.0**-67
        assert errors(double_double.exp(x), [mp.exp(v) for v in exact(x)]) < 2.0**-67


def test_softplus_corrects_log1p() -> None:
    with mp.workprec(300):
        x = X[X > -5]
        assert errors(double_double.softplus(x), [mp.log1p(mp.exp(mpf(v))) for v in x]) < 2.0**-60


def test_what_is_chosen_keeps_its_lower_part() -> None:
    p, q = double_double.exp(X[:4]), double_double.softplus(X[:4])
    where = np.array([True, False, True, False])
    first, second = p.swapped(q, where)
    for k in range(4):
        assert (exact(first)[k], exact(second)[k]) == (
            (exact(q)[k], exact(p)[k]) if where[k] else (exact(p)[k], exact(q)[k])
        )
    limited = p.up_to(1.0)
    assert exact(limited) == [min(number, mpf(1)) for number in exact(p)]
