"""NumPy at first use, and the mathematics that NumPy lacks.

`xp` is NumPy, imported when a function is first called: `act --help` never waits for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

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
    y = xp.full_like(t, coefficients[-1])
    for c in coefficients[-2::-1]:
        y *= t
        y += c
    return y


def patched(y: Array, where: NDArray[Any], value: Callable[[], Array | float]) -> Array:
    """Replace y by the value where told; a value needed nowhere in the block is never computed."""
    return xp.where(where, value(), y) if where.any() else y


def select(sign: Array, negative: Array, positive: Array) -> Array:
    """Take one where the sign bit is set, the other where it is not; both must be nan where sign is.

    Without branches: over random signs `where` is six times slower, for the processor guesses wrong.
    """
    a, b = negative.view(xp.int64), positive.view(xp.int64)
    return (b ^ ((a ^ b) & (sign.view(xp.int64) >> 63))).view(xp.float64)


def up_to(limit: float, a: Array) -> Array:
    """Clip from above, which most blocks do not need."""
    return xp.minimum(a, limit) if (a > limit).any() else a


def beyond(root: tuple[float, float, float], x: Array, rest: Array | float = 0.0) -> Array:
    """Subtract a root given in three parts from x + rest: the difference keeps its digits near the root."""
    if isinstance(rest, float):
        return (x - root[0]) - root[1]
    s, error = two_sum(rest, -root[1])
    return ((x - root[0]) + s) + (error - root[2])


def nan_from(x: Array, y: NDArray[Any] | float) -> Array:
    """Put y everywhere, but nan where x is nan."""
    return xp.where(x == x, y, x)  # noqa: PLR0124  only nan differs from itself


def multiple(slope: Array | float, x: Array) -> Array:
    """Multiply: slope * x, and 0 wherever the slope is 0, for that is the limit at infinity."""
    y = slope * x
    return y if xp.all(slope) else xp.where(slope == 0, nan_from(x, 0.0), y)


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
    """Square: the square rounded and its rounding error, to 106 bits, from 2^-484 on."""
    p = x * x
    x1, x2 = halves(x)
    return p, ((x1 * x1 - p) + 2 * x1 * x2) + x2 * x2


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
    e = xp.exp(x)
    return e if isinstance(rest, float) else e + e * rest


def scaled_exp(scale: Array | float, x: Array, rest: Array | float = 0.0) -> Array:
    """Find scale * exp(x + rest), also where exp alone is subnormal, zero or inf: exp(x/2) is not."""
    y = scale * exp_of(x, rest)
    return patched(y, abs(x) > _NORMAL, lambda: scale * exp_of(0.5 * x, rest) * xp.exp(0.5 * x))


def logistic(t: Array, rest: Array | float = 0.0) -> Array:
    """Find 1/(1 + exp(-t - rest)); below -708, where exp(-t) overflows, that is exp(t + rest)."""
    s = 1 / (1 + exp_of(-t, -rest))
    return patched(s, t < -_NORMAL, lambda: exp_of(t, rest))


def one_plus_squared(e: Array) -> Array:
    """Square 1 + e for e >= 0, rounding late: the square would double the rounding error of 1 + e."""
    return 1 + e * (2 + e)


def one_plus_cubed(e: Array) -> Array:
    """Cube 1 + e for e >= 0, rounding late."""
    return 1 + e * (3 + e * (3 + e))
