"""Detection of the dialect of delimited text from its first rows, independent of the sizes of reads.

The delimiter is detected first, then the header and the columns of numbers.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from actcli.errors import UsageError
from actcli.io import filetype
from actcli.io.batch import MISSING, Layout, encoded, resolve_columns, select_columns
from actcli.io.csv.reader import LONGEST_ROW, quote_end, split
from actcli.numeric.numerals import groups, is_cell, is_pattern, other_spelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.errors import ActError
    from actcli.io.csv.options import ReadOptions
    from actcli.io.csv.reader import Reader

HEAD_ROWS: Final = 100
HEAD_BYTES: Final = 1 << 22
"""Limits of the examined text, in rows and bytes; of very wide files at least two rows are examined."""
_DELIMITERS: Final = (b"\t", b";", b",", b"|")
_OPENING: Final = re.compile(rb'(?:\A|[\t;,|])"')
"""A quote that begins a cell, for any delimiter; elsewhere a quote is an ordinary character."""
_BY_EXTENSION: Final = {".tsv": b"\t", ".tab": b"\t"}
_FOREIGN: Final = (b"+", b"\xe2", b"sep=", b"Sep=", b"SEP=")
"""First bytes of a boxed table's border, and of a delimiter line for Excel."""
_WHOLE: Final = re.compile(rb"[+-]?[0-9]+")


def sniff(reader: Reader, reading: ReadOptions) -> Layout | None:
    """Read the first rows, return the layout they imply, and remove the header from the reader.

    Return None for an empty input. Raises UsageError for a missing column or an ambiguous header, DataError
    if no column is numeric or the text cannot be parsed.
    """
    head = _read(reader, reading)
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
        missing=head.layout.missing,
        decimal=reading.decimal,
        thousands=reading.thousands,
        invalid=reading.invalid,
        ragged=reading.ragged,
        vectors=reading.vectors,
        absent=reading.absent,
        masked=reading.masked,
        sorted_groups=reading.sorted_groups,
        bits=reading.bits,
    )
    by = tuple(resolve_columns(reading.by, layout.names, layout.source))
    return replace(layout, selected=tuple(_selection(layout, head, reading)), by=by)


def _read(reader: Reader, reading: ReadOptions) -> _Sniffer:
    """Return a sniffer with the first rows, as many as detection needs. Raises DataError for other text."""
    reader.delimiter = detect_delimiter(reader, reading)
    head = _Sniffer(reader, reading)
    head.extend()
    while not head.settled and not reader.ended:
        reader.fill()
        head.extend()
    if not head.rows:
        reader.check_closed()
    if reader.ended and b"\r" in reader.buffer and b"\n" not in reader.buffer:
        from actcli.io.csv import hints

        hints.check_line_ends(reader.buffer, reader.stream.name)
    return head


def detect_delimiter(reader: Reader, reading: ReadOptions) -> bytes:
    """Return the delimiter: as asked, else by extension, else the most frequent in the first non-blank line.

    Return an empty delimiter for runs of blanks. Raises DataError for a first line of other text.
    """
    if reading.delimiter is not None:
        return encoded(reading.delimiter, reader.stream.encoding)
    extension = filetype.extension(reader.stream.name)
    if extension in _BY_EXTENSION:
        return _BY_EXTENSION[extension]
    line, unquoted = _first_line(reader)
    while not line and not reader.ended:
        reader.fill()
        if len(reader.buffer) > LONGEST_ROW and not reader.buffer.strip():
            from actcli.io.csv import hints

            raise hints.blank_lines(reader.stream.name, LONGEST_ROW)
        line, unquoted = _first_line(reader)
    _check_delimited(line.lstrip(), reader.stream.name)
    encoding = reader.stream.encoding
    unquoted = _without_thousands(unquoted, reading, encoding)
    candidates = [delimiter for delimiter in _DELIMITERS if delimiter != reading.decimal]
    best = max(candidates, key=unquoted.count)
    if best == b",":  # it may be the decimal sign, and more frequent than the delimiter
        others = (other for other in candidates if other != best and other in line)
        best = next((other for other in others if _are_numbers(line.split(other), encoding)), best)
    if best in unquoted:
        return best
    if " " not in reading.thousands and numbers_between_blanks(line, reading, encoding):
        return b""
    return b"," if b"," in candidates and "," not in reading.thousands else b";"


