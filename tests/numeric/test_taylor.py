"""Functions by tables, with functions whose truth is known: the places, the sums, the ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no types
from support.oracle import ulps

from actcli.activations import gelu_approximations, gelus
from actcli.numeric.elementary import (
    STEPS,
    TAYLOR_DEGREE,
    TaylorTable,
    centers,
    gated_derivative_table,
    integrate,
    lookup,
    make_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CHANCE = np.random.default_rng(5)


def worst(got: Any, true: list[Any]) -> float:
    return max(ulps(float(y), t) for y, t in zip(got, true, strict=True))


def exponential() -> TaylorTable:
    """Of exp: every coefficient is the one before, divided."""
    at = centers(-2, 3)
    return make_table(at, [np.exp(at) / math.factorial(n) for n in range(TAYLOR_DEGREE + 4)])


def test_centers_are_exact_and_reach_both_ends() -> None:
    at = centers(-5.5, 8.5)
    assert (at[0], at[-1], at.size) == (-5.5, 8.5, 14 * STEPS + 1)
    np.testing.assert_array_equal(np.diff(at), 1 / STEPS)


def test_a_table_gives_the_function_everywhere_between_its_ends() -> None:
    middles = centers(-2, 2) + 0.5 / STEPS
    edges = np.concatenate([np.nextafter(middles, -9), middles, np.nextafter(middles, 9)])
    x = np.concatenate([CHANCE.uniform(-2, 3, 500), edges, centers(-2, 3), [5e-324, -0.0]])
    with mp.workprec(100):
        assert worst(lookup(exponential(), x), [mp.exp(mpf(float(y))) for y in x]) < 1.6


def test_beyond_its_ends_a_table_gives_those_of_its_ends_and_nan_of_nan() -> None:
    with np.errstate(invalid="ignore"):
        y = lookup(exponential(), np.array([-np.inf, -1e300, -2.5, -2, 3, 4, 1e300, np.inf, np.nan]))
    np.testing.assert_array_equal(y, np.exp([-2, -2, -2, -2, 3, 3, 3, 3, np.nan]))


@pytest.mark.parametrize(("sign", "first", "last"), [(1, 0, 1280), (-1, 1280, 0), (1, 512, 900), (1, 7, 7)])
def test_constants_are_summed_up_to_either_side(sign: int, first: int, last: int) -> None:
    at = centers(-2, 3)
    terms = [np.exp(sign * at) * sign**n / math.factorial(n) for n in range(1, TAYLOR_DEGREE + 3)]
    way = slice(min(first, last), max(first, last) + 1)
    got = integrate(terms, float(np.exp(sign * at[first])), first, last)
    with mp.workprec(100):
        assert worst(got, [mp.exp(sign * mpf(float(y))) for y in at[way]]) < 2.5


def test_the_slope_of_a_gated_number_keeps_its_digits_around_its_root() -> None:
    """Of x (1 + x^3/64)/2 near its root: a gate in four terms, none beyond."""
    at = centers(-3, 1)
    zero = np.zeros(at.size)
    gate = [
        (1 + at**3 / 64) / 2,
        3 * at * at / 128,
        3 * at / 128,
        zero + 1 / 128,
        zero,
        zero,
        zero,
        zero,
        zero,
    ]
    with mp.workprec(200):
        root = -mp.cbrt(16)
        parts = float(root), float(root - float(root)), 0.0
        start = float(mpf(1) / 2 + 4 * mpf(-3) ** 3 / 128)
        table = gated_derivative_table(at, gate, parts, start)
        x = CHANCE.uniform(-3, 1, 500)
        x = x[abs(x - parts[0]) > 1 / STEPS]
        assert worst(lookup(table, x), [mpf(1) / 2 + 4 * mpf(float(y)) ** 3 / 128 for y in x]) < 3


def phi(x: Any) -> Any:
    return mp.ncdf(x)


def sigmoid_of_w(x: Any) -> Any:
    return 1 / (1 + mp.exp(-2 * mp.sqrt(2 / mp.pi) * (x + mpf(0.044715) * x**3)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "gate"),
    [(gelus._probability, phi), (gelu_approximations._sigmoid_of_w, sigmoid_of_w)],  # noqa: SLF001  the tables' parts
)
def test_the_tables_of_gelu_and_gelu_tanh_hold_the_coefficients_of_their_gates(
    made: Callable[[], tuple[Any, list[Any]]], gate: Callable[[Any], Any]
) -> None:
    at, terms = made()
    with mp.workprec(300):
        for place in range(0, at.size, 97):
            true = mp.taylor(gate, mpf(float(at[place])), TAYLOR_DEGREE + 2)
            assert ulps(float(terms[0][place]), true[0]) < 2, at[place]
            size = [abs(c) * mpf(STEPS) ** -n for n, c in enumerate(true)]
            errors = [abs(mpf(float(term[place])) - c) for term, c in zip(terms, true, strict=True)]
            for n, error in enumerate(errors[1:], 1):  # in ulps of the value, to which they are added
                assert error * mpf(STEPS) ** -n < size[0] * mpf(2) ** -57, (at[place], n)
