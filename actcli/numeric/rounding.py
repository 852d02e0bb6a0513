"""Correct rounding of balls to floating-point numbers, decided point by point.

If both ends of a ball round to the same number of a type, that is the correctly rounded one. Other points
are computed again with more bits (Ziv 1991), ties of quotients with exact fractions.
"""

from __future__ import annotations

import math
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from actcli.numeric import doubts, ties, xp
from actcli.numeric.balls import NotRational, Rationals, Ring, flint
from actcli.numeric.dtypes import round_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.numeric import Array
    from actcli.numeric.balls import Column

    Places = NDArray[Any]
    Compute = Callable[[Ring, Places], Sequence[Column]]
    """A function that returns the results at the points of these indices, a column for each result."""

_PRECISIONS: Final = (80, 200, 500, 1250, 3125, 8000, 32000)
_ULP_PRECISION: Final = 128
_ALONE: Final = RLock()
"""Guards the library's precision, which all threads share; a cluster's worker may have several."""
_ASYMPTOTES_AFTER: Final = 1250
"""Bits in which the offset of an asymptote beside float64 is seen: bent-identity's 3/2 x - 1/2 is no tie."""
_OF_ALL_DIGITS: Final = 60
"""The least accuracy in bits of an undecided ball whose middle is a result: float64's, and some more."""
_OF_A_TIE: Final = 1100
"""Accuracy in bits from which an undecided ball is taken for a tie that no precision decides."""
_HOPELESS: Final = 3125
"""The precision from which nan is final: the formula or balls have no value at the point."""
_FRACTION_BITS: Final = 20_000
_GUARD: Final = 64
_LARGE: Final = 16
_FEW_ZEROS: Final = 5
"""Powers of ten, from -_FEW_ZEROS to below _LARGE, whose numbers are written without an exponent."""
_LARGEST_EXPONENT: Final = 1_000_000
"""The largest power of ten that is written as text."""


def as_type(values: Array, dtype: str) -> Array:
    """Return float64 numbers rounded to the type of this name, as float64; to texts for a digit count."""
    if dtype == "float64":
        return values
    if dtype.isdecimal():
        return xp.array(
            [decimal(flint().arb(v), int(dtype)) or str(v) for v in values.tolist()], dtype=object
        )
    return round_to(xp.asarray(values, dtype=xp.float64), dtype).astype(xp.float64)


def rounded(
    compute: Compute,
    shape: tuple[int, int],
    order: int,
    dtype: str,
    side: Callable[[Places], Array] | None = None,
) -> Rounding:
    """Return a Rounding of `compute`'s results to `dtype`, already run.

    dtype: the name of a floating type; a count of digits for texts; "sign" for -1, 0 and 1; "ulp" for float64
    whose balls start with more bits.
    """
    others = {"sign": SignRounding, "ulp": UlpRounding}
    kind = DecimalRounding if dtype.isdecimal() else others.get(dtype, Rounding)
    return kind(compute, shape, order, dtype, side).run()


def decimal(ball: Any, digits: int) -> str:
    """Return the ball's number rounded to `digits` significant digits, ties to even; "" if undecided.

    Exact numbers have no trailing zeros.
    """
    if ball.is_zero():
        return "0"
    if not ball.is_finite() or ball.contains(0):
        return ""
    arb, fmpq, context = flint().arb, flint().fmpq, flint().ctx
    before = context.prec
    context.prec = before + _GUARD
    try:
        exponent = int((abs(ball.mid()).log() / arb(10).log()).mid().floor().unique_fmpz())
        if abs(exponent) > _LARGEST_EXPONENT:
            return ""
        for power in (exponent, exponent + 1, exponent - 1):
            scaled = abs(ball) * arb(fmpq(10) ** (digits - 1 - power))
            whole = (scaled + arb(0.5)).floor().unique_fmpz()
            if whole is None:
                return ""
            if scaled.is_exact() and scaled + arb(0.5) == arb(whole) and whole % 2:
                whole -= 1  # a tie
            text = str(whole)
            if len(text) == digits:
                shown = text.rstrip("0") if scaled.is_exact() and scaled == arb(whole) else text
                return "-" * bool(ball < 0) + _positional(shown, power)
    finally:
        context.prec = before
    return ""


