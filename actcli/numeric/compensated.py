"""Error-free transformations: results with their rounding errors, and exp of such pairs.

A number and its rounding error are a pair (x, rest) whose sum is exact or nearly so. A rest that is known
to be zero is the float 0.0 instead of an array, so that nothing is computed for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from actcli.numeric import xp
from actcli.numeric.arrays import fixup, multiple

if TYPE_CHECKING:
    from actcli.numeric import Array

NORMAL: Final = 708.0
"""The |x| up to which exp(x) is a normal number, neither subnormal nor infinite."""
_SIGNIFICANT_BELOW: Final = 1000.0
"""The |x| from which exp(x) is 0 or inf, whatever the rounding error of x."""


def two_sum(x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """Return x + y rounded, and its rounding error (Knuth): exact unless the sum overflows."""
    s = xp.asarray(x + y)
    part = s - x
    return s, (x - (s - part)) + (y - part)


def veltkamp_split(x: Array | float) -> tuple[Array, Array]:
    """Return the first 26 binary digits of `x`, and the rest: products of such halves are exact.

    Veltkamp's split by a mask instead of a multiplication, which could overflow.
    """
    bits = xp.asarray(x, dtype=xp.float64).view(xp.int64)
    high = (bits & -(1 << 27)).view(xp.float64)
    return high, x - high


def two_product(x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """Return x * y rounded, and its rounding error (Dekker): together 106 bits, for products from 2^-968."""
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
            product, error = two_product(column, weight)
            total, rest = two_sum(total, product)
            low += error + rest
        refined = total + low
        return xp.where(xp.isfinite(refined), refined, x @ w + b)


def rest_of_abs(x: Array, rest: Array | float) -> Array | float:
    """Return the rest of |x|, given the rest of `x`."""
    return rest if isinstance(rest, float) else xp.copysign(1.0, x) * rest


def add_rest(x: Any, rest: Array | float) -> Any:
    """Return `x`, an array or a number, plus its rest; `x` itself if the rest is the float 0.0."""
    return x if isinstance(rest, float) else x + rest


def exp_pair(x: Array, rest: Array | float = 0.0) -> tuple[Array, Array | float]:
    """Return exp(x + rest) as a pair: exp(x) and a small correction, to be added to small terms first."""
    e = xp.exp(x)
    return e, 0.0 if isinstance(rest, float) else e * rest


def exp_of(x: Array, rest: Array | float = 0.0) -> Array:
    """Return exp(x + rest), for a rest so small that its square does not count."""
    y: Array = add_rest(*exp_pair(x, rest))
    return y


def scaled_exp(scale: Array | float, x: Array, rest: Array | float = 0.0) -> Array:
    """Return scale * exp(x + rest), also where exp alone is subnormal, 0 or inf and the product is not."""
    if isinstance(scale, float) and scale == 1:
        return exp_of(x, rest)
    return fixup(scale * exp_of(x, rest), abs(x) > NORMAL, _exp_by_halves, scale, x, rest)


def _exp_by_halves(scale: Array | float, x: Array, rest: Array | float) -> Array:
    """Return scale * exp(x + rest) by two factors exp(x/2), which are normal numbers."""
    half = xp.exp(0.5 * x)
    return (scale * (half * (1 + rest))) * half  # half + half * rest would be inf + inf 0
