"""Accuracy of given results of an activation: their errors from the exact values, and where they are.

An error is the difference of a result and the exact value in ulp: the spacing, at the exact value, of the
results' type. Errors are computed in blocks, of which only statistics remain, so memory is bounded.

For types narrower than float64 the value is the engine's float64, whose own error of less than 4 ulp of
float64 is 2^-26 of float32's and less of the others. Only where that leaves a figure undecided (the rounding,
a bound of the histogram, on which side of a power of 2 the exact value lies), and for the worst inputs,
values are taken from ball arithmetic; and for all results in float64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from actcli.activations import find
from actcli.activations.record import ALL_ORDERS, Activation, Kind
from actcli.engine import evaluate
from actcli.errors import DataError, UsageError
from actcli.exact import FORMULA, deviations, exact, of_formula, signs_of_differences
from actcli.numeric import doubts, runs, ties, xp
from actcli.numeric.balls import flint
from actcli.numeric.dtypes import DTYPES, ascending, floating_type, largest, patterns
from actcli.numeric.rounding import as_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from actcli.activations.record import Value
    from actcli.numeric import Array

    Mask = NDArray[Any]
    _Row = tuple[float, int, float, float]
    """A candidate for a worst result: minus the error, the index, x, the result."""

BLOCK: Final = 1 << 18
"""Number of results that are compared at a time."""
BOUNDS: Final = (2.0**-20, 0.5, 1.0, 2.0, 4.0, 16.0)
"""Upper bounds of the histogram's columns in ulp; results in the first are as good as exact."""
LABELS: Final = ("0", "<= 0.5", "<= 1", "<= 2", "<= 4", "<= 16", "more")
WORST: Final = 10
_CANDIDATES: Final = 64
_LOOKED_AT: Final = 4096
"""The most candidates of a block, more than are kept, for an x may occur often."""
_DOUBT: Final = 2.0**-49
"""An upper bound of the relative error of the engine's float64."""
_VAST: Final = 2.0**30
"""From this |x| on the engine's sines may have fewer digits: results that differ are computed exactly."""
_PLACES: Final = 18
"""Leading bits of x that are the index of its bin; ranges consist of bins."""
_ERROR_PLACES: Final = 19
_LARGEST: Final = 2.0**960
"""Larger errors count as this one, so that errors and their sum are finite."""
_SHARE: Final = 0.99
_COUNTED: Final = (
    *("correct", "wrong_nan", "wrong_infinity", "wrong_zero_sign"),
    *("flushed_inputs", "flushed_outputs"),
)


@dataclass(frozen=True)
class Worst:
    """One of the worst results: `got` instead of the exact value `want`, at `x`.

    ulp: the absolute error, None where one of both is nan or infinite. index: of the result, from 0.
    bits: the bit pattern of x in its type, in hexadecimal digits.
    """

    index: int
    x: float
    bits: str
    got: float
    want: float
    ulp: float | None


@dataclass(frozen=True)
class Range:
    """A run of inputs from `first` to `last`, of which `count` have results with errors beyond the limit."""

    first: float
    last: float
    count: int


@dataclass(frozen=True)
class Figures:
    """Statistics of the errors of results of type `dtype` for inputs of type `input_dtype`.

    `correct` results are the exact value rounded once, also zeros of the wrong sign. `max_ulp`, `mean_ulp`
    and `p99_ulp` (rounded down to 12 bits) are of all results but wrong nan, wrong infinities and flushed
    ones that are allowed. `ranges` are those of x in which `above` results in all have errors of more than
    `limit`, or are a wrong nan or infinity. `flushed_outputs` are zeros instead of subnormal numbers,
    `flushed_inputs` results of a subnormal input as if it was zero. In a type without infinity, nan and the
    largest number both count as right for exact values that are too large.
    """

    name: str
    order: int
    dtype: str
    input_dtype: str
    count: int
    correct: int
    max_ulp: float
    mean_ulp: float
    p99_ulp: float
    histogram: Mapping[str, int]
    worst: tuple[Worst, ...]
    limit: float
    above: int
    ranges: tuple[Range, ...]
    wrong_nan: int
    wrong_infinity: int
    wrong_zero_sign: int
    flushed_inputs: int
    flushed_outputs: int

    def passes(self, max_ulp: float) -> bool:
        """Return whether all errors are at most `max_ulp`, without a wrong nan or infinity."""
        return self.max_ulp <= max_ulp and not self.wrong_nan and not self.wrong_infinity