def _positional(digits: str, exponent: int) -> str:
    """Return `digits`, the first of power of ten `exponent`, in the notation of all texts here."""
    if -_FEW_ZEROS <= exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    if 0 <= exponent < _LARGE:
        padded = digits.ljust(exponent + 1, "0")
        return f"{padded[: exponent + 1]}.{padded[exponent + 1 :]}".removesuffix(".")
    return f"{digits[0]}.{digits[1:]}".removesuffix(".") + f"e{exponent:+d}".replace("+", "")


class Rounding:
    """Results at points, correctly rounded to a type by `run`.

    compute: returns the balls. shape: (results, points). order: that of the ring's series. side: returns
    whether the first result lies above (1) or below (-1) its asymptote at points whose tie no precision
    decides, 0 if unknown.
    values: the rounded results. unsigned: zeros whose sign is not known. undecided: ties, rounded to even, or
    nan where nothing is known: points without a ball (`lost`), or with a `wide` one.
    """

    def __init__(
        self,
        compute: Compute,
        shape: tuple[int, int],
        order: int,
        dtype: str,
        side: Callable[[Places], Array] | None = None,
    ) -> None:
        self.compute, self.order, self.dtype, self.side = compute, order, dtype, side
        self.values = xp.full(shape, xp.nan)
        self.lost = xp.zeros(shape, dtype=bool)
        self.wide = xp.zeros(shape, dtype=bool)
        self.unsigned = xp.zeros(shape, dtype=bool)
        self.undecided = xp.ones(shape, dtype=bool)

    def run(self) -> Rounding:
        """Compute with rising precision until all points are decided, and return self.

        Points that stay undecided are added to `doubts`.
        """
        with _ALONE:
            self._run()
        return self

    def _run(self) -> None:
        context = flint().ctx
        before = context.prec
        left = xp.arange(self.values.shape[1])
        columns: Sequence[Column] = ()
        try:
            for precision in self.precisions():
                if not left.size:
                    break
                context.prec = precision
                columns = self.compute(Ring(self.order), left)
                for k, column in enumerate(columns):
                    self._decide(k, left, column)
                if precision >= _ASYMPTOTES_AFTER:
                    self._decide_beside_asymptotes(left, columns[0])
                left = self._open(left, precision)
                if (
                    precision == self.precisions()[1] and left.size
                ):  # balls cannot decide the ties of quotients, which are exact
                    context.prec = _FRACTION_BITS
                    self._decide_by_fractions(left)
                    left = self._open(left, precision)
        finally:
            context.prec = before
        unknown = (self.lost | self.wide) & self.undecided
        self.values[unknown] = "nan" if self.values.dtype == object else xp.nan
        doubts.unknown += int(unknown.sum())
        doubts.unproven += int((self.undecided & ~unknown).sum())

    def precisions(self) -> Sequence[int]:
        """Return the precisions in bits to try, in rising order."""
        return _PRECISIONS

    def _open(self, left: Places, precision: int) -> Places:
        """Return the points that are worth computing with more precision."""
        undecided = self.undecided[:, left]
        if precision >= _HOPELESS:
            undecided = undecided & ~self.lost[:, left]
        return left[undecided.any(axis=0)]

    def _decide(self, k: int, left: Places, column: Column) -> None:
        """Store the numbers to which both ends of balls round; where these differ, the middle's."""
        arb = flint().arb
        balls = _each_element(column, len(left))
        low = xp.array(list(map(float, map(arb.lower, balls))))
        high = xp.array(list(map(float, map(arb.upper, balls))))
        if self.dtype == "float64":
            value, decided = low, low == high
        else:
            value, last = (as_type(ends, self.dtype) for ends in _odd_ends(low, high, balls))
            overflowed = xp.isnan(value) & xp.isnan(last) & ~xp.isnan(low)  # the type has no infinity
            decided = (value == last) | overflowed
        zero = decided & (value == 0)
        negative = xp.signbit(low) & xp.signbit(high)
        value = xp.where(zero, xp.where(negative, -0.0, 0.0), value)
        if not decided.all():
            open_ = xp.flatnonzero(~decided)
            value[open_] = as_type(xp.array([float(balls[index]) for index in open_]), self.dtype)
            self.wide[k, left[open_]] = [balls[index].rel_accuracy_bits() < _OF_ALL_DIGITS for index in open_]
        self.values[k, left] = value
        self.undecided[k, left] = ~decided
        self.lost[k, left] = xp.isnan(low)
        self.unsigned[k, left] = zero & ~negative & ~(low > 0)

    def _decide_by_fractions(self, left: Places) -> None:
        """Decide points whose result is rational with exact fractions."""
        arb = flint().arb
        for index in left:
            alone = xp.array([index])
            try:
                columns = self.compute(Rationals(self.order), alone)
                exact = [[0 if v is None else arb(v) for v in _each_element(c, 1)] for c in columns]
            except (NotRational, ArithmeticError, TypeError, ValueError):
                continue
            for k, column in enumerate(exact):
                self._decide(k, alone, column)

    def _decide_beside_asymptotes(self, left: Places, column: Column) -> None:
        """Decide ties of the first result that equals its asymptote up to all bits, by `side`."""
        balls = _each_element(column, len(left))
        tied = [
            k
            for k in xp.flatnonzero(self.undecided[0, left]).tolist()
            if balls[k].is_finite() and balls[k].rel_accuracy_bits() > _OF_A_TIE
        ]
        if self.side is None or not tied:
            return
        for k, sign in zip(tied, self.side(left[tied]).tolist(), strict=True):
            if sign:
                ends = [balls[k].upper() if sign > 0 else balls[k].lower()]
                self._decide(0, left[k : k + 1], ends)


