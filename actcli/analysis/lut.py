"""Lookup tables of an activation: its values at integer codes, or at evenly spaced numbers of a range.

An integer type is quantized: a code c stands for scale * (c - zero). A table has an entry for each code of
its input, from the lowest up, or for each of `count` evenly spaced numbers; entries are exact values,
rounded once to steps of the output and clipped to its type.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.activations.record import Kind
from actcli.engine import evaluate
from actcli.errors import DataError, UsageError
from actcli.exact import exact
from actcli.numeric import doubts, dtypes, xp
from actcli.numeric.dtypes import DTYPES, patterns, round_to
from actcli.numeric.numerals import shortest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from actcli.activations.record import Activation, Value
    from actcli.numeric import Array

    Codes = NDArray[Any]

INTEGERS: Final = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
"""The integer types of codes, with their least and largest values."""
ROUNDINGS: Final = ("away", "even")
"""Rounding of ties: away from zero, or to the even step."""
MOST: Final = 1 << 20
"""The most entries of a table of a range."""
_BETWEEN: Final = 64
"""Subdivisions of the interval between two entries at which an interpolated table of a range is checked."""


class Quantized(NamedTuple):
    """A quantized integer type: a code stands for scale * (code - zero)."""

    name: str
    scale: float
    zero: int = 0

    def __str__(self) -> str:
        return f"{self.name}:{shortest(self.scale)}:{self.zero}"

    def check(self, option: str) -> None:
        """Raise UsageError if scale or zero is out of bounds; `option` is the option named in the message."""
        least, largest = INTEGERS[self.name]
        if not 0 < self.scale < math.inf:
            raise UsageError(f"{option} {self}: the scale must be positive")
        if not least <= self.zero <= largest:
            raise UsageError(f"{option} {self}: the zero point of {self.name} is from {least} to {largest}")


@dataclass(frozen=True)
class Entries:
    """The inputs of a table: all codes of a type, or `count` evenly spaced numbers of a range.

    With `codes`, a `count` groups them: an entry stands for equally many consecutive codes and is computed at
    their lowest, or with `centres` at their middle. Of the range `span` the inputs are the ends and evenly
    spaced numbers between them, or the centres of `count` bins. `linear`: values between entries are
    interpolated, which takes one more entry after the codes. Numbers of a range are of the `floating` type.
    """

    codes: Quantized | None = None
    floating: str = "float64"
    span: tuple[float, float] = (0.0, 0.0)
    count: int = 0
    centres: bool = False
    linear: bool = False

    def __post_init__(self) -> None:
        """Raise UsageError for an empty range, or a count out of bounds or no power of two of codes."""
        if self.codes is None:
            if not self.span[0] < self.span[1]:
                raise UsageError(f"--range {self.span[0]:g}:{self.span[1]:g}: write the smaller number first")
            if not 2 <= self.count <= MOST:  # noqa: PLR2004  both ends
                raise UsageError(f"--entries: a table of a range has 2 to {MOST:,} entries")
            return
        bits = 16 if self.codes.name == "int16" else 8
        steps = self.count - self.linear
        if self.count and (steps & (steps - 1) or not 2 <= steps <= 1 << bits):  # noqa: PLR2004  as above
            powers = " + 1" if self.linear else ""
            raise UsageError(
                f"--entries {self.count}: codes of {self.codes.name} are cut into a power of two{powers}, up "
                f"to {(1 << bits) + self.linear:,}"
            )
        if self.linear and not self.count:
            raise UsageError("--interpolate linear: say how many entries there are: --entries 513")

    @property
    def width(self) -> int:
        """Number of codes that an entry stands for; 0 for a range."""
        if self.codes is None:
            return 0
        least, largest = INTEGERS[self.codes.name]
        return (largest - least + 1) // (self.count - self.linear) if self.count else 1

    def inputs(self) -> tuple[Codes, Array]:
        """Return (first code of each entry, or its index in a range; x at which it is computed)."""
        if self.codes is None:
            low, high = self.span
            numbers: Codes = xp.arange(self.count)
            bins = low + (numbers + 0.5) * ((high - low) / self.count)
            x = bins if self.centres else xp.linspace(low, high, self.count, dtype=xp.float64)
            return numbers, round_to(round_to(x, self.floating), "float64")
        least, largest = INTEGERS[self.codes.name]
        codes: Codes = xp.arange(least, largest + 1 + self.linear, self.width)
        middle = (self.width - 1) / 2 if self.centres else 0
        return codes, xp.multiply(codes + middle - self.codes.zero, self.codes.scale, dtype=xp.float64)


@dataclass(frozen=True)
class LookupTable:
    """A lookup table: its entries' `inputs`, `outputs` and `x`, exact values, errors in steps of the output.

    largest: the largest absolute error, found at the x `worst`, of all codes of the input; of a range of its
    entries, with interpolation also between them. saturated: the x of entries clipped to the output's type.
    """

    inputs: Codes
    outputs: Codes
    x: Array
    exact: Array
    errors: Array
    largest: float
    worst: float
    saturated: Array


def table(
    activation: Activation,
    settings: Mapping[str, Value],
    entries: Entries,
    output: Quantized | str,
    *,
    order: int = 0,
    rounding: str = "away",
) -> LookupTable:
    """Return the lookup table of an activation or a derivative, with outputs of type `output`.

    rounding: of ties in codes, "away" from zero or to "even". Raises UsageError for VECTOR and GATED
    activations, DataError where the function has no number, MissingExtra where python-flint is not installed.
    """
    if activation.kind is not Kind.ELEMENTWISE:
        raise UsageError(f"{activation.name} works on vectors; a table is of a function of one number")
    given: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    record = exact(activation)
    codes, x = entries.inputs()
    values = evaluate(record, x, order, **given)
    doubts.drain()  # nan is reported below, not as a doubt
    if xp.isnan(values).any():
        at = shortest(float(x[xp.isnan(values)][0]))
        raise DataError(f"{activation.name} has no value at x = {at}; choose another range or scale")
    outputs, saturated = _quantized(values, output, rounding)
    errors = _steps(outputs, values, output)
    seen, seen_errors = x, errors
    if entries.linear or entries.width > 1:
        seen, got = _between(entries, x, outputs.astype(xp.float64))
        seen_errors = _steps(got, evaluate(record, seen, order, **given), output)
    worst = int(xp.argmax(xp.nan_to_num(abs(seen_errors), nan=-1.0)))
    return LookupTable(
        codes, outputs, x, values, errors, float(abs(seen_errors[worst])), float(seen[worst]), x[saturated]
    )


def _quantized(values: Array, output: Quantized | str, rounding: str) -> tuple[Codes, Codes]:
    """Return values rounded to the output's type, and a mask of those that were clipped to it."""
    if isinstance(output, str):
        found = round_to(values, output).copy()
        lost = ~xp.isfinite(found.astype(xp.float64))
        found[lost] = round_to(xp.copysign(dtypes.largest(output), values[lost]), output)
        return found, lost
    least, largest = INTEGERS[output.name]
    with xp.errstate(over="ignore"):
        steps = values / output.scale
    whole = xp.rint(steps)
    if rounding == "away":
        whole = xp.where(abs(steps - xp.trunc(steps)) == 0.5, xp.trunc(steps) + xp.sign(steps), whole)  # noqa: PLR2004  a tie
    whole = whole + output.zero
    return xp.clip(whole, least, largest).astype(output.name), (whole < least) | (whole > largest)


