"""Delimited text: how it is understood (by its first rows, never by how it arrived), and its batches."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from actcli.batch import MISSING, Batch, Chunk, Layout, Tally
from actcli.errors import DataError, UsageError
from actcli.numerals import NotANumeral, parse_cell
from actcli.sources import cells, rows
from actcli.sources.choice import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actcli.sources.streams import Stream

HEAD_ROWS: Final = 100
LONGEST_ROW: Final = 1 << 24
_DELIMITERS: Final = (b"\t", b";", b",", b"|")
_QUOTED: Final = re.compile(rb'"[^"]*"')
_CELL: Final = ("cell", "what stands behind it")  # the pieces of a row of one cell
_BY_EXTENSION: Final = {".tsv": b"\t", ".tab": b"\t"}


@dataclass(frozen=True)
class Reading:
    """What the user said about how the input is to be read; None and empty stand for "find out"."""

    columns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    delimiter: bytes | None = None
    header: bool | None = None
    missing: frozenset[bytes] = MISSING
    decimal: bytes = b"."
    invalid: str = "error"
    ragged: str = "error"
    encoding: str = ""
    every: bool = False  # without `columns`, every column must be numeric


@dataclass
class Reader:
    """Chunks of whole rows from a stream, as large as what has arrived."""

    stream: Stream
    delimiter: bytes = b","
    buffer: bytes = b""
    line: int = 1
    index: int = 0
    ended: bool = False
    completes: bool = False  # a last row without a line end gets one: another file follows

    def next(self) -> Chunk | None:
        """The rows that have arrived since; waits for at least one; None at the end."""
        cut = self._cut()
        while not cut and not self.ended:
            self.fill()
            cut = self._cut()
        return self.take(cut) if cut else None

    def fill(self) -> None:
        """Read once. DataError if a row grows beyond LONGEST_ROW."""
        data = self.stream.read()
        self.ended = not data
        if (
            self.ended
            and self.completes
            and not self.buffer.endswith(b"\n")
            and self.index + len(self.buffer)
        ):
            data = b"\n"
        self.buffer += data
        if len(self.buffer) > LONGEST_ROW and not self._cut():
            self._refuse_longest()

    def take(self, length: int) -> Chunk:
        """The first bytes of the buffer, which must be whole rows."""
        chunk = Chunk(self.buffer[:length], self.line, self.index)
        self.buffer = self.buffer[length:]
        self.line += chunk.text.count(b"\n")
        self.index += 1
        return chunk

    def _cut(self) -> int:
        """How many bytes of the buffer are whole rows."""
        if self.ended:
            self.check_quotes()
            return len(self.buffer)
        last = self.buffer.rfind(b"\n") + 1
        if not last or not self.delimiter or b'"' not in self.buffer:
            return last
        return whole_rows(self.buffer, self.delimiter)

    def rows_so_far(self) -> Iterator[list[bytes]]:
        """The whole rows at the beginning of the buffer."""
        try:
            for _, pieces in rows.split(self.buffer, self.delimiter):
                if self.ended or pieces[-1].endswith(b"\n"):
                    yield pieces
        except rows.UnterminatedQuote as error:
            if self.ended:
                raise self._unterminated(error.line) from error

    def check_quotes(self) -> None:
        """DataError if the buffer ends inside quotes."""
        try:
            for _ in rows.split(self.buffer, self.delimiter):
                pass
        except rows.UnterminatedQuote as error:
            raise self._unterminated(error.line) from error

    def _unterminated(self, line: int) -> DataError:
        return DataError(
            f"{self.stream.name}:{self.line + line}: a quote is opened here and never closed; "
            "if quotes are ordinary characters in this file, convert them first"
        )

    def _refuse_longest(self) -> None:
        if self.delimiter and b'"' in self.buffer:
            self.check_quotes()
        raise DataError(f"{self.stream.name}:{self.line}: the row is longer than {LONGEST_ROW:,} bytes")


def whole_rows(text: bytes, delimiter: bytes) -> int:
    """How many bytes at the beginning of a text are whole rows, for whatever may follow."""
    length = 0
    try:
        for _, pieces in rows.split(text, delimiter):
            if pieces[-1].endswith(b"\n"):
                length += sum(map(len, pieces))
    except rows.UnterminatedQuote:
        pass
    return length


def settle(reader: Reader, reading: Reading) -> Layout | None:
    """Read as much as the rules need, decide how the source is understood, take the header off.

    None for an empty source. Raises UsageError for a column that is not there or an ambiguous header,
    DataError where no column is numeric.
    """
    reader.delimiter = _delimiter(reader, reading)
    while True:
        head = _Head(reader, reading)
        if head.settled or reader.ended:
            break
        reader.fill()
    if not reader.buffer:
        return None
    header: tuple[bytes, ...] = ()
    lead = reader.stream.bom
    if head.has_header:
        header, lead = tuple(head.rows[0]), lead + head.blank
        reader.take(len(head.blank) + sum(map(len, header)))
        reader.index = 0
    layout = Layout(
        source=reader.stream.name,
        delimiter=reader.delimiter,
        width=head.width,
        selected=(),
        header=header,
        lead=lead,
        encoding=reader.stream.encoding,
        missing=reading.missing,
        decimal=reading.decimal,
        invalid=reading.invalid,
        ragged=reading.ragged,
    )
    return replace(layout, selected=tuple(_selection(layout, head, reading)))


def _delimiter(reader: Reader, reading: Reading) -> bytes:
    """As asked, else by the file's extension, else the most frequent in the first line that has text."""
    if reading.delimiter is not None:
        return reading.delimiter
    extension = reader.stream.name[-4:].lower()
    if extension in _BY_EXTENSION:
        return _BY_EXTENSION[extension]
    line = _first_line(reader)
    while not line and not reader.ended:
        reader.fill()
        line = _first_line(reader)
    unquoted = _QUOTED.sub(b"", line)
    best = max(_DELIMITERS, key=unquoted.count)
    if best in unquoted:
        return best
    words = line.split()
    return b"" if len(words) > 1 and all(map(_is_number, words)) else b","


