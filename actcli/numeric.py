"""NumPy at first use, and the mathematics that NumPy lacks.

`xp` is NumPy, imported when a function is first called: `act --help` never waits for it.
"""

from __future__ import annotations

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