def check(
    name: str | Activation,
    x: Any,
    y: Any,
    *,
    order: int = 0,
    limit: float = 1.0,
    ftz: bool = False,
    daz: bool = False,
    **parameters: Any,
) -> Figures:
    """Return statistics of the errors of results `y` for inputs `x`, in ulp of y's floating type.

    name: an activation, its name, or a formula. x, y: arrays of one shape. order: of the derivative.
    limit: errors above it are listed as `ranges`, in ulp. ftz: allow zeros for subnormal results. daz: allow
    results that take a subnormal input for zero. parameters: numbers by name.

    Raises UsageError for VECTOR and GATED activations, orders without a derivative and lists of parameters,
    ParameterError as `evaluate` does, FormulaError for what is no formula, DataError for arrays that differ
    in shape, are empty or have no floating-point results, MissingExtra where python-flint is not installed.
    """
    record = name if isinstance(name, Activation) else find(name) or of_formula(name)
    x, y = xp.asarray(x), xp.asarray(y)
    if x.shape != y.shape:
        raise DataError(f"results have the shape {y.shape}, their inputs {x.shape}")
    if y.dtype.name not in DTYPES:
        raise DataError(f"results are {y.dtype}; floating-point numbers can be compared")
    statistics = ErrorStatistics(
        Reference(record, record.settings(parameters), order, y.dtype.name, limit, ftz=ftz, daz=daz)
    )
    x, y = x.reshape(-1), y.reshape(-1)
    for first in range(0, y.size, BLOCK):
        statistics.add(x[first : first + BLOCK], y[first : first + BLOCK])
    return statistics.figures()


@dataclass(frozen=True)
class Deviations:
    """The errors of a block's results: arrays with an element for each result.

    ulp: the absolute error; infinite for wrong nan and infinities, nan for flushed results that are allowed.
    The others are masks.
    """

    ulp: Array
    correct: Mask
    wrong_nan: Mask
    wrong_infinity: Mask
    wrong_zero_sign: Mask
    flushed_inputs: Mask
    flushed_outputs: Mask


