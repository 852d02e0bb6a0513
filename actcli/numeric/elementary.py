"""Functions of arrays to the last digit, which activations are made of.

Error-free transformations give the rounding error of a sum or a product. A number and its rounding error are
a pair (x, rest) whose sum is exact or nearly so. A rest that is known to be zero is the float 0.0 instead of
an array, so that nothing is computed for it. exp and the logistic function take such pairs.

Polynomials around a known root keep a function's digits where it crosses zero. A table of Taylor polynomials
around many centers costs a few operations a number. It is computed when it is first needed, from the Taylor
coefficients at its centers. The constant ones, the function's values, are not known then: integrating from
center to center gives them, which loses no digits as long as the values grow. Degree 6 reaches the last digit
as long as the function changes by less than about e^8 over a unit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from actcli.numeric import fixup, multiple, xp

if TYPE_CHECKING:
    from actcli.numeric import Array

    Terms: TypeAlias = list[Array]

NORMAL: Final = 708.0
"""The |x| up to which exp(x) is a normal number, neither subnormal nor infinite."""
_SIGNIFICANT_BELOW: Final = 1000.0
"""The |x| from which exp(x) is 0 or inf, whatever the rounding error of x."""
TAYLOR_DEGREE: Final = 6
"""Degree of the polynomials of tables."""
STEPS: Final = 256
"""Centers in a unit: more make the table larger than the cache, fewer need more terms."""
_ROUNDER: Final = 1.5 * 2.0**52
"""Adding it to a float64 rounds that to an integer, which is then in the low bits of the sum."""
_LOW_BITS: Final = (1 << 32) - 1


def two_sum(x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """Return x + y rounded, and its rounding error (Knuth): exact unless the sum overflows."""
    s = xp.asarray(x + y)
    part = s - x
    return s, (x - (s - part)) + (y - part)


def veltkamp_split(x: Array | float) -> tuple[Array, Array]:
    """Return the first 26 binary digits of `x`, and the rest, of 27: products of them are exact but the last.

    Veltkamp's split by a mask instead of a multiplication, which could overflow.
    """
    bits = xp.asarray(x, dtype=xp.float64).view(xp.int64)
    high = (bits & -(1 << 27)).view(xp.float64)
    return high, x - high


def two_product(x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """Return x * y rounded, and its rounding error (Dekker): together 104 bits, for products from 2^-968."""
    p = xp.asarray(x * y)
    (x1, x2), (y1, y2) = veltkamp_split(x), veltkamp_split(y)
    return p, ((x1 * y1 - p) + x1 * y2 + x2 * y1) + x2 * y2


def two_square(x: Array) -> tuple[Array, Array]:
    """Return x * x rounded, and its rounding error: together 76 bits, for squares from 2^-484."""
    p = x * x
    x1, x2 = veltkamp_split(x)
    return p, (x1 * x1 - p) + x2 * (x1 + x)


def product(x: Array, c: float, significant_below: float = _SIGNIFICANT_BELOW) -> tuple[Array, Array | float]:
    """Return `x` times the constant `c` rounded, and its rounding error, 0 for large products.

    significant_below: the size of a product from which its rounding error is taken for 0.
    """
    mantissa, exponent = math.frexp(c)
    if abs(mantissa) in (0, 0.5):  # a power of two rounds nothing
        return multiple(c, x), 0.0
    p, rest = two_product(xp.ldexp(x, exponent), mantissa)
    return multiple(c, x), xp.where(abs(p) < significant_below, rest, 0.0)


def quotient(x: Array, c: float) -> tuple[Array, Array | float]:
    """Return `x` divided by the constant `c` rounded, and its rounding error, 0 for |quotient| >= 1000."""
    mantissa, exponent = math.frexp(c)
    if abs(mantissa) == 0.5:  # a power of two rounds nothing  # noqa: PLR2004
        return x / c, 0.0
    y = xp.ldexp(x, -exponent)
    q = y / mantissa
    p, rest = two_product(q, mantissa)
    return x / c, xp.where(abs(q) < _SIGNIFICANT_BELOW, ((y - p) - rest) / mantissa, 0.0)


def weighted_sum(x: Array, w: Array, b: float) -> Array:
    """Return w . x + b for each row of `x`, as if computed in twice the precision and rounded once.

    Dot2 of Ogita, Rump and Oishi (2005). Where a term overflows, the plain sum: inf or nan.
    """
    total, low = xp.full(len(x), float(b)), xp.zeros(len(x))
    with xp.errstate(all="ignore"):
        for column, weight in zip(x.T, w, strict=True):
            term, error = two_product(column, weight)
            total, rest = two_sum(total, term)
            low += error + rest
        refined = total + low
        return xp.where(xp.isfinite(refined), refined, x @ w + b)


def rest_of_abs(x: Array, rest: Array | float) -> Array | float:
    """Return the rest of |x|, given the rest of `x`."""
    return rest if isinstance(rest, float) else xp.copysign(1.0, x) * rest


def exp_pair(x: Array, rest: Array | float = 0.0) -> tuple[Array, Array | float]:
    """Return exp(x + rest) as a pair: exp(x) and a small correction, to be added to small terms first."""
    e = xp.exp(x)
    return e, 0.0 if isinstance(rest, float) else e * rest


def exp_of(x: Array, rest: Array | float = 0.0) -> Array:
    """Return exp(x + rest), for a rest so small that its square does not count."""
    e, low = exp_pair(x, rest)
    return e if isinstance(low, float) else e + low


def scaled_exp(scale: Array | float, x: Array, rest: Array | float = 0.0) -> Array:
    """Return scale * exp(x + rest), also where exp alone is subnormal, 0 or inf and the product is not."""
    if isinstance(scale, float) and scale == 1:
        return exp_of(x, rest)
    return fixup(scale * exp_of(x, rest), abs(x) > NORMAL, _exp_by_halves, scale, x, rest)


def _exp_by_halves(scale: Array | float, x: Array, rest: Array | float) -> Array:
    """Return scale * exp(x + rest) by two factors exp(x/2), which are normal numbers."""
    half = xp.exp(0.5 * x)
    return (scale * (half * (1 + rest))) * half  # half + half * rest would be inf + inf 0


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


class TaylorTable(NamedTuple):
    """The first and the last center, and for each degree the Taylor coefficients at all centers."""

    low: float
    high: float
    terms: tuple[Array, ...]


def centers(low: float, high: float) -> Array:
    """Return all centers from `low` to `high`, both multiples of 1/STEPS."""
    return xp.arange(low * STEPS, high * STEPS + 1) / STEPS


def make_table(at: Array, terms: Terms) -> TaylorTable:
    """Return a table of the Taylor coefficients `terms` around `at`, without those of high degree."""
    return TaylorTable(float(at[0]), float(at[-1]), tuple(terms[: TAYLOR_DEGREE + 1]))


def lookup(table: TaylorTable, x: Array) -> Array:
    """Return the table's function at `x`: beyond the ends its value there, nan for nan."""
    d = xp.clip(x, table.low, table.high)
    k = d * STEPS
    k += _ROUNDER - table.low * STEPS
    indices = k.view(xp.int64) & _LOW_BITS
    k -= _ROUNDER - table.low * STEPS
    k *= 1 / STEPS
    d -= k  # exact
    y = table.terms[-1].take(indices, mode="clip")  # nan has no index
    for term in table.terms[-2::-1]:
        y *= d
        y += term.take(indices, mode="clip")
    return y