def _first_line(reader: Reader) -> tuple[bytes, bytes]:
    """Return the first line that is not blank, and the same without its quoted cells; empty if incomplete.

    A quoted cell may span several lines. A line longer than HEAD_BYTES is returned as far as it is read.
    """
    whole = reader.buffer if reader.ended else reader.buffer[: reader.buffer.rfind(b"\n") + 1]
    text = whole[len(_blank_lines(whole)) :]
    end, unquoted = _line_end(text)
    if end >= 0:
        return text[:end], unquoted
    return (text, unquoted) if reader.ended or len(text) > HEAD_BYTES else (b"", b"")


def _blank_lines(text: bytes) -> bytes:
    """Return the leading lines of a text that have only white space."""
    return text[: text.rfind(b"\n", 0, len(text) - len(text.lstrip())) + 1]


def _line_end(text: bytes) -> tuple[int, bytes]:
    """Return the index of the first line's end outside quotes, or -1, and its text without quoted cells."""
    outside, index, end = [], 0, text.find(b"\n")
    while True:
        if 0 <= end < index:
            end = text.find(b"\n", index)
        found = _OPENING.search(text, index, end if end >= 0 else len(text))
        closed = quote_end(text, found.end() - 1) if found else 0
        outside.append(text[index : found.end() if found else end if end >= 0 else None])
        if not found or closed < 0:
            return (end if not found else -1), b"".join(outside)
        index = closed


def _check_delimited(line: bytes, source: str) -> None:
    """Raise DataError if the first line is that of a boxed table or of a file for Excel."""
    if line.startswith(_FOREIGN):
        from actcli.io.csv import hints

        hints.check_first_line(line, source)


def _without_thousands(line: bytes, reading: ReadOptions, encoding: str) -> bytes:
    """Return a line with 0 for each number with thousands separators, which must not count as delimiters."""
    if not reading.thousands:
        return line
    text = line.decode(encoding, "surrogateescape")
    return encoded(groups(reading.thousands).sub("0", text), encoding)


def _are_numbers(cells: list[bytes], encoding: str) -> bool:
    """Return whether all cells are numbers, in any supported notation."""
    texts = (cell.decode(encoding, "surrogateescape") for cell in cells)
    return all(is_cell(text) or other_spelling(text.strip(), ".", "") for text in texts)


def numbers_between_blanks(line: bytes, reading: ReadOptions, encoding: str) -> bool:
    """Return whether a line consists of several numbers separated by blanks."""
    words = line.split()
    return len(words) > 1 and all(is_number(word, reading, encoding) for word in words)


def is_number(cell: bytes, reading: ReadOptions, encoding: str) -> bool:
    """Return whether an unquoted cell is a number, with the decimal sign of the options or a point.

    A column with decimal points is selected as well; its cells are reported as invalid when converted.
    """
    text = cell.decode(encoding, "surrogateescape")
    if reading.bits:
        return is_pattern(text, reading.bits)
    return is_cell(text, reading.decimal.decode(), reading.thousands) or is_cell(text)


def _missing(reading: ReadOptions, reader: Reader) -> frozenset[bytes]:
    if reading.missing is None:
        return MISSING
    layout = Layout("", reader.delimiter, 1, ())
    texts = (encoded(text, reader.stream.encoding) for text in reading.missing)
    return frozenset(layout.bare(text) for text in texts)  # as cells are compared


