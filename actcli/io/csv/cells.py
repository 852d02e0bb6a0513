"""Conversion of cells to numbers: a column in one library call if it is plain JSON, else cell by cell."""

from __future__ import annotations

import math
import re
import struct
from typing import TYPE_CHECKING, Any, Final

from actcli.io.batch import BLANKS, Column
from actcli.numeric import xp
from actcli.numeric.numerals import NotANumeral, parse_bits, parse_cell

if TYPE_CHECKING:
    from actcli.io.batch import Layout
    from actcli.numeric import Array

_UNSIGNED_ZERO: Final = re.compile(rb"-0(?:[,\n]|\Z)")
_POINTED: Final = bytes.maketrans(b"\n,.", b",.\n")
"""Translate newlines to commas and decimal commas to points; a point becomes a newline, which is refused."""
_LOOSE: Final = (b" ", b"\t", b"\r", b"u", b"l")
"""White space that orjson skips silently, and one letter of each of its words: true, false, null."""


class BadCell(Exception):  # noqa: N818  named for what was found
    """A cell of a numeric column is not a number. `row` is its index in the column."""

    def __init__(self, row: int, cell: bytes, why: str) -> None:
        super().__init__(row, cell, why)
        self.row = row
        self.cell = cell
        self.why = why


def column(cells: list[bytes], layout: Layout) -> Column:
    """Return a column with its numbers. Raises BadCell if the layout makes an invalid cell an error."""
    return (None if layout.bits else at_once(cells, layout)) or one_by_one(cells, layout)


def at_once(cells: list[bytes], layout: Layout) -> Column | None:
    """Return the column if all its cells are JSON numbers, quoted or not, or missing; else None."""
    joined = _joined(cells, layout)
    if any(text in joined for text in layout.missing_numbers):
        return _with_missing(cells, layout)
    values = numbers(joined, len(cells))
    if values is not None:
        return Column(cells, values)
    if layout.delimiter and joined.startswith(b'"') and joined.endswith(b'"'):
        values = numbers(joined[1:-1].replace(b'","', b","), len(cells))
        return None if values is None else Column(cells, values, quoted=True)
    return _with_missing(cells, layout)


def _with_missing(cells: list[bytes], layout: Layout) -> Column | None:
    """Return the column if its cells are JSON numbers or, exactly as listed, missing ones; else None."""
    there = [cell for cell in cells if cell not in layout.missing]
    if (layout.vectors and not layout.masked) or not there:
        return None
    found = numbers(_joined(there, layout), len(there))
    if found is None:
        return None
    missing = [row for row, cell in enumerate(cells) if cell in layout.missing]
    values = xp.full(len(cells), layout.absent if layout.masked else math.nan)
    values[xp.delete(xp.arange(len(cells)), missing)] = found
    return Column(cells, values, absent_rows=missing) if layout.masked else Column(cells, values, missing)


def _joined(cells: list[bytes], layout: Layout) -> bytes:
    """Return the cells joined by commas, with decimal points."""
    if layout.decimal == b".":
        return b",".join(cells)
    return b"\n".join(cells).translate(_POINTED)


def numbers(joined: bytes, count: int) -> Array | None:
    """Return `count` comma-separated JSON numbers as an array; None if orjson would refuse or change one."""
    if loose(joined) or b"\n" in joined:
        return None
    return packed(listed(b"[%b]" % joined), count, joined)


def loose(text: bytes) -> bool:
    """Return whether a text has white space or words of JSON, which orjson would not refuse as a number."""
    return any(letter in text for letter in _LOOSE)


def listed(bracketed: bytes) -> list[Any]:
    """Return a JSON array as orjson parses it, or an empty list if it is not JSON."""
    import orjson

    try:
        values: list[Any] = orjson.loads(bracketed)
    except orjson.JSONDecodeError:
        return []
    return values


def packed(values: list[Any], count: int, text: bytes) -> Array | None:
    """Return the numbers parsed from `text` as an array; None unless there are `count`, all numbers.

    None also if the text has the integer -0, which loses its sign in JSON.
    """
    try:
        array = xp.frombuffer(struct.pack(f"{count}d", *values), dtype=xp.float64)
    except (struct.error, OverflowError):
        return None
    # the integer -0 loses its sign in JSON; the slower search is needed only if there are zeros
    return array if array.all() or not _UNSIGNED_ZERO.search(text) else None


def one_by_one(cells: list[bytes], layout: Layout) -> Column:
    """Return the column, converted cell by cell: the reference. Raises BadCell as `column` does."""
    values = xp.full(len(cells), math.nan)
    passthrough_rows: list[int] = []
    absent: list[int] = []
    affixes = {}
    invalid = 0
    for row, cell in enumerate(cells):
        try:
            values[row], wrap = _one(cell, layout)
        except _Missing:
            if not layout.masked:
                passthrough_rows.append(row)
                continue
            values[row] = layout.absent
            absent.append(row)
            affixes[row] = _unwrapped(cell, layout)[::2]
        except NotANumeral as error:
            if layout.invalid == "error":
                raise BadCell(row, cell, str(error)) from error
            invalid += 1
            if layout.invalid == "keep":
                passthrough_rows.append(row)
            else:
                affixes[row] = _unwrapped(cell, layout)[::2]
        else:
            if wrap:
                affixes[row] = wrap
    return Column(cells, values, passthrough_rows, absent, affixes, invalid=invalid)


class _Missing(Exception):  # noqa: N818  named for what was found
    """The cell is missing, which is allowed."""


def _one(cell: bytes, layout: Layout) -> tuple[float, tuple[bytes, bytes] | None]:
    """Return the number in a cell, and the quotes and blanks before and after it, or None without any.

    Raises _Missing for a missing cell, NotANumeral for a cell that is invalid.
    """
    if layout.is_missing(cell):
        if layout.vectors and not layout.masked:
            raise NotANumeral("it is missing")
        raise _Missing
    before, body, after = _unwrapped(cell, layout)
    text = body.decode(layout.encoding, "surrogateescape")
    number = parse_bits(text.strip(), layout.bits) if layout.bits else parse_cell(text, *layout.signs)
    return number, (before, after) if before or after else None


def _unwrapped(cell: bytes, layout: Layout) -> tuple[bytes, bytes, bytes]:
    """Split a cell into the quotes and blanks before its content, the content, and those after it."""
    start, end = _stripped(cell, 0, len(cell))
    if layout.delimiter and end - start > 1 and cell[start : start + 1] == cell[end - 1 : end] == b'"':
        start, end = _stripped(cell, start + 1, end - 1)
    return cell[:start], cell[start:end], cell[end:]


def _stripped(cell: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of cell[start:end] without the blanks around it."""
    inner = cell[start:end]
    return end - len(inner.lstrip(BLANKS)), start + len(inner.rstrip(BLANKS)) if inner.strip(BLANKS) else end