class DecimalRounding(Rounding):
    """Rounding to texts with as many significant digits as `dtype` says; values are an object array."""

    def __init__(
        self, compute: Compute, shape: tuple[int, int], order: int, dtype: str, side: Any = None
    ) -> None:
        super().__init__(compute, shape, order, dtype, side)
        self.values = xp.full(shape, "nan", dtype=object)

    def precisions(self) -> Sequence[int]:
        """Return the precisions in bits to try, in rising order."""
        least = _GUARD + int(int(self.dtype) * math.log2(10))
        return [least, *(bits for bits in _PRECISIONS if bits > least), 4 * least + _PRECISIONS[-1]]

    def _decide(self, k: int, left: Places, column: Column) -> None:
        """Store the texts to which balls round; the middle's where that is not decided."""
        balls = _each_element(column, len(left))
        for index, ball in zip(left.tolist(), balls, strict=True):
            text = decimal(ball, int(self.dtype))
            middle = text or decimal(ball.mid(), int(self.dtype))
            self.undecided[k, index], self.lost[k, index] = not text, not middle
            self.wide[k, index] = ball.rel_accuracy_bits() < 4 * int(self.dtype)
            self.values[k, index] = middle or "nan"


class UlpRounding(Rounding):
    """Rounding to float64 of small differences of numbers, whose balls need more bits."""

    def __init__(
        self, compute: Compute, shape: tuple[int, int], order: int, _: str, side: Any = None
    ) -> None:
        super().__init__(compute, shape, order, "float64", side)

    def precisions(self) -> Sequence[int]:
        """Return the precisions in bits to try, in rising order."""
        return (_ULP_PRECISION, *(bits for bits in _PRECISIONS if bits > _ULP_PRECISION))


class SignRounding(Rounding):
    """Rounding to the sign alone: -1, 0 or 1."""

    def _decide(self, k: int, left: Places, column: Column) -> None:
        """Store the signs that are certain."""
        for index, ball in zip(left.tolist(), _each_element(column, len(left)), strict=True):
            positive, negative = ball > 0, ball < 0
            self.values[k, index] = positive - negative
            self.undecided[k, index] = not (positive or negative or ball.is_zero())
            self.lost[k, index] = ball.is_nan()


def _each_element(column: Column, count: int) -> list[Any]:
    """Return a column's elements as a list with one for each point."""
    if isinstance(column, list):
        return column
    return [flint().arb(0) if column is None else column] * count


def _odd_ends(low: Array, high: Array, balls: list[Any]) -> Iterator[Array]:
    """Yield the lower, then the upper ends of balls, rounded from the nearest float64 to odd.

    No tie of a narrower type is odd, so that rounding further to that type is rounding once (Boldo and
    Melquiond 2008). Only ends that may be such ties are examined.
    """
    arb = flint().arb
    for ends, end in ((low.copy(), arb.lower), (high.copy(), arb.upper)):
        for k in xp.flatnonzero((ends.view(xp.int64) & ties.TRAILING == 0) & xp.isfinite(ends)).tolist():
            exact, nearest = end(balls[k]), float(ends[k])
            if exact != nearest:
                ends[k] = math.nextafter(nearest, math.inf if exact > nearest else -math.inf)
        yield ends
