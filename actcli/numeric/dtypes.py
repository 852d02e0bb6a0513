"""The floating types of `--dtype`. To add one of NumPy or ml_dtypes, add one record here.

Values are rounded to the type once before a computation in float64, and its result once after it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actcli.errors import MissingExtra, UsageError
from actcli.numeric import xp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.numeric import Array

_FLOAT64_MANTISSA: Final = 52
_WIDE: Final = 4
"""Bytes of a type from which its numbers are generated on demand, not held all at once."""
_POSITIVE: Final = 0x7F800000
"""Number of finite float32 without a sign, the bit pattern of infinity."""


class FloatType(NamedTuple):
    """A binary floating type no wider than float64.

    `name` is NumPy's. `mantissa` counts the stored bits of the fraction, `least_exponent` is that of the
    smallest normal number: -14 for float16. `aliases` are other names, accepted in any case. `package` brings
    the type: numpy, or ml_dtypes, which the extra `dtypes` installs. The types of ml_dtypes have nan, but not
    all of them have infinity: where they lack it, too large numbers become nan.
    """

    name: str
    mantissa: int
    least_exponent: int
    aliases: tuple[str, ...] = ()
    package: str = "ml_dtypes"

    @property
    def infinite(self) -> bool:
        """Whether the type has infinity; types whose names end in fn or fnuz, finite, lack it."""
        return not self.name.endswith(("fn", "fnuz"))

    @property
    def storable(self) -> bool:
        """Whether NumPy itself, and so Parquet, has the type."""
        return self.package == "numpy"

    @property
    def missing_bits(self) -> int:
        """Number of bits of a float64's fraction that the type lacks."""
        return _FLOAT64_MANTISSA - self.mantissa

    @property
    def bits(self) -> int:
        """Number of bits of a number, sign included."""
        return int(floating_type(self.name).itemsize) * 8

    @property
    def least_normal(self) -> float:
        """The smallest positive normal number."""
        return math.ldexp(1.0, self.least_exponent)

    def spacing(self, values: Array) -> Array:
        """Return the distance to the type's next number upwards in size, at finite float64 `values`."""
        exponents = xp.frexp(values)[1] - 1
        exponents[values == 0] = self.least_exponent
        spacing: Array = xp.ldexp(1.0, xp.maximum(exponents, self.least_exponent) - self.mantissa)
        return spacing

    def before_cast(self, y: Array) -> Array:
        """Return float64 numbers such that NumPy's cast to the type rounds `y` as if once.

        NumPy's own types are cast in one step. ml_dtypes casts through float32 or float16, which rounds
        twice: so `y` is first rounded to odd with two bits more than the type has. This is exact in the
        types between, and never a tie unless `y` is one (Boldo and Melquiond 2008).
        """
        if self.storable:
            return y
        unit = 1 << (self.missing_bits - 2)
        bits = y.view(xp.int64)
        inexact = bits & (unit - 1) != 0
        return (bits & -unit | xp.where(inexact, unit, 0)).view(xp.float64)


_TYPES: Final = (
    FloatType("float64", 52, -1022, ("double", "f64", "fp64"), "numpy"),
    FloatType("float32", 23, -126, ("single", "float", "f32", "fp32"), "numpy"),
    FloatType("float16", 10, -14, ("half", "f16", "fp16"), "numpy"),
    FloatType("bfloat16", 7, -126, ("bf16",)),
    FloatType("float8_e4m3fn", 3, -6, ("e4m3fn",)),
    FloatType("float8_e5m2", 2, -14, ("e5m2",)),
    FloatType("float8_e3m4", 4, -2),
    FloatType("float8_e4m3", 3, -6),
    FloatType("float8_e4m3b11fnuz", 3, -10),
    FloatType("float8_e4m3fnuz", 3, -7),
    FloatType("float8_e5m2fnuz", 2, -15),
)
DTYPES: Final[dict[str, FloatType]] = {record.name: record for record in _TYPES}
"""The types by name, without those of 4 and 6 bits, which cannot hold nan."""


