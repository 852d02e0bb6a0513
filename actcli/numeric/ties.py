"""Rounding to a narrower type where float64 cannot tell the result from a tie: near 0, on the tangent.

silu(x) = x/2 + x^2/4 - ... of x = 2^-149 is x/2 in float64, half of float32's smallest number: a tie, which
rounds to 0, though the exact value lies above it. On which side of its tangent at 0 a function lies, its
second derivative tells. So a result on the tangent becomes the odd one of the two float64 that the exact
value lies between ("rounding to odd", Boldo and Melquiond 2008): no tie is odd, so it is rounded rightly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actcli.numeric import two_product, two_sum, xp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from actcli.activations.record import Jet
    from actcli.numeric import Array

_TRAILING: Final = (1 << 28) - 1  # bits that are 0 in every tie of float32, and of what is narrower
NARROW: Final = {"float32": (29, 2.0**-14), "bfloat16": (45, 2.0**-14), "float16": (42, 1.0)}
"""How many bits of a float64 a type lacks, of which a tie has the first alone; below the second, results
may be subnormal numbers, where ties have others, and only below it float64 takes a bend for its tangent."""


def untied(jet: Callable[..., Jet], x: Array, y: Array, settings: Mapping[str, Any], dtype: str) -> Array:
    """The function's values y at x, float64 vectors, ready to be rounded once to this narrower type."""
    at = _doubtful(x, y, *NARROW[dtype])
    if not at.size:
        return y
    settings = {
        name: value[at] if isinstance(value, xp.ndarray) else value for name, value in settings.items()
    }
    bend = _bend(jet, x[at], y[at], settings)
    y = y.copy()
    y[at] = xp.where(bend == 0, y[at], xp.nextafter(y[at], xp.copysign(xp.inf, bend)))
    return y


def _doubtful(x: Array, y: Array, bits: int, close: float) -> NDArray[Any]:
    """Where there is a tie, or may be one among subnormal numbers."""
    tied = y.view(xp.int64) & ((1 << bits) - 1) == 1 << (bits - 1)
    near = xp.flatnonzero((abs(x) < close) & (x != 0))
    tied[near] = y[near].view(xp.int64) & _TRAILING == 0
    return xp.flatnonzero(tied)


def _bend(jet: Callable[..., Jet], x: Array, y: Array, settings: Mapping[str, Any]) -> Array:
    """By its sign, on which side of y the exact value lies; 0 where y is exact, or off the tangent at 0.

    A line through 0 has its slope as it was given; another one's, such as 1/5, may be rounded itself.
    """
    value, slope, _ = _jet(jet, xp.zeros_like(x), settings)
    *_, curvature = _jet(jet, x, settings)
    rise, lost = two_product(slope, x)
    tangent, rest = two_sum(value, rise)
    beside = xp.where(value == 0, lost, xp.where(lost == 0, rest, 0.0))
    return xp.where(y == tangent, beside + curvature * x * x / 2, 0.0)


def _jet(jet: Callable[..., Jet], x: Array, settings: Mapping[str, Any]) -> tuple[Array, ...]:
    whole = {**settings, "orders": frozenset((0, 1, 2))} if "orders" in settings else settings
    return tuple(y for y in jet(x, **whole) if y is not None)
