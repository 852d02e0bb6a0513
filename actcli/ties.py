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

    from actcli.activation import Jet
    from actcli.numeric import Array

NEAR: Final = 2.0**-14  # beyond it float64 tells every activation from its tangent at 0
_TRAILING: Final = (1 << 28) - 1  # bits that are 0 in every tie of float32, and of what is narrower


def untied(jet: Callable[..., Jet], x: Array, y: Array, settings: Mapping[str, Any]) -> Array:
    """The function's values y at x, float64 vectors, ready to be rounded once to a narrower type."""
    near = xp.flatnonzero((abs(x) < NEAR) & (x != 0))
    near = near[y[near].view(xp.int64) & _TRAILING == 0]
    if not near.size:
        return y
    settings = {
        name: value[near] if isinstance(value, xp.ndarray) else value for name, value in settings.items()
    }
    bend = _bend(jet, x[near], y[near], settings)
    y = y.copy()
    y[near] = xp.where(bend == 0, y[near], xp.nextafter(y[near], xp.copysign(xp.inf, bend)))
    return y


def _bend(jet: Callable[..., Jet], x: Array, y: Array, settings: Mapping[str, Any]) -> Array:
    """By its sign, on which side of y the exact value lies; 0 where y is exact, or off the tangent at 0."""
    value, slope, _ = _jet(jet, xp.zeros_like(x), settings)
    *_, curvature = _jet(jet, x, settings)
    rise, lost = two_product(slope, x)
    tangent, rest = two_sum(value, rise)
    return xp.where(y == tangent, rest + lost + curvature * x * x / 2, 0.0)


def _jet(jet: Callable[..., Jet], x: Array, settings: Mapping[str, Any]) -> tuple[Array, ...]:
    whole = {**settings, "orders": frozenset((0, 1, 2))} if "orders" in settings else settings
    return tuple(y for y in jet(x, **whole) if y is not None)
