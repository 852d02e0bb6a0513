"""NumPy at first use, and the mathematics that NumPy lacks.

`xp` is NumPy, imported when a function is first called: `act --help` never waits for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy
    from numpy.typing import NDArray

    xp = numpy
    Array: TypeAlias = NDArray[numpy.float64]
else:

    class _NumPyAtFirstUse:
        def __getattr__(self, name: str) -> Any:
            import numpy

            value = getattr(numpy, name)
            setattr(self, name, value)
            return value

    xp = _NumPyAtFirstUse()

_NORMAL = 708.0
"""exp(x) is a normal number for |x| up to here."""
_FELT = 1000.0
"""exp(x) is 0 or inf beyond, whatever x's last digits."""


def polynomial(coefficients: tuple[float, ...], t: Array) -> Array:
    """Sum coefficients[k] t^k by Horner's rule."""
    y = t * coefficients[-1]
    y += coefficients[-2]
    for c in coefficients[-3::-1]:
        y *= t
        y += c
    return y


def patched(
    y: Array, where: NDArray[Any], value: Callable[..., Array | float], *arguments: Array | float
) -> Array:
    """Overwrite y where told by the value of the arguments there: what is rare costs next to nothing."""
    if where.any():
        places = _places(where.ravel())
        there = (xp.broadcast_to(a, y.shape).ravel().take(places) if xp.ndim(a) else a for a in arguments)
        if y.flags.c_contiguous:  # a view then, written to in half the time
            y.reshape(-1)[places] = value(*there)
        else:
            xp.put(y, places, value(*there))
    return y