FAMILIES: Final = {"float8": "float8_e4m3fn", "fp8": "float8_e4m3fn", "e4m3": "float8_e4m3fn"}
"""Names of families of types, with the most used member of each."""


def floating_type(name: str) -> Any:
    """Return NumPy's dtype of this name. Raises MissingExtra where ml_dtypes is needed and not installed."""
    if DTYPES[name].package == "numpy":
        return xp.dtype(name)
    try:
        import ml_dtypes
    except ImportError as error:
        raise MissingExtra(f"--dtype {name}", "dtypes") from error
    return xp.dtype(getattr(ml_dtypes, name))


def round_to(values: Array, name: str) -> Array:
    """Return numbers of any type rounded to the floating type of this name, ties to even.

    Numbers beyond the largest of the type become infinity, or nan in a type without infinity. The array
    itself is returned if it has the type already. Raises MissingExtra as `floating_type` does.
    """
    dtype = floating_type(name)
    if values.dtype == dtype:
        return values
    with xp.errstate(over="ignore", invalid="ignore"):  # invalid: signalling nans
        if DTYPES[name].package == "numpy":
            return values.astype(dtype)
        return DTYPES[name].before_cast(values.astype(xp.float64)).astype(dtype)


def patterns(numbers: Array) -> NDArray[Any]:
    """Return the bit patterns of floating-point numbers as unsigned integers."""
    return xp.ascontiguousarray(numbers).view(f"u{numbers.dtype.itemsize}")


def ascending(numbers: Array) -> NDArray[Any]:
    """Return unsigned integers that are in the same order as floating-point numbers, -0 before 0."""
    bits = patterns(numbers)
    sign = bits.dtype.type(1 << 8 * bits.itemsize - 1)
    return xp.where(bits & sign, ~bits, bits | sign)


def every(name: str, first: int = 0, count: int | None = None) -> Array:
    """Return the finite numbers of a type in ascending order, -0 before 0, from index `first` on.

    count: the greatest number of them, None for all. Raises UsageError for float64, MissingExtra as
    `floating_type` does.
    """
    kind = floating_type(name)
    if kind.itemsize < _WIDE:
        found: Array = xp.arange(1 << 8 * kind.itemsize, dtype=f"u{kind.itemsize}").view(kind)
        with xp.errstate(invalid="ignore"):  # signalling nans
            found = found[xp.isfinite(found)]
        return found[xp.argsort(ascending(found))][first:][:count]
    half = how_many(name) // 2
    places = xp.arange(first, 2 * half if count is None else min(2 * half, first + count)) - half
    return from_zero(name, places + (places < 0), negative=places < 0)


def from_zero(name: str, steps: NDArray[Any], negative: Any = False) -> Array:
    """Return the floats of float32 or float64 whose rank above 0 is `steps`, or below 0 if negative.

    negative: where 0 steps are -0.
    """
    kind = floating_type(name)
    sign = xp.where((steps < 0) | negative, 1 << (8 * kind.itemsize - 1), 0).astype(f"u{kind.itemsize}")
    found: Array = (abs(steps).astype(sign.dtype) | sign).view(kind)
    return found


def ranks(x: Array) -> NDArray[Any]:
    """Return the rank of each float64 among all, as `from_zero` reads it: 0 for 0 and -0, -1 for -5e-324."""
    return xp.where(x < 0, -1, 1) * abs(x).view(xp.int64)


def how_many(name: str) -> int:
    """Return the number of a type's finite numbers, -0 and 0 counted separately.

    Raises UsageError for float64, MissingExtra as `floating_type` does.
    """
    if name == "float64":
        raise UsageError("every: float64 has 2^64 numbers; name a narrower --dtype")
    return 2 * _POSITIVE if name == "float32" else len(every(name))


def largest(name: str) -> float:
    """Return the largest finite number of a type. Raises MissingExtra as `floating_type` does."""
    return float(xp.finfo(name).max if DTYPES[name].storable else every(name)[-1])
