"""Double-double arithmetic: numbers as the sum of two float64, for differences that cancel.

Sums, products and quotients have about 100 bits, exp has 68: a difference may lose a dozen of them and is
still right to float64's last digit.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from actcli.numeric import xp
from actcli.numeric.elementary import two_product, two_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.numeric import Array

_STEPS: Final = 64
"""Number of powers of two in a table for exp: 2^(j/64)."""
_PER_STEP: Final = 92.33248261689366  # 64/mp.ln(2)
_STEP: Final = (0.010830424696223417, 2.5728046223228848e-14, 4.784126150029144e-26)
"""mp.ln(2)/64 in three parts, the first two of 36 bits: their products with integers up to 2^17 are exact."""
_TERMS: Final = (1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320)


class DoubleDouble:
    """Numbers hi + lo, with |lo| no larger than the rounding error of hi."""

    __slots__ = ("hi", "lo")
    __array_ufunc__ = None
    """None makes NumPy's arrays leave mixed arithmetic to the operators of this class."""

    def __init__(self, hi: Array, lo: Array | float = 0.0) -> None:
        self.hi = hi
        self.lo = lo

    def to_float(self) -> Array:
        """Return the nearest float64."""
        return self.hi + self.lo

    def __neg__(self) -> DoubleDouble:
        return DoubleDouble(-self.hi, -self.lo)

    def __add__(self, other: DoubleDouble | Array | float) -> DoubleDouble:
        if not isinstance(other, DoubleDouble):
            hi, lo = two_sum(self.hi, other)
            return _normal(hi, lo + self.lo)
        hi, lo = two_sum(self.hi, other.hi)
        low, rest = two_sum(self.lo, other.lo)
        hi, lo = two_sum(hi, lo + low)
        return _normal(hi, lo + rest)

    def __sub__(self, other: DoubleDouble | Array | float) -> DoubleDouble:
        return self + -other

    def __rsub__(self, other: Array | float) -> DoubleDouble:
        return -self + other

    def __mul__(self, other: DoubleDouble | Array | float) -> DoubleDouble:
        if not isinstance(other, DoubleDouble):
            hi, lo = two_product(self.hi, other)
            return _normal(hi, lo + self.lo * other)
        hi, lo = two_product(self.hi, other.hi)
        return _normal(hi, lo + (self.hi * other.lo + self.lo * other.hi))

    def __truediv__(self, other: DoubleDouble) -> DoubleDouble:
        q = self.hi / other.hi
        rest = self - other * q
        return _normal(q, rest.hi / other.hi)

    def sum(self) -> DoubleDouble:
        """Return the sums along the last axis, which is kept with length 1, by pairwise addition."""
        hi, lo = self.hi, xp.broadcast_to(self.lo, self.hi.shape)
        while hi.shape[-1] > 1:
            n = hi.shape[-1] // 2
            y = DoubleDouble(hi[..., :n], lo[..., :n]) + DoubleDouble(hi[..., n : 2 * n], lo[..., n : 2 * n])
            hi, lo = (
                xp.concatenate([y.hi, hi[..., 2 * n :]], axis=-1),
                xp.concatenate([xp.asarray(y.lo), lo[..., 2 * n :]], axis=-1),
            )
        return DoubleDouble(hi, lo)

    def where(self, where: NDArray[Any]) -> DoubleDouble:
        """Return the numbers where `where` is true, else 0."""
        return DoubleDouble(xp.where(where, self.hi, 0.0), xp.where(where, self.lo, 0.0))

    def __getitem__(self, key: Any) -> DoubleDouble:
        return DoubleDouble(self.hi[key], xp.broadcast_to(self.lo, self.hi.shape)[key])

    def up_to(self, limit: float) -> DoubleDouble:
        """Return min(number, limit)."""
        return DoubleDouble(xp.minimum(self.hi, limit), xp.where(self.hi < limit, self.lo, 0.0))

    def inverse(self) -> DoubleDouble:
        """Return one divided by the numbers."""
        return DoubleDouble(xp.ones_like(self.hi)) / self

    def swapped(self, other: DoubleDouble, where: NDArray[Any]) -> tuple[DoubleDouble, DoubleDouble]:
        """Return the pair (self, other), exchanged where `where` is true."""
        parts = (self.hi, other.hi), (self.lo, other.lo)
        (hi, hi2), (lo, lo2) = ((xp.where(where, q, p), xp.where(where, p, q)) for p, q in parts)
        return DoubleDouble(hi, lo), DoubleDouble(hi2, lo2)

    __radd__ = __add__
    __rmul__ = __mul__


def _normal(hi: Array, lo: Array) -> DoubleDouble:
    """Return hi + lo, normalized so that lo is no larger than the rounding error of hi (Dekker)."""
    s = hi + lo
    return DoubleDouble(s, lo - (s - hi))


@cache
def _powers() -> tuple[Array, Array]:
    """Return 2^(j/64) for j = 0 ... 63, as two parts."""
    from decimal import Context, Decimal

    context = Context(prec=50)
    exact = [context.power(Decimal(2), context.divide(Decimal(j), _STEPS)) for j in range(_STEPS)]
    hi = [float(power) for power in exact]
    return xp.array(hi), xp.array(
        [float(context.subtract(p, Decimal(h))) for p, h in zip(exact, hi, strict=True)]
    )


def exp(x: DoubleDouble | Array) -> DoubleDouble:
    """Return e^x for |x| up to 700, as 2^(k/64) e^r with |r| at most ln(2)/128."""
    hi, lo = (x.hi, x.lo) if isinstance(x, DoubleDouble) else (x, 0.0)
    k = xp.rint(hi * _PER_STEP)
    r, rest = two_sum(hi - k * _STEP[0], -k * _STEP[1])
    r, rest = two_sum(r, rest + (lo - k * _STEP[2]))
    tail = r * _TERMS[-1]
    for c in _TERMS[-2::-1]:
        tail += c
        tail *= r
    tail = tail * r + (rest + rest * r)  # exp(r + rest) - 1 - r
    steps = k.astype(xp.int64)
    power, power_low = (table.take(steps % _STEPS) for table in _powers())
    s, s_low = two_sum(r, tail)
    p, p_low = two_product(power, s)
    hi, lo = two_sum(power, p)
    y = _normal(hi, lo + (p_low + power * s_low + power_low * (1 + s)))
    exponent = steps // _STEPS
    return DoubleDouble(xp.ldexp(y.hi, exponent), xp.ldexp(y.lo, exponent))


def softplus(x: Array) -> DoubleDouble:
    """Return log(1 + e^x) for x from -5 to 700, by log1p and a correction with exp in double-double.

    Below -5 the last digits of small values are lost; they are right to 2^-68.
    """
    e = exp(-abs(x))
    y = xp.log1p(e.hi)
    correction = ((e + 1.0) * exp(-y) - 1.0).to_float()  # (1 + e)/exp(y) - 1
    hi, lo = two_sum(xp.maximum(x, 0.0), y)
    return _normal(hi, lo + correction)