def integrate(terms: Terms, start: float, first: int, last: int) -> Array:
    """Return the function's values at the centers of indices `first` to `last`, in rising order.

    terms: the Taylor coefficients from the linear one on.
    start: the value at `first`, which may be either end. From there to `last` the function must not come much
    nearer to 0, or digits are lost.
    """
    low, high = min(first, last), max(first, last)
    half = 0.5 / STEPS
    steps = _without_constant([c[low:high] for c in terms], half)
    steps -= _without_constant([c[low + 1 : high + 1] for c in terms], -half)
    addends = xp.concatenate(([start], steps if first < last else -steps[::-1]))
    sums = xp.cumsum(addends)
    _, lost = two_sum(sums[:-1], addends[1:])
    sums[1:] += xp.cumsum(lost)
    return sums if first < last else sums[::-1]


def _without_constant(terms: Terms, d: float) -> Array:
    """Return the values at `d` of polynomials without constant term; `terms` begin with the linear one."""
    y = terms[-1] * d
    for c in terms[-2::-1]:
        y += c
        y *= d
    return y


def gated_derivative_table(
    at: Array, gate: Terms, root: tuple[float, float, float], start: float
) -> TaylorTable:
    """Return a table of the derivative of x gate(x), for a gate rising from 0 to 1, as in gelu.

    gate: its Taylor coefficients around the centers `at`, up to TAYLOR_DEGREE + 2.
    root: the derivative's only root, in three parts. start: its value at the first center; from there it
    falls, then rises through the root, and ends near 1.
    The table is as exact near the root as its neighbours are; within 1/STEPS of it, use `near_root`.
    """
    terms = [(n + 1) * (gate[n] + at * gate[n + 1]) for n in range(TAYLOR_DEGREE + 2)]
    zero, turn = round((root[0] - at[0]) * STEPS), int((terms[1] > 0).argmax())
    d = (root[0] - at[zero]) + root[1]
    next_to_root = -float(_without_constant([c[zero : zero + 1] for c in terms[1:]], d)[0])
    terms[0] = xp.concatenate(
        (
            integrate(terms[1:], start, 0, turn)[:-1],
            integrate(terms[1:], next_to_root, zero, turn)[:-1],
            integrate(terms[1:], next_to_root, zero, len(at) - 1),
        )
    )
    return make_table(at, terms)