def _first_line(reader: Reader) -> bytes:
    """The first line that is not blank, once it has arrived whole."""
    whole = reader.buffer if reader.ended else reader.buffer[: reader.buffer.rfind(b"\n") + 1]
    return next((line for line in whole.splitlines() if line.strip()), b"")


def _is_number(cell: bytes) -> bool:
    try:
        parse_cell(cell.decode("latin-1"))
    except NotANumeral:
        return False
    return True


class _Head:
    """The first rows of a source, and what the rules read from them."""

    def __init__(self, reader: Reader, reading: Reading) -> None:
        self.reading = reading
        self.delimiter = reader.delimiter
        self.blank = b""
        self.rows: list[list[bytes]] = []
        for pieces in reader.rows_so_far():
            if any(cell.strip() for cell in pieces[::2]):
                self.rows.append(pieces)
            elif not self.rows:
                self.blank += b"".join(pieces)
            if len(self.rows) > HEAD_ROWS:
                break
        self.width = len(self.rows[0]) // 2 if self.rows else 1
        self.first = [self._kind(cell) for cell in self.rows[0][::2]] if self.rows else []

    def _kind(self, cell: bytes) -> str:
        """number, missing or text."""
        bare = Layout("", self.delimiter, 1, ()).unquoted(cell)
        if bare in self.reading.missing or not bare.strip():
            return "missing"
        text = bare if self.reading.decimal == b"." else bare.replace(self.reading.decimal, b".", 1)
        return "number" if _is_number(text) else "text"

    def below(self, place: int) -> str:
        """What the column's first cell under the first row that is not missing is; missing if none is."""
        cells = (row[2 * place] for row in self.rows[1:] if len(row) > 2 * place)
        return next((kind for kind in map(self._kind, cells) if kind != "missing"), "missing")

    @property
    def ambiguous(self) -> bool:
        """Numbers and text in the first row: only the rows below tell whether it is a header."""
        return self.reading.header is None and {"number", "text"} <= set(self.first)

    @property
    def settled(self) -> bool:
        """Whether no further row can change what the rules say."""
        if not self.rows or len(self.rows) > HEAD_ROWS:
            return bool(self.rows)
        if self.reading.columns and not self.ambiguous:
            return True
        return all(self.kind(place) != "missing" for place in range(self.width))

    def kind(self, place: int) -> str:
        """What the column is: the first row counts where it is, or in this place must be, data."""
        first = self.first[place]
        counts = not self.has_header and not (self.ambiguous and first == "text")
        return first if counts and first != "missing" else self.below(place)

    @property
    def has_header(self) -> bool:
        """Whether the first row is one; an ambiguous one is not."""
        if self.reading.header is not None:
            return self.reading.header and bool(self.rows)
        return "number" not in self.first and "text" in self.first

    def check(self, source: str) -> None:
        """UsageError if the first row has numbers, and text above a column of numbers."""
        for place, first in enumerate(self.first):
            if self.ambiguous and first == "text" and self.below(place) == "number":
                cell = self.rows[0][2 * place].decode("utf-8", "replace")
                raise UsageError(
                    f"{source}: the first row has numbers, and {cell!r} above a column of numbers; "
                    "say --header or --no-header"
                )


