"""Parsing of chunks of delimited text to batches, by the first of three lanes that can do it.

The two fast lanes return None for a chunk that they cannot parse exactly. The careful lane parses every
chunk and is the reference: tests check that the others give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from actcli.errors import DataError, counted
from actcli.io.batch import GOES_ON, MISSING, Batch, Chunk, Counts
from actcli.io.csv import cells
from actcli.io.csv.reader import split, well_placed
from actcli.numeric import xp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from actcli.io.batch import Layout

_LONGEST_SHOWN = 60
_LINE_END: Final = ord("\n")
_RETURN: Final = ord("\r")
_QUOTE: Final = ord('"')
_MARK: Final = b"\0"
_CELL = 2  # pieces of a row of one cell: the cell and the line end


def batch(
    chunk: Chunk,
    layout: Layout,
    *,
    bare: bool = False,
    appends: bool = False,
    columnar: bool = False,  # noqa: ARG001  used by JSON only
) -> Batch:
    """Return the rows of a chunk with their numbers, up to the first invalid row, whose error the batch has.

    bare: results replace all cells, so that the text of numeric rows need not be kept. appends: cells will
    be appended to the rows.
    """
    found = numbers(chunk, layout) if bare else None
    return found or separators(chunk, layout, appends=appends) or careful(chunk, layout)


def numbers(chunk: Chunk, layout: Layout) -> Batch | None:
    """Return the batch of a chunk that is all JSON numbers, parsed in one library call; None for others."""
    text, width = chunk.text, layout.width
    if not text.endswith(b"\n") or len(layout.delimiter) != 1 or layout.missing_numbers or layout.bits:
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
        return None  # not a null after each row: a row has another length
    del values[width :: width + 1], values[-1]
    matrix = cells.packed(values, len(ends) * width, text)
    if matrix is None:
        return None
    return Batch(layout, None, [], Counts(len(ends)), matrix=matrix.reshape(-1, width))


def separators(chunk: Chunk, layout: Layout, *, appends: bool = False) -> Batch | None:
    """Return the batch of a chunk whose separators NumPy finds, parsing selected cells only; else None."""
    found = _marked(chunk.text, layout, appends=appends)
    if found is None:
        return None
    try:
        columns = [cells.column(found.cells(index), layout) for index in layout.selected]
    except cells.BadCell:
        return None
    counts = Counts(found.count, sum(column.invalid for column in columns))
    return Batch(layout, found, columns, counts, line=chunk.line)


def careful(chunk: Chunk, layout: Layout, most: int | None = None) -> Batch:
    """Return the batch of a chunk, parsed cell by cell: the reference. `most` limits the computed rows."""
    found = _rows(chunk, layout, most)
    columns, left, wrong = [], found.computed, None
    for index in layout.selected:
        try:
            columns.append(cells.column([found.pieces[row][2 * index] for row in left], layout))
        except cells.BadCell as bad:
            left, wrong = left[: bad.row], (index, bad)  # other columns may have an earlier one
    if wrong:
        return _before(chunk, layout, found, *wrong)
    counts = Counts(len(found.computed), sum(column.invalid for column in columns), found.ragged)
    written = SplitRows(found.pieces, layout.selected, found.computed, layout.joint)
    return Batch(layout, written, columns, counts, found.computed, error=found.error, line=chunk.line)


def cells_of(chunk: Chunk, layout: Layout) -> Iterator[tuple[int, list[bytes]]]:
    """Yield (offset, raw cells) of each row of a chunk that is not blank."""
    begin = 0
    for _, pieces in split(chunk.text, layout.delimiter):
        if any(cell.strip() for cell in pieces[::2]):
            yield begin, pieces[::2]
        begin += sum(map(len, pieces))


@dataclass
class _Rows:
    """Rows as pieces, the line numbers at which they begin, and the indices of the computed ones."""

    pieces: list[list[bytes]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    computed: list[int] = field(default_factory=list)
    ragged: int = 0
    error: DataError | None = None


def _rows(chunk: Chunk, layout: Layout, most: int | None) -> _Rows:
    found = _Rows()
    for line, row in split(chunk.text, layout.delimiter):
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


def _before(chunk: Chunk, layout: Layout, found: _Rows, index: int, bad: cells.BadCell) -> Batch:
    """Return the batch of the rows before the first bad cell, with the error of that cell."""
    row = found.computed[bad.row]
    length = sum(sum(map(len, pieces)) for pieces in found.pieces[:row])
    shorter = careful(Chunk(chunk.text[:length], chunk.line), layout)
    return replace(shorter, error=_bad_cell(bad, index, found.lines[row], layout))


def _ragged(row: list[bytes], layout: Layout, line: int) -> DataError:
    way_out = "--ragged keep passes such rows as they are, in CSV and TSV"
    if layout.header and layout.header[0].startswith(b"#"):
        from actcli.io.csv import hints

        way_out = hints.COMMENTS
    count = counted(len(row) // 2, "cell")
    return DataError(f"{layout.source}:{line}: has {count}, the first row has {layout.width}; {way_out}")


def _bad_cell(bad: cells.BadCell, index: int, line: int, layout: Layout) -> DataError:
    where = f"{layout.source}:{line}:{index + 1}: column {layout.names[index]!r}"
    if layout.is_missing(bad.cell):
        return DataError(
            f"{where}: the cell is missing, and it is computed together with others; "
            f"{layout.advice_for_missing}"
        )
    text = layout.decoded(bad.cell)
    shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
    way_out = GOES_ON
    if shown == text and "," not in text and text.isprintable():
        from shlex import quote

        known = [""] if layout.missing == MISSING else sorted(map(layout.decoded, layout.missing))
        way_out += f", --missing {quote(','.join([*known, text]))} calls it missing"
    return DataError(f"{where}: {shown!r} is not a number; {bad.why or way_out}")


@dataclass
class SplitRows:
    """Rows as lists of pieces: `Cells` of the careful lane."""

    pieces: list[list[bytes]]
    selected: Sequence[int]
    computed: list[int]
    joint: bytes

    def rows(self) -> list[list[bytes]]:
        """Return every row, as raw cells."""
        return [row[::2] for row in self.pieces]

    def written(self, replaced: Mapping[int, list[bytes]], appended: Sequence[list[bytes]]) -> bytes:
        """Return the text with cells of selected columns (by position) replaced, and others appended."""
        for position, texts in replaced.items():
            index = 2 * self.selected[position]
            for row, text in zip(self.computed, texts, strict=True):
                self.pieces[row][index] = text
        for texts in appended:
            for row, text in zip(self.computed, texts, strict=True):
                self.pieces[row][-1:-1] = (self.joint, text)
        return b"".join(b"".join(row) for row in self.pieces)


@dataclass
class MarkedRows:
    """Rows whose separators NumPy has found: `Cells` of the lane `separators`.

    Each separator next to a selected cell is replaced by a NUL byte (a mark), and the text is split there.
    Cells are replaced in the list of pieces, which is joined with the original separators. The text between
    selected cells is never examined.

    `ends` maps each column to the index, among the marks of a row, of the mark that ends its cell;
    `marked_separators` are the separators that the marks of one row replace.
    """

    text: bytes
    layout: Layout
    count: int
    pieces: list[bytes]
    ends: Mapping[int, int]
    marked_separators: bytes

    def cells(self, index: int) -> list[bytes]:
        """Return the raw cells of the selected column at index `index`."""
        return self.pieces[self._slice(index)]

    def rows(self) -> list[list[bytes]]:
        """Return every row, as raw cells."""
        return [pieces[::2] for _, pieces in split(self.text, self.layout.delimiter)]

    def written(self, replaced: Mapping[int, list[bytes]], appended: Sequence[list[bytes]]) -> bytes:
        """Return the text with cells of selected columns (by position) replaced, and others appended."""
        for position, texts in replaced.items():
            self.pieces[self._slice(self.layout.selected[position])] = texts
        if appended:
            last = self._slice(self.layout.width - 1)
            cells = zip(self.pieces[last], *appended, strict=True)
            self.pieces[last] = map(self.layout.joint.join, cells)
        text = self._joined()
        return text if self.text.endswith(b"\n") else text[:-1]

    def _joined(self) -> bytes:
        """Return the pieces joined by the original separators."""
        if len(set(self.marked_separators)) == 1:
            return self.marked_separators[:1].join(self.pieces)
        data = xp.frombuffer(bytearray(_MARK.join(self.pieces)), dtype=xp.uint8)
        data[data == 0] = xp.frombuffer(self.marked_separators * self.count, dtype=xp.uint8)
        return data.tobytes()

    def _slice(self, index: int) -> slice:
        step = len(self.marked_separators)
        return slice(self.ends[index], self.count * step, step)


def _marked(text: bytes, layout: Layout, *, appends: bool) -> MarkedRows | None:
    """Return the rows of a text with marks; None if rows differ in form or a quote is within a cell."""
    if len(layout.delimiter) != 1 or not layout.selected or _MARK in text:
        return None
    data = xp.frombuffer(text if text.endswith(b"\n") else text + b"\n", dtype=xp.uint8)
    separators = _separators(data, layout)
    if separators is None:
        return None
    marks, ends = _marks(layout, separators.shape[1], appends=appends)
    places = separators[:, marks]
    marked_separators = data[places[0]].tobytes()
    copy = data.copy()
    copy[places] = 0
    return MarkedRows(text, layout, len(places), copy.tobytes().split(_MARK), ends, marked_separators)


def _separators(data: NDArray[Any], layout: Layout) -> NDArray[Any] | None:
    """Return the indices of separators, (rows, separators per row), CR and LF apart; None if rows differ."""
    places = _outside(data, ord(layout.delimiter))
    if places is None or len(places) % layout.width:
        return None
    places = places.reshape(-1, layout.width)
    last = data[places] == _LINE_END
    if last[:, :-1].any() or not last[:, -1].all():
        return None
    returns = data[places[:, -1] - 1] == _RETURN
    if not returns.any():
        return places
    return xp.insert(places, -1, places[:, -1] - 1, axis=1) if returns.all() else None


def _outside(data: NDArray[Any], delimiter: int) -> NDArray[Any] | None:
    """Return the indices of delimiters and line ends outside quotes; None if a quote is within a cell."""
    special = (data == delimiter) | (data == _LINE_END)
    quotes = data == _QUOTE
    if not quotes.any():
        return xp.flatnonzero(special)
    places = xp.flatnonzero(special | quotes)
    is_quote = data[places] == _QUOTE
    if not well_placed(data, places[is_quote], bytes([delimiter])):
        return None
    inside = xp.add.accumulate(is_quote, dtype=xp.uint8) & 1  # exclusive or takes three times as long
    outside: NDArray[Any] = places[(inside | is_quote) == 0]
    return outside


def _marks(layout: Layout, separators: int, *, appends: bool) -> tuple[list[int], dict[int, int]]:
    """Return the indices of a row's separators to mark, and for each column the index of its mark."""
    ending = {*layout.selected, *([layout.width - 1] if appends else [])}
    beginning = {(index or separators) - 1 for index in layout.selected}  # the first begins at a line end
    marks = sorted(ending | beginning)
    return marks, {index: at for at, index in enumerate(marks) if index in ending}