class _Sniffer:
    """The first rows of an input, and what they imply about header and columns.

    `first` has the kind (number, missing or text) of each cell of the first row, `below` that of the first
    cell under it that is not missing. `ambiguous` is a first row of both numbers and text, of which only the
    rows below show whether it is a header. `numbering` is a first row of 0, 1, ..., as of unnamed columns.
    """

    def __init__(self, reader: Reader, reading: ReadOptions) -> None:
        self.reader = reader
        self.reading = reading
        missing = _missing(reading, reader)
        self.layout = Layout("", reader.delimiter, 1, (), missing=missing)
        self._blanks = bytearray()
        self._blank_cells = 1
        self._passed_blank = 0  # bytes of blank rows below the first row
        self.rows: list[list[bytes]] = []
        self.first: list[str] = []
        self.below: list[str] = []
        self.ambiguous = self.has_header = self.numbering = False

    @property
    def blank(self) -> bytes:
        """Blank lines before the first row."""
        return bytes(self._blanks)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.first) or self._blank_cells

    def extend(self) -> None:
        """Examine the complete rows read since the last call. Raises DataError for too many blank lines."""
        text = self.reader.buffer[self.reader.scanned_bytes : self.reader.complete_bytes()]
        for _, pieces in split(text, self.reader.delimiter):
            if self._full:
                break
            self.reader.scanned_bytes += sum(map(len, pieces))
            self._add(pieces)

    def _add(self, pieces: list[bytes]) -> None:
        cells = pieces[::2]
        if not self.reader.line_end:
            self.reader.line_end = b"\r\n" if pieces[-1].endswith(b"\r\n") else b"\n"
        if not any(cell.strip() for cell in cells):
            self._pass_blank(b"".join(pieces), len(cells))
            return
        if not self.rows:
            self._begin([self._kind(cell) for cell in cells])
            if self.reading.header is None and self.has_header and self._is_spelled_otherwise(cells):
                self.has_header = False
            self.numbering = self.reading.header is None and _is_numbering(list(map(self.layout.bare, cells)))
        else:
            undecided = [index for index, kind in enumerate(self.below) if kind == "missing"]
            for index in undecided:
                self.below[index] = self._kind(cells[index]) if index < len(cells) else "missing"
        self.rows.append(pieces)

    def _pass_blank(self, row: bytes, cells: int) -> None:
        if self.rows:
            self._passed_blank += len(row)
        else:
            self._blanks += row
            self._blank_cells = max(self._blank_cells, cells)
        if len(self.rows) <= self.has_header and max(len(self._blanks), self._passed_blank) > LONGEST_ROW:
            from actcli.io.csv import hints

            raise hints.blank_lines(self.reader.stream.name, LONGEST_ROW)

    def _begin(self, first: list[str]) -> None:
        """Set the kinds of the first row, and whether it is a header; an ambiguous one is not."""
        self.first, self.below = first, ["missing"] * len(first)
        self.ambiguous = self.reading.header is None and {"number", "text"} <= set(first)
        asked = self.reading.header
        self.has_header = ("number" not in first and "text" in first) if asked is None else asked

    def _kind(self, cell: bytes) -> str:
        """Return the kind of a raw cell: number, missing or text."""
        bare = self.layout.bare(cell)
        if not bare or bare in self.layout.missing:
            return "missing"
        return "number" if is_number(bare, self.reading, self.reader.stream.encoding) else "text"

    def _is_spelled_otherwise(self, cells: list[bytes]) -> bool:
        """Return whether all cells of a header are numbers in a notation that other options would parse."""
        bare = (self.layout.bare(cell) for cell in cells)
        texts = (self.layout.decoded(cell) for cell in bare if cell not in self.layout.missing)
        return all(
            other_spelling(text, self.reading.decimal.decode(), self.reading.thousands) for text in texts
        )

    @property
    def _full(self) -> bool:
        data = len(self.rows) - self.has_header
        if data >= HEAD_ROWS or (data and self._passed_blank > HEAD_BYTES):
            return True
        return self.reader.scanned_bytes > HEAD_BYTES and len(self.rows) > 1

    @property
    def settled(self) -> bool:
        """Whether no further row can change the result."""
        if not self.rows or self._full:
            return bool(self.rows)
        if self.numbering and len(self.rows) == 1:
            return self.first[0] == "missing"  # an error whatever follows
        if self.reading.columns and not self.ambiguous:
            return True
        return all(self.kind(index) != "missing" for index in range(self.width))

    def kind(self, index: int) -> str:
        """Return a column's kind, by its first data cell that is not missing: number, missing or text."""
        if not self.rows:
            return "missing"
        first = self.first[index]
        counts = not self.has_header and not (self.ambiguous and first == "text")
        return first if counts and first != "missing" else self.below[index]

    def check(self, source: str) -> None:
        """Raise UsageError if the first row is as likely a header as data.

        This is a row with numbers that also has text above a column of numbers, or one that numbers the
        columns from 0, with a blank first cell or above a row that is not all whole numbers.
        """
        if self.numbering and (self.first[0] == "missing" or not self._goes_on_whole()):
            raise UsageError(
                f"{source}: the first row numbers the columns from 0, as a header without names does; "
                "say --header or --no-header"
            )
        for index, first in enumerate(self.first):
            if self.ambiguous and first == "text" and self.below[index] == "number":
                cell = self.rows[0][2 * index].decode("utf-8", "replace")
                raise UsageError(
                    f"{source}: the first row has numbers, and {cell!r} above a column of numbers; "
                    "say --header or --no-header"
                )

    def _goes_on_whole(self) -> bool:
        """Return whether the second row consists of whole numbers, or does not exist."""
        return all(_WHOLE.fullmatch(self.layout.bare(cell)) for row in self.rows[1:2] for cell in row[::2])


