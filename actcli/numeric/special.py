"""Shared functions: polynomials, roots known beyond float64, the logistic function."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from actcli.numeric.arrays import fixup
from actcli.numeric.compensated import NORMAL, exp_of, exp_pair, two_sum

if TYPE_CHECKING:
    from actcli.numeric import Array


def horner(coefficients: tuple[float, ...], t: Array) -> Array:
    """Return the sum of coefficients[k] t^k by Horner's rule, for at least two coefficients."""
    y = t * coefficients[-1]
    y += coefficients[-2]
    for c in coefficients[-3::-1]:
        y *= t
        y += c
    return y


class Root(NamedTuple):
    """A root r of a function f, and f near it, where no other form keeps its digits.

    parts: three numbers whose sum is r. reach: the interval of d in which the polynomial holds. slope: the
    coefficients of f(r + d)/d as a polynomial of d, found by mp.chebyfit.
    """

    parts: tuple[float, float, float]
    reach: tuple[float, float]
    slope: tuple[float, ...]


def near_root(root: Root, y: Array, x: Array, rest: Array | float = 0.0) -> Array:
    """Overwrite `y` by the root's polynomial where `x` is within its reach, and return `y`."""
    low, high = (root.parts[0] + distance for distance in root.reach)
    near = abs(x - 0.5 * (low + high)) < 0.5 * (high - low)
    return fixup(y, near, lambda x, rest: root_value(root, x, rest), x, rest)


def root_value(root: Root, x: Array, rest: Array | float) -> Array:
    """Return f(x + rest) by the polynomial of f near its root."""
    d = minus_root(root.parts, x, rest)
    return d * horner(root.slope, d)


def minus_root(root: tuple[float, float, float], x: Array, rest: Array | float = 0.0) -> Array:
    """Return x + rest minus a root given in three parts: the difference keeps its digits near the root."""
    if isinstance(rest, float):
        return (x - root[0]) - root[1]
    s, error = two_sum(rest, -root[1])
    return ((x - root[0]) + s) + (error - root[2])


def logistic(t: Array, rest: Array | float = 0.0) -> Array:
    """Return 1/(1 + exp(-t - rest)), or exp(t + rest) below -708, where exp(-t) overflows."""
    e, low = exp_pair(-t, -rest)
    return fixup(1 / (e + (1 + low)), t < -NORMAL, exp_of, t, rest)


def one_plus_squared(e: Array) -> Array:
    """Return (1 + e)^2 for e >= 0, without doubling the rounding error of 1 + e."""
    return 1 + e * (2 + e)


def one_plus_cubed(e: Array) -> Array:
    """Return (1 + e)^3 for e >= 0, without tripling the rounding error of 1 + e."""
    return 1 + e * (3 + e * (3 + e))
