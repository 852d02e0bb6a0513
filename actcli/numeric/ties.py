"""Rounding to a narrower type where float64 cannot tell the result from a tie.

This happens near 0, where a function is its tangent in float64, and far out, where it is its asymptote.

silu(x) = x/2 + x^2/4 - ... of x = 2^-149 is x/2 in float64, half of float32's smallest number: a tie, which
rounds to 0, though the exact value lies above it. The sign of the second derivative says on which side of
its tangent at 0 a function lies. So a result on the tangent becomes the odd one of the two float64 that the
exact value lies between ("rounding to odd", Boldo and Melquiond 2008): no tie is odd, so casting it to the
narrower type rounds the exact value. The second derivative tells the same of an asymptote: tanh-shrink's
x - 1 is a tie of float8_e4m3fn at 18, and the function is convex, so it lies above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actcli.numeric import xp
from actcli.numeric.dtypes import DTYPES
from actcli.numeric.elementary import two_product, two_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from actcli.numeric import Array, Jet

TRAILING: Final = (1 << 28) - 1
"""Mask of the bits that are 0 in every tie of float32 and of narrower types."""
_STRAIGHT: Final = -14  # float64 equals a curve and its tangent only for |x| below 2 to this power


_BENT: Final = 2.0**-20
"""An upper bound of |f'' x^2| relative to |f| near an asymptote; for a parabola it is 2."""
_HALVINGS: Final = 64
_FARTHEST: Final = 64.0
"""The |x| from which the curvature may underflow, so that its sign is taken from a nearer point."""


def possibly_subnormal(dtype: str) -> float:
    """Return the |x| below which results on a tangent may be ties among subnormal numbers of `dtype`.

    A line with a slope of 2^-14 or more maps larger numbers to normal ones.
    """
    return 2.0 ** max(_STRAIGHT, DTYPES[dtype].least_exponent - _STRAIGHT)


def break_ties(jet: Callable[..., Jet], x: Array, y: Array, settings: Mapping[str, Any], dtype: str) -> Array:
    """Return `y`, a jet's values at `x`, with results moved off ties where the exact value is none.

    x, y: float64 vectors. settings: the jet's arguments; arrays among them have an element for each x.
    dtype: the narrower type's name.
    """
    at = possible_ties(x, y, dtype)
    if not at.size:
        return y
    settings = {
        name: value[at] if isinstance(value, xp.ndarray) else value for name, value in settings.items()
    }
    sign = curvature_sign(jet, x[at], y[at], settings)
    y = y.copy()
    y[at] = xp.where(sign == 0, y[at], xp.nextafter(y[at], xp.copysign(xp.inf, sign)))
    return y


def possible_ties(x: Array, y: Array, dtype: str) -> NDArray[Any]:
    """Return the indices where `y` is a tie of `dtype`, or may be one among its subnormal numbers."""
    bits = DTYPES[dtype].missing_bits
    tied = y.view(xp.int64) & ((1 << bits) - 1) == 1 << (bits - 1)
    near = xp.flatnonzero((abs(x) < possibly_subnormal(dtype)) & (x != 0))
    tied[near] = y[near].view(xp.int64) & TRAILING == 0
    return xp.flatnonzero(tied)


def curvature_sign(jet: Callable[..., Jet], x: Array, y: Array, settings: Mapping[str, Any]) -> Array:
    """Return numbers with the sign of exact value minus `y`; 0 where that is unknown, or `y` exact.

    It is known on the tangent at 0, and where a curve is straight in float64: on an asymptote. A line through
    0 has its slope as it was given; that of another line, such as 1/5, may be rounded itself.
    """
    value, slope, _ = _jet(jet, xp.zeros_like(x), settings)
    *_, curvature = _jet(jet, x, settings)
    rise, lost = two_product(slope, x)
    tangent, rest = two_sum(value, rise)
    error = xp.where(value == 0, lost, xp.where(lost == 0, rest, 0.0))
    straight = abs(curvature) < 2.0**-53 * abs(y)
    straight &= abs(curvature) * x * x < _BENT * abs(y)
    far = straight & (abs(x) >= _FARTHEST)
    side = asymptote_side(jet, x, settings) if far.any() else curvature
    off_tangent = xp.where(straight & (abs(x) >= 1), xp.where(far, side, curvature), 0.0)
    return xp.where(y == tangent, error + curvature * x * x / 2, off_tangent)


def asymptote_side(jet: Callable[..., Jet], x: Array, settings: Mapping[str, Any]) -> Array:
    """Return numbers with the sign of f(x) minus its asymptote at x; 0 where it equals the asymptote.

    A function that approaches its asymptote is convex above it and concave below it. Where the curvature
    underflows, that at x/2, x/4 and so on is taken.
    """
    sign = xp.zeros_like(x)
    near = x
    for _ in range(_HALVINGS):
        open_ = (sign == 0) & (abs(near) >= 1)
        if not open_.any():
            break
        *_, curvature = _jet(jet, near, settings)
        sign = xp.where(open_, xp.sign(curvature), sign)
        near = xp.clip(near / 2, -(2.0**_HALVINGS), 2.0**_HALVINGS)
    return sign


def _jet(jet: Callable[..., Jet], x: Array, settings: Mapping[str, Any]) -> tuple[Array, ...]:
    """Return all three orders of a jet: a selective one is asked for all."""
    whole = {**settings, "orders": frozenset((0, 1, 2))} if "orders" in settings else settings
    return tuple(y for y in jet(x, **whole) if y is not None)