@dataclass(frozen=True)
class Reference:
    """The function, type and options to compare results with.

    dtype: the results' type. limit: a bound in ulp, to which errors are compared exactly as to those of the
    histogram. ftz, daz: as for `check`.
    """

    activation: Activation
    settings: Mapping[str, Value]
    order: int
    dtype: str
    limit: float = 1.0
    ftz: bool = False
    daz: bool = False

    def __post_init__(self) -> None:
        """Raise UsageError for a function that cannot be checked, MissingExtra without python-flint."""
        flint()
        floating_type(self.dtype)
        self.activation.check_orders((self.order,))
        if self.activation.kind is not Kind.ELEMENTWISE:
            raise UsageError(f"check is for functions of one number; {self.activation.name} has several")
        for name, value in self.settings.items():
            if isinstance(value, tuple):
                raise UsageError(f"check takes one number for --{name.replace('_', '-')}, not a list")

    @property
    def slow(self) -> bool:
        """Whether all exact values are computed in ball arithmetic."""
        return self.dtype == "float64" or self.activation.exact or self.order not in ALL_ORDERS

    def compare(self, x: Array, y: Array) -> Deviations:
        """Return the errors of results `y`, a vector of the type `dtype`, for the inputs `x`."""
        with xp.errstate(all="ignore"):
            return self._compare(x, y)

    def _compare(self, x: Array, y: Array) -> Deviations:
        kind, x64, y64 = DTYPES[self.dtype], x.astype(xp.float64), y.astype(xp.float64)
        value = self.values(x64)
        want = self._rounded(x64, value)
        at = xp.flatnonzero((abs(x64) >= _VAST) & xp.isfinite(x64) & (want != y64))
        if at.size and self.dtype != "float64":
            value[at], want[at] = self.wanted(x64[at], "float64"), self.wanted(x64[at])
        function_nan, y_nan = xp.isnan(value), xp.isnan(y64)
        too_large = ~xp.isfinite(want) & ~function_nan
        regular = ~too_large & xp.isfinite(value) & xp.isfinite(y64)
        correct = (want == y64) | (function_nan & y_nan)
        if _has_infinity(self.dtype):
            wrong_nan = function_nan != y_nan
            wrong_infinity = ~regular & ~correct & ~wrong_nan
        else:
            wrong_nan = (function_nan != y_nan) & ~too_large
            correct |= too_large & (y_nan | (y64 == xp.copysign(largest(self.dtype), value)))
            wrong_infinity = too_large & ~correct
        ulp = xp.where(wrong_nan | wrong_infinity, xp.inf, 0.0)
        at = xp.flatnonzero(regular)
        ulp[at] = xp.minimum(abs(self.errors(x64[at], y64[at], value[at])), _LARGEST)
        zero = regular & (y64 == 0)
        flushed = zero & (want != 0) & (abs(want) < kind.least_normal)
        unread = self._unread(x, x64, y64, correct | flushed)
        return Deviations(
            xp.where((flushed & self.ftz) | (unread & self.daz), xp.nan, ulp),
            correct,
            wrong_nan,
            wrong_infinity,
            zero & (want == 0) & (xp.signbit(y64) != xp.signbit(want)),
            unread,
            flushed,
        )

    def wanted(self, x: Array, dtype: str = "") -> Array:
        """Return the exact values at float64 numbers `x`, rounded once to `dtype` or ours, as float64."""
        *_, want = exact(self.activation).jet(
            x, orders=frozenset((self.order,)), dtype=dtype or self.dtype, **self.settings
        )
        assert want is not None  # noqa: S101  the order was asked for
        return want

    def values(self, x: Array) -> Array:
        """Return f(x) as float64, within a few ulp; correctly rounded if `dtype` is float64."""
        record = exact(self.activation) if self.dtype == "float64" else self.activation
        given: dict[str, Any] = {name: value for name, value in self.settings.items() if value is not None}
        return evaluate(record, x, self.order, **given)

    def _rounded(self, x: Array, value: Array) -> Array:
        """Return `value`, f(x) in float64, rounded to the type; exactly where float64 leaves it open."""
        if self.dtype == "float64":
            return value
        want = as_type(value, self.dtype)
        low, high = (as_type(value * (1 + doubt), self.dtype) for doubt in (-_DOUBT, _DOUBT))
        at = xp.flatnonzero((low != high) & xp.isfinite(value))  # nan, too large, differs too
        at = at[~(xp.isnan(low[at]) & xp.isnan(high[at]))]
        if at.size:
            want[at] = self.wanted(x[at])
        return want

    def errors(self, x: Array, y: Array, value: Array) -> Array:
        """Return the signed errors of results in ulp, for finite x, y and `value` = values(x)."""
        errors = (y - value) / DTYPES[self.dtype].spacing(value)
        if self.dtype == "float64":
            open_ = xp.ones(x.shape, dtype=bool)
        else:
            size = abs(errors)
            doubt = 2.0 ** (DTYPES[self.dtype].mantissa + 2) * _DOUBT + size * 2.0**-52
            open_ = (_beside_power(value) > 0) & (size > doubt)
            for bound in (*BOUNDS, self.limit):
                open_ |= abs(size - bound) <= doubt
        at = xp.flatnonzero(open_)
        if at.size:
            errors[at] = self.exact_errors(x[at], y[at], value[at])
        return errors

    def exact_errors(self, x: Array, y: Array, value: Array) -> Array:
        """Return `errors` from ball arithmetic alone: within 2^-52 ulp, large ones to 53 bits."""
        spacing = DTYPES[self.dtype].spacing
        unit = spacing(value)
        errors = -deviations(self.activation, x, y, unit=unit, order=self.order, settings=self.settings)
        power = _beside_power(value)
        at = xp.flatnonzero(power)
        if not at.size:
            return errors
        corner = xp.copysign(power[at], value[at])
        beyond = ((y[at] - corner) / unit[at] - errors[at]) * xp.sign(corner)
        tied = xp.flatnonzero((beyond == 0) & (errors[at] != 0))
        if tied.size:
            beyond[tied] = self._sides(x[at[tied]], corner[tied]) * xp.sign(corner[tied])
        errors[at] *= unit[at] / spacing(xp.where(beyond < 0, xp.nextafter(corner, 0.0), corner))
        return errors

    def _sides(self, x: Array, corner: Array) -> Array:
        """Return the signs of f(x) - corner, powers of 2 that float64 cannot tell from f(x); 0 if unknown."""
        signs = signs_of_differences(self.activation, x, corner, order=self.order, settings=self.settings)
        at = xp.flatnonzero(xp.isnan(signs))
        signs[at] = 0.0
        if at.size and not (self.order or self.activation.exact):
            signs[at] = ties.asymptote_side(self.activation.jet, x[at], self.settings)
        return signs

    def _unread(self, x: Array, x64: Array, y64: Array, right: Mask) -> Mask:
        """Return where a subnormal input has a wrong result that is the right one for an input of zero."""
        least = DTYPES[x.dtype.name if x.dtype.name in DTYPES else "float64"].least_normal
        found: Mask = (x64 != 0) & (abs(x64) < least) & ~right
        at = xp.flatnonzero(found)
        if at.size:
            found[at] = self.wanted(xp.copysign(0.0, x64[at])) == y64[at]
        return found