def _selection(layout: Layout, head: _Head, reading: Reading) -> Sequence[int]:
    head.check(layout.source)
    excluded = set(chosen(reading.exclude, layout.names, layout.source))
    if reading.columns:
        return [p for p in chosen(reading.columns, layout.names, layout.source) if p not in excluded]
    candidates = [place for place in range(layout.width) if place not in excluded]
    numeric = [place for place in candidates if head.kind(place) == "number"]
    if len(head.rows) <= head.has_header:
        return numeric
    if not numeric:
        raise DataError(
            f"{layout.source}: has no column of numbers; -t sets the delimiter, -c names a column"
        )
    if reading.every and numeric != candidates:
        other = layout.names[next(place for place in candidates if place not in numeric)]
        raise UsageError(
            f"{layout.source}: column {other!r} is not numeric; name the columns to work across with -c"
        )
    return numeric


def batch(chunk: Chunk, layout: Layout) -> Batch:
    """The rows of a chunk with their numbers. Raises DataError with file, line and column."""
    return careful(chunk, layout)


def careful(chunk: Chunk, layout: Layout, most: int | None = None) -> Batch:
    """Cell by cell: the reference for all lanes. `most` is how many rows are wanted at the most."""
    pieces: list[list[bytes]] = []
    lines: list[int] = []
    computed: list[int] = []
    for line, row in rows.split(chunk.text, layout.delimiter):
        if len(computed) == most:
            break
        if len(row) == 2 * layout.width:
            computed.append(len(pieces))
        elif len(row) > len(_CELL) or row[0].strip():
            _check_ragged(row, layout, chunk.line + line)
        pieces.append(row)
        lines.append(chunk.line + line)
    tally = Tally(rows=len(computed), ragged=len([r for r in pieces if len(r) > len(_CELL)]) - len(computed))
    columns = []
    for place in layout.selected:
        try:
            columns.append(cells.column([pieces[row][2 * place] for row in computed], layout))
        except cells.BadCell as error:
            raise _bad_cell(error, place, lines[computed[error.row]], layout) from error
    tally.invalid = sum(column.invalid for column in columns)
    written = rows.SplitRows(pieces, layout.selected, computed, layout.joint)
    return Batch(layout, written, columns, tally, computed, index=chunk.index)


def _check_ragged(row: list[bytes], layout: Layout, line: int) -> None:
    if layout.ragged == "error":
        raise DataError(
            f"{layout.source}:{line}: has {len(row) // 2} cells, the first row has {layout.width}; "
            "--ragged keep passes such rows as they are"
        )


def _bad_cell(error: cells.BadCell, place: int, line: int, layout: Layout) -> DataError:
    text = layout.decoded(error.cell)
    way_out = error.why or f"--invalid keep or nan goes on, --missing {text or 'TEXT'} calls it missing"
    where = f"{layout.source}:{line}:{place + 1}: column {layout.names[place]!r}"
    return DataError(f"{where}: {text!r} is not a number; {way_out}")
