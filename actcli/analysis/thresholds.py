"""Thresholds of an activation in a floating type: where it is 0, subnormal, x itself, infinite or flat.

All numbers of a type of up to 16 bits are examined. Of float32 and float64 those are examined whose trailing
bits are 0, and bisection finds the exact number between two of them with different properties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from actcli.activations.record import Kind
from actcli.engine import evaluate
from actcli.errors import UsageError
from actcli.numeric import runs, xp
from actcli.numeric.dtypes import DTYPES, every, from_zero, patterns, round_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from numpy.typing import NDArray

    from actcli.activations.record import Activation
    from actcli.numeric import Array

    Mask = NDArray[Any]

FLAT: Final = 0.1
"""The slope below which a function counts as saturated."""
_NEAR_ZERO: Final = 1.0


class Stretch(NamedTuple):
    """A run of consecutive finite numbers of a type, from `low` to `high`, with the patterns of both.

    begins, ends: whether it begins at the type's least, and ends at its largest number.
    """

    low: float
    high: float
    low_bits: str
    high_bits: str
    begins: bool
    ends: bool


class Threshold(NamedTuple):
    """A property of results, with its key and its description, and the runs of x that have it."""

    key: str
    text: str
    stretches: tuple[Stretch, ...]


def thresholds(activation: Activation, dtype: str) -> list[Threshold]:
    """Return the properties that results in the type `dtype`, rounded once, have somewhere, and where.

    Raises UsageError for VECTOR and GATED activations, MissingExtra for a type that is not installed.
    """
    if activation.kind is not Kind.ELEMENTWISE:
        raise UsageError(f"--dtype: {activation.name} works on vectors and has no thresholds; leave it out")
    return list(_thresholds(activation, _Line(dtype)))


def _thresholds(activation: Activation, line: _Line) -> Iterator[Threshold]:
    """Yield the properties with their stretches, of which those not worth telling are left out."""

    def results(x: Array, order: int = 0) -> Array:
        return round_to(evaluate(activation, x, order), "float64")

    least = DTYPES[line.dtype].least_normal
    y = results(line.x)
    finite = y[xp.isfinite(y)]
    bounds = [("largest", float(finite.max())), ("least", float(finite.min()))] if finite.size else []
    named: list[tuple[str, str, Callable[[Array], Mask]]] = [
        ("nan", "nan", lambda x: xp.isnan(results(x))),
        ("infinite", "infinite", lambda x: xp.isinf(results(x))),
        ("zero", "0", lambda x: results(x) == 0),
        ("subnormal", "subnormal", lambda x: (results(x) != 0) & (abs(results(x)) < least)),
        ("itself", "x itself", lambda x: results(x) == x.astype(xp.float64)),
        *(
            (key, f"its {key} value, {value:g}", lambda x, value=value: results(x) == value)
            for key, value in bounds
            if value
        ),
        ("flat", f"|f'| < {FLAT}", lambda x: abs(results(x, 1)) < FLAT),
    ]
    for key, text, holds in named:
        found = [one for one in line.stretches(holds) if _tells(key, one, least)]
        if found:
            yield Threshold(key, text, tuple(found))


def _tells(key: str, one: Stretch, least: float) -> bool:
    """Return whether a stretch is worth reporting: not small results of small x, nor an extremum.

    least: the type's smallest normal number.
    """
    size = max(abs(one.low), abs(one.high))
    if key in ("zero", "subnormal"):
        return one.begins or one.ends or size >= _NEAR_ZERO
    if key in ("largest", "least"):
        return (one.begins or one.ends) and one.low != one.high
    return key != "itself" or (one.low != one.high and size >= least)


class _Line:
    """The finite numbers of a type in ascending order, without -0; of wide types a sample of them."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        if DTYPES[dtype].bits <= 16:  # noqa: PLR2004  few enough
            numbers = every(dtype)
            self.x = numbers[~((numbers == 0) & xp.signbit(numbers))]
            self._at: NDArray[Any] | None = None
            return
        shift = DTYPES[dtype].bits - 16
        last = int(patterns(xp.array([xp.inf], dtype))[0]) - 1
        coarse = xp.arange(0, (last >> shift) + 1, dtype=xp.int64) << shift
        coarse = xp.append(coarse, last) if coarse[-1] != last else coarse
        self._at = xp.concatenate([-coarse[:0:-1], coarse])
        self.x = from_zero(dtype, self._at)

    def stretches(self, holds: Callable[[Array], Mask]) -> Iterator[Stretch]:
        """Yield the runs of numbers for which `holds` is true."""
        has = holds(self.x)
        first, after = runs(has).T
        low, high = self._edges(first, first - 1, holds), self._edges(after - 1, after, holds)
        for k, (begin, end) in enumerate(zip(first.tolist(), after.tolist(), strict=True)):
            one, other = low[k : k + 1], high[k : k + 1]
            all_ = begin == 0, end == len(self.x)
            yield Stretch(float(one[0]), float(other[0]), _bits(one), _bits(other), *all_)

    def _edges(self, inside: NDArray[Any], outside: NDArray[Any], holds: Callable[[Array], Mask]) -> Array:
        """Return the last numbers from `inside` towards `outside`, indices, for which `holds` is true.

        All are found by bisection at once.
        """
        if self._at is None:
            alone: Array = self.x[inside]
            return alone
        within = (outside >= 0) & (outside < len(self.x))
        has = self._at[inside]
        lacks = xp.where(within, self._at[xp.clip(outside, 0, len(self.x) - 1)], has)
        while (open_ := xp.flatnonzero(abs(has - lacks) > 1)).size:
            middle = lacks[open_] + (has[open_] - lacks[open_]) // 2  # their sum may overflow
            true = holds(from_zero(self.dtype, middle))
            has[open_] = xp.where(true, middle, has[open_])
            lacks[open_] = xp.where(true, lacks[open_], middle)
        return from_zero(self.dtype, has)


def _bits(number: Array) -> str:
    """Return the bit pattern of an array's only number, in hexadecimal digits."""
    return f"{int(patterns(number)[0]):0{2 * number.dtype.itemsize}x}"
