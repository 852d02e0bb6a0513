"""Conversion of JSON values to numbers, or to arrays of numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from actcli.io.batch import Column
from actcli.io.csv import cells as plain
from actcli.io.csv.cells import BadCell
from actcli.io.json import scan
from actcli.numeric import xp

if TYPE_CHECKING:
    from actcli.io.json.dialect import JsonLayout

    Shape = tuple[int, ...]

_UNSIGNED_ZERO: Final = re.compile(rb"-0(?![0-9.eE])")
_ITEM: Final = re.compile(rb"[\[\]]|[^\[\],\s]+")
_LETTERS: Final = (b"u", b"l", b"N", b"I")
"""A letter of each word that would be converted to a wrong number: true, false, NaN, Infinity."""
_HUGE: Final = "it is beyond float64"
_MIXED: Final = "numbers and arrays stand beside each other"


@dataclass
class ArrayColumn(Column):
    """A column of arrays: `values` are the numbers of all its arrays, concatenated.

    `shapes` has the shape of each row's array: () for a single number, None for a row that is not computed.
    """

    shapes: list[Shape | None] = field(default_factory=list)


def column(cells: list[bytes], layout: JsonLayout) -> Column:
    """Return a column with its numbers. Raises BadCell if the layout makes an invalid value an error."""
    if layout.arrays:
        return _arrays(cells, layout)
    return plain.at_once(cells, layout) or _one_by_one(cells, layout)


def joined(first: Column, second: Column) -> Column:
    """Return the concatenation of the rows of two columns."""
    rows = len(first.cells)
    found = Column(
        first.cells + second.cells,
        xp.concatenate([first.values, second.values]),
        [*first.passthrough_rows, *(rows + row for row in second.passthrough_rows)],
        [*first.absent_rows, *(rows + row for row in second.absent_rows)],
        invalid=first.invalid + second.invalid,
    )
    if not isinstance(first, ArrayColumn) or not isinstance(second, ArrayColumn):
        return found
    return ArrayColumn(**vars(found), shapes=first.shapes + second.shapes)


def _one_by_one(cells: list[bytes], layout: JsonLayout) -> Column:
    """Return the column, converted value by value: the reference. Raises BadCell as `column` does."""
    values = xp.full(len(cells), math.nan)
    passthrough_rows: list[int] = []
    absent: list[int] = []
    invalid = 0
    for row, cell in enumerate(cells):
        missing = cell in layout.missing
        if missing and layout.masked:
            values[row] = layout.absent
            absent.append(row)
        elif missing and not layout.vectors:
            passthrough_rows.append(row)
        else:
            try:
                values[row] = _number(cell)
            except ValueError as error:
                if layout.invalid == "error":
                    raise BadCell(row, cell, str(error)) from error
                invalid += 1
                if layout.invalid == "keep":
                    passthrough_rows.append(row)
    return Column(cells, values, passthrough_rows, absent, invalid=invalid)


def _number(cell: bytes) -> float:
    """Return the number of a JSON value. Raises ValueError, whose message may be empty, if it is none."""
    if scan.NUMBER.fullmatch(cell) is None:
        raise ValueError
    number = float(cell)
    if math.isinf(number) and not cell.endswith(b"y"):
        raise ValueError(_HUGE)
    return number


def _arrays(cells: list[bytes], layout: JsonLayout) -> ArrayColumn:
    """Return a column of arrays, converted one by one. Raises BadCell as `column` does."""
    numbers: list[float] = []
    shapes: list[Shape | None] = []
    passthrough_rows: list[int] = []
    invalid = 0
    for row, cell in enumerate(cells):
        try:
            found, shape = array(cell, layout)
        except _Missing:
            passthrough_rows.append(row)
            shapes.append(None)
            continue
        except ValueError as error:
            if layout.invalid == "error":
                raise BadCell(row, cell, str(error)) from error
            invalid += 1
            shapes.append(None)
            if layout.invalid == "keep":
                passthrough_rows.append(row)
            continue
        numbers += found
        shapes.append(shape)
    values = xp.array(numbers, dtype=xp.float64)
    return ArrayColumn(cells, values, passthrough_rows, invalid=invalid, shapes=shapes)


class _Missing(Exception):  # noqa: N818  named for what was found
    """The value is null, or absent."""


def array(cell: bytes, layout: JsonLayout) -> tuple[list[float], Shape]:
    """Return the numbers of a nested array, flattened, and its shape.

    A null in it is nan, or for vectors the masked value, if nulls are masked. Raises ValueError for a value
    that is not a regular array of numbers, _Missing for a missing one.
    """
    if cell in layout.missing:
        raise _Missing
    if not cell.startswith(b"["):
        if layout.vectors:
            raise ValueError("an array belongs here")
        return [_number(cell)], ()
    numbers: list[float] = []
    lengths: list[int] = []  # of the open arrays
    shape: dict[int, int] = {}  # by depth
    deepest = 0
    for token in _ITEM.findall(cell):
        if token == b"]":
            depth, length = len(lengths), lengths.pop()
            if shape.setdefault(depth, length) != length:
                raise ValueError(f"its arrays have {shape[depth]} and {length} values")
            continue
        lengths[-1:] = [length + 1 for length in lengths[-1:]]
        if token == b"[":
            lengths.append(0)
        too_deep = token == b"[" and bool(numbers) and len(lengths) > deepest
        if too_deep or (token != b"[" and len(lengths) < deepest):
            raise ValueError(_MIXED)
        deepest = max(deepest, len(lengths))
        if token != b"[":
            numbers.append(_item(token, layout))
    return numbers, tuple(shape[depth] for depth in range(1, deepest + 1))


def _item(token: bytes, layout: JsonLayout) -> float:
    if token == b"null" and layout.masked and layout.absent is not None:
        return layout.absent
    if token == b"null" and not layout.vectors:
        return math.nan
    try:
        return _number(token)
    except ValueError as error:
        shown = token[:20].decode("utf-8", "replace")
        if token == b"null" and layout.absent is not None:
            raise ValueError("null is in it; --mask-missing computes the others") from error
        raise ValueError((str(error) and f"{shown}: {error}") or f"{shown} is not a number") from error


def flat_arrays(cells: list[bytes], values: list[Any]) -> ArrayColumn | None:
    """Return a column of flat arrays parsed by orjson; None if one has anything but numbers."""
    if set(map(type, values)) != {list}:
        return None
    numbers = list(chain.from_iterable(values))
    packed = plain.packed(numbers, len(numbers), b"")
    if packed is None or any(letter in cell for cell in cells for letter in _LETTERS):
        return None
    if not packed.all() and any(map(_UNSIGNED_ZERO.search, cells)):
        return None
    return ArrayColumn(cells, packed, shapes=[(len(value),) for value in values])
