"""Where an activation in a floating type is 0, subnormal, x itself, its largest value, infinite, or flat.

All numbers of a small type are looked at. Of float32 and float64 those are whose pattern has 16 bits, and
between two of them of which one has the property and the other not, the place is found by bisection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from actcli.activations.record import Kind
from actcli.engine import evaluate
from actcli.errors import UsageError
from actcli.numeric import xp
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
    """A run of a type's finite numbers, given by its ends and their patterns; `first` or `last` may be all.

    `begins` and `ends` tell whether it goes to the type's least and to its largest number.
    """

    low: float
    high: float
    low_bits: str
    high_bits: str
    begins: bool
    ends: bool


class Threshold(NamedTuple):
    """A property of results, by a key and in words, and the numbers x that have it."""

    key: str
    text: str
    stretches: tuple[Stretch, ...]


def thresholds(activation: Activation, dtype: str) -> list[Threshold]:
    """Return where results in a type, rounded once, have the properties that they have somewhere.

    Raises UsageError for activations of vectors, MissingExtra for a type that is not installed.
    """
    if activation.kind is not Kind.ELEMENTWISE:
        raise UsageError(f"--dtype: {activation.name} works on vectors and has no thresholds; leave it out")
    return list(_thresholds(activation, _Line(dtype)))


def _thresholds(activation: Activation, line: _Line) -> Iterator[Threshold]:
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
    """Return whether a stretch is worth telling: not small results of small x, nor values at a turn."""
    size = max(abs(one.low), abs(one.high))
    if key in ("zero", "subnormal"):
        return one.begins or one.ends or size >= _NEAR_ZERO
    if key in ("largest", "least"):
        return (one.begins or one.ends) and one.low != one.high
    return key != "itself" or (one.low != one.high and size >= least)


class _Line:
    """The finite numbers of a type, ascending, without -0; of wide types those that are looked at."""

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
        """Yield the runs of numbers that have a property."""
        has = holds(self.x)
        edges = xp.flatnonzero(xp.diff(xp.concatenate([[False], has, [False]]).astype(int)))
        for first, behind in edges.reshape(-1, 2).tolist():
            low, high = self._edge(first, first - 1, holds), self._edge(behind - 1, behind, holds)
            all_ = first == 0, behind == len(self.x)
            yield Stretch(float(low[0]), float(high[0]), _bits(low), _bits(high), *all_)

    def _edge(self, inside: int, outside: int, holds: Callable[[Array], Mask]) -> Array:
        """Return the last number, towards one that has the property not, that has it still; as an array."""
        if self._at is None or not 0 <= outside < len(self.x):
            alone: Array = self.x[inside : inside + 1]
            return alone
        has, lacks = int(self._at[inside]), int(self._at[outside])
        while abs(has - lacks) > 1:
            middle = (has + lacks) // 2
            if holds(from_zero(self.dtype, xp.array([middle])))[0]:
                has = middle
            else:
                lacks = middle
        return from_zero(self.dtype, xp.array([has]))


def _bits(number: Array) -> str:
    """Return the pattern of an array's only number."""
    return f"{int(patterns(number)[0]):0{2 * number.dtype.itemsize}x}"