def _is_numbering(cells: list[bytes]) -> bool:
    """Return whether cells are 0, 1, ... (at least two), or a blank followed by 0, 1, ... (at least 0)."""
    numbers = cells[1:] if cells[0] == b"" else cells
    return len(cells) > 1 and all(cell == b"%d" % index for index, cell in enumerate(numbers))


def _selection(layout: Layout, head: _Sniffer, reading: ReadOptions) -> Sequence[int]:
    head.check(layout.source)
    if reading.places:
        return [index for index in reading.places if index < layout.width]
    candidates = _candidates(layout, head, reading)
    if reading.columns:
        return candidates
    numeric = [index for index in candidates if head.kind(index) == "number"]
    if len(head.rows) <= head.has_header:
        return numeric
    if not numeric:
        raise _without_numbers(layout, head, reading)
    if reading.vectors and numeric != candidates:
        other = layout.names[next(index for index in candidates if index not in numeric)]
        raise UsageError(
            f"{layout.source}: column {other!r} is not numeric; name the columns to work across with -c"
        )
    return numeric


def _candidates(layout: Layout, head: _Sniffer, reading: ReadOptions) -> Sequence[int]:
    """Return the indices of the columns that the user selects. Raises UsageError for a missing one.

    The message advises --header if the first row, taken as data, has the name, and grep for comments.
    """
    try:
        return select_columns(reading.columns, reading.exclude, layout.names, layout.source)
    except UsageError as error:
        if head.rows and head.rows[0][0].startswith(b"#"):
            from actcli.io.csv import hints

            raise UsageError(f"{error}; {hints.COMMENTS}") from None
        if layout.header or reading.header is not None or not head.rows:
            raise
        names = tuple(layout.decoded(layout.bare(cell)) for cell in head.rows[0][::2])
        try:
            select_columns(reading.columns, reading.exclude, names, layout.source)
        except UsageError:
            raise error from None
        raise UsageError(f"{error}; if the first row has their names, say --header") from None


def _without_numbers(layout: Layout, head: _Sniffer, reading: ReadOptions) -> ActError:
    """Return the error of an input without a column to compute."""
    excluded = resolve_columns(reading.exclude, layout.names, layout.source)
    if any(head.kind(index) == "number" for index in excluded):
        return UsageError(f"{layout.source}: --exclude leaves no column of numbers; exclude fewer")
    from actcli.io.csv import hints

    last = b"".join(head.rows[-1])
    words = last.split() if reading.delimiter is None else []
    blanks = len(words) > 1 and any(is_number(word, reading, layout.encoding) for word in words)
    return hints.no_numbers(layout, head.rows[0][0], head.rows[-1], blanks=blanks)
