"""Cells to numbers: a column at a time in one library call, or one by one where that is not allowed."""

from __future__ import annotations

import math
import re
import struct
from typing import TYPE_CHECKING, Final

from actcli.batch import Column
from actcli.numerals import NotANumeral, parse_cell
from actcli.numeric import xp

if TYPE_CHECKING:
    from actcli.batch import Layout
    from actcli.numeric import Array

_NOT_PLAIN: Final = re.compile(rb"[^0-9.,eE+-]")
_UNSIGNED_ZERO: Final = re.compile(rb"-0+(?:,|$)")
_WRAP: Final = re.compile(rb'([" \t]*)(.*?)([" \t]*)', re.DOTALL)


class BadCell(Exception):  # noqa: N818  named for what was found
    """A cell of a numeric column is no number. `row` is its place in the column."""

    def __init__(self, row: int, cell: bytes, why: str) -> None:
        super().__init__(row, cell, why)
        self.row = row
        self.cell = cell
        self.why = why


def column(cells: list[bytes], layout: Layout) -> Column:
    """The numbers of one column. Raises BadCell where the layout makes an invalid cell an error."""
    values = at_once(cells)
    return Column(cells, values) if values is not None else one_by_one(cells, layout)


def at_once(cells: list[bytes]) -> Array | None:
    """The numbers of cells that are all plain JSON numbers; None where any is not."""
    joined = b",".join(cells)
    if _NOT_PLAIN.search(joined) or joined.count(b",") != len(cells) - 1:
        return None
    return numbers(joined, len(cells))


def numbers(joined: bytes, count: int) -> Array | None:
    """Numbers separated by commas, as JSON has them; None if orjson would refuse or change one."""
    import orjson

    if _UNSIGNED_ZERO.search(joined):
        return None  # the integer -0 has no sign in JSON
    try:
        return xp.frombuffer(struct.pack(f"{count}d", *orjson.loads(b"[" + joined + b"]")), dtype=xp.float64)
    except (orjson.JSONDecodeError, struct.error, OverflowError):
        return None


def one_by_one(cells: list[bytes], layout: Layout) -> Column:
    """The same, cell by cell: the reference."""
    values = xp.full(len(cells), math.nan)
    untouched: list[int] = []
    wraps = {}
    invalid = 0
    for row, cell in enumerate(cells):
        if layout.unquoted(cell) in layout.missing:
            untouched.append(row)
            continue
        before, body, after = _unwrapped(cell)
        try:
            values[row] = parse_cell(_pointed(body, layout.decimal))
        except NotANumeral as error:
            if layout.invalid == "error":
                raise BadCell(row, cell, str(error)) from error
            invalid += 1
            if layout.invalid == "keep":
                untouched.append(row)
            continue
        if before or after:
            wraps[row] = before, after
    return Column(cells, values, untouched, wraps, invalid)


def _unwrapped(cell: bytes) -> tuple[bytes, bytes, bytes]:
    """Quotes and blanks before a number, the number, and those behind it."""
    match = _WRAP.fullmatch(cell)
    before, body, after = match.groups() if match else (b"", cell, b"")
    if before.strip(b" \t") != after.strip(b" \t") or before.count(b'"') > 1:
        return b"", cell, b""
    return before, body, after


def _pointed(body: bytes, decimal: bytes) -> str:
    text = body.decode("latin-1")
    if decimal == b".":
        return text
    return "not " + text if "." in text else text.replace(decimal.decode(), ".", 1)