def _steps(outputs: Array, values: Array, output: Quantized | str) -> Array:
    """Return the errors of `outputs`, which may be interpolated, in steps of the output's type."""
    numbers = round_to(outputs, "float64")
    with xp.errstate(over="ignore", invalid="ignore"):
        if isinstance(output, str):
            return (numbers - values) / DTYPES[output].spacing(values)
        return numbers - output.zero - values / output.scale


def _between(entries: Entries, x: Array, outputs: Array) -> tuple[Array, Array]:
    """Return all x at which a grouped or interpolated table is read, and the values read there."""
    known: Array = xp.arange(len(x), dtype=xp.float64)
    got: Array
    if entries.codes is None:
        parts: Array = xp.arange((len(x) - 1) * _BETWEEN + 1, dtype=xp.float64) / _BETWEEN
        seen: Array = xp.interp(parts, known, x)
        got = xp.interp(parts, known, outputs)
        return seen, got
    codes, seen = Entries(entries.codes).inputs()
    places: Array = (codes - codes[0]) / entries.width
    got = xp.interp(places, known, outputs) if entries.linear else outputs[places.astype(int)]
    return seen, got


def hexadecimal(outputs: Codes) -> list[str]:
    """Return each output's bit pattern as hexadecimal digits, two's complement for integers."""
    width = 2 * outputs.dtype.itemsize
    return [f"{bits:0{width}x}" for bits in patterns(outputs).tolist()]
