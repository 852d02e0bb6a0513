"""`.npy` files: memory-mapped arrays, and their rows as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError, UsageError, counted
from actcli.numeric import numerals, xp
from actcli.numeric.dtypes import DTYPES, floating_type

if TYPE_CHECKING:
    from actcli.io.csv.options import ReadOptions
    from actcli.numeric import Array

_LARGEST: Final = 8  # bytes of a number; what is larger would lose digits
_UNNAMED: Final = {1: "float8_e4m3fn", 2: "bfloat16"}
"""The type that numbers of so many bytes have as a rule, where a file does not name it."""
_FLAT: Final = 2  # dimensions that rows of text have
_BLOCK: Final = 1 << 16  # numbers that become text at a time
_AS_TEXT: Final = {"f": "float64", "V": "float64", "u": "uint64", "i": "int64", "b": "int64"}
"""As what type each kind is written; V are small floating types that NumPy lacks."""


def mapped(path: str, dtype: str | None = None) -> Array:
    """Return the array of a file, mapped into memory and not read yet, of any shape and either order.

    dtype: the floating type of numbers for which the file format has no name: bfloat16 and those of 8 bits
    are written as so many bytes. Raises DataError for what is no `.npy` file, is cut off, or does not hold
    real numbers.
    """
    try:
        array: Any = xp.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror}") from error
    except (ValueError, SyntaxError, TypeError) as error:
        raise DataError(f"{path}: is no .npy file that can be read: {error}") from error
    if array.dtype.kind == "V" and array.dtype.names is None and array.dtype.itemsize in _UNNAMED:
        return _of_type(array, dtype, path)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > _LARGEST:
        raise DataError(f"{path}: holds {array.dtype}; numbers of up to 64 bits can be computed")
    return array  # type: ignore[no-any-return]  # a memmap is an array


def _of_type(array: Any, dtype: str | None, path: str) -> Array:
    """Return an array of bytes as one of the type that the user names.

    Raises DataError for none, and for one of another size.
    """
    size = array.dtype.itemsize
    if dtype is None or DTYPES[dtype].package == "numpy":
        raise DataError(
            f"{path}: holds numbers of {counted(size, 'byte')} without their type; name it: "
            f"--dtype {_UNNAMED[size]}"
        )
    kind = floating_type(dtype)
    if kind.itemsize != size:
        raise DataError(f"{path}: holds numbers of {counted(size, 'byte')}; {dtype} has {kind.itemsize}")
    return array.view(kind)  # type: ignore[no-any-return]  # as above


def floating(array: Array) -> str:
    """Return the name of an array's floating type; float64 for integers."""
    return array.dtype.name if array.dtype.name in DTYPES else "float64"


def reading() -> ReadOptions:
    """How the rows of an ArrayStream are to be read: numbers alone, without a header."""
    from actcli.io.csv.options import ReadOptions

    return ReadOptions(header=False, delimiter=",", missing=frozenset())


class ArrayStream:
    """The rows of an array as CSV without a header, so that every format can show them: a `Stream`.

    A vector is a column. Each number has the digits of its float64, which single precision needs to come
    back unchanged; integers have all of theirs. UsageError for more than two dimensions.
    """

    encoding = "utf-8"
    bom = b""
    compression = ""
    verbatim = False
    shareable = False
    regular = True
    left = 0
    descriptor = -1
    size = 0  # whatever is asked for: blocks of rows

    def __init__(self, path: str, dtype: str | None = None) -> None:
        self.name = path
        array = mapped(path, dtype)
        if array.ndim > _FLAT:
            raise UsageError(
                f"{path}: has {counted(array.ndim, 'dimension')}, text has two; "
                "write an array: -o y.npy, or name another result file that ends in .npy"
            )
        self.dtype = floating(array)
        self.dimensions = array.ndim
        self._rows = array if array.ndim == _FLAT else array.reshape(-1, 1)
        self._at = 0

    def read(self) -> bytes:
        """Some rows; b"" at the end."""
        width = self._rows.shape[1]
        if not width:
            return b""
        step = max(1, _BLOCK // width)
        with xp.errstate(invalid="ignore"):  # signalling nans
            rows = self._rows[self._at : self._at + step].astype(_AS_TEXT[self._rows.dtype.kind])
        self._at += len(rows)
        return numerals.lines(rows, b",", b"\n")

    def close(self) -> None:
        """Let go of the map."""
        self._rows = self._rows[:0].copy()
