"""Delimited text: how it is understood, by its first rows and never by how they arrived."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from actcli.batch import BLANKS, MISSING, Layout
from actcli.errors import DataError, UsageError
from actcli.numerals import NotANumeral, parse_cell
from actcli.sources import rows
from actcli.sources.choice import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.sources.chunks import Reader

HEAD_ROWS: Final = 100
HEAD_BYTES: Final = 1 << 22  # of very wide files fewer rows decide
_DELIMITERS: Final = (b"\t", b";", b",", b"|")
_QUOTED: Final = re.compile(rb'"[^"]*"')
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
    places: tuple[int, ...] = ()  # of the columns computed in an earlier file under the same header


def settle(reader: Reader, reading: Reading) -> Layout | None:
    """Read as much as the rules need, decide how the source is understood, take the header off.

    None for an empty source. Raises UsageError for a column that is not there or an ambiguous header,
    DataError where no column is numeric.
    """
    reader.delimiter = _delimiter(reader, reading)
    head = _Head(reader, reading)
    head.extend()
    while not head.settled and not reader.ended:
        reader.fill()
        head.extend()
    if not head.rows:
        reader.check_closed()
    _check_line_ends(reader)
    if not reader.buffer and not reader.stream.bom:
        return None
    header = tuple(head.rows[0]) if head.has_header else ()
    if header:
        reader.take(len(head.blank) + sum(map(len, header)))
    layout = Layout(
        source=reader.stream.name,
        delimiter=reader.delimiter,
        width=head.width,
        selected=(),
        header=header,
        lead=reader.stream.bom + head.blank if header else reader.stream.bom,
        encoding=reader.stream.encoding,
        missing=reading.missing,
        decimal=reading.decimal,
        invalid=reading.invalid,
        ragged=reading.ragged,
        vectors=reading.every,
    )
    return replace(layout, selected=tuple(_selection(layout, head, reading)))


def _check_line_ends(reader: Reader) -> None:
    """DataError for lines that end in CR alone: they would all be one row."""
    if not reader.ended or b"\n" in reader.buffer:
        return
    unquoted = b"".join(reader.buffer.split(b'"')[::2])
    if b"\r" in unquoted[:-1]:
        raise DataError(
            f"{reader.stream.name}: its lines end in CR alone, as on old Macs; "
            "convert it first: tr '\\r' '\\n'"
        )


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
    candidates = [delimiter for delimiter in _DELIMITERS if delimiter != reading.decimal]
    best = max(candidates, key=unquoted.count)
    if best in unquoted:
        return best
    words = line.split()
    return b"" if len(words) > 1 and all(_is_number(word, reading) for word in words) else b","


def _first_line(reader: Reader) -> bytes:
    """The first line that is not blank, once it has arrived whole; a quote may go on over several lines."""
    whole = reader.buffer if reader.ended else reader.buffer[: reader.buffer.rfind(b"\n") + 1]
    start = len(whole) - len(whole.lstrip())
    end = whole.find(b"\n", start)
    while end >= 0 and whole.count(b'"', start, end) % 2:
        end = whole.find(b"\n", end + 1)
    if end < 0 and not reader.ended and len(whole) < HEAD_BYTES:
        return b""
    return whole[start:] if end < 0 else whole[start:end]


def _is_number(cell: bytes, reading: Reading) -> bool:
    if reading.decimal != b".":
        cell = cell.replace(reading.decimal, b".", 1)
    try:
        parse_cell(cell.decode("latin-1"))
    except NotANumeral:
        return False
    return True


class _Head:
    """The first rows of a source, and what the rules read from them.

    `first` and `below` tell of each column what its cell in the first row is, and its first cell under
    it that is not missing: number, missing or text.
    """

    def __init__(self, reader: Reader, reading: Reading) -> None:
        self.reader = reader
        self.reading = reading
        self.layout = Layout("", reader.delimiter, 1, (), missing=reading.missing)
        self.blank = b""
        self.rows: list[list[bytes]] = []
        self.first: list[str] = []
        self.below: list[str] = []
        self._read = 0

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(1, len(self.first))

    def extend(self) -> None:
        """Take in the rows that have arrived since."""
        text = self.reader.buffer[self._read : self.reader.whole()]
        for _, pieces in rows.split(text, self.reader.delimiter):
            if self._full:
                break
            self._read += sum(map(len, pieces))
            self._add(pieces)

    def _add(self, pieces: list[bytes]) -> None:
        cells = pieces[::2]
        if not any(cell.strip() for cell in cells):
            if not self.rows:
                self.blank += b"".join(pieces)
            return
        if not self.rows:
            self.first = [self._kind(cell) for cell in cells]
            self.below = ["missing"] * len(cells)
        else:
            undecided = [place for place, kind in enumerate(self.below) if kind == "missing"]
            for place in undecided:
                self.below[place] = self._kind(cells[place]) if place < len(cells) else "missing"
        self.rows.append(pieces)

    def _kind(self, cell: bytes) -> str:
        """number, missing or text."""
        bare = self.layout.unquoted(cell.strip(BLANKS)).strip(BLANKS)
        if not bare or bare in self.reading.missing:
            return "missing"
        return "number" if _is_number(bare, self.reading) else "text"

    @property
    def _full(self) -> bool:
        return len(self.rows) - self.has_header >= HEAD_ROWS or self._read > HEAD_BYTES

    @property
    def ambiguous(self) -> bool:
        """Numbers and text in the first row: only the rows below tell whether it is a header."""
        return self.reading.header is None and {"number", "text"} <= set(self.first)

    @property
    def settled(self) -> bool:
        """Whether no further row can change what the rules say."""
        if not self.rows or self._full:
            return bool(self.rows)
        if self.reading.columns and not self.ambiguous:
            return True
        return all(self.kind(place) != "missing" for place in range(self.width))

    def kind(self, place: int) -> str:
        """What the column is: the first row counts where it is, or in this place must be, data."""
        if not self.rows:
            return "missing"
        first = self.first[place]
        counts = not self.has_header and not (self.ambiguous and first == "text")
        return first if counts and first != "missing" else self.below[place]

    @property
    def has_header(self) -> bool:
        """Whether the first row is one; an ambiguous one is not."""
        if self.reading.header is not None:
            return self.reading.header and bool(self.rows)
        return "number" not in self.first and "text" in self.first

    def check(self, source: str) -> None:
        """UsageError if the first row has numbers, and text above a column of numbers."""
        for place, first in enumerate(self.first):
            if self.ambiguous and first == "text" and self.below[place] == "number":
                cell = self.rows[0][2 * place].decode("utf-8", "replace")
                raise UsageError(
                    f"{source}: the first row has numbers, and {cell!r} above a column of numbers; "
                    "say --header or --no-header"
                )


def _selection(layout: Layout, head: _Head, reading: Reading) -> Sequence[int]:
    head.check(layout.source)
    if reading.places:
        return [place for place in reading.places if place < layout.width]
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
