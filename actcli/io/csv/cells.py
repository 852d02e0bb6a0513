"""Cells to numbers: a column at a time in one library call, or one by one where that is not allowed."""

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
"""Lines to commas and decimal commas to points; a point becomes what is refused."""
_LOOSE: Final = (b" ", b"\t", b"\r", b"u", b"l")
"""What orjson skips in silence, and a letter of each of its words: true, false, null."""


class BadCell(Exception):  # noqa: N818  named for what was found
    """A cell of a numeric column is no number. `row` is its place in the column."""

    def __init__(self, row: int, cell: bytes, why: str) -> None:
        super().__init__(row, cell, why)
        self.row = row
        self.cell = cell
        self.why = why


def column(cells: list[bytes], layout: Layout) -> Column:
    """The numbers of one column. Raises BadCell where the layout makes an invalid cell an error."""
    return (None if layout.bits else at_once(cells, layout)) or one_by_one(cells, layout)


def at_once(cells: list[bytes], layout: Layout) -> Column | None:
    """The column if it is made of JSON numbers, or of them in quotes, and of missing cells; else None."""
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
    """The column if its cells are JSON numbers but for missing ones as they are listed."""
    there = [cell for cell in cells if cell not in layout.missing]
    if (layout.vectors and not layout.masked) or not there:
        return None
    found = numbers(_joined(there, layout), len(there))
    if found is None:
        return None
    missing = [row for row, cell in enumerate(cells) if cell in layout.missing]
    values = xp.full(len(cells), layout.absent if layout.masked else math.nan)
    values[xp.delete(xp.arange(len(cells)), missing)] = found
    return Column(cells, values, absent=missing) if layout.masked else Column(cells, values, missing)


def _joined(cells: list[bytes], layout: Layout) -> bytes:
    """The cells with commas between them, and with points for their decimal signs."""
    if layout.decimal == b".":
        return b",".join(cells)
    return b"\n".join(cells).translate(_POINTED)


def numbers(joined: bytes, count: int) -> Array | None:
    """So many numbers separated by commas, as JSON has them; None if orjson would refuse or change one."""
    if loose(joined) or b"\n" in joined:
        return None
    return packed(listed(b"[%b]" % joined), count, joined)


def loose(text: bytes) -> bool:
    """Whether there is something in a text that orjson would not take for a wrong number."""
    return any(letter in text for letter in _LOOSE)


def listed(bracketed: bytes) -> list[Any]:
    """What stands in brackets, with commas between, as orjson reads it; an empty list where it is no JSON."""
    import orjson

    try:
        values: list[Any] = orjson.loads(bracketed)
    except orjson.JSONDecodeError:
        return []
    return values


def packed(values: list[Any], count: int, text: bytes) -> Array | None:
    """The Python numbers of a text as an array; None if there are not so many, or others than numbers."""
    try:
        array = xp.frombuffer(struct.pack(f"{count}d", *values), dtype=xp.float64)
    except (struct.error, OverflowError):
        return None
    # the integer -0 has no sign in JSON; without zeros there is none to look for, which takes longer
    return array if array.all() or not _UNSIGNED_ZERO.search(text) else None


def one_by_one(cells: list[bytes], layout: Layout) -> Column:
    """The same, cell by cell: the reference."""
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
    """The cell is missing, and may be."""


def _one(cell: bytes, layout: Layout) -> tuple[float, tuple[bytes, bytes] | None]:
    """The number in a cell and, if there are any, the quotes and blanks around it."""
    if layout.is_missing(cell):
        if layout.vectors and not layout.masked:
            raise NotANumeral("it is missing")
        raise _Missing
    before, body, after = _unwrapped(cell, layout)
    text = body.decode(layout.encoding, "surrogateescape")
    number = parse_bits(text.strip(), layout.bits) if layout.bits else parse_cell(text, *layout.signs)
    return number, (before, after) if before or after else None


def _unwrapped(cell: bytes, layout: Layout) -> tuple[bytes, bytes, bytes]:
    """Quotes and blanks before a number, the number, and those behind it."""
    start, end = _stripped(cell, 0, len(cell))
    if layout.delimiter and end - start > 1 and cell[start : start + 1] == cell[end - 1 : end] == b'"':
        start, end = _stripped(cell, start + 1, end - 1)
    return cell[:start], cell[start:end], cell[end:]


def _stripped(cell: bytes, start: int, end: int) -> tuple[int, int]:
    """From where to where a part of a cell goes without the blanks around it."""
    inner = cell[start:end]
    return end - len(inner.lstrip(BLANKS)), start + len(inner.rstrip(BLANKS)) if inner.strip(BLANKS) else end
