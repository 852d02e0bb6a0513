"""From a chunk of rows to a batch of numbers: the first lane that takes the chunk.

Each lane returns None for what it cannot do without harm. The careful lane takes everything and is the
reference: the tests hold the others to the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from actcli.errors import DataError, counted
from actcli.io.batch import MASKING, Batch, Chunk, Counts
from actcli.io.csv import cells, marked
from actcli.io.csv import split as rows

if TYPE_CHECKING:
    from actcli.io.batch import Layout

_LONGEST_SHOWN = 60
_CELL = 2  # the pieces of a row of one cell: the cell, and what stands behind it


def batch(chunk: Chunk, layout: Layout, *, bare: bool = False, appends: bool = False) -> Batch:
    """The rows of a chunk with their numbers, up to the first that is wrong.

    `bare` says that results take the place of all cells, so that nothing of a row of numbers need be
    kept; `appends` that there will be further cells at the end of each row.
    """
    found = numbers(chunk, layout) if bare else None
    return found or separators(chunk, layout, appends=appends) or careful(chunk, layout)


def numbers(chunk: Chunk, layout: Layout) -> Batch | None:
    """A chunk of nothing but JSON numbers, in one library call."""
    text, width = chunk.text, layout.width
    if not text.endswith(b"\n") or len(layout.delimiter) != 1 or layout.missing_numbers:
        return None
    if layout.delimiter != b",":
        if b"," in text:
            return None
        text = text.replace(layout.delimiter, b",")
    if cells.loose(text):
        return None
    values = cells.listed(b"[%b0]" % text.replace(b"\n", b",null,"))
    ends = values[width :: width + 1]
    if len(values) != len(ends) * (width + 1) + 1 or ends.count(None) != len(ends):
        return None  # a null ends each row, so that a row of another length shows itself
    del values[width :: width + 1], values[-1]
    matrix = cells.packed(values, len(ends) * width, text)
    if matrix is None:
        return None
    return Batch(layout, None, [], Counts(len(ends)), matrix=matrix.reshape(-1, width))


def separators(chunk: Chunk, layout: Layout, *, appends: bool = False) -> Batch | None:
    """A chunk whose separators NumPy can find: only the selected cells are looked at."""
    found = marked.found(chunk.text, layout, appends=appends)
    if found is None:
        return None
    try:
        columns = [cells.column(found.cells(place), layout) for place in layout.selected]
    except cells.BadCell:
        return None
    counts = Counts(found.count, sum(column.invalid for column in columns))
    return Batch(layout, found, columns, counts, line=chunk.line)


def careful(chunk: Chunk, layout: Layout, most: int | None = None) -> Batch:
    """Cell by cell: the reference for all lanes. `most` is how many rows are wanted at the most."""
    found = _rows(chunk, layout, most)
    columns, left, wrong = [], found.computed, None
    for place in layout.selected:
        try:
            columns.append(cells.column([found.pieces[row][2 * place] for row in left], layout))
        except cells.BadCell as bad:
            left, wrong = left[: bad.row], (place, bad)  # of the other columns an earlier one counts
    if wrong:
        return _before(chunk, layout, found, *wrong)
    counts = Counts(len(found.computed), sum(column.invalid for column in columns), found.ragged)
    written = rows.SplitRows(found.pieces, layout.selected, found.computed, layout.joint)
    return Batch(layout, written, columns, counts, found.computed, error=found.error, line=chunk.line)


@dataclass
class _Rows:
    """Rows as read, the numbers of their first lines, and which of them are computed."""

    pieces: list[list[bytes]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    computed: list[int] = field(default_factory=list)
    ragged: int = 0
    error: DataError | None = None


def _rows(chunk: Chunk, layout: Layout, most: int | None) -> _Rows:
    found = _Rows()
    for line, row in rows.split(chunk.text, layout.delimiter):
        if len(found.computed) == most:
            break
        if len(row) == 2 * layout.width:
            found.computed.append(len(found.pieces))
        elif len(row) > _CELL or row[0].strip():
            if layout.ragged == "error":
                found.error = _ragged(row, layout, chunk.line + line)
                break
            found.ragged += 1
        found.pieces.append(row)
        found.lines.append(chunk.line + line)
    return found


def _before(chunk: Chunk, layout: Layout, found: _Rows, place: int, bad: cells.BadCell) -> Batch:
    """The rows before the first bad cell."""
    row = found.computed[bad.row]
    length = sum(sum(map(len, pieces)) for pieces in found.pieces[:row])
    shorter = careful(Chunk(chunk.text[:length], chunk.line), layout)
    return replace(shorter, error=_bad_cell(bad, place, found.lines[row], layout))


def _ragged(row: list[bytes], layout: Layout, line: int) -> DataError:
    way_out = "--ragged keep passes such rows as they are, in CSV and TSV"
    if layout.header and layout.header[0].startswith(b"#"):
        from actcli.io.csv import hints

        way_out = hints.COMMENTS
    count = counted(len(row) // 2, "cell")
    return DataError(f"{layout.source}:{line}: has {count}, the first row has {layout.width}; {way_out}")


def _bad_cell(bad: cells.BadCell, place: int, line: int, layout: Layout) -> DataError:
    where = f"{layout.source}:{line}:{place + 1}: column {layout.names[place]!r}"
    if layout.is_missing(bad.cell):
        return DataError(
            f"{where}: the cell is missing, and it is computed together with others; "
            "--invalid keep or nan goes on" + MASKING * (layout.absent is not None)
        )
    text = layout.decoded(bad.cell)
    shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
    way_out = "--invalid keep or nan goes on"
    if shown == text and "," not in text:
        from shlex import quote

        way_out += f", --missing {quote(text)} calls it missing"
    return DataError(f"{where}: {shown!r} is not a number; {bad.why or way_out}")
