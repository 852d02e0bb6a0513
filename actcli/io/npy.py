"""`.npy` files: memory-mapped arrays, and their rows in batches."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError, UsageError, counted
from actcli.io.batch import Batch, Batches, Counts, Layout, PlainRows
from actcli.io.streams import Stream
from actcli.numeric import numerals, xp
from actcli.numeric.dtypes import DTYPES, floating_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.numeric import Array

_LARGEST: Final = 8  # bytes of a number; larger ones would lose digits
_UNNAMED: Final = {1: "float8_e4m3fn", 2: "bfloat16"}
"""Usual type of numbers whose type the file does not name, by their size in bytes: for a message."""
_FLAT: Final = 2  # dimensions of text
_BLOCK: Final = 1 << 16  # numbers of a batch
_AS_TEXT: Final = {"f": "float64", "V": "float64", "u": "uint64", "i": "int64", "b": "int64"}
"""Type as which each NumPy kind is converted to text; V are small floating types that NumPy lacks."""


def mapped(path: str, dtype: str | None = None, *, raw: bool = False) -> Array:
    """Return the array of a file, memory-mapped and not read yet, of any shape, in C or Fortran order.

    dtype: the floating type of numbers whose type the file format cannot name: bfloat16 and types of 8 bits
    are stored as opaque bytes. raw: the file has no header and is one vector of numbers of this type
    (default: float64). Raises DataError for a file that is unreadable, truncated, not in `.npy` format, or
    does not hold real numbers.
    """
    if raw:
        return _raw(path, dtype or "float64")
    try:
        array: Any = xp.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror}") from error
    except (ValueError, SyntaxError, TypeError) as error:
        array = _of_float8(path)
        if array is None:
            raise DataError(f"{path}: is no .npy file that can be read: {error}") from error
        return array  # type: ignore[no-any-return]  # as below
    if array.dtype.kind == "V" and array.dtype.names is None and array.dtype.itemsize in _UNNAMED:
        return _of_type(array, dtype, path)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > _LARGEST:
        raise DataError(f"{path}: holds {array.dtype}; numbers of up to 64 bits can be computed")
    return array  # type: ignore[no-any-return]  # a memmap is an array


def _of_float8(path: str) -> Any:
    """Return the array of a file with type <f1, as ml_dtypes writes float8_e5m2; None for other files."""
    from ast import literal_eval

    try:
        with open(path, "rb") as file:
            xp.lib.format.read_magic(file)
            length = int.from_bytes(file.read(2), "little")
            header = literal_eval(file.read(length).decode("latin-1"))
            if header["descr"] != "<f1":
                return None
            order: Any = "F" if header["fortran_order"] else "C"
            kind = floating_type("float8_e5m2")
            return xp.memmap(path, kind, "r", file.tell(), header["shape"], order)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError):
        return None


def _raw(path: str, dtype: str) -> Array:
    kind = floating_type(dtype)
    try:
        size = os.stat(path).st_size
        if size % kind.itemsize:
            raise DataError(
                f"{path}: has {counted(size, 'byte')}, numbers of {dtype} have {kind.itemsize} each; "
                "name their type with --dtype"
            )
        return xp.memmap(path, kind, "r") if size else xp.empty(0, kind)
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror}") from error


def _of_type(array: Any, dtype: str | None, path: str) -> Array:
    """Return an array of opaque bytes as numbers of `dtype`.

    Raises DataError if `dtype` is None, is a type of NumPy, or has another size.
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
    """Return the name of an array's floating type, or float64 for other arrays."""
    return array.dtype.name if array.dtype.name in DTYPES else "float64"


def rows(path: str, dtype: str | None = None, *, raw: bool = False) -> Batches:
    """Return a reader of an array's rows in batches, for output as text; an empty array has no batches.

    A vector is one column. The text of a number is that of its float64, so that other programs read the
    same value; integers keep all their digits. Raises UsageError for more than two dimensions, DataError as
    `mapped` does.
    """
    array = mapped(path, dtype, raw=raw)
    if array.ndim > _FLAT:
        raise UsageError(
            f"{path}: has {counted(array.ndim, 'dimension')}, text has two; "
            "write an array: -o y.npy, or name another result file that ends in .npy"
        )
    flat = array if array.ndim == _FLAT else array.reshape(-1, 1)
    columns = tuple(range(flat.shape[1]))
    layout = Layout(
        path,
        b",",
        len(columns),
        columns,
        missing=frozenset(),
        dtype=floating(array),
        dimensions=max(1, array.ndim),
    )
    return Batches(Stream(path), layout, _batches(flat, layout))


def _batches(array: Array, layout: Layout) -> Iterator[Batch]:
    step = max(1, _BLOCK // max(1, layout.width))
    for first in range(0, len(array) if array.size else 0, step):
        block = array[first : first + step]
        with xp.errstate(invalid="ignore"):  # signalling nans
            numbers = block.astype(_AS_TEXT[block.dtype.kind])
        cells = ArrayRows(numbers, layout.selected)
        yield Batch(layout, cells, [], Counts(len(numbers)), matrix=numbers.astype(xp.float64))


class ArrayRows(PlainRows):
    """Rows of an array, converted to text on demand."""

    def __init__(self, numbers: Array, selected: Sequence[int]) -> None:
        super().__init__([], selected)
        self._numbers = numbers

    def rows(self) -> list[list[bytes]]:
        """Return every row, as cells of text."""
        text = numerals.lines(self._numbers, b",", b"\n")
        return [line.split(b",") for line in text.splitlines()]

    def head(self, count: int) -> ArrayRows:
        """Return the first `count` rows."""
        return ArrayRows(self._numbers[:count], self._selected)