def _places(where: NDArray[Any]) -> NDArray[Any]:
    """Find the indices of trues; NumPy hunts for a few percent of them one by one, more are faster."""
    count = xp.count_nonzero(where)
    if not 0.02 < count / where.size < 0.1:  # noqa: PLR2004  measured
        return where.nonzero()[0]
    more = xp.ones(where.size // 8, dtype=bool)
    return xp.concatenate((where, more)).nonzero()[0][:count]


def blend(where: NDArray[Any], y: Array | float, other: Array | float) -> Array:
    """Take y where told, else the other, bit by bit.

    No branches: over random signs xp.where takes six times as long, for the processor guesses wrong.
    """
    chosen = xp.negative(where.view(xp.int8)).astype(xp.int64)
    bits, others = (xp.asarray(z, dtype=xp.float64).view(xp.int64) for z in (y, other))
    chosen &= bits ^ others
    chosen ^= others
    return chosen.view(xp.float64)


def up_to(limit: float, a: Array) -> Array:
    """Clip from above, which most blocks do not need."""
    return xp.minimum(a, limit) if (a > limit).any() else a


class Root(NamedTuple):
    """A root r of a function f, in three parts, and f(r + d)/d over a reach of d as a polynomial of d.

    So near a root no other form keeps its digits. The polynomial is mp.chebyfit's.
    """

    parts: tuple[float, float, float]
    reach: tuple[float, float]
    slope: tuple[float, ...]


def near_root(root: Root, y: Array, x: Array, rest: Array | float = 0.0) -> Array:
    """Overwrite y by the root's own polynomial wherever x + rest is near the root."""
    low, high = (root.parts[0] + distance for distance in root.reach)
    near = abs(x - 0.5 * (low + high)) < 0.5 * (high - low)
    return patched(y, near, lambda x, rest: root_value(root, x, rest), x, rest)


def root_value(root: Root, x: Array, rest: Array | float) -> Array:
    """Find f(x + rest) near its root."""
    d = beyond(root.parts, x, rest)
    return d * polynomial(root.slope, d)


def beyond(root: tuple[float, float, float], x: Array, rest: Array | float = 0.0) -> Array:
    """Subtract a root given in three parts from x + rest: the difference keeps its digits near the root."""
    if isinstance(rest, float):
        return (x - root[0]) - root[1]
    s, error = two_sum(rest, -root[1])
    return ((x - root[0]) + s) + (error - root[2])


def nan_from(x: Array, y: NDArray[Any] | float) -> Array:
    """Put y, which is overwritten, everywhere, but nan where x is nan."""
    z = xp.asarray(y, dtype=xp.float64)
    shape = xp.broadcast_shapes(x.shape, z.shape)
    if z.shape != shape:
        z = xp.full(shape, z)
    missing = x != x  # noqa: PLR0124  only nan differs from itself
    return patched(z, xp.broadcast_to(missing, shape), lambda: xp.nan)


def multiple(slope: Array | float, x: Array) -> Array:
    """Multiply: slope * x, and 0 wherever the slope is 0, for that is the limit at infinity."""
    if isinstance(slope, float) and slope:
        return x if slope == 1 else slope * x
    y = slope * x
    return y if xp.all(slope) else xp.where(slope == 0, nan_from(x, 0.0), y)


def positive(x: Array) -> Array:
    """Find max(x, 0); clip is three times as fast as maximum with a number."""
    return xp.clip(x, 0.0, xp.inf)


def rest_of_abs(x: Array, rest: Array | float) -> Array | float:
    """Find what |x| must be corrected by if x is by rest."""
    return rest if isinstance(rest, float) else xp.copysign(1.0, x) * rest


def two_sum(x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """Add: the sum rounded and its rounding error (Knuth), exact unless the sum overflows."""
    s = xp.asarray(x + y)
    part = s - x
    return s, (x - (s - part)) + (y - part)


def halves(x: Array | float) -> tuple[Array, Array]:
    """Split into the first 26 binary digits and the rest: products of halves are exact."""
    bits = xp.asarray(x, dtype=xp.float64).view(xp.int64)
    high = (bits & -(1 << 27)).view(xp.float64)
    return high, x - high


def two_product(x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """Multiply: the product rounded and its rounding error (Dekker), to 106 bits, from 2^-968 on."""
    p = xp.asarray(x * y)
    (x1, x2), (y1, y2) = halves(x), halves(y)
    return p, ((x1 * y1 - p) + x1 * y2 + x2 * y1) + x2 * y2


def two_square(x: Array) -> tuple[Array, Array]:
    """Square: the square rounded and its rounding error, to 76 bits, from 2^-484 on."""
    p = x * x
    x1, x2 = halves(x)
    return p, (x1 * x1 - p) + x2 * (x1 + x)


def product(x: Array, c: float, felt: float = _FELT) -> tuple[Array, Array | float]:
    """Multiply by a constant: the product rounded and, up to where it is felt, its rounding error."""
    mantissa, exponent = math.frexp(c)
    if abs(mantissa) in (0, 0.5):  # a power of two rounds nothing
        return multiple(c, x), 0.0
    p, rest = two_product(xp.ldexp(x, exponent), mantissa)
    return multiple(c, x), xp.where(abs(p) < felt, rest, 0.0)


def quotient(x: Array, c: float) -> tuple[Array, Array | float]:
    """Divide by a constant: the quotient rounded and, wherever exp could feel it, its rounding error."""
    mantissa, exponent = math.frexp(c)
    if abs(mantissa) == 0.5:  # a power of two rounds nothing  # noqa: PLR2004
        return x / c, 0.0
    y = xp.ldexp(x, -exponent)
    q = y / mantissa
    p, rest = two_product(q, mantissa)
    return x / c, xp.where(abs(q) < _FELT, ((y - p) - rest) / mantissa, 0.0)


def exp_of(x: Array, rest: Array | float = 0.0) -> Array:
    """Find exp(x + rest) for a rest so small that its square is not felt."""
    y: Array = joined(*exp_pair(x, rest))
    return y


def joined(x: Any, rest: Array | float) -> Any:
    """Add x, array or number, and its rest, if there is one."""
    return x if isinstance(rest, float) else x + rest


def exp_pair(x: Array, rest: Array | float = 0.0) -> tuple[Array, Array | float]:
    """Find exp(x + rest) as a large and a small part: the small one may join other small terms unrounded."""
    e = xp.exp(x)
    return e, 0.0 if isinstance(rest, float) else e * rest


def scaled_exp(scale: Array | float, x: Array, rest: Array | float = 0.0) -> Array:
    """Find scale * exp(x + rest), also where exp alone is subnormal, zero or inf: exp(x/2) is not."""
    if isinstance(scale, float) and scale == 1:
        return exp_of(x, rest)
    return patched(scale * exp_of(x, rest), abs(x) > _NORMAL, _halved_exp, scale, x, rest)


def _halved_exp(scale: Array | float, x: Array, rest: Array | float) -> Array:
    half = xp.exp(0.5 * x)
    return (scale * (half * (1 + rest))) * half  # half + half * rest would be inf + inf 0


def logistic(t: Array, rest: Array | float = 0.0) -> Array:
    """Find 1/(1 + exp(-t - rest)); below -708, where exp(-t) overflows, that is exp(t + rest)."""
    e, low = exp_pair(-t, -rest)
    return patched(1 / (e + (1 + low)), t < -_NORMAL, exp_of, t, rest)


def one_plus_squared(e: Array) -> Array:
    """Square 1 + e for e >= 0, rounding late: the square would double the rounding error of 1 + e."""
    return 1 + e * (2 + e)


def one_plus_cubed(e: Array) -> Array:
    """Cube 1 + e for e >= 0, rounding late."""
    return 1 + e * (3 + e * (3 + e))
