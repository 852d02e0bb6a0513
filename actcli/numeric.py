"""NumPy at first use, and the mathematics that NumPy lacks.

`xp` is NumPy, imported when a function is first called: `act --help` never waits for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
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

_MILLS = (
    1.1568486282918946, -0.22948753825211288, 0.07778159886873563, 0.025072179301609522,
    -0.06617760077900035, 0.06150504584110416, -0.03802659218757685, 0.016348231267647548,
    -0.004201290313317515, 1.9530747979240592e-05, 0.0004570438413680552, -0.0001343748347595578,
    -2.4805590297032074e-05, 2.2711456272037025e-05, -1.7672957603306154e-07, -3.281372903343266e-06,
    3.2066124219205357e-07, 4.980300738439692e-07, -6.511223757334302e-08, -8.331473255495011e-08,
    7.56737195856864e-09, 1.4209496607095838e-08, 5.238736087447613e-10, -1.7412095119130577e-09,
    -3.88515323780838e-10,
)  # fmt: skip
"""(1 + a) mills(a) as a polynomial of (a - 5)/(a + 5)."""

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


def mills(a: Array) -> Array:
    """Mills' ratio Q(a)/phi(a) of the normal distribution for 0 <= a <= 39."""
    return polynomial(_MILLS, 1 - 10 / (a + 5)) / (1 + a)


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


def two_product(x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """Multiply: the product rounded and its rounding error (Dekker), exact between 2^-968 and 2^996."""
    p = xp.asarray(x * y)
    x1, y1 = 134217729.0 * x, 134217729.0 * y  # 2^27 + 1 halves the digits
    x1, y1 = x1 - (x1 - x), y1 - (y1 - y)
    x2, y2 = x - x1, y - y1
    return p, ((x1 * y1 - p) + x1 * y2 + x2 * y1) + x2 * y2


def product(x: Array, c: float) -> tuple[Array, Array]:
    """Multiply by a constant: the product rounded and, wherever exp could feel it, its rounding error."""
    mantissa, exponent = math.frexp(c)
    if abs(mantissa) in (0, 0.5):  # a power of two rounds nothing
        return multiple(c, x), xp.asarray(0.0)
    y = xp.ldexp(x, exponent)
    p, rest = two_product(y, mantissa)
    return multiple(c, x), xp.where(abs(p) < _FELT, rest, 0.0)


def quotient(x: Array, c: float) -> tuple[Array, Array]:
    """Divide by a constant: the quotient rounded and, wherever exp could feel it, its rounding error."""
    mantissa, exponent = math.frexp(c)
    if abs(mantissa) == 0.5:  # a power of two rounds nothing  # noqa: PLR2004
        return x / c, xp.asarray(0.0)
    y = xp.ldexp(x, -exponent)
    q = y / mantissa
    p, rest = two_product(q, mantissa)
    return x / c, xp.where(abs(q) < _FELT, ((y - p) - rest) / mantissa, 0.0)


def scaled_exp(scale: Array | float, x: Array) -> Array:
    """Find scale * exp(x), also where exp(x) alone is subnormal, zero or inf: exp(x/2) is not."""
    y = scale * xp.exp(x)
    far = abs(x) > _NORMAL
    if far.any():
        half = xp.exp(0.5 * x)
        y = xp.where(far, scale * half * half, y)
    return y


def one_plus_squared(e: Array) -> Array:
    """Square 1 + e for e >= 0, rounding late: the square would double the rounding error of 1 + e."""
    return 1 + e * (2 + e)


def one_plus_cubed(e: Array) -> Array:
    """Cube 1 + e for e >= 0, rounding late."""
    return 1 + e * (3 + e * (3 + e))
