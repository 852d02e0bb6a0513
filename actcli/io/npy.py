"""`.npy` files: memory-mapped arrays, those in archives, and their rows in batches."""

from __future__ import annotations

import io
import math
import os
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError, UsageError, counted
from actcli.io import npz
from actcli.io.batch import Batch, Batches, Counts, Layout, PlainRows
from actcli.io.filetype import member
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
_PIECE: Final = 1 << 20  # bytes of an archive that are read or written at a time
_AS_TEXT: Final = {"f": "float64", "V": "float64", "u": "uint64", "i": "int64", "b": "int64"}
"""Type as which each NumPy kind is converted to text; V are small floating types that NumPy lacks."""


def mapped(path: str, dtype: str | None = None, *, raw: bool = False) -> Array:
    """Return the array of a file, memory-mapped and not read yet, of any shape, in C or Fortran order.

    dtype: the floating type of numbers whose type the file format cannot name: bfloat16 and types of 8 bits
    are stored as opaque bytes. raw: the file has no header and is one vector of numbers of this type
    (default: float64). An array of an archive, x.npz:w, is read into memory. Raises DataError for a file that
    is unreadable, truncated, not in `.npy` format, or does not hold real numbers.
    """
    if raw:
        return _raw(path, dtype or "float64")
    archive, name = member(path)
    if name is not None:
        with npz.Archive(archive) as found:
            return read(found, found.find(name), dtype)
    try:
        array: Any = xp.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror}") from error
    except (ValueError, SyntaxError, TypeError) as error:
        array = _of_float8(path)
        if array is None:
            raise DataError(f"{path}: is no .npy file that can be read: {error}") from error
    return _of_numbers(array, dtype, path)


def _of_numbers(array: Any, dtype: str | None, path: str) -> Array:
    """Return `array` if it holds numbers; opaque bytes are viewed as numbers of `dtype`.

    path: names the array in messages. Raises DataError for an array of anything else.
    """
    _check_numeric(array.dtype, path)
    if _has_no_type(array.dtype):
        return _of_type(array, dtype, path)
    return array  # type: ignore[no-any-return]  # a memmap is an array


def _check_numeric(kind: Any, path: str) -> None:
    """Raise DataError for a type of which no numbers are computed."""
    if not is_numeric(kind):
        raise DataError(f"{path}: holds {kind}; numbers of up to 64 bits can be computed")


def is_numeric(kind: Any) -> bool:
    """Return whether arrays of this type hold numbers that can be computed, or bytes that may be such."""
    return _has_no_type(kind) or (kind.kind in "biuf" and kind.itemsize <= _LARGEST) or kind.name in DTYPES


def _has_no_type(kind: Any) -> bool:
    """Return whether numbers of this type are bytes whose type the user must name."""
    return kind.kind == "V" and kind.names is None and kind.itemsize in _UNNAMED and kind.name not in DTYPES


def read(archive: npz.Archive, one: npz.Member, dtype: str | None) -> Array:
    """Return an array of an archive, as a whole in memory; all else is as for `mapped`."""
    with archive.opened(one) as file:
        kind, shape, order = _header(file)
        _check_numeric(kind, archive.label(one))
        count = math.prod(shape)
        left = count * kind.itemsize
        if left > one.info.file_size - file.tell():  # said before so much memory is asked for
            raise ValueError("it is cut off")
        array: Any = xp.empty(count, kind)
        place = array.view(xp.uint8)
        while left:
            piece = file.read(min(left, _PIECE))
            if not piece:
                raise EOFError
            place[place.size - left :][: len(piece)] = xp.frombuffer(piece, xp.uint8)
            left -= len(piece)
    return _of_numbers(array.reshape(shape, order=order), dtype, archive.label(one))


def type_of(archive: npz.Archive, one: npz.Member) -> Any:
    """Return the NumPy type of an array in an archive; None for a member that is no `.npy` file."""
    with archive.opened(one) as file:
        try:
            return _header(file)[0]
        except (ValueError, SyntaxError, TypeError):
            return None


def _header(file: Any) -> tuple[Any, tuple[int, ...], Any]:
    """Read the header of a `.npy` file: its type, its shape, and C or F for its order.

    Raises ValueError for what is none.
    """
    try:
        first = xp.lib.format.read_magic(file) == (1, 0)
        to_end = xp.lib.format.read_array_header_1_0 if first else xp.lib.format.read_array_header_2_0
        shape, fortran, kind = to_end(file)
    except ValueError:
        file.seek(0)
        found = _float8_header(file)
        if found is None:
            raise
        return found
    return kind, shape, "F" if fortran else "C"


def pieces(array: Array) -> Iterator[Any]:
    """Yield the bytes of an array's `.npy` file. It must lie in memory without gaps, in either order."""
    yield header(array.dtype, array.shape, fortran=is_fortran(array))
    data = array.ravel(order="K").view(xp.uint8)
    for first in range(0, data.size, _PIECE):
        yield data[first : first + _PIECE]


def header(kind: Any, shape: tuple[int, ...], *, fortran: bool) -> bytes:
    """Return the header of a `.npy` file; types that it cannot name are declared as opaque bytes."""
    named = kind.name not in DTYPES or DTYPES[kind.name].storable
    descr = xp.lib.format.dtype_to_descr(kind) if named else f"|V{kind.itemsize}"
    out = io.BytesIO()
    layout = {"descr": descr, "fortran_order": fortran, "shape": shape}
    xp.lib.format.write_array_header_1_0(out, layout)
    return out.getvalue()


def is_fortran(array: Array) -> bool:
    """Return whether an array lies in memory in Fortran's order, and not in C's."""
    return bool(array.flags.f_contiguous and not array.flags.c_contiguous)


def _of_float8(path: str) -> Any:
    """Return the array of a file whose header says <f1; None for others."""
    try:
        with open(path, "rb") as file:
            found = _float8_header(file)
            return None if found is None else xp.memmap(path, found[0], "r", file.tell(), *found[1:])
    except (OSError, ValueError, TypeError):
        return None


def _float8_header(file: Any) -> tuple[Any, tuple[int, ...], Any] | None:
    """Read a header that says <f1, as ml_dtypes writes float8_e5m2, like `_header`; None for others."""
    from ast import literal_eval

    try:
        xp.lib.format.read_magic(file)
        length = int.from_bytes(file.read(2), "little")
        found = literal_eval(file.read(length).decode("latin-1"))
        if found["descr"] != "<f1":
            return None
        return floating_type("float8_e5m2"), found["shape"], "F" if found["fortran_order"] else "C"
    except (ValueError, SyntaxError, TypeError, KeyError):
        return None


def _raw(path: str, dtype: str) -> Array:
    kind = floating_type(dtype)
    try:
        size = os.stat(path).st_size
        if size % kind.itemsize:
            raise DataError(
                f"{path}: has {counted(size, 'byte')}, numbers of {dtype} have {kind.itemsize} each; "
                "name their own type with --dtype"
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