def _beside_power(value: Array) -> Array:
    """Return the power of 2 that finite values equal up to float64's error, or 0 for other values."""
    fraction, exponent = xp.frexp(abs(value))
    up = 1 - fraction < _DOUBT
    lower = ((fraction - 0.5 < _DOUBT) | up) & (value != 0)
    power: Array = xp.where(lower, xp.ldexp(0.5, exponent + up), 0.0)
    return power


def _has_infinity(dtype: str) -> bool:
    """Return whether the floating type of this name has infinity."""
    return bool(xp.isinf(xp.array([xp.inf]).astype(floating_type(dtype)).astype(xp.float64))[0])


class ErrorStatistics:
    """Running statistics of results that are added block by block."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.count = self.compared = self.left_out = 0
        self.sum = 0.0
        self.counts = dict.fromkeys(_COUNTED, 0)
        self.histogram = xp.zeros(len(LABELS), dtype=int)
        self._errors = xp.zeros(1 << _ERROR_PLACES, dtype=int)
        self._inputs, self._above = xp.zeros((2, 1 << _PLACES), dtype=int)
        self._low = xp.full(1 << _PLACES, xp.inf)
        self._high = -self._low
        self._peaks = xp.zeros(1 << _PLACES)
        self._first = xp.full(1 << _PLACES, xp.inf)
        self._worst: dict[int, _Row] = {}
        self._wrong: dict[int, _Row] = {}
        self._digits, self._input_dtype = 0, "float64"

    def add(self, x: Array, y: Array, found: Deviations | None = None) -> None:
        """Add the results `y` of inputs `x`, vectors; `found` is `reference.compare(x, y)`, if known.

        Those of a typed formula at infinity, where it has no value, are left out and counted.
        """
        if self.reference.activation.family == FORMULA and (infinite := xp.isinf(x)).any():
            self.left_out += int(infinite.sum())
            x, y, found = x[~infinite], y[~infinite], None
        found = found or self.reference.compare(x, y)
        ulp = found.ulp
        finite = ulp[xp.isfinite(ulp)]
        self.compared += len(finite)
        self.sum += float(finite.sum())
        self.histogram += xp.bincount(xp.searchsorted(BOUNDS, finite), minlength=len(LABELS))
        bins = xp.minimum(finite, xp.finfo(xp.float32).max).astype(xp.float32).view(xp.uint32) >> (
            31 - _ERROR_PLACES
        )
        self._errors += xp.bincount(bins, minlength=len(self._errors))
        for name in _COUNTED:
            self.counts[name] += int(getattr(found, name).sum())
        numbers = x.astype(x.dtype.newbyteorder("=") if x.dtype.name in DTYPES else xp.float64, copy=False)
        self._place(numbers, ulp)
        self._keep_worst(numbers, y, ulp)
        self.count += len(ulp)

    def _place(self, x: Array, ulp: Array) -> None:
        """Add errors to the bins of x, which are runs of float patterns; nan inputs are left out."""
        known = ~xp.isnan(x)
        x, ulp = x[known], ulp[known]
        shift = max(0, 8 * x.dtype.itemsize - _PLACES)
        bins = (ascending(x) >> shift).astype(xp.int64)
        self._inputs += xp.bincount(bins, minlength=len(self._inputs))
        xp.fmax.at(self._peaks, bins, ulp)
        xp.minimum.at(self._first, bins, x.astype(xp.float64))
        above = xp.flatnonzero(ulp > self.reference.limit)
        bins, x = bins[above], x[above].astype(xp.float64)
        self._above += xp.bincount(bins, minlength=len(self._above))
        xp.minimum.at(self._low, bins, x)
        xp.maximum.at(self._high, bins, x)

    def _keep_worst(self, x: Array, y: Array, ulp: Array) -> None:
        """Keep candidates for the worst results, each x once: the largest errors, of equal ones the first."""
        size = xp.where(xp.isfinite(ulp), ulp, 0.0)
        least = xp.partition(size, -_LOOKED_AT)[-_LOOKED_AT] if len(size) > _LOOKED_AT else 0.0
        at = xp.flatnonzero((size >= least) & (size > 0))
        at = at[xp.argsort(-size[at], kind="stable")]
        for places, kept, most in (
            (xp.flatnonzero(xp.isinf(ulp)), self._wrong, WORST),
            (at, self._worst, _CANDIDATES),
        ):
            bits = patterns(x[places])
            once = xp.sort(xp.unique(bits, return_index=True)[1])[:most]
            for pattern, k in zip(bits[once].tolist(), places[once].tolist(), strict=True):
                row = (-float(ulp[k]), self.count + k, float(x[k]), float(y[k]))
                kept[pattern] = min(row, kept.get(pattern, row))
            for pattern in sorted(kept, key=kept.__getitem__)[most:]:
                del kept[pattern]
        self._digits, self._input_dtype = 2 * x.dtype.itemsize, x.dtype.name

    def figures(self) -> Figures:
        """Return the statistics of all results. Raises DataError if there are none."""
        if not self.count:
            raise DataError("there are no results to check")
        reference = self.reference
        worst = self._refined()
        finite = [one.ulp for one in worst if one.ulp is not None]
        doubts.drain()
        return Figures(
            name=reference.activation.name + reference.activation.label(reference.settings),
            order=reference.order,
            dtype=reference.dtype,
            input_dtype=self._input_dtype,
            count=self.count,
            max_ulp=max(finite, default=0.0),
            mean_ulp=self.sum / max(1, self.compared),
            p99_ulp=self._percentile(_SHARE),
            histogram=dict(zip(LABELS, self.histogram.tolist(), strict=True)),
            worst=tuple(worst[:WORST]),
            limit=reference.limit,
            above=int(self._above.sum()),
            ranges=tuple(self._ranges()),
            **self.counts,
        )

    def profile(self) -> tuple[Array, Array]:
        """Return (least x, largest absolute error in ulp) of each bin of x that has results.

        The error is infinite where a result is a wrong nan or infinity.
        """
        at = xp.flatnonzero(self._inputs)
        return self._first[at], self._peaks[at]

    def _refined(self) -> list[Worst]:
        """Return the candidates as Worst with exact errors, the largest error first."""
        kept = {**self._wrong, **self._worst}
        if not kept:
            return []
        order, index, x, y = map(xp.array, zip(*kept.values(), strict=True))
        with xp.errstate(all="ignore"):
            want = self.reference.wanted(x)
            ulp = xp.full(x.shape, xp.inf)
            at = xp.flatnonzero(xp.isfinite(order))
            errors = self.reference.exact_errors(x[at], y[at], self.reference.values(x[at]))
            ulp[at] = xp.minimum(abs(errors), _LARGEST)
        bits = [f"{pattern:0{self._digits}x}" for pattern in kept]
        return [
            Worst(
                int(index[k]),
                float(x[k]),
                bits[k],
                float(y[k]),
                float(want[k]),
                None if math.isinf(ulp[k]) else float(ulp[k]),
            )
            for k in xp.lexsort((index, -ulp)).tolist()
        ]

    def _percentile(self, share: float) -> float:
        """Return the error, rounded down to 12 bits, that a fraction `share` of results do not exceed."""
        if not self.compared:
            return 0.0
        index = int(xp.searchsorted(xp.cumsum(self._errors), math.ceil(share * self.compared)))
        return float(xp.array([index << (31 - _ERROR_PLACES)], dtype=xp.uint32).view(xp.float32)[0])

    def _ranges(self) -> list[Range]:
        """Return runs of bins with errors beyond the limit; empty bins do not interrupt them."""
        filled = xp.flatnonzero(self._inputs)
        return [
            Range(
                float(self._low[filled[start]]),
                float(self._high[filled[stop - 1]]),
                int(self._above[filled[start:stop]].sum()),
            )
            for start, stop in runs(self._above[filled] > 0).tolist()
        ]
